"""`optproof report`: files, exit codes, TeX that reads nothing and runs nothing, and a book that fits its pages."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import made
from report_cases import HOSTILE, THEORY, forget

from verify import checking, theories
from verify.commands import report as command
from verify.publish import document, text
from verify.report import book, pdf, shipped
from verify.report.bibliography import bibliography
from verify.report.tex import Tex, escape, render

__all__ = ["forget"]  # a fixture

OVERFULL = 0.0  # points by which a line may run off the page


@pytest.fixture
def tiny(here, forget, monkeypatch):
    """The tiny theory as a file, checked without processes."""

    def inline(task, ids, files, jobs, limit, progress, failed):
        return [task(id, limit) for id in ids]

    monkeypatch.setattr("verify.report.proofs.in_processes", inline)
    (here / "tiny.py").write_text(THEORY)
    return here


# The command -------------------------------------------------------------------------------------------


def test_the_tex_file_has_every_claim_and_no_command_of_a_stranger(tiny, optproof, monkeypatch):
    monkeypatch.setattr(pdf, "NEEDED", ("no-such-program",))
    code, out, err = optproof("report", "tiny.py", "-o", "out")
    text = (tiny / "out" / "optproof.tex").read_text()
    assert code == 0, err
    assert out.strip() == "out/optproof.tex"
    assert "no-such-program not found; install TeX" in err
    for id in ("tiny/square_of_sum", "tiny/long", "tiny/positive", "tiny/negative", "tiny/limit"):
        assert rf"\texttt{{{escape(id)}}}" in text
    assert r"\input{" not in text
    assert r"\end{document}" in text[-20:]
    assert text.count(r"\begin{theorem}") == 4
    assert text.count(r"\begin{falsehood}") == 1
    assert "theory-0" in (tiny / "out" / "bibliography.bib").read_text()
    assert sorted(p.name for p in (tiny / "out").iterdir()) == ["bibliography.bib", "figures", "optproof.tex"]


@pytest.mark.tex
@pytest.mark.skipif(bool(pdf.missing()), reason="TeX is not there")
def test_the_tiny_book_compiles_and_nothing_runs_off_the_page(tiny, optproof):
    (tiny / "certificates.json").write_text(text(document([_hostile_certificate()])))
    code, out, err = optproof("report", "tiny.py", "-o", "out", "--certificates", "certificates.json")
    assert code == 0, err
    assert out.strip() == "out/optproof.pdf"
    assert max(pdf.overfull(tiny / "out" / "optproof.log"), default=0.0) <= OVERFULL
    assert "scaled from" not in (tiny / "out" / "optproof.log").read_text("utf-8", "replace")
    assert "undefined" not in (tiny / "out" / "optproof.log").read_text("utf-8", "replace").lower()
    assert (tiny / "out" / "optproof.pdf").read_bytes().startswith(b"%PDF")
    assert not [p for p in (tiny / "out").iterdir() if p.name.startswith(".")]


def _hostile_certificate():
    found = made("torch.optim.SGD", "tiny", "variant", "heavy_&_ball", notes=(HOSTILE,))
    deviation = found.deviations[0]
    return type(found)(
        **vars(found)
        | {
            "target": HOSTILE,
            "deviations": (deviation, type(deviation)(**vars(deviation) | {"summary": HOSTILE, "reading": HOSTILE})),
        }
    )


@pytest.mark.tex
@pytest.mark.skipif(bool(pdf.missing()), reason="TeX is not there")
def test_tex_reads_no_file_and_runs_no_command(tmp_path):
    (tmp_path / "doc").mkdir()
    (tmp_path / "secret.tex").write_text("stolen")
    source = tmp_path / "doc" / "a.tex"
    source.write_text(
        r"\documentclass{article}\begin{document}x\input{../secret}\immediate\write18{touch ran}\end{document}"
    )
    found = pdf.make(source, 60)
    assert found.pdf is None
    assert "secret" in found.why
    assert not (tmp_path / "doc" / "ran").exists()


@pytest.mark.tex
@pytest.mark.skipif(bool(pdf.missing()), reason="TeX is not there")
def test_tex_that_does_not_end_is_ended(tmp_path):
    source = tmp_path / "a.tex"
    source.write_text(r"\documentclass{article}\begin{document}\def\x{\x}\x\end{document}")
    found = pdf.make(source, 3)
    assert found.pdf is None
    assert "did not end within 3 seconds" in found.why


def test_a_pdf_that_was_not_made_again_is_gone(tiny, optproof, monkeypatch):
    monkeypatch.setattr(pdf, "NEEDED", ("no-such-program",))
    (tiny / "out").mkdir()
    (tiny / "out" / "optproof.pdf").write_text("stale")
    (tiny / "out" / "mine.txt").write_text("mine")
    assert optproof("report", "tiny.py", "tiny/nothing", "-o", "out")[0] == 2
    assert (tiny / "out" / "optproof.pdf").read_text() == "stale"
    assert optproof("report", "tiny.py", "-o", "out")[0] == 0
    assert not (tiny / "out" / "optproof.pdf").exists()
    assert (tiny / "out" / "mine.txt").read_text() == "mine"


def test_tex_that_fails_is_one_message_and_leaves_the_tex_file(tiny, optproof, monkeypatch):
    monkeypatch.setattr(pdf, "NEEDED", ())
    monkeypatch.setattr(pdf, "make", lambda file: pdf.Result(None, "latexmk ended with exit code 12: ! Undefined"))
    code, _, err = optproof("report", "tiny.py", "-o", "out")
    assert code == 2
    assert err.startswith("optproof: no PDF: latexmk ended with exit code 12: ! Undefined")
    assert "Traceback" not in err
    assert (tiny / "out" / "optproof.tex").exists()


def test_an_unwritable_output_is_exit_2_before_any_work(here, optproof, monkeypatch):
    monkeypatch.setattr(command, "_write", lambda *a: pytest.fail("work was done"))
    (here / "file").write_text("x")
    code, out, err = optproof("report", "-o", "file/out")
    assert (code, out) == (2, "")
    assert err.startswith("optproof: file/out cannot be written")
    assert (here / "file").read_text() == "x"
    assert optproof("report", "--certificates", "file", "-o", "out")[0] == 2
    assert not (here / "out").exists()


def test_what_a_report_needs_is_named(here, optproof, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    code, _, err = optproof("report")
    assert code == 2
    assert "jinja2, matplotlib not installed" in err
    assert "pip install 'optproof[report]'" in err


def test_a_claim_that_cannot_be_printed_or_hangs_is_said_so(tiny, optproof, monkeypatch):
    monkeypatch.setattr(pdf, "NEEDED", ("no-such-program",))
    monkeypatch.setattr("verify.report.proofs.shown", lambda *a: 1 / 0)
    code, _, _ = optproof("report", "tiny.py", "-o", "out")
    assert code == 0
    assert "its statement cannot be printed: ZeroDivisionError" in (tiny / "out" / "optproof.tex").read_text()


def test_claims_that_do_not_stand_are_said_so(tiny, optproof, monkeypatch):
    monkeypatch.setattr(pdf, "NEEDED", ("no-such-program",))
    monkeypatch.setattr(
        "verify.report.proofs.in_processes",
        lambda task, ids, files, jobs, limit, progress, failed: [
            failed(id, "no answer within 1 seconds") for id in ids
        ],
    )
    code, _, err = optproof("report", "tiny.py", "-o", "out")
    assert code == 0
    assert "5 claims do not stand where their files say" in err
    assert "no answer within 1 seconds" in (tiny / "out" / "optproof.tex").read_text()


def test_processes_hand_back_pages(forget, monkeypatch):
    """The real thing: one claim, in a process of its own."""
    from verify.report.proofs import prove_all

    theories.load()
    pages = prove_all(["ema/weights"], (), 1, 60, lambda: None)
    assert pages["ema/weights"].as_expected
    assert isinstance(pages["ema/weights"].sentence, Tex)
    assert checking.with_uses(["ema/weights"]) == ["ema/weights"]


# Certificates ---------------------------------------------------------------------------------------------


def test_equal_certificates_stand_together(tmp_path):
    both = [
        made("torch.optim.SGD"),
        made("torch.optim.SGD(foreach=True)"),
        made("torch.optim.SGD(momentum=0.9)", "momentum"),
    ]
    (tmp_path / "c.json").write_text(text(document(both)))
    _, found = shipped.load(tmp_path / "c.json")
    assert [len(c.targets) for c in shipped.chapter(found, theories.rules())] == [2, 1]


def test_a_difference_shows_the_formulas_of_the_rule():
    certificate = json.loads(json.dumps(made("torch.optim.RAdam", "radam", "variant", "threshold-5").to_json()))
    (found,) = shipped.chapter([certificate], theories.rules())
    assert r"\rho_{t} > 4" in found.differences[0].paper
    assert r"\rho_{t} > 5" in found.differences[0].ours


def test_without_certificates_the_book_says_how_to_make_them(tmp_path):
    assert shipped.load(tmp_path / "none.json") is None
    contents = book.Contents([], {}, bibliography([]), source=tmp_path / "none.json")
    assert "make record" in render("shipped.tex", shipped=book._shipped(contents))


def test_poppler_reads_what_was_printed(tmp_path):
    if not shutil.which("pdftotext") or pdf.missing():
        pytest.skip("no pdftotext or no TeX")
    source = Path(tmp_path / "a.tex")
    source.write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp,amsmath,amssymb}\\begin{document}"
        + escape(r"\input{a} {b} 50 % & #1 _x ^y ~z <a> |b| ``c'' [d] *e é ρ √ ‖ ₁ ᵗ 漢")
        + "\\end{document}"
    )
    assert pdf.make(source, 60).pdf
    read = subprocess.run(
        ["pdftotext", str(source.with_suffix(".pdf")), "-"], capture_output=True, text=True, check=True
    )
    for piece in (r"\input{a}", "{b}", "50 % & #1 _x ^y ~z <a> |b|", "[d] *e é", "U+6F22"):
        assert piece in read.stdout
