"""ASGD, Rprop and SparseAdam against their papers: torch's, right ones, and ones with a fault each."""

from functools import cache

import pytest

torch = pytest.importorskip("torch")

from specimens import classics  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.build import target  # noqa: E402


@cache
def certificate(make, rule, **settings):
    return certify_target(target(make, make.__name__, settings), theories.rule(rule))


AHEAD = {"rate-ahead", "average-late", "float32-rate"}
TORCH = [
    ("rprop", "Rprop", {}, {"no-backtracking", "always-clipped"}),
    ("rprop", "Rprop", {"foreach": True, "etas": (0.5, 1.5)}, {"no-backtracking", "always-clipped"}),
    ("asgd", "ASGD", {}, AHEAD),
    ("asgd", "ASGD", {"foreach": True}, AHEAD),
    ("asgd", "ASGD", {"weight_decay": 0.1, "maximize": True}, AHEAD | {"l2"}),
]


@pytest.mark.parametrize(
    ("rule", "name", "settings", "readings"), TORCH, ids=[f"{n}-{'-'.join(s)}" for _, n, s, _ in TORCH]
)
def test_torch_follows_named_readings(rule, name, settings, readings):
    found = certificate(getattr(torch.optim, name), rule, **settings)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("variant", Verdict.PROVED, "all t")
    assert set(found.readings) == readings


@pytest.mark.parametrize(("make", "rule"), [(classics.Averaged, "asgd"), (classics.Resilient, "rprop")])
def test_what_is_right_conforms(make, rule):
    found = certificate(make, rule)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


WRONG = [
    (classics.SharedStep, "asgd", "deviates", "step-index", 7),
    (classics.LoadsNarrow, "asgd", "deviates", "state-dict", 7),
    (classics.Remembers, "rprop", "variant", "threshold", 3),
    (classics.Unbounded, "rprop", "deviates", "moment-recurrence", 2),
    (classics.PowerOfStep, "asgd", "deviates", "schedule", 2),
    (classics.LateAverage, "asgd", "variant", "step-index", 12),
    (classics.StaleAverage, "asgd", "deviates", "moment-recurrence", 1),
    (classics.NoAverage, "asgd", "deviates", "other", 1),
]


@pytest.mark.parametrize(("make", "rule", "verdict", "kind", "step"), WRONG, ids=[m.__name__ for m, *_ in WRONG])
def test_one_fault_is_found_and_named(make, rule, verdict, kind, step):
    found = certificate(make, rule)
    first = found.deviations[0]
    assert (found.verdict, first.kind, first.first_step) == (verdict, kind, step)


def test_an_average_that_is_not_kept_is_said_to_be_missing():
    assert "does not keep the rule's average" in certificate(classics.NoAverage, "asgd").deviations[0].summary


def test_a_wrong_average_replays_in_float64():
    """What is kept beside the parameter is read from the real optimizer."""
    shown = certificate(classics.StaleAverage, "asgd").deviations[0].counterexample
    assert shown["element"] >= 2
    assert abs(float(shown["replayed_in_float64"]) - float(shown["code"])) < 1e-12
