"""The shell's front door: targets, exit codes, output, and every kind of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import made
from hypothesis import given
from hypothesis import strategies as st

from verify import accept, printed, theories
from verify.certificate import VERDICTS
from verify.errors import Problem
from verify.subjects import text
from verify.subjects.resolve import resolve
from verify.subjects.torch_optim import name_of

ROOT = Path(__file__).parents[1]

MINE = """
import os, sys, time, torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])

class Needs(Plain):
    def __init__(self, params, lr, beta, eps=1e-8):
        super().__init__(params, lr)

class AnyKeyword(Plain):
    def __init__(self, params, **rest):
        super().__init__(params, **rest)

class Refuses(Plain):
    def __init__(self, params, lr=0.1):
        raise ValueError("not today")

class Raises(Plain):
    def step(self, closure=None):
        raise RuntimeError("out of steps")

class Unknown(Plain):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data = torch.fft.fft(p.grad).real

class Hangs(Plain):
    def step(self, closure=None):
        while True:
            time.sleep(0.01)

class Dies(Plain):
    def step(self, closure=None):
        os._exit(7)

class Talks(Plain):
    def step(self, closure=None):
        print("the target talks")
        os.write(1, b"without Python's knowledge\\n")
        super().step()

class NoOptimizer:
    pass

class Box:
    class Inner(Plain):
        pass

def make(params):
    return Plain(params, lr=0.25)

def make_with(params, rate):
    return Plain(params, lr=rate)

def make_none(params):
    return None

number = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory with mine.py in it; what is imported from it is forgotten afterwards."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [n for n, m in sys.modules.items() if str(getattr(m, "__file__", None)).startswith(str(tmp_path))]:
        del sys.modules[name]


# Targets ----------------------------------------------------------------------------------------


def test_the_suite_holds_every_configuration_once_in_both_paths():
    targets = resolve("torch")
    names = [t.name for t in targets]
    of_torch = [n for n in names if n.startswith("torch.optim.")]
    assert len(set(names)) == len(names) == 28
    assert {n.replace(", foreach=True)", ")").replace("(foreach=True)", "") for n in of_torch} == {n for n in of_torch if "foreach" not in n}
    assert all(t.rule for t in targets)


@pytest.mark.parametrize("target", resolve("torch"), ids=lambda t: t.name)
def test_every_name_of_the_suite_names_that_target_alone(target):
    (again,) = resolve(target.name)
    assert (again.name, again.keywords, again.rule, again.reproduce) == (target.name, target.keywords, target.rule, target.reproduce)


@pytest.mark.parametrize(
    ("named", "settings", "name", "rule"),
    [
        ("torch.optim.Adam", {}, "torch.optim.Adam", "adam"),
        ("torch.optim:Adam", {}, "torch.optim.Adam", "adam"),
        ("torch.optim.Adam", {"lr": 0.001, "betas": (0.9, 0.999)}, "torch.optim.Adam", "adam"),
        ("torch.optim.Adam", {"lr": 0.5}, "torch.optim.Adam(lr=0.5)", "adam"),
        ("torch.optim.Adam(lr=0.5)", {"amsgrad": True}, "torch.optim.Adam(lr=0.5, amsgrad=True)", "amsgrad"),
        ("torch.optim.SGD(nesterov=True, momentum=0.9)", {}, "torch.optim.SGD(nesterov=True, momentum=0.9)", "nesterov"),
        ("adamp.SGDP", {}, "adamp.SGDP", "sgdp"),
        ("adamp:SGDP", {"lr": 0.2}, "adamp.SGDP(lr=0.2)", "sgdp"),
        ("mine.py:Plain", {}, "mine.py:Plain", None),
        ("mine:Plain", {"lr": 1}, "mine:Plain(lr=1)", None),
        ("mine.Plain", {}, "mine.Plain", None),
        ("mine:Box.Inner", {}, "mine:Box.Inner", None),
        ("mine.py:Needs", {"lr": 0.1, "beta": 0}, "mine.py:Needs(lr=0.1, beta=0)", None),
    ],
)
def test_a_target_is_named_by_what_differs_from_its_defaults(here, named, settings, name, rule):
    (found,) = resolve(named, settings)
    assert (found.name, found.rule, found.factory) == (name, rule, False)


@pytest.mark.parametrize(("named", "settings", "group"), [("mine.py:make", {}, {"lr": 0.25}), ("mine.py:make_with", {"rate": 0.5}, {"lr": 0.5}), ("mine.py:AnyKeyword", {}, {"lr": 0.1})])
def test_what_takes_no_numbers_is_a_factory_with_the_numbers_of_its_group(here, named, settings, group):
    import torch

    (found,) = resolve(named, settings)
    assert found.factory
    assert found.keywords == group
    assert isinstance(found.make([torch.nn.Parameter(torch.ones(1))]), torch.optim.Optimizer)


def test_a_file_finds_its_neighbours_and_is_imported_once(here):
    (here / "neighbour.py").write_text("RATE = 0.5\n")
    (here / "asks.py").write_text("from mine import Plain\nfrom neighbour import RATE\ndef make(params):\n    return Plain(params, lr=RATE)\n")
    (found,) = resolve(str(here / "asks.py") + ":make")
    assert found.keywords == {"lr": 0.5}
    assert sys.modules["asks"].make is found.make


@given(st.dictionaries(st.sampled_from(["lr", "betas", "t0"]), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.tuples(st.floats(0, 1), st.floats(0, 1))))
def test_a_name_says_its_keywords_and_a_setting_its_value(keywords):
    for base in ("torch.optim.SGD", "a/b (1).py:Class"):
        assert text.split_call(text.call(base, keywords)) == (base, keywords)
    assert text.settings([f"{k}={v!r}" for k, v in keywords.items()]) == keywords


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
    ("torch-all", "comes with a later release"),
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
    claimed = "from verify import Real, claim, equal\n@claim('own/one', cites='-')\ndef one(x: Real):\n    'One.'\n    return equal(x, x)\n"
    (here / "twice.py").write_text(claimed + claimed.split("\n", 1)[1].replace("def one", "def two"))
    (here / "loose.py").write_text(claimed.replace("own/one", "own/loose").replace("x: Real", "x: Real, z"))
    code, out, err = optproof("certify", "torch.optim.SGD", *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert not prover.asked


@pytest.mark.parametrize("command", [["cerify"], ["certify"], ["certify", "torch", "--frobnicate"], ["compare", "one.json"], ["lift"]])
def test_a_wrong_command_line_is_exit_code_2(optproof, command):
    code, _, err = optproof(*command)
    assert code == 2
    assert "Traceback" not in err


def test_cuda_where_there_is_none_is_exit_code_2(optproof, prover, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = optproof("certify", "torch.optim.SGD", "--device", "cuda")
    assert code == 2
    assert "there is no CUDA device here" in err


def test_a_missing_adamp_costs_its_own_targets_only(optproof, prover, monkeypatch):
    monkeypatch.setitem(sys.modules, "adamp", None)
    code, out, err = optproof("certify", "torch")
    assert code == 2
    assert "pip install 'adamp" in err
    assert "26 conforms" in out


def test_debug_shows_the_traceback(here, optproof):
    with pytest.raises(Problem):
        optproof("certify", "torch.optim.SGD", "--set", "lr", "--debug")


# Exit codes and acceptance ---------------------------------------------------------------------------


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
    assert [c["target"] for c in written] == [n for n in named if not n.endswith("None")]  # every other certificate is written


def _record(folder: Path, body: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.optproof.accept]\n{body}\n")


ENTRY = '"torch.optim.SGD" = {readings = ["a", "b"], reason = "as the authors do"}'


@pytest.mark.parametrize(
    ("entry", "answer", "options", "code", "message"),
    [
        (ENTRY, ("variant", "a", "b"), [], 0, "as the authors do"),
        (ENTRY, ("variant", "a"), [], 1, "b is recorded as accepted, and it does not follow that any more"),
        (ENTRY, ("variant", "a", "b", "c"), [], 1, "c is not accepted"),
        (ENTRY, ("variant", "a", "b", "c"), ["--accept", "c"], 0, "as the authors do"),
        (ENTRY, ("conforms",), [], 1, "it conforms by now, and a, b is recorded as accepted"),
        (ENTRY, ("deviates",), [], 1, "deviates"),
        (ENTRY, ("undecided",), [], 3, "undecided"),
        ("", ("variant", "a"), ["--accept", "a"], 0, "accepted on the command line"),
        ("", ("conforms",), ["--accept", "a"], 0, "--accept a: no target follows it"),
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


def test_a_foreach_path_falls_under_its_class_unless_it_has_its_own_key():
    table = {"C": 1, "C(a=1)": 2, "D": 3, "D(foreach=True)": 4}
    names = ["C", "C(foreach=True)", "C(a=1)", "C(a=1, foreach=True)", "C(b=1)", "C(b=1, foreach=True)", "D(foreach=True)"]
    assert [accept.of_target(n, table) for n in names] == [1, 1, 2, 2, None, None, 4]


# Output ---------------------------------------------------------------------------------------------


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


def test_an_interrupted_run_leaves_the_old_file(here, optproof, prover):
    (here / "out.json").write_text("old")
    prover["torch.optim.SGD"] = KeyboardInterrupt()
    optproof("certify", "torch.optim.SGD", "--json", "out.json")
    assert (here / "out.json").read_text() == "old"
    assert not [p for p in here.iterdir() if p.name.startswith(".")]


def test_a_target_named_twice_is_certified_once(optproof, prover):
    optproof("certify", "torch", "torch.optim.SGD", "torch.optim.SGD(lr=0.001)")
    assert len(prover.asked) == len(set(prover.asked)) == 28


def test_reproduce_gives_the_same_target_and_rule(here, optproof, prover):
    rule = here / "rule.py"
    rule.write_text("from verify import Positive, Rule\ndef step(x, g, memory, t, *, lr: Positive):\n    return x - lr * g, ()\nown = Rule('own', 'me', step)\n")
    code, out, _ = optproof("certify", "mine.py:Plain(lr=3)", "--against", "rule.py:own", "--json", "-")
    (certificate,) = json.loads(out)["certificates"]
    assert (code, certificate["rule"]) == (0, "own")
    assert certificate["reproduce"] == "optproof certify 'mine.py:Plain(lr=3)' --against rule.py:own"


def test_the_block_reads_like_the_design():
    shown = printed.block(made("torch.optim.RAdam", "radam", "variant", "threshold-5", "eps-hat"), "Liu et al. 2020, Algorithm 2", "authors' code")
    assert shown.splitlines() == [
        "torch.optim.RAdam  against  radam (Liu et al. 2020, Algorithm 2)                    variant",
        "  memory      exp_avg = m                                                           PROVED for all t",
        "  update      says threshold-5; the paper says theory                               REFUTED first at t = 5",
        "              says eps-hat; the paper says theory                                   REFUTED first at t = 5",
        "              readings threshold-5, eps-hat: equal                                  PROVED for all t",
        "  accepted    authors' code",
    ]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_block_keeps_its_columns_whatever_it_holds(verdict):
    rows = dict(
        numeric=({"device": "cpu", "dtype": "float64", "path": "single", "verdict": "ENCLOSED", "worst_error_over_bound": 0.2, "steps": 10},),
        contract=({"clause": 1, "verdict": "holds", "detail": ""}, {"clause": 2, "verdict": "broken", "detail": "why"}, {"clause": 3, "verdict": "not applicable", "detail": ""}),
    )
    shown = printed.block(made("t", "r", verdict, notes=("a word " * 40,), **rows))
    assert "1 of 2" in shown
    assert "clause 2 is broken: why" in shown
    assert "0.2 of the rounding bound, 10 steps" in shown
    assert max(len(line) for line in shown.splitlines()) < 120


# Processes of their own -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "RuntimeError: out of steps"),
        ("Unknown", "fft_fft"),
        ("Hangs", "did not end within the limit of 12 seconds"),
        ("Dies", "its process died: exit code 7"),
    ],
)
def test_a_step_that_fails_is_undecided_with_the_reason(failing, name, reason):
    certificate = failing[f"mine.py:{name}"]
    assert certificate["verdict"] == "undecided"
    assert reason in " ".join(certificate["notes"])


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """Certificates of steps that fail, in one run beside one that does not."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "mine.py").write_text(MINE)
    names = [f"mine.py:{n}" for n in ("Raises", "Unknown", "Hangs", "Dies", "Talks")]
    done = _shell(folder, "certify", *names, "--against", "sgd", "--limit", "12", "--json", "-")
    found = {c["target"]: c for c in json.loads(done.stdout)["certificates"]}
    return found | {"exit": done.returncode, "err": done.stderr}


def _shell(folder: Path, *argv: str) -> subprocess.CompletedProcess:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from verify.cli import main; sys.exit(main({list(argv)!r}))"
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_others_are_unaffected_and_may_talk(failing):
    assert failing["mine.py:Talks"]["verdict"] == "conforms"
    assert failing["exit"] == 3
    assert "the target talks" in failing["err"]
    assert "without Python's knowledge" in failing["err"]
    assert "Traceback" not in failing["err"]


@pytest.mark.parametrize(("body", "why"), [("import time\ntime.sleep(60)", "did not end within the limit of 5 seconds"), ("import os\nos._exit(9)", "exit code 9")])
def test_a_module_that_hangs_or_dies_is_exit_code_2(tmp_path, body, why):
    (tmp_path / "module.py").write_text(body)
    done = _shell(tmp_path, "certify", "module.py:X", "--limit", "5")
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr


# Quick to start -------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["certify", "--help"], ["compare", "--help"], ["lift", "--help"]])
def test_help_imports_nothing_heavy(argv):
    program = f"import sys; from verify.cli import main; code = main({argv!r}); print(*sys.modules); sys.exit(code)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert done.returncode == 0
    assert not loaded & {"torch", "sympy", "mpmath", "z3", "numpy", "flint", "hypothesis", "pytest", "pebble", "jinja2", "matplotlib", "theory"}


# Theories and subjects ------------------------------------------------------------------------------


def test_the_rules_of_the_suite_are_known():
    assert {t.rule for t in resolve("torch")} <= set(theories.names())


def test_a_rule_of_a_file_is_found_by_its_name_or_alone(here):
    body = "from verify import Positive, Rule\ndef step(x, g, memory, t, *, lr: Positive):\n    return x - lr * g, ()\nfirst = Rule('one', 'me', step)\n"
    (here / "single.py").write_text(body)
    (here / "both.py").write_text(body + "second = Rule('two', 'me', step)\n")
    assert [theories.rule(t).name for t in ("single.py", "single.py:one", "single.py:first", "both.py:two")] == ["one", "one", "one", "two"]
    with pytest.raises(Problem, match=r"both.py has 2 rules: one, two"):
        theories.rule("both.py")


def test_a_theory_that_raises_is_named(monkeypatch):
    from importlib.metadata import EntryPoint

    points = [EntryPoint("somebody", "nowhere_at_all:load", theories.GROUP)]
    monkeypatch.setattr("verify.theories.metadata.entry_points", lambda group: points)
    theories.load.cache_clear()
    with pytest.raises(Problem, match="the theory 'somebody' .* raised ModuleNotFoundError"):
        theories.load()
    theories.load.cache_clear()


def test_only_torchs_own_classes_are_torchs():
    import torch

    class Adam(torch.optim.Adam):
        pass

    assert name_of(torch.optim.Adam) == "torch.optim.Adam"
    assert name_of(Adam) is None


def test_a_problem_says_found_expected_where_and_what_to_do():
    import pickle

    problem = Problem("found", "expected", "where", "do this", code=3)
    again = pickle.loads(pickle.dumps(problem))
    assert str(again) == textwrap.dedent("""\
        found
          expected  expected
          where     where
          to do     do this""")
    assert again.code == 3
