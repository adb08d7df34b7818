"""Each engine against something that it must refuse, and something that it must see."""

from __future__ import annotations

from fractions import Fraction

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
    beta_function,
    decreasing,
    dot,
    equal,
    exp,
    gamma,
    greatest,
    holds,
    increasing,
    integral,
    less,
    limit,
    magnitude,
    norm,
    sqrt,
    total,
    unfolds,
    where,
)
from verify.check import identity, outcome, prove as proving, smt
from verify.check.agreement import agree
from verify.check.outcome import Outcome, Summary, check, settle
from verify.check.prove import prove
from verify.check.sample import sample
from verify.exact import exact
from verify.statement import ClaimError, Verdict, claim, claims
from verify.value import value

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


SEEN = [telescopes, binomial, cancels, roots, parallelogram, recurrence, means, polynomial_inequality, cases, derivative]
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


# All engines together ---------------------------------------------------------------------------------


def summary(id: str, verdict: Verdict = Verdict.PROVED, uses=()) -> Summary:
    return Summary(id, None, Verdict.PROVED, verdict, uses=uses)


def test_one_engine_that_refutes_outweighs_all_others(monkeypatch):
    c = stated(off_by_one)
    monkeypatch.setattr(identity, "same_form", lambda *_: True)
    assert check(c).verdict is Verdict.REFUTED
    monkeypatch.setattr(outcome, "prove", lambda _: proving.Evidence("prove", Verdict.PROVED, "trust me"))
    found = check(c)
    assert found.verdict is Verdict.UNKNOWN
    assert "a bug in one of them" in found.evidence[-1].detail


def test_a_claim_is_no_stronger_than_what_it_uses():
    known = {"b": summary("b", Verdict.SAMPLED)}
    (a,) = settle([summary("a", uses=("nobody/knows",))], known.get)
    assert a.verdict is Verdict.UNKNOWN
    assert "there is no claim 'nobody/knows'" in a.detail


def test_a_circle_of_uses_proves_nothing(monkeypatch):
    c = stated(binomial)
    for id in ("test/x", "test/y"):
        monkeypatch.setitem(claims, id, c)
    found = settle([summary("test/x", uses=("test/y",)), summary("test/y", uses=("test/x",))])
    assert {s.verdict for s in found} == {Verdict.UNKNOWN}


@pytest.mark.parametrize("weak", [Verdict.SAMPLED, Verdict.UNKNOWN])
def test_what_rests_on_a_guess_is_a_guess(monkeypatch, weak):
    monkeypatch.setitem(claims, "test/weak", stated(binomial))
    (found,) = settle([summary("test/strong", uses=("test/weak",))], {"test/weak": summary("test/weak", weak)}.get)
    assert found.verdict is weak


@pytest.mark.parametrize(
    ("verdict", "counterexample", "expected", "good"),
    [
        (Verdict.PROVED, False, Verdict.PROVED, True),
        (Verdict.SAMPLED, False, Verdict.PROVED, False),
        (Verdict.PROVED, False, Verdict.SAMPLED, False),
        (Verdict.UNKNOWN, False, Verdict.UNKNOWN, False),
        (Verdict.REFUTED, True, Verdict.REFUTED, True),
        (Verdict.REFUTED, False, Verdict.REFUTED, False),
        (Verdict.PROVED, False, Verdict.REFUTED, False),
    ],
)
def test_as_expected_is_strict(verdict, counterexample, expected, good):
    assert Summary("a", None, expected, verdict, counterexample=counterexample).as_expected is good


def test_time_runs_out(monkeypatch):
    import time

    monkeypatch.setattr(outcome, "prove", lambda _: time.sleep(20))
    found = check(stated(binomial), limit=0.2)
    assert found.verdict is Verdict.UNKNOWN
    assert found.seconds < 5
    assert "no answer within 0.2 seconds" in found.evidence[-1].detail


def test_an_engine_that_crashes_knows_nothing():
    def breaks(x: Real):
        """A claim with a typing error."""
        return equal(x, y)  # noqa: F821

    found = check(stated(breaks))
    assert found.verdict is Verdict.UNKNOWN
    assert "NameError" in found.evidence[0].detail


# Values -----------------------------------------------------------------------------------------------


def test_three_evaluations_agree():
    found = agree(stated(telescopes))
    assert found.ok
    assert {"closed form", "mpmath"} <= {n for p in found.pairs for n in (p.one, p.other)}
    assert all(0 <= p.error <= p.bound < 1e-12 for p in found.pairs)


@pytest.mark.parametrize("size", [Fraction(1, 10**13), Fraction(1, 10**40)])
def test_values_that_differ_fail(size):
    """Off by less than anybody would see in float64; and by less than float64 can tell, which the simulation sees."""

    def off(t: Natural):
        """A closed form that is a trifle off."""
        return equal(total(lambda i: 1 / (i * (i + 1)), 1, t), t / (t + 1) + t * size.numerator / size.denominator)

    found = agree(stated(off))
    assert not found.ok
    assert check(stated(off)).verdict < Verdict.SAMPLED


def test_a_disagreement_fails_a_claim_that_is_proved(monkeypatch):
    from verify.check import agreement

    monkeypatch.setattr(agreement.Pair, "ok", False)
    found: Outcome = check(stated(telescopes))
    assert found.verdict is Verdict.UNKNOWN
    assert "apart" in found.evidence[-1].detail
    assert not found.summary().as_expected


# An evaluator that shares no code with ours: SciPy ------------------------------------------------------


@pytest.mark.parametrize("x", ["0.3", "1", "2.5", "17"])
def test_gamma_and_beta_are_scipys(x):
    from scipy import special

    def gammas(x: Positive):
        """Gamma and Beta at a point."""
        return equal(gamma(x), gamma(x)), equal(beta_function(x, 2 * x), beta_function(x, 2 * x))

    c = stated(gammas)
    first, second = (r.right for r in c.relations({"x": exact(x)}))
    assert float(value(c, [f"x={x}"])) == pytest.approx(special.gamma(float(x)), rel=1e-13)
    from verify.fold import evaluate
    from verify.systems import Balls

    found = [float(evaluate(t, {}, Balls).mid()) for t in (first, second)]
    wanted = [special.gamma(float(x)), special.beta(float(x), 2 * float(x))]
    assert found == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("rho", ["2.5", "3", "5", "12", "80"])
def test_the_variance_is_scipys(rho):
    """RAdam's Theorem 1 against SciPy's quadrature of the chi-squared density, and against its inverse-gamma law."""
    from scipy import integrate, stats

    from verify import theories

    theories.load()
    n, density = float(rho), stats.chi2(float(rho)).pdf
    # psi = sqrt(n / q) for q ~ chi2(n); with q = s^4 the integrand has no pole at 0
    moment = lambda p: integrate.quad(lambda s: (n / s**4) ** (p / 2) * density(s**4) * 4 * s**3, 0, 20, epsabs=1e-13, limit=400)[0]
    found = float(value(claims["radam/variance"], [f"rho={rho}"]))
    assert found == pytest.approx(moment(2) - moment(1) ** 2, rel=1e-6)
    law = stats.invgamma(n / 2, scale=n / 2)  # psi^2 = n / q
    assert found == pytest.approx(law.mean() - law.expect(lambda y: y**0.5) ** 2, rel=1e-5)


def test_the_variance_to_twenty_digits():
    from verify import theories

    theories.load()
    assert value(claims["radam/variance"], ["rho=5"]) == "0.25195606140537479317"


# The registry -------------------------------------------------------------------------------------------


def test_a_variable_without_a_domain_is_no_claim():
    with pytest.raises(ClaimError, match="not quantified"):

        @claim("test/loose", cites="nobody")
        def loose(x: Real, y):
            """A claim about y."""
            return equal(x, y)


def test_an_id_is_taken_once():
    taken = next(iter(claims), None) or "test/taken"
    if taken == "test/taken":
        claim(taken, cites="nobody")(binomial)
    with pytest.raises(ClaimError, match="is taken by"):
        claim(taken, cites="nobody")(cases)


def test_norm_is_used():
    """Norms are roots of inner products."""

    def scales(w: Vector(), c: Positive):
        """A norm scales."""
        return equal(norm(c * w), c * norm(w))

    def shrinks(w: Vector(), c: Above(1)):
        """A norm that does not."""
        return less(norm(c * w), c * norm(w))

    assert prove(stated(scales)).verdict is Verdict.PROVED
    assert sample(stated(shrinks)).verdict is Verdict.REFUTED
