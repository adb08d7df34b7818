"""The language: one text means the same on every kind of number, and nothing is taken for granted on the way."""

from __future__ import annotations

import random
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
import z3
from hypothesis import given

from verify import domain, numbers
from verify.check.points import draw
from verify.check.rounding_ball import BINARY64, RoundedBalls, precision, rounded
from verify.display import latex, unicode
from verify.domain import Above, Between, Integer, Natural, NonNegative, NonZero, Positive, Real, Sequence, Unit
from verify.exact import TRUE, Exact, SameTerm, divisors, equals, exact, negation, substitute, symbols, walk
from verify.fold import Fold, Undecided, Unsupported, evaluate
from verify.measure.enclosed import enclosed
from verify.numbers import (
    beta_function,
    exp,
    gamma,
    greatest,
    log,
    magnitude,
    maximum,
    minimum,
    pi,
    sign,
    sqrt,
    total,
    where,
    whole,
)
from verify.numbers import rounded as rounded_to
from verify.systems import Balls, Multiprecision, Symbolic

# One text -------------------------------------------------------------------------------------------


def rational(x, y, n):
    """Operators and choices, which every system has."""
    a = x * y - 3 / y + 2
    b = where(x < y, maximum(x, y) ** 2, minimum(x, y))
    return magnitude(a - b) * (1 - y) ** 3 / (1 + x**2) + sign(x - y) * n


def analytic(x, y, n):
    """Roots, powers with any exponent, and the functions of analysis."""
    return sqrt(x) * y**x + exp(-x) * log(1 + y) + gamma(x + y) / pi(x) + beta_function(x, y)


def counted(x, y, n):
    """Sums and maxima over an index."""
    return total(lambda i: y**i * (x - i), 1, n) + greatest(lambda i: magnitude(x - i), 1, n)


TEXTS = [rational, analytic, counted]
POINTS = [(Fraction(7, 3), Fraction(3, 5), 4), (Fraction(1, 2), Fraction(9, 10), 1), (Fraction(5), Fraction(1, 8), 7)]
X, Y, N = Positive.symbol("x"), Unit.symbol("y"), Natural.symbol("n")


def reference(text, point) -> mpmath.mpf:
    with mpmath.workdps(40):
        return text(*(Multiprecision.number(v) for v in point))


def close(found, wanted, digits: int) -> bool:
    with mpmath.workdps(50):
        return abs(mpmath.mpf(found) - wanted) <= mpmath.mpf(10) ** -digits * (1 + abs(wanted))


@pytest.mark.parametrize("point", POINTS, ids=str)
@pytest.mark.parametrize("text", TEXTS)
class TestOneText:
    """The same function of three numbers, on every kind of number, against 40-digit floats."""

    def test_balls(self, text, point):
        found = text(*(Balls.number(v) for v in point))
        lower, upper = (mpmath.mpf(e.str(30, radius=False)) for e in (found.lower(), found.upper()))
        assert lower - 1e-12 <= reference(text, point) <= upper + 1e-12
        assert found.rad() < 1e-10

    def test_terms_folded_to_digits_and_balls(self, text, point):
        term = text(X, Y, N)
        with mpmath.workdps(40):
            digits = evaluate(term, dict(zip("xyn", map(Multiprecision.number, point), strict=True)), Multiprecision)
        assert close(digits, reference(text, point), 35)
        ball = evaluate(term, dict(zip("xyn", map(Balls.number, point), strict=True)), Balls)
        assert close(ball.mid().str(15, radius=False), reference(text, point), 12)

    def test_terms_of_known_numbers(self, text, point):
        """On exact numbers nothing is lost: the text gives a term without symbols, of the same value."""
        term = exact(text(*map(exact, point)))
        assert not symbols(term)
        with mpmath.workdps(40):
            assert close(evaluate(term, {}, Multiprecision), reference(text, point), 35)

    def test_sympy(self, text, point):
        found = text(*(Symbolic.number(v) for v in point))
        assert close(str(sympy.N(found, 30)), reference(text, point), 25)

    def test_tensors(self, text, point):
        torch = pytest.importorskip("torch")
        found = text(*(torch.tensor(float(v), dtype=torch.float64) for v in point))
        assert found.dtype is torch.float64
        assert close(float(found), reference(text, point), 12)

    def test_tensor_lies_in_its_rounding_ball(self, text, point):
        """The derived tolerance holds what float64 computes, and is not a thousand times too wide."""
        torch = pytest.importorskip("torch")
        found = float(text(*(torch.tensor(float(v), dtype=torch.float64) for v in point)))
        with precision(BINARY64):
            ball = text(*(rounded(Fraction(v), BINARY64) for v in point)).ball
        assert ball.contains(flint.arb(found))
        assert ball.rad() < 1e-10

    def test_arrays_of_digits(self, text, point):
        if text is not rational:
            pytest.skip("elementwise, and an array is no bound of a sum")
        columns = [np.array([Multiprecision.number(v)] * 2, dtype=object) for v in point]
        assert all(close(v, reference(text, point), 12) for v in text(*columns[:2], Multiprecision.number(point[2])))


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_z3_computes_rational_texts(point):
    found = z3.simplify(rational(*(z3.Q(Fraction(v).numerator, Fraction(v).denominator) for v in point)))
    assert close(mpmath.mpf(found.numerator_as_long()) / found.denominator_as_long(), reference(rational, point), 12)


def test_a_new_system_is_one_class():
    """Rounded numbers were registered from outside."""
    assert numbers.system(rounded(Fraction(1, 3), BINARY64)) is RoundedBalls


# Numbers --------------------------------------------------------------------------------------------


def test_plain_numbers_have_no_system():
    with pytest.raises(TypeError, match="no system"):
        sqrt(2)


@pytest.mark.parametrize("x", [mpmath.mpf("1.5"), flint.arb(3) / 2, 0.5])
def test_an_index_is_a_whole_number(x):
    with pytest.raises(ValueError, match="no integer"):
        whole(x)


def test_no_terms_add_up_to_nothing_and_have_no_largest():
    one = mpmath.mpf(1)
    assert total(lambda i: i, 1, 0 * one) == 0
    with pytest.raises(ValueError, match="no terms"):
        greatest(lambda i: i, 1, 0 * one)


def test_simulation_stays_real():
    """mpmath would go on with complex numbers, and compare them."""
    assert all(mpmath.isnan(x) for x in (sqrt(mpmath.mpf(-1)), log(mpmath.mpf(-1)), log(mpmath.mpf(0))))


# Terms ----------------------------------------------------------------------------------------------


def test_equal_programs_are_one_node():
    assert sqrt(X * Y + 1) is sqrt(X * Y + 1)
    assert total(lambda i: Y**i, 1, N) is total(lambda j: Y**j, 1, N)
    assert X * Y is not Y * X


def test_nothing_cancels():
    assert (X / X).op == "div"
    assert (X - X).op == "sub"
    assert divisors(X / (X - 1) + 1 / X) == [X - 1, X]


def test_a_literal_means_what_was_typed():
    assert exact(0.1) is exact("0.1") is exact(Fraction(1, 10))
    assert exact(1e-8) is exact(Fraction(1, 10**8))
    with pytest.raises(TypeError):
        exact(object())


def test_a_condition_has_no_truth_of_its_own():
    with pytest.raises(TypeError, match="write where"):
        bool(X < Y)
    assert negation(X < Y) is (Y <= X)
    assert (X <= X) is TRUE


def test_python_equality_is_no_condition():
    assert isinstance(X == Y, SameTerm)
    assert X != Y
    for wrong in (lambda: exact(X == Y), lambda: where(X == Y, X, Y), lambda: (X < 1) & (X == Y)):
        with pytest.raises(TypeError, match="equals"):
            wrong()
    assert equals(X, Y).op == "eq"
    assert equals(mpmath.mpf(1), 1) is True


def test_binders_shield_their_index():
    inner = total(lambda i: total(lambda j: i * X**j, 1, i), 1, N)
    names = {n.args[1].args[0] for n in walk(inner) if n.op == "total"}
    assert len(names) == 2
    moved = substitute(inner, {X: Y})
    assert set(symbols(moved)) == {"y", "n"}
    index = next(n.args[1] for n in walk(inner) if n.op == "total")
    assert substitute(total(lambda i: i, 1, N), {index: X}) is total(lambda i: i, 1, N)


# Domains --------------------------------------------------------------------------------------------

NAMES = ("Real", "NonZero", "Positive", "NonNegative", "Unit", "HalfOpen", "Integer", "Natural", "Later")
DOMAINS = {n: getattr(domain, n) for n in NAMES}
DOMAINS |= {"Above(2)": Above(2), "Between": Between("-1/2", 3), "closed": Between(0, 1, closed=True)}


@pytest.mark.parametrize("d", DOMAINS.values(), ids=DOMAINS)
def test_a_domain_says_one_thing(d):
    """Strategy, random member, ball, sign and membership never disagree."""
    chance = random.Random(1)
    members = [draw(d, chance) for _ in range(50)]

    @given(d.values())
    def drawn(x):
        assert d.contains(x)
        members.append(x)

    drawn()
    assert all(d.contains(x) and (d.sign is None or d.sign * x > 0) for x in members)
    assert all(x >= 0 for x in members) or not d.nonnegative
    low, high = d.window
    assert all(
        d.ball().contains(flint.arb(flint.fmpq(x.numerator, x.denominator))) for x in members if low <= x <= high
    )


@pytest.mark.parametrize(
    ("d", "outside"),
    [
        (Positive, 0),
        (Unit, 1),
        (Unit, 0),
        (NonZero, 0),
        (NonNegative, Fraction(-1, 10)),
        (Natural, 0),
        (Integer, Fraction(1, 2)),
    ],
)
def test_ends_are_outside(d, outside):
    assert not d.contains(Fraction(outside))


# Folding --------------------------------------------------------------------------------------------


def test_an_unknown_operation_is_an_error_that_names_it():
    with pytest.raises(Unsupported, match="spin"):
        evaluate(Exact("spin", X), {"x": mpmath.mpf(1)}, Multiprecision)


def test_only_the_branch_that_applies_is_evaluated():
    term = where(equals(X, 0), X, 1 / X)
    assert evaluate(term, {"x": mpmath.mpf(0)}, Multiprecision) == 0
    assert evaluate(term, {"x": mpmath.mpf(4)}, Multiprecision) == mpmath.mpf("0.25")


def test_balls_that_overlap_decide_nothing():
    third = flint.arb(1) / 3
    for condition in (X < Y, X <= Y, equals(X, Y)):
        with pytest.raises(Undecided):
            Fold({"x": third, "y": third}, Balls)(condition)
    assert Fold({"x": third, "y": flint.arb(1)}, Balls)(X < Y) is True


def test_a_program_is_folded_as_long_as_it_is():
    term = X
    for _ in range(200):
        term = term * term + term
    assert sum(1 for _ in walk(term)) == 401


# Display --------------------------------------------------------------------------------------------

THETA, G = Real.symbol("theta"), Sequence(Real).symbol("g")
SHOWN = [
    (THETA - Positive.symbol("lr") * X, "θ - η x", r"\theta - \eta x"),
    ((X + Y) * N, "(x + y) n", r"\left(x + y\right) n"),
    (X - (Y - N), "x - (y - n)", r"x - \left(y - n\right)"),
    (X / Y * N, "x / y · n", r"\frac{x}{y} n"),
    (Unit.symbol("beta1") ** N, "β₁ⁿ", r"\beta_{1}^{n}"),
    (G(N - 1), "gₙ₋₁", r"g_{n - 1}"),
    (total(lambda i: G(i), 1, N), "Σ[i=1..n] gᵢ", r"\sum_{i=1}^{n} g_{i}"),
    (sqrt(X + 1), "√(x + 1)", r"\sqrt{x + 1}"),
    (exact("0.1") * X, "0.1 x", r"0.1 x"),
    (X <= Y, "x ≤ y", r"x \le y"),
]


@pytest.mark.parametrize(("term", "plain", "tex"), SHOWN, ids=[plain for _, plain, _ in SHOWN])
def test_terms_are_printed_in_the_order_they_were_written(term, plain, tex):
    assert unicode(term) == plain
    assert latex(term) == tex


ROUNDED = [("1/3", "171/512"), ("-1/3", "-171/512"), ("257/256", "1"), ("259/256", "65/64"), ("0", "0"), ("9", "9")]


@pytest.mark.parametrize(("number", "wanted"), ROUNDED)
def test_rounding_to_eight_bits_is_one_thing_for_every_kind(number, wanted):
    """The nearest number with so many significant bits, ties to even."""
    q, w = Fraction(number), Fraction(wanted)
    term = rounded_to(exact(q), 8)
    with mpmath.workdps(50):
        assert evaluate(term, {}, Multiprecision) == mpmath.mpf(w.numerator) / w.denominator
    ball = evaluate(term, {}, Balls)
    assert ball.contains(Balls.number(w))
    assert q != Fraction(1, 3) or ball.is_exact()
    held = rounded_to(enclosed(q), 8)
    assert held.value == float(w)
    assert abs(held.value - float(q)) <= held.radius


def test_a_ball_around_a_tie_keeps_both_neighbours():
    tie = Balls.number(Fraction(257, 256))
    ball = rounded_to(tie + Balls.flint.arb(0, 1e-9), 8)
    assert ball.contains(Balls.number(1))
    assert ball.contains(Balls.number(Fraction(129, 128)))
