"""The doors of pytest and Python: `--optproof`, the fixture, and `certify` in a user's test file."""

from __future__ import annotations

from importlib import metadata

import pytest
from conftest import made

# An inner pytest forgets what it imports: what it shares with us must be there before.
from verify import certification, theories
from verify.certification import acceptance, certify, check
from verify.errors import Problem
from verify.subjects.resolve import resolve

theories.load()
resolve("torch")

OWN = """
import torch

class Mine(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))
    def step(self, closure=None):
        pass

class Hangs(Mine):
    pass
"""


@pytest.fixture
def pytest_run(pytester, monkeypatch, prover):
    """An inner pytest with our plugin, whose prover answers as it is told."""
    installed = any(p.value == "verify.plugin" for p in metadata.entry_points(group="pytest11"))
    monkeypatch.syspath_prepend(pytester.path)
    return lambda *argv: pytester.runpytest_inprocess(
        *([] if installed else ["-p", "verify.plugin"]), "-p", "no:cacheprovider", *argv
    )


def test_a_target_is_a_test_without_any_test_file(pytest_run, prover):
    prover["torch.optim.Adam"] = ("deviates",)
    result = pytest_run("--optproof", "torch.optim.SGD", "--optproof", "torch.optim.Adam", "-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*torch.optim.Adam  against  adam (*", "*direction: says*"])
    result.stdout.fnmatch_lines_random(["PASSED optproof::torch.optim.SGD", "FAILED optproof::torch.optim.Adam*"])


def test_a_suite_is_many_tests_and_k_selects_among_them(pytest_run):
    pytest_run("--optproof", "torch").assert_outcomes(passed=28)
    result = pytest_run("--optproof", "torch", "-k", "Adam and foreach and not amsgrad")
    result.assert_outcomes(passed=5, deselected=23)
    result.stdout.fnmatch_lines(["collected 28 items / 23 deselected / 5 selected"])


def test_the_rule_may_be_named(pytest_run, prover, pytester):
    pytester.makepyfile(own=OWN)
    pytest_run("--optproof", "own.py:Mine", "--optproof-against", "sgd").assert_outcomes(passed=1)
    assert prover.asked == [("own.py:Mine", "sgd")]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["torch.optim.Adan"], "did you mean 'Adam'"),
        (["torch.optim.SGD", "--optproof-against", "sdg"], "did you mean 'sgd'?"),
    ],
)
def test_a_bad_target_is_a_usage_error(pytest_run, argv, message):
    result = pytest_run("--optproof", *argv)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_accepted_variants_pass(pytest_run, prover, pytester):
    prover["torch.optim.SGD"] = "variant", "a"
    result = pytest_run("--optproof", "torch.optim.SGD")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a is not accepted*"])
    pytester.makepyprojecttoml('[tool.optproof.accept]\n"torch.optim.SGD" = {readings = ["a"], reason = "known"}')
    pytest_run("--optproof", "torch.optim.SGD").assert_outcomes(passed=1)


def test_certify_in_a_test_file(pytest_run, prover, pytester):
    prover |= {"test_it.Mine": ("variant", "a"), "torch.optim.Adam": ("undecided",)}
    pytester.makepyfile(
        test_it=OWN
        + """
from verify import certify
test_refused = certify(Mine, against="sgd")
test_accepted = certify(Mine, against="sgd", accept={"a": "as the authors do"})
test_stale = certify(Mine, against="sgd", accept=["a", "b"], reason="as the authors do")
test_factory = certify(lambda params: Mine(params, lr=3), against="sgd")
test_set = certify("torch.optim.SGD", momentum=0.9)
test_undecided = certify("torch.optim.Adam")
test_no_rule = certify(Mine)
def test_fixture(certify):
    (found,) = certify(Mine, against="sgd", accept={"a": "why"})
    assert found.readings == ("a",)
"""
    )
    result = pytest_run("-rA")
    result.assert_outcomes(passed=4, failed=4)
    passed = ("accepted", "factory", "set", "fixture")
    result.stdout.fnmatch_lines_random([f"PASSED test_it.py::test_{name}" for name in passed])
    result.stdout.fnmatch_lines_random(
        ["*a is not accepted*", "*b is recorded as accepted*", "*has no rule of its own*", "*undecided"]
    )
    assert "Traceback" not in result.stdout.str()
    assert ("torch.optim.SGD(momentum=0.9)", "momentum") in prover.asked


def test_a_step_that_hangs_ends_at_its_limit(monkeypatch):
    def hangs(target, rule):
        while True:
            try:
                pass
            except Exception:  # noqa: BLE001 - code that catches everything does not catch the alarm
                continue

    monkeypatch.setattr("verify.conform.certify_target", hangs)
    with pytest.raises(pytest.fail.Exception, match=r"did not end within the limit of 0.2 seconds"):
        check("torch.optim.SGD", limit=0.2)


def test_another_alarm_is_left_alone():
    import signal

    signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        with certification._time_limit(0.001):
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 90
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.parametrize("accept", [["a"], "a", {"a": ""}, {"a": " "}, {"a": None}])
def test_an_accepted_reading_needs_a_reason(accept):
    with pytest.raises(Problem, match="a is accepted without a reason"):
        certify("torch.optim.SGD", accept=accept)


@pytest.mark.parametrize(("accept", "reason"), [({"a": "why"}, ""), (["a"], "why"), ("a", "why")])
def test_reasons_are_given_one_by_one_or_for_all(accept, reason):
    found = acceptance(accept, reason)
    assert (found.readings, found.reason) == (("a",), "why")


def test_what_the_shell_can_reach_is_reproducible_there(prover, monkeypatch):
    import torch

    seen = []
    monkeypatch.setattr(
        "verify.conform.certify_target", lambda target, rule: seen.append(target) or made(target.name, rule.name)
    )
    check(torch.optim.SGD)
    check(lambda params: torch.optim.SGD(params), against="sgd")
    assert [t.reproduce for t in seen] == ["optproof certify torch.optim.SGD", ""]
