"""Each engine against something that it must refuse, and something that it must see."""

from __future__ import annotations

import pytest
from claims_cases import stated
from traps import TRAPS

from verify import (
    Above,
    HalfOpen,
    Natural,
    Positive,
    Real,
    Sequence,
    Unit,
    Vector,
    at_most,
    decreasing,
    dot,
    equal,
    exp,
    gamma,
    greatest,
    holds,
    increasing,
    integral,
    limit,
    magnitude,
    sqrt,
    total,
    unfolds,
    where,
)
from verify.check import identity, smt
from verify.check.outcome import check
from verify.check.prove import prove
from verify.check.sample import sample
from verify.statement import Verdict

EVERY = [pytest.param(c, id=f"{engine}: {what}") for engine, traps in TRAPS.items() for what, c in traps.items()]


@pytest.mark.parametrize("trap", EVERY)
def test_nobody_proves_what_is_false(trap):
    """Not the provers, and not all engines together; a hypothesis that is none is an error, and so UNKNOWN."""
    found = check(trap)
    assert found.evidence[0].verdict < Verdict.ENCLOSED
    assert found.verdict < Verdict.ENCLOSED


# What each engine must see ----------------------------------------------------------------------------


def telescopes(t: Natural):
    """A telescoping sum."""
    return equal(total(lambda i: 1 / (i * (i + 1)), 1, t), t / (t + 1))


def binomial(x: Real, y: Real):
    """A polynomial identity."""
    return equal((x + y) ** 3 - (x - y) ** 3, 2 * y * (3 * x**2 + y**2))


def cancels(x: Real):
    """An identity with a pole, which stays a condition."""
    return equal((x**2 - 1) / (x - 1), x + 1)


def roots(x: Real, b: Unit):
    """Roots of squares are absolute values."""
    return equal(sqrt((1 - b) ** 2 * x**2), (1 - b) * magnitude(x))


def parallelogram(w: Vector(), v: Vector()):
    """A law of every inner product."""
    return equal(dot(w + v, w + v) + dot(w - v, w - v), 2 * dot(w, w) + 2 * dot(v, v))


def recurrence(x: Real, b: Unit, t: Natural):
    """A geometric recurrence."""
    return unfolds(lambda y, t: b * y + 1, lambda t: b**t * x + (1 - b**t) / (1 - b), start=x, t=t)


def means(x: Positive, y: Positive):
    """Two means."""
    return at_most(4 * x * y, (x + y) ** 2, slack=(x - y) ** 2)


def polynomial_inequality(x: Real, y: Real):
    """An inequality without a slack."""
    return at_most(x * y, x**2 + y**2)


def cases(x: Real):
    """A choice."""
    return holds(where(x < 0, -x, x) >= 0)


def derivative(b: HalfOpen):
    """A limit of difference quotients."""
    return limit(lambda h: ((b + h) ** 3 - b**3) / h, to=0, equals=3 * b**2)


def forgets(b: Unit):
    """A power that vanishes."""
    return limit(lambda t: t**2 * b**t, to="oo", equals=0, over=Natural)


def falls():
    """A falling function."""
    return decreasing(lambda x: 1 / (1 + x), over=Positive, slope=lambda x: -1 / (1 + x) ** 2)


def grows_by_steps(b: Unit):
    """A growing sequence."""
    return increasing(lambda t: 1 - b**t, over=Natural, slope=lambda t: b**t * (1 - b))


def gammas(x: Positive):
    """The functional equation and Euler's integral."""
    return equal(gamma(x + 1), x * gamma(x)), equal(integral(lambda s: s**x * exp(-s), 0, None, like=x), gamma(x + 1))


def largest(g: Sequence(Real), t: Natural):
    """A mean is at most the largest."""
    most = greatest(g, 1, t)
    return at_most(total(g, 1, t) / t, most, slack=total(lambda i: most - g(i), 1, t) / t)


SEEN = [
    telescopes,
    binomial,
    cancels,
    roots,
    parallelogram,
    recurrence,
    means,
    polynomial_inequality,
    cases,
    derivative,
]
SEEN += [forgets, falls, grows_by_steps, gammas, largest]


@pytest.mark.parametrize("state", SEEN)
def test_what_is_true_is_proved_and_sampled(state):
    c = stated(state)
    assert prove(c).verdict is Verdict.PROVED, prove(c).detail
    assert sample(c, examples=20).verdict is Verdict.SAMPLED


def test_a_cancelled_pole_stays_a_condition():
    assert [repr(c) for c in prove(stated(cancels)).conditions] == ["x - 1"]


# No engine is believed alone --------------------------------------------------------------------------


def off_by_one(x: Real):
    """A false identity."""
    return equal(x, x + 1)


def too_small(x: Real):
    """A false inequality."""
    return at_most(x + 1, x)


def euler(x: Positive):
    """A false identity between gamma functions."""
    return equal(gamma(x) * gamma(x + 1), gamma(2 * x))


def test_arb_contradicts_a_lying_normal_form(monkeypatch):
    monkeypatch.setattr(identity, "same_form", lambda *_: True)
    found = prove(stated(off_by_one))
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample


def test_arb_contradicts_a_lying_z3(monkeypatch):
    monkeypatch.setattr(smt, "proves", lambda *_, **__: True)
    found = prove(stated(too_small))
    assert found.verdict is Verdict.UNKNOWN
    assert "disagree" in found.detail


def test_arb_contradicts_a_lying_sympy(monkeypatch):
    import sympy

    monkeypatch.setattr(sympy, "gammasimp", lambda _: sympy.Integer(1))
    assert prove(stated(euler)).verdict is Verdict.REFUTED


def test_numbers_contradict_a_lying_series(monkeypatch):
    from verify.check.algebra import Normal

    def wrong():
        """A false limit."""
        return limit(lambda x: 1 + x, to=0, equals=2)

    monkeypatch.setattr(Normal, "same", lambda *_: True)
    assert prove(stated(wrong)).verdict is Verdict.UNKNOWN


def test_a_slack_must_be_the_slack():
    def wrong(x: Real):
        """A slack of another inequality."""
        return at_most(2 * x, x**2 + 1, slack=(x + 1) ** 2)

    assert prove(stated(wrong)).verdict is Verdict.REFUTED


def test_every_station_is_checked():
    def detour(x: Real):
        """A derivation over a wrong station."""
        return equal(x, x, via=[x + 1])

    assert prove(stated(detour)).verdict is Verdict.REFUTED
    assert sample(stated(detour)).verdict is Verdict.REFUTED


# The search for a counterexample ----------------------------------------------------------------------


def test_an_exception_at_one_point_is_found():
    def root(x: Real):
        """The wrong branch of a root."""
        return equal(sqrt(x**2), x)

    found = sample(stated(root))
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["x"] < 0


def test_rounding_refutes_nothing():
    """An equation that holds only beyond the 50 digits of the simulation."""

    def cancels_badly(x: Above(1)):
        """A true equation, and hopelessly ill-conditioned."""
        return equal((x + 10**80) - 10**80, x), at_most(sqrt(x) ** 2, x)

    assert sample(stated(cancels_badly)).verdict is Verdict.SAMPLED


def test_a_vacuous_claim_is_unknown():
    def nothing(x: Real):
        """A claim about no number."""
        return equal(x, x + 1)

    c = stated(nothing, given=lambda x: (x < 0) & (x > 1))
    assert sample(c).verdict is Verdict.UNKNOWN
    assert check(c).verdict is Verdict.UNKNOWN


def test_a_branch_that_is_not_taken_may_be_undefined():
    def guarded(x: Real):
        """A guarded division, wrong at 0 alone."""
        return at_most(1, where(magnitude(x) > 0, x / x, 0 * x))

    assert sample(stated(guarded)).counterexample == {"x": 0}
