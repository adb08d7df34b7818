"""What the shell's front door prints and writes, and the processes behind it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import made
from doors_cases import MINE, RULE

from verify import accept, printed, theories
from verify.certificate import VERDICTS
from verify.lifted import lifted
from verify.subjects.resolve import resolve

ROOT = Path(__file__).parents[1]


# Output --------------------------------------------------------------------------------------------


def test_json_on_standard_output_is_alone_there(optproof, prover):
    code, out, err = optproof("certify", "torch.optim.SGD", "torch.optim.Adam(foreach=True)", "--json", "-")
    data = json.loads(out)
    assert code == 0
    assert list(data) == ["schema", "environment", "certificates"]
    assert data["schema"] == "optproof/1"
    assert [c["target"] for c in data["certificates"]] == ["torch.optim.SGD", "torch.optim.Adam(foreach=True)"]
    assert data["certificates"][1]["reproduce"] == "optproof certify 'torch.optim.Adam(foreach=True)'"
    assert "torch.optim.SGD  against  sgd" in err
    assert str(Path.home()) not in json.dumps(data["environment"])


def test_a_file_is_replaced_at_once_and_nothing_else_is_left(here, optproof, prover):
    (here / "out.json").write_text("old")
    optproof("certify", "torch.optim.SGD", "--json", "out.json")
    assert json.loads((here / "out.json").read_text())["schema"] == "optproof/1"
    assert not [p for p in here.iterdir() if p.name.startswith(".")]


def test_an_interrupted_run_leaves_the_old_file(here, optproof, prover, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    (here / "out.json").write_text("old")
    monkeypatch.setattr("verify.accept.judge", interrupted)
    optproof("certify", "torch.optim.SGD", "--json", "out.json")
    assert (here / "out.json").read_text() == "old"
    assert not [p for p in here.iterdir() if p.name.startswith(".")]


def test_a_target_named_twice_has_one_certificate(optproof, prover):
    _, out, _ = optproof("certify", "torch", "torch.optim.SGD", "torch.optim.SGD(lr=0.001)", "--json", "-")
    named = [c["target"] for c in json.loads(out)["certificates"]]
    assert len(named) == len(set(named)) == 28


def test_reproduce_gives_the_same_target_and_rule(here, optproof, prover):
    (here / "rule.py").write_text(RULE)
    code, out, _ = optproof("certify", "mine.py:Plain(lr=3)", "--against", "rule.py:one", "--json", "-")
    (certificate,) = json.loads(out)["certificates"]
    assert (code, certificate["rule"]) == (0, "one")
    assert certificate["reproduce"] == "optproof certify 'mine.py:Plain(lr=3)' --against rule.py:one"


def test_the_block_reads_like_the_design():
    shown = printed.block(
        made("torch.optim.RAdam", "radam", "variant", "threshold-5", "eps-hat"),
        "Liu et al. 2020, Algorithm 2",
        accept.Outcome(accept.PASSES, "authors' code"),
    )
    assert shown.splitlines() == [
        "torch.optim.RAdam  against  radam (Liu et al. 2020, Algorithm 2)                    variant",
        "  memory      exp_avg = m                                                           PROVED for all t",
        "  update      says threshold-5; the paper says theory                               REFUTED first at t = 5",
        "              says eps-hat; the paper says theory                                   REFUTED first at t = 5",
        "              readings threshold-5, eps-hat: equal                                  PROVED for all t",
        "  accepted    authors' code",
    ]


def test_a_deviation_shows_an_input_and_what_becomes_of_it():
    shown = " ".join(printed.block(made("t", "r", "deviates")).split())
    assert "update direction: says direction; the paper says theory; the code computes" in shown
    assert "REFUTED first at t = 5" in shown
    assert "for example lr 0.1; x = 1; gradients 5 times 2 x[0] after step 5: the paper 1, the code 3" in shown


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_block_keeps_its_columns_whatever_it_holds(verdict):
    rows = {
        "numeric": (
            {
                "device": "cpu",
                "dtype": "float64",
                "path": "single",
                "verdict": "ENCLOSED",
                "worst_error_over_bound": 0.2,
                "steps": 10,
            },
        ),
        "contract": (
            {"clause": 1, "verdict": "holds", "detail": ""},
            {"clause": 2, "verdict": "broken", "detail": "why"},
            {"clause": 3, "verdict": "not applicable", "detail": ""},
        ),
    }
    shown = printed.block(made("t", "r", verdict, notes=("a word " * 40,), **rows))
    assert "1 of 2" in shown
    assert re.search(r"2: why +BROKEN", shown)
    assert "0.2 of the rounding bound, 10 steps" in shown
    assert max(len(line) for line in shown.splitlines()) < 120


# The update that the code computes -----------------------------------------------------------------


@pytest.mark.parametrize("target", [t for t in resolve("torch") if "foreach" not in t.name], ids=lambda t: t.name)
@pytest.mark.parametrize("style", ["unicode", "latex"])
def test_every_optimizer_of_the_suite_is_printed(target, style):
    shown = lifted(target, theories.rule(target.rule), style)
    assert re.search(r"^x[^ ]*[′'] = ", shown, re.MULTILINE)


def test_each_branch_is_printed_with_its_condition(optproof, prover):
    code, out, _ = optproof("lift", "torch.optim.RAdam")
    assert code == 0
    assert out.startswith("torch.optim.RAdam\n")
    assert out.count("where ") == 2


def test_a_memory_and_a_setting_of_one_name_are_told_apart(optproof, prover):
    _, out, _ = optproof("lift", "adamp.SGDP", "--shape", "1")
    assert "state_momentum′ = state_momentum momentum + g" in out


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["torch.optim.SGD", "--shape", "a"], 2, "'a' is no shape"),
        (["torch.optim.Adan"], 2, "did you mean 'Adam'"),
        (["mine.py:Raises"], 3, "mine.py:Raises cannot be lifted: RuntimeError: out of steps"),
        (["mine.py:Unknown"], 3, "fft_fft"),
    ],
)
def test_what_cannot_be_lifted_is_one_message(here, optproof, prover, argv, code, message):
    found, out, err = optproof("lift", *argv)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


# Processes of their own ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "RuntimeError: out of steps"),
        ("Hangs", "it did not end within the limit of 10 seconds"),
        ("Dies", "its process died: exit code 7"),
    ],
)
def test_a_step_that_fails_is_undecided_with_the_reason(failing, name, reason):
    certificate = failing[f"mine.py:{name}"]
    assert certificate["verdict"] == "undecided"
    assert reason in " ".join(certificate["notes"])


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """Certificates of steps that fail, in one run beside one that does not; and of one that hangs."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "mine.py").write_text(MINE)
    names = [f"mine.py:{n}" for n in ("Raises", "Unknown", "Dies", "Talks")]
    done = _shell(folder, "certify", *names, "--against", "sgd", "--json", "-")
    hung = _shell(folder, "certify", "mine.py:Hangs", "--against", "sgd", "--limit", "10", "--json", "-")
    found = {c["target"]: c for run in (done, hung) for c in json.loads(run.stdout)["certificates"]}
    return found | {"exit": done.returncode, "err": done.stderr}


def _shell(folder: Path, *argv: str) -> subprocess.CompletedProcess:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from verify.cli import main; sys.exit(main({list(argv)!r}))"
    )
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=300)


def test_code_that_does_not_lift_is_convicted_by_its_runs(failing):
    certificate = failing["mine.py:Unknown"]
    assert (certificate["verdict"], certificate["exact"]["verdict"]) == ("deviates", "REFUTED")
    assert "fft_fft" in certificate["notes"][0]
    assert certificate["deviations"][0]["first_step"] == 1


def test_the_others_are_unaffected_and_may_talk(failing):
    assert failing["mine.py:Talks"]["verdict"] == "conforms"
    assert failing["exit"] == 1  # one of them is convicted
    assert "the target talks" in failing["err"]
    assert "without Python's knowledge" in failing["err"]
    assert "Traceback" not in failing["err"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("import time\ntime.sleep(60)", "did not end within the limit of 5 seconds"),
        ("import os\nos._exit(9)", "exit code 9"),
    ],
)
def test_a_module_that_hangs_or_dies_is_exit_code_2(tmp_path, body, why):
    (tmp_path / "module.py").write_text(body)
    done = _shell(tmp_path, "certify", "module.py:X", "--limit", "5")
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
