"""Signs, integrals, gamma functions at infinity, monotone functions, boxes: and what each must not say."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest

from theory.radam_moments import mean_of_power
from theory.radam_variance import gamma_ratio, variance
from verify import (
    Above,
    Between,
    HalfOpen,
    Later,
    Natural,
    Positive,
    Unit,
    decreasing,
    exp,
    gamma,
    increasing,
    infinite,
    less,
    limit,
    sqrt,
    total,
    where,
)
from verify.check.algebra import Normal
from verify.check.enclose import enclose
from verify.check.prove import prove
from verify.check.sample import sample
from verify.check.signs import Signs
from verify.quadrature import NotSettled, integrate
from verify.statement import Claim, Verdict

PROVED, REFUTED, UNKNOWN, ENCLOSED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNKNOWN, Verdict.ENCLOSED


def claimed(relation, given=None, **domains) -> Claim:
    return Claim("test/claim", None, "", lambda **values: relation(**values), domains=domains, given=given)


# Signs ----------------------------------------------------------------------------------------


def test_a_closed_end_is_not_left_out():
    t, beta, q = Natural.symbol("t"), HalfOpen.symbol("beta"), Between(0, 1, closed=True).symbol("q")
    shown = {
        term: Normal()(term).sign()
        for term in (t - 1, beta, 1 - beta, q, 1 - q, q * (2 - q) + 1, t + 1, beta**t, 1 - beta**t)
    }
    assert list(shown.values()) == ["0+", "0+", "+", "0+", "0+", "+", "+", "0+", "+"]


def test_terms_of_a_sum_are_seen_from_both_ends():
    t, beta = Later.symbol("t"), Unit.symbol("beta")
    assert Signs()(total(lambda k: (1 - beta**k) * (1 - beta ** (t - k)), 1, t - 1)) == "+"
    assert Signs()(total(lambda k: 1 - beta ** (t - k), 1, t)) == "0+"
    assert Signs()(total(lambda k: 1 - beta ** (t - k - 1), 1, t)) is None


# Integrals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("a", ["0.001", "0.5", "2.5", "40"])
def test_quadrature_meets_gamma(a):
    a = flint.arb(flint.fmpq(*Fraction(a).as_integer_ratio()))
    found = integrate(lambda x: x ** (a - 1) * (-x).exp(), flint.arb(0))
    assert abs(found / a.gamma() - 1).upper() < 1e-8


def test_quadrature_does_not_settle_on_infinity():
    with pytest.raises(NotSettled):
        integrate(lambda x: 1 / x, flint.arb(0), flint.arb(1))


def test_an_integral_that_need_not_converge_is_not_a_gamma_function():
    value = mean_of_power(1, Positive.symbol("rho"), Positive.symbol("tau"))
    with pytest.raises(TypeError, match="does not converge"):
        Normal()(value)


def test_infinite_integrals():
    assert prove(claimed(lambda a: infinite(lambda x: x ** (-a) * exp(-x)), a=Above(1))).verdict is PROVED
    finite = claimed(lambda a: infinite(lambda x: x ** (-a) * exp(-x)), a=Unit)
    assert prove(finite).verdict is UNKNOWN
    assert sample(finite).verdict is REFUTED


# Gamma functions at infinity ------------------------------------------------------------------


def test_stirling():
    leading = claimed(lambda: limit(lambda x: x * (1 - gamma_ratio(x)), to="oo", equals=Fraction(1, 2), over=Above(2)))
    assert prove(leading).verdict is PROVED
    wrong = claimed(lambda: limit(lambda x: x * (1 - gamma_ratio(x)), to="oo", equals=1, over=Above(2)))
    assert prove(wrong).verdict is not PROVED
    assert sample(wrong).verdict is REFUTED


@pytest.mark.parametrize(
    "of", [lambda x: 1 + gamma(x) / x**9, lambda x: gamma(x) / gamma(2 * x), lambda x: 1 + 1 / gamma(x)]
)
def test_gamma_functions_that_do_not_balance_have_no_series(of):
    assert prove(claimed(lambda: limit(of, to="oo", equals=1, over=Above(2)))).verdict is UNKNOWN


def test_the_variance_of_the_catalogue():
    before, flint.ctx.prec = flint.ctx.prec, 200
    try:
        found = variance(flint.arb(5), flint.arb(1))
    finally:
        flint.ctx.prec = before
    assert found.str(20, radius=False) == "0.25195606140537479317"


# Monotone functions ---------------------------------------------------------------------------


def test_structure():
    grows = claimed(lambda a: increasing(lambda x: a * sqrt(x) * (x - 1) + exp(x), over=Above(1)), a=Positive)
    assert prove(grows).verdict is PROVED
    for of in (lambda x: x * (x - 4), lambda x: x * (2 - x), lambda x: 1 / (x - 3)):
        assert prove(claimed(lambda of=of: increasing(of, over=Above(1)))).verdict is UNKNOWN


def test_a_product_needs_its_identity_its_factors_and_its_limit():
    product = lambda of, factor: claimed(lambda: increasing(of, over=Above(2), factor=factor, shift=2))
    shortfall = lambda x: 1 - 1 / (x - 1) ** 2
    assert prove(product(gamma_ratio, shortfall)).verdict is PROVED
    assert prove(product(gamma_ratio, lambda x: 1 - 1 / x**2)).verdict is UNKNOWN  # not the factor
    assert prove(product(lambda x: x, lambda x: x / (x + 2))).verdict is UNKNOWN  # no limit
    assert prove(product(lambda x: 1 + x - x, lambda x: 1 + x - x)).verdict is UNKNOWN  # constant


# Boxes ----------------------------------------------------------------------------------------


def test_boxes_settle():
    falling = claimed(lambda: decreasing(lambda rho: rho / (rho - 2) * (1 - gamma_ratio(rho)), over=Above(2)))
    found = enclose(falling, boxes={"rho": ("2.1", 6)})
    assert found.verdict is ENCLOSED
    assert "rho in [21/10, 6]" in found.detail
    assert enclose(claimed(lambda x: less(where(x > 0, x, -x), 3), x=Between(-2, 2))).verdict is ENCLOSED
    assert enclose(claimed(lambda t, b: less(b**t, 1), t=Natural, b=Between(0, "9/10"))).verdict is ENCLOSED


def test_boxes_refute_and_respect_hypotheses():
    product = lambda x, y: less(x * y, 2)
    sides = {"x": Between(0, 3), "y": Between(0, 3)}
    assert enclose(claimed(product, lambda x, y: x + y < 2, **sides)).verdict is ENCLOSED
    found = enclose(claimed(product, lambda x, y: x + y <= 3, **sides))
    assert found.verdict is REFUTED
    assert found.counterexample["x"] * found.counterexample["y"] >= 2


def test_boxes_do_not_settle_what_they_cannot():
    touching = claimed(lambda x: less(2 * x, x * x + 1), x=Between(0, 2))  # equality at 1
    assert enclose(touching, effort=200).verdict is not ENCLOSED
    assert enclose(claimed(lambda x: less(-9, 1 / x), x=Between(-1, 1))).verdict is not ENCLOSED
    assert (
        enclose(claimed(lambda rho: less(0, mean_of_power(1, rho, rho)), rho=Above(2))).verdict is UNKNOWN
    )  # an integral
