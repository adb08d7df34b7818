"""The shell's front door: bad input, exit codes, accepted readings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import made
from doors_cases import CLAIM
from hypothesis import given
from hypothesis import strategies as st

from verify import accept
from verify.certificate import VERDICTS, Certificate, Deviation
from verify.errors import Problem
from verify.measure.clause import CLAUSES

ROOT = Path(__file__).parents[1]


# Bad input: one clear message, exit code 2, nothing written ----------------------------------------


BAD = [
    ("nothing.at.all", "nothing.at does not import: ModuleNotFoundError"),
    ("nofile.py:Class", "there is no file nofile.py"),
    ("minde.py:Plain", "did you mean 'mine.py'?"),
    ("mine.py", "names a file and no class in it"),
    ("mine.py:Plane", "did you mean 'Plain'?"),
    ("torch.optim.Adan", "did you mean 'Adam'"),
    ("Adam", "did you mean 'torch.optim.Adam'?"),
    ("toch", "did you mean 'torch'"),
    ("", "'' is no target"),
    ("optax", "comes with a later release"),
    ("torch.nn.Linear", "torch.nn.Linear is no optimizer"),
    ("mine.py:NoOptimizer", "does not derive from torch.optim.Optimizer"),
    ("mine.py:number", "cannot be called"),
    ("mine.py:make_none", "it made a NoneType"),
    ("mine.py:Needs", "needs lr, beta, and has no default for them"),
    ("mine.py:make_with", "needs rate, and has no default for it"),
    ("mine.py:Refuses", "raised ValueError: not today when it was constructed"),
    ("torch.optim.SGD(lr=-1)", "raised ValueError: Invalid learning rate: -1"),
    ("torch.optim.SGD(mommentum=1)", "takes no argument 'mommentum'; did you mean 'momentum'?"),
    ("torch.optim.SGD(0.1)", "is no target"),
    ("torch.optim.SGD(lr=open('x'))", "is no value"),
    ("torch.optim.SGD(lr=", "has no 'SGD(lr='"),
    ("broken.py:X", "broken.py does not import: SyntaxError"),
    ("exits.py:X", "exits.py does not import: SystemExit"),
    ("mine.py:Plain", "mine.py:Plain has no rule of its own"),
]


@pytest.mark.parametrize(("target", "message"), BAD, ids=[b[0] or "empty" for b in BAD])
def test_a_bad_target_is_one_message_and_exit_code_2(here, optproof, prover, target, message):
    (here / "broken.py").write_text("def broken(:\n")
    (here / "exits.py").write_text("raise SystemExit(0)\n")
    code, out, err = optproof("certify", target, "--json", "out.json")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert err.count("optproof:") == 1
    assert sorted(p.name for p in here.iterdir() if p.suffix != ".py" and p.name != "__pycache__") == []
    assert not prover.asked


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--against", "sdg"], "there is no rule 'sdg'; did you mean 'sgd'?"),
        (["--against", "no.py"], "there is no file no.py"),
        (["--against", "mine.py"], "mine.py has 0 rules"),
        (["--against", "mine.py:sgd"], "mine.py has no rule 'sgd'"),
        (["--against", "raises.py"], "the theory file raises.py raised ZeroDivisionError"),
        (["--against", "twice.py"], "claim id 'own/one' at"),
        (["--against", "loose.py"], "z not quantified"),
        (["--set", "lr"], "'lr' is no setting"),
        (["--set", "lr=x"], "'x' is no value"),
        (["--set", "lr=1", "--set", "lr=2"], "lr is set twice"),
        (["--device", "gpu"], "'gpu' is no device"),
        (["--dtype", "float"], "'float' is no dtype"),
        (["--limit", "0"], "a limit of 0 seconds"),
        (["--json", "no/such/folder/f.json"], "cannot be written: No such file or directory"),
        (["--json", "."], "cannot be written: Is a directory"),
    ],
)
def test_bad_usage_is_one_message_and_exit_code_2(here, optproof, prover, options, message):
    (here / "raises.py").write_text("1 / 0\n")
    (here / "twice.py").write_text(CLAIM + CLAIM.replace("def one", "def two"))
    (here / "loose.py").write_text(CLAIM.replace("own/one", "own/loose").replace("x: Real", "x: Real, z"))
    code, out, err = optproof("certify", "torch.optim.SGD", *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert not prover.asked


@pytest.mark.parametrize(
    "command", [["cerify"], ["certify"], ["certify", "torch", "--frobnicate"], ["compare", "one.json"], ["lift"]]
)
def test_a_wrong_command_line_is_exit_code_2(optproof, command):
    code, _, err = optproof(*command)
    assert code == 2
    assert "Traceback" not in err


def test_cuda_where_there_is_none_is_exit_code_2(optproof, prover, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = optproof("certify", "torch.optim.SGD", "--device", "cuda")
    assert code == 2
    assert "there is no CUDA device here" in err


def test_a_missing_adamp_costs_its_own_targets_only(here, optproof, prover, monkeypatch):
    monkeypatch.setitem(sys.modules, "adamp", None)
    code, out, err = optproof("certify", "torch")
    assert code == 2
    assert "pip install 'adamp" in err
    assert "26 conforms" in out


def test_debug_shows_the_traceback(here, optproof):
    with pytest.raises(Problem):
        optproof("certify", "torch.optim.SGD", "--set", "lr", "--debug")


# Exit codes and acceptance -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "targets", "code"),
    [
        ([], ["SGD"], 0),
        ([("variant", "r")], ["SGD"], 1),
        ([("deviates",)], ["SGD"], 1),
        ([("undecided",)], ["SGD"], 3),
        ([], ["SGD", "None"], 2),
        ([("undecided",)], ["SGD", "None"], 2),
        ([("deviates",), ("undecided",)], ["SGD", "Adam", "None"], 1),
        ([("conforms",), ("undecided",)], ["SGD", "Adam"], 3),
        ([RuntimeError("lost")], ["SGD"], 3),
    ],
)
def test_exit_codes_and_their_order(here, optproof, prover, answers, targets, code):
    named = [f"torch.optim.{t}" for t in targets]
    prover.update(zip(named, answers, strict=False))
    found, _, _ = optproof("certify", *named, "--json", "out.json")
    written = json.loads((here / "out.json").read_text())["certificates"]
    assert found == code
    assert [c["target"] for c in written] == [
        n for n in named if not n.endswith("None")
    ]  # every other certificate is written


def _record(folder: Path, body: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.optproof.accept]\n{body}\n")


ENTRY = '"torch.optim.SGD" = {readings = ["a", "b"], reason = "as the authors do"}'


@pytest.mark.parametrize(
    ("entry", "answer", "options", "code", "message"),
    [
        (ENTRY, ("variant", "a", "b"), [], 0, "as the authors do"),
        (ENTRY, ("variant", "a"), [], 1, "b is recorded as accepted, and not found any more"),
        (ENTRY, ("variant", "a", "b", "c"), [], 1, "c is not accepted"),
        (ENTRY, ("variant", "a", "b", "l2"), ["--accept", "l2"], 0, "as the authors do"),
        (ENTRY, ("conforms",), [], 1, "it conforms by now, and a, b are recorded as accepted"),
        (ENTRY, ("deviates",), [], 1, "deviates"),
        (ENTRY, ("undecided",), [], 3, "undecided"),
        ("", ("variant", "l2"), ["--accept", "l2"], 0, "accepted on the command line"),
        ("", ("conforms",), ["--accept", "l2"], 0, "--accept l2: no target follows it"),
        ("", ("conforms",), ["--accept", "l3"], 2, "no rule has a reading 'l3'"),
    ],
)
def test_acceptance_is_strict(here, optproof, prover, entry, answer, options, code, message):
    _record(here, entry)
    prover["torch.optim.SGD"] = answer
    found, out, err = optproof("certify", "torch.optim.SGD", *options)
    assert found == code
    assert message in " ".join((out + err).split())


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"t" = {readings = ["a"]}', "no reason is given"),
        ('"t" = {readings = ["a"], reason = " "}', "no reason is given"),
        ('"t" = {readings = [], reason = "r"}', "no list of readings"),
        ('"t" = {readings = "a", reason = "r"}', "no list of readings"),
        ('"t" = ["a"]', "they are no table"),
        ('"t" = {clauses = ["no-such"], reason = "r"}', "there is no clause 'no-such'"),
        ('"t" = {readings = ["a"], reason = "r", because = 1}', "unknown key 'because'"),
        ('"t" = ', "pyproject.toml cannot be read"),
    ],
)
def test_a_malformed_table_is_exit_code_2(here, optproof, prover, entry, message):
    _record(here, entry)
    code, _, err = optproof("certify", "torch.optim.SGD")
    assert code == 2
    assert message in err
    assert not prover.asked


def test_the_nearest_pyproject_counts(here, optproof, prover, monkeypatch):
    _record(here, ENTRY)
    prover["torch.optim.SGD"] = "variant", "a", "b"
    inner = here / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert optproof("certify", "torch.optim.SGD")[0] == 0
    (inner / "pyproject.toml").write_text("")
    assert optproof("certify", "torch.optim.SGD")[0] == 1


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc"), min_size=1), st.sampled_from(VERDICTS))
def test_an_entry_passes_exactly_what_it_says(followed, named, verdict):
    certificate = made("t", "r", verdict, *sorted(followed))
    outcome = accept.judge(certificate, {"t": accept.Acceptance(tuple(named), "why")})
    assert (outcome.state == accept.PASSES) == (verdict == "variant" and followed == named)


@given(
    st.sets(st.sampled_from(["gradients", "closure"])),
    st.sets(st.sampled_from(["gradients", "closure"]), min_size=1),
    st.booleans(),
)
def test_accepted_clauses_excuse_these_clauses_and_nothing_else(broken, named, more):
    rows = tuple({"clause": c, "verdict": "broken" if c in broken else "holds", "detail": ""} for c in CLAUSES)
    departures = [Deviation("other", "", CLAUSES[c], "", 1, None, None) for c in sorted(broken)]
    departures += [Deviation("direction", "a sign is turned", "x - g", "x + g", 1, None, None)] * more
    certificate = Certificate("t", "r", "deviates", contract=rows, deviations=tuple(departures))
    outcome = accept.judge(certificate, {"t": accept.Acceptance((), "why", tuple(named))})
    assert (outcome.state == accept.PASSES) == (broken == named and not more)


def test_a_foreach_path_falls_under_its_class_unless_it_has_its_own_key():
    table = {"C": 1, "C(a=1)": 2, "D": 3, "D(foreach=True)": 4}
    names = [
        "C",
        "C(foreach=True)",
        "C(a=1)",
        "C(a=1, foreach=True)",
        "C(b=1)",
        "C(b=1, foreach=True)",
        "D(foreach=True)",
    ]
    assert [accept.of_target(n, table) for n in names] == [1, 1, 2, 2, None, None, 4]


# Quick to start ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv", [["--help"], ["--version"], ["certify", "--help"], ["compare", "--help"], ["lift", "--help"]]
)
def test_help_imports_nothing_heavy(argv):
    program = f"import sys; from verify.cli import main; code = main({argv!r}); print(*sys.modules); sys.exit(code)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert done.returncode == 0
    assert not loaded & {
        "torch",
        "sympy",
        "mpmath",
        "z3",
        "numpy",
        "flint",
        "hypothesis",
        "pytest",
        "pebble",
        "jinja2",
        "matplotlib",
        "theory",
    }
