"""The book: nothing breaks out of LaTeX, nothing runs off the page, and what is printed is what was proved."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import mpmath
import pytest
from conftest import made

from verify import checking, theories
from verify.commands import report as command
from verify.domain import Domain, Natural, Real, Sequence, Unit
from verify.exact import Exact, exact, substitute
from verify.fold import evaluate
from verify.numbers import sqrt, total
from verify.publish import document, text
from verify.report import book, figures, pdf, shipped, tex
from verify.report.bibliography import FILE, bibliography
from verify.report.equations import Unreadable, difference, equations
from verify.report.families import families
from verify.report.formula import display, line
from verify.report.named import named
from verify.report.notation import flat, latex, tidy
from verify.report.prose import sentence
from verify.report.relations import all_said
from verify.report.tex import Tex, escape, render
from verify.report.written import formula, is_formula
from verify.statement import claim, claims, equal
from verify.systems import Multiprecision

OVERFULL = 0.0  # points by which a line may run off the page

HOSTILE = r"\input{/etc/passwd} \end{document} } { $ & # % _ ^ ~ \\[1em] --  ``x'' é 𝔸 √ρ₁ \write18{ls}"
THEORY = r'''
r"""
# A tiny theory of $x^2$ and \input{/etc/passwd}

One number is squared.  It says $\input{secret}$ and $x^a^b$, 100 % of `a_b`, and sqrt(K_t) lr.

## Main results
- `square_of_sum` : the square of a sum
- `never_said`    : not there

## References
- [TT99] Tiny & Tinier.  On {squares} \& 50 % more.  1999.
"""
from verify import (
    Natural, NonNegative, Positive, Reading, Real, Rule, Sequence, Unit, at_most, claim, equal, increasing, limit, total,
)


def step(x, g, memory, t, *, lr: Positive, beta: Unit):
    (m,) = memory
    m = beta * m + (1 - beta) * g
    x = x - lr * m
    return x, (m,)


def branching(x, g, memory, t, *, lr: Positive):
    if t == 1:
        return x, ()
    return x - lr * g, ()


reading = Reading("heavy_&_ball", "the \\gradient & 100 % of it", paper="(1 - beta) * g", code="g", kind="other")
tiny = Rule("tiny", "TT99, Algorithm 1 & more", step, memory=dict(m=Real), constants=dict(beta="0.9"), readings=(reading,))
loopy = Rule("loopy", "TT99", branching)


@claim("tiny/square_of_sum", catalogue="T%01", cites="TT99 section 2 & 3", about=tiny)
def square_of_sum(run, a: Real, b: Real):
    """The square of a sum exceeds a^2 + b^2 by \\cross_term & 100 % of 2 a b."""
    cross_term = 2 * a * b
    whole = (a + b) ** 2
    return equal(whole, a**2 + cross_term + b**2)


@claim("tiny/long", cites="own", uses=("tiny/square_of_sum",))
def long(a: Real, b: Real, c: Real, d: Real, e: Real):
    """A sum that is longer than a line."""
    power = (a + b + c + d + e) ** 2
    squares = a**2 + b**2 + c**2 + d**2 + e**2
    mixed = a * b + a * c + a * d + a * e + b * c + b * d + b * e + c * d + c * e + d * e
    inner = lambda x: x * (a + b + c + d + e)
    return equal(power, squares + 2 * mixed), equal(inner(a) + inner(b) + inner(c) + inner(d) + inner(e), power)


@claim("tiny/positive", cites="own")
def positive(a: Real):
    """A square is not negative."""
    return at_most(0, a**2, slack=a**2)


@claim("tiny/negative", catalogue="T%01", cites="the same, upside down", false=True)
def negative(a: Positive):
    """A square is not positive."""
    return at_most(a**2, 0)


@claim("tiny/limit", cites="own")
def tends(beta: Unit):
    """As t grows, beta^t vanishes."""
    return limit(lambda t: beta**t, to="oo", equals=0, over=Natural)
'''


@pytest.fixture
def forget():
    """What a test registers is forgotten after it."""
    before = dict(claims)
    yield
    claims.clear()
    claims.update(before)


@pytest.fixture
def tiny(here, forget, monkeypatch):
    """The tiny theory as a file, checked without processes."""

    def inline(task, ids, files, jobs, limit, progress, failed):
        return [task(id, limit) for id in ids]

    monkeypatch.setattr("verify.report.proofs.in_processes", inline)
    (here / "tiny.py").write_text(THEORY)
    return here


def plain(text: str) -> str:
    """The .tex file without what is known to be harmless."""
    return text.replace(r"\textbackslash{}input", "")


# Escaping ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("special", '\\{}$&#%_^~<>"`[]*|')
def test_no_special_character_stands_bare(special):
    assert escape(special) != special
    assert escape(f"a{special}b") == f"a{escape(special)}b"


def test_text_is_escaped_once_and_latex_never():
    assert (
        render("difference.tex", pair={"paper": [Tex(r"\alpha")], "code": [r"\alpha"], "texts": []}).count(r"\alpha")
        == 1
    )
    assert escape(escape("a_b")) == r"a\_b"


@pytest.mark.parametrize("odd", ["𝔸", "\x00", "\u202e", "漢"])
def test_every_character_has_a_form_that_tex_knows(odd):
    assert all(ord(c) < 128 for c in escape(odd))


def test_two_hyphens_stay_two():
    assert "--" not in escape("certify --json")


@pytest.mark.parametrize(
    "good", [r"1 - \beta^t", r"\frac{1}{2}", r"\|w\|", r"\{0\}", r"x^{a^b}", r"C^\infty(\mathbb{R}^d)"]
)
def test_formulas_of_a_theory_file_are_taken(good):
    assert is_formula(good)
    assert formula(good) == good


@pytest.mark.parametrize(
    "bad",
    [r"\input{x}", r"x^a^b", r"x_a_b", "x}", "{x", r"\frac{1}", r"\sqrt x", "x^", "", " ", "$", r"\left(x", "a%b", "ρ"],
)
def test_what_is_no_formula_is_text(bad):
    assert not is_formula(bad)
    assert "$" not in str(sentence(f"${bad}$")).replace(r"\$", "").replace(r"$\rho$", "").replace("$x$", "").replace(
        "$a$", ""
    )


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("at most sqrt(K_t) lr", r"at most $\sqrt{K_{t}} \eta$"),
        ("the t-th step", "the $t$-th step"),
        ("where beta1 = beta2^2.", r"where $\beta_{1} = \beta_{2} ^{2}$."),
        ("a Gamma function of a sum", "a Gamma function of a sum"),
        ("the betas, and 3 of 4", "the betas, and 3 of 4"),
        ("(2, 4) and (3)-(4)", "(2, 4) and (3)-(4)"),
        ("eps = 1e-08", r"$\varepsilon = 10^{-8}$"),
        ("2^3^4", r"2\textasciicircum{}3\textasciicircum{}4"),
        ("Adam's i.e. `a_b`", r"Adam's i.e. \texttt{a\_\allowbreak{}b}"),
        ("p - <w, p> w", r"$p - \langle w, p \rangle w$"),
    ],
)
def test_sentences(said, printed):
    assert sentence(said) == printed


# What is printed is what was proved ------------------------------------------------------------------


x, beta, t = Real.symbol("x"), Unit.symbol("beta"), Natural.symbol("t")
TERMS = [
    beta * ((1 - beta) * x) - (-x),
    x - (x - beta * x),
    (-x) * beta / (1 - beta) / (-(x**2)),
    (x / beta) ** 2 / (beta / (1 - beta)) * (t + 1 - 1),
    sqrt(x**2 / beta) / (x * (beta / t)) - (beta - x),
    total(lambda i: beta ** (t - i) * (x - x + i), 1, t) * x,
    (-x) ** 2 * ((beta**2) ** (t - t)),
]


@pytest.mark.parametrize("term", TERMS, ids=range(len(TERMS)))
@pytest.mark.parametrize("way", [tidy, flat])
def test_a_tidy_term_has_the_same_value(way, term):
    with mpmath.workdps(30):
        values = {"x": mpmath.mpf("1.7"), "beta": mpmath.mpf("0.3"), "t": mpmath.mpf(4)}
        before, after = evaluate(term, values, Multiprecision), evaluate(way(term), values, Multiprecision)
    assert abs(before - after) < mpmath.mpf(10) ** -25


def test_differences_of_equal_quantities_stay():
    assert latex(x - x) == "x - x"
    assert latex(t - t + 1) == "1"


@pytest.mark.parametrize("name", ["_x", "x__y", "é", "λ", "x_"])
def test_odd_names_are_text(name):
    assert latex(Real.symbol(name)).startswith(r"\text{")
    assert "\\text{" in latex(Sequence(Real).symbol(name)(t))


def test_functions_hold_no_double_powers():
    from verify.numbers import dot, exp

    for term in (exp(-x) ** t, dot(x, x) ** 2, Exact("call", "x'", Real, t) ** 2, total(lambda i: i, 1, t) ** 2):
        assert is_formula(
            latex(term).replace(r"\left", "").replace(r"\right", "").replace("'", "").replace(r"\mathopen{}", "")
        )


def test_a_sum_is_bracketed_before_a_factor():
    assert latex(total(lambda i: beta**i, 1, t) * x).startswith(r"\left(\sum")


@pytest.fixture(scope="module")
def theory():
    theories.load()
    return {id: c for id, c in claims.items() if c.state.__module__.startswith("theory.")}


def test_names_mean_what_was_proved(theory):
    found = {id: named(c) for id, c in theory.items()}
    for id, words in found.items():
        plain = [latex(x.left) for x in theory[id].relations(theory[id].symbols()) if hasattr(x, "left")]
        assert [latex(words.whole(exact(x.left))) for x in words.relations if hasattr(x, "left")] == plain, id
    assert sum(bool(words.meaning) for words in found.values()) > len(found) / 4


def test_names_that_would_change_a_statement_are_not_used(forget):
    seen = []

    @claim("fickle/claim", cites="own")
    def fickle(a: Real):
        """It says another thing each time."""
        seen.append(a)
        b = a + len(seen)
        return equal(b, a)

    words = named(claims["fickle/claim"])
    assert not words.meaning


def test_every_line_of_every_statement_is_printed(theory):
    for c in theory.values():
        for part in all_said(named(c).relations, c):
            assert all(str(display(x)).count(r"\tryformula") for x in part.lines)


def at(name: str, back: int = 0) -> Exact:
    """A quantity of a rule at step t, or before."""
    return Exact("call", name, Real, t - back if back else t)


def test_equations_are_the_step(theory):
    """Putting the equations into one another gives what the step returns."""
    for name, rule in theories.rules().items():
        try:
            lines = equations(rule)
        except Unreadable:
            continue
        known: dict = {}
        for e in lines:
            known[e.name] = substitute(e.value, known)
        hyper = {n: d.symbol(n) for n, d in rule.hyperparameters.items()}
        after, memory = rule.step(at("x", 1), at("g"), tuple(at(n, 1) for n in rule.memory), t, **hyper)
        assert known[at("x")] is exact(after), name
        assert [known[at(n)] for n in rule.memory] == [exact(m) for m in memory], name


def test_every_reading_shows_a_difference(theory):
    for name, rule in theories.rules().items():
        for reading in rule.readings:
            found = difference(rule, reading)
            assert found.code or found.texts, (name, reading.id)


def test_every_reference_of_the_theory_is_in_the_bibliography(theory):
    chosen = families(theory.values())
    known = bibliography([f.references for f in chosen])
    assert known.text == FILE.read_text("utf-8")


def test_families_stand_in_an_order_in_which_they_can_be_read(theory):
    chosen = families(theory.values())
    years = {f.module.__name__: f.year for f in chosen}
    assert {f.module.__name__ for f in chosen} >= {c.state.__module__ for c in theory.values()}
    assert years[chosen[0].module.__name__] <= years[chosen[-1].module.__name__]


def test_figures_are_drawn_from_what_is_there(theory, tmp_path):
    drawn = figures.possible(theory, theories.rules())
    assert [f.name for f, _ in drawn] == ["rectifier", "variance", "growth", "paths"]
    assert not figures.possible({}, {})
    assert all(isinstance(f.caption(needs), Tex) for f, needs in drawn)
    figures.write(tmp_path, drawn[:1])
    assert (tmp_path / "rectifier.pdf").read_bytes().startswith(b"%PDF")


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


def test_equal_certificates_stand_together(theory, tmp_path):
    both = [
        made("torch.optim.SGD"),
        made("torch.optim.SGD(foreach=True)"),
        made("torch.optim.SGD(momentum=0.9)", "momentum"),
    ]
    (tmp_path / "c.json").write_text(text(document(both)))
    _, found = shipped.load(tmp_path / "c.json")
    assert [len(c.targets) for c in shipped.chapter(found, theories.rules())] == [2, 1]


def test_a_difference_shows_the_formulas_of_the_rule(theory):
    certificate = json.loads(json.dumps(made("torch.optim.RAdam", "radam", "variant", "threshold-5").to_json()))
    (found,) = shipped.chapter([certificate], theories.rules())
    assert r"\rho_{t} > 4" in found.differences[0].paper
    assert r"\rho_{t} > 5" in found.differences[0].ours


def test_without_certificates_the_book_says_how_to_make_them(theory, tmp_path):
    assert shipped.load(tmp_path / "none.json") is None
    contents = book.Contents([], {}, bibliography([]), source=tmp_path / "none.json")
    assert "make record" in render("shipped.tex", shipped=book._shipped(contents))


def test_long_formulas_come_in_several_shapes():
    shapes = list(line(sum((Real.symbol(f"a{i}") for i in range(40)), exact(0)), "=", x).shapes())
    assert len(shapes) >= 3
    assert shapes[-1].count(r"\\") > shapes[1].count(r"\\")


def test_a_domain_may_say_anything():
    odd = Domain(HOSTILE)
    assert r"\input" not in plain(tex.together([formula(odd.latex)]))


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
