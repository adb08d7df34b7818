"""All engines together: verdicts, what a claim uses, values, and SciPy as an evaluator that shares no code with ours."""

from __future__ import annotations

from fractions import Fraction

import pytest
from claims_cases import stated

from verify import (
    Natural,
    Positive,
    Real,
    beta_function,
    equal,
    gamma,
    total,
)
from verify.check import identity, outcome
from verify.check import prove as proving
from verify.check.agreement import agree
from verify.check.outcome import Outcome, Summary, check, settle
from verify.exact import exact
from verify.statement import ClaimError, Verdict, claim, claims
from verify.value import value


def binomial(x: Real, y: Real):
    """A polynomial identity."""
    return equal((x + y) ** 3 - (x - y) ** 3, 2 * y * (3 * x**2 + y**2))


def telescopes(t: Natural):
    """A telescoping sum."""
    return equal(total(lambda i: 1 / (i * (i + 1)), 1, t), t / (t + 1))


def off_by_one(x: Real):
    """A false identity."""
    return equal(x, x + 1)


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
    moment = lambda p: integrate.quad(
        lambda s: (n / s**4) ** (p / 2) * density(s**4) * 4 * s**3, 0, 20, epsabs=1e-13, limit=400
    )[0]
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
        claim(taken, cites="nobody")(telescopes)
