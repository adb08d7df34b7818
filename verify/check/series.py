"""Limits and derivatives by power series: no l'Hopital, no heuristics.

To find the limit of f(x) at a, x is replaced by a + d (or a - d, or 1/d for infinity) and f
is evaluated on truncated series in d whose coefficients are normal forms.  The arithmetic
of series is exact up to the truncation, so the coefficient of d^0 is the limit, and at
x + d the coefficient of d^1 is the derivative.  A power of a base in (0, 1) whose exponent
grows without bound is smaller than every power of d, and vanishes; finite sums are
expanded term by term (verify/check/powers.py).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from verify.check import inner, stirling
from verify.check.algebra import Normal
from verify.check.powers import Powers
from verify.check.ring import Quotient, freeze
from verify.exact import Exact, symbols
from verify.fold import Unsupported

ORDER = 4  # coefficients carried beyond the leading one


class Series:
    """d^low (c0 + c1 d^step + ...), truncated; `low` may be a half-integer."""

    __slots__ = ("coefficients", "low")

    def __init__(self, low: Fraction, coefficients: list[Quotient]):
        while coefficients and coefficients[0].is_zero():
            coefficients, low = coefficients[1:], low + 1
        self.low, self.coefficients = low, coefficients

    @property
    def order(self) -> Fraction:
        """The power of d from which nothing is known."""
        return self.low + len(self.coefficients)

    def coefficient(self, n) -> Quotient | None:
        """The coefficient of d^n; None below the leading term or between half-steps."""
        i = n - self.low
        return self.coefficients[int(i)] if i.denominator == 1 and 0 <= i < len(self.coefficients) else None


class HalfPowers(Unsupported):
    """Integer and half-integer powers of d meet: expand in the root of d (`unit=2`)."""


class Expansion(Powers):
    """Evaluates terms as series in d, one symbol x being replaced by a series.

    `given` are the hypotheses, and `beside` divisors of the claim, which do not vanish where it means
    something; with `unit=2` the distance from the place is d^2.
    """

    make = Series

    def __init__(
        self,
        x: Exact,
        place,
        direction: int = 1,
        order: int = ORDER,
        given: tuple = (),
        unit: int = 1,
        beside: tuple = (),
    ):
        self.normal, self.count = Normal(), unit * order + 1
        self.x, self.memo, self.given, self.unit, self.beside = x, {}, given, unit, beside
        self.memo[x] = self._place(place, direction)

    def _place(self, place, direction: int) -> Series:
        one, zero = self.normal.ring.constant(1), self.normal.ring.constant(0)
        if place == "oo":
            return Series(Fraction(-self.unit), [one] + [zero] * (self.count - 1))
        at = self.normal(place)
        step = one if direction > 0 else -one
        return Series(Fraction(0), [at] + [zero] * (self.unit - 1) + [step] + [zero] * (self.count - self.unit - 1))

    def __call__(self, node: Exact) -> Series:
        if node not in self.memo:
            self.memo[node] = self._expand(node)
        return self.memo[node]

    def _expand(self, node: Exact) -> Series:
        if not self._moves(node):
            return self._constant(self.normal(node))
        rule = _RULES.get(node.op)
        if rule is None:
            raise Unsupported(f"no series rule for `{node.op}`")
        return rule(self, *node.args)

    def _moves(self, node: Exact) -> bool:
        return self.x.args[0] in symbols(node)

    def _constant(self, q: Quotient) -> Series:
        return Series(Fraction(0), [q] + [self.normal.ring.constant(0)] * (self.count - 1))

    # Arithmetic --------------------------------------------------------------------------

    def add(self, a: Series, b: Series) -> Series:
        if not a.coefficients or not b.coefficients:
            return self._add_known_zero(a, b)
        low, end = min(a.low, b.low), min(a.order, b.order)
        if (a.low - b.low).denominator != 1:
            raise HalfPowers("a sum of integer and half-integer powers of d")
        zero = self.normal.ring.constant(0)
        terms = [(a.coefficient(n) or zero) + (b.coefficient(n) or zero) for n in _range(low, end)]
        return Series(low, terms)

    def _add_known_zero(self, a: Series, b: Series) -> Series:
        full, empty = (a, b) if a.coefficients else (b, a)
        keep = max(0, int(empty.low - full.low)) if full.coefficients else 0
        return Series(full.low, full.coefficients[:keep]) if keep else Series(min(a.low, b.low), [])

    def mul(self, a: Series, b: Series) -> Series:
        n, zero = min(len(a.coefficients), len(b.coefficients)), self.normal.ring.constant(0)
        terms = [zero] * n
        for i in range(n):
            for j in range(n - i):
                terms[i + j] = terms[i + j] + a.coefficients[i] * b.coefficients[j]
        return Series(a.low + b.low, terms)

    def scale(self, a: Series, q: Quotient) -> Series:
        return Series(a.low, [c * q for c in a.coefficients])

    def lead(self, a: Series) -> Quotient:
        """The leading coefficient, known not to vanish: where it did, another power of d would lead."""
        if not never_zero(self.normal, a.coefficients[0], self.given, self.beside):
            raise Unsupported("the leading coefficient of a series may vanish for some values of the variables")
        return a.coefficients[0]

    def inverse(self, a: Series) -> Series:
        if not a.coefficients:
            raise Unsupported("division by a series whose leading term lies beyond the truncation")
        return self.power(a, Fraction(-1))

    def power(self, a: Series, n: Fraction) -> Series:
        """a ** n for a rational n: leading term to the n, times a binomial series."""
        if not a.coefficients:
            if n > 0:
                return Series(a.low * n, [])
            raise Unsupported("a power of a series whose leading term lies beyond the truncation")
        if n.denominator not in (1, 2):
            raise Unsupported(f"a series to the power {n}")
        if n.denominator == 1 and 0 < n <= 24:
            return reduce(self.mul, [a] * int(n))  # needs no leading coefficient that stays away from 0
        if n == Fraction(1, 2) and not never_zero(self.normal, a.coefficients[0], self.given, self.beside):
            return self._root_of_perhaps_less(a)
        lead = self.lead(a)
        front = self.normal.root(lead) ** n.numerator if n.denominator == 2 else lead ** int(n)
        tail = self._binomial(self.scale(a, self.normal.ring.constant(1) / lead), self.normal.ring.constant(n))
        return Series(a.low * n, [front * c for c in tail])

    def _root_of_perhaps_less(self, a: Series) -> Series:
        """The root of c d^n + O(d^(n + k)) is sqrt(c) d^(n/2) + O(d^((n + k)/2)), even where c = 0."""
        gap = next((k for k, c in enumerate(a.coefficients) if k and not c.is_zero()), len(a.coefficients))
        if gap < 2 and self.unit == 1:
            raise HalfPowers("the root of something whose leading coefficient may vanish")
        known = [self.normal.root(a.coefficients[0])] + [self.normal.ring.constant(0)] * (gap // 2)
        return Series(a.low / 2, known[: gap // 2])

    def _binomial(self, a: Series, exponent: Quotient) -> list[Quotient]:
        """(1 + w) ** exponent for a = d^low (1 + w): the coefficients of w's powers, summed."""
        one, zero = self.normal.ring.constant(1), self.normal.ring.constant(0)
        n = len(a.coefficients)
        w = [zero, *a.coefficients[1:]]
        result, power, weight = [one] + [zero] * (n - 1), [one] + [zero] * (n - 1), one
        for k in range(1, n):
            power = [sum((power[i] * w[j - i] for i in range(j + 1)), zero) for j in range(n)]
            weight = weight * (exponent - self.normal.ring.constant(k - 1)) / self.normal.ring.constant(k)
            result = [r + weight * p for r, p in zip(result, power, strict=True)]
        return result

    # Operations --------------------------------------------------------------------------

    # Vectors: linear combinations whose coefficients are series (see inner.combination) -------

    def _dot(self, left: Exact, right: Exact) -> Series:
        """The bilinear form, coefficient by coefficient."""
        a, b = inner.combination(self, left), inner.combination(self, right)
        pairs = ((self.mul(p, q), inner.gram(self.normal, v, w)) for v, p in a.items() for w, q in b.items())
        return reduce(self.add, (self.scale(c, product) for c, product in pairs))

    def _apply(self, name: str, w: Exact) -> Series:
        """The chain rule: F(p + d q + ...) = F(p) + d <gradient F(p), q> + ..."""
        at, along = self._path(w)
        slope = (c * inner.gram(self.normal, inner.gradient_at(name, at), v) for v, c in along.items())
        return Series(Fraction(0), [inner.value_at(self.normal, name, at), sum(slope, self.normal.ring.constant(0))])

    def _path(self, w: Exact) -> tuple[dict, dict]:
        """A vector's value at d = 0 and its derivative there."""
        moving = inner.combination(self, w)
        if any(s.low < 0 or s.low.denominator != 1 or s.order < 2 for s in moving.values()):
            raise Unsupported(
                "a smooth function along a path that is not differentiable here, or known to too low an order"
            )
        zero = self.normal.ring.constant(0)
        parts = [{v: s.coefficient(Fraction(k)) or zero for v, s in moving.items()} for k in (0, 1)]
        return parts[0], parts[1]

    def gradient(self, name: str, w: Exact) -> dict:
        """A gradient whose place does not move up to the order that is known; else the Hessian would enter."""
        moving = inner.combination(self, w)
        if any(s.low + i != 0 and not c.is_zero() for s in moving.values() for i, c in enumerate(s.coefficients)):
            raise Unsupported("a gradient at a place that moves")
        zero, one = self.normal.ring.constant(0), self.normal.ring.constant(1)
        at = {v: s.coefficient(Fraction(0)) or zero for v, s in moving.items()}
        known = int(min((s.order for s in moving.values()), default=Fraction(self.count)))
        return {inner.gradient_at(name, at): Series(Fraction(0), [one] + [zero] * (known - 1))}

    def _absolute(self, a: Exact) -> Series:
        """|f| is f or -f near the place, by the sign of the leading coefficient."""
        s = self(a)
        if not s.coefficients:
            return s
        lead = self.lead(s)
        return self.scale(s, self.normal.absolute(lead) / lead)


def never_zero(normal: Normal, q: Quotient, given: tuple = (), beside: tuple = ()) -> bool:
    """Is every factor of the coefficient known not to vanish, by its form, as a divisor of the claim, or by z3?"""
    factors = [f for f, _ in normal.ring.factor(q.num)[1]]
    allowed = {freeze(f) for d in beside for f, _ in normal.ring.factor(normal(d).num)[1]}
    return all(_factor_never_zero(normal, f, allowed, given) for f in factors)


def _factor_never_zero(normal: Normal, f, allowed: set, given: tuple) -> bool:
    from verify.check.decide import vanishes_nowhere

    if normal.ring.sign(f) in ("+", "-") or freeze(f) in allowed:
        return True
    used = normal.ring.used(f)
    return (len(used) == 1 and used[0].nonzero and f == normal.ring.letter(used[0])) or vanishes_nowhere(
        normal, f, given
    )


def _range(low: Fraction, end: Fraction) -> list[Fraction]:
    return [low + k for k in range(max(0, int(end - low)))]


_RULES: dict[str, Callable] = {
    "add": lambda self, a, b: self.add(self(a), self(b)),
    "sub": lambda self, a, b: self.add(self(a), self.scale(self(b), self.normal.ring.constant(-1))),
    "mul": lambda self, a, b: self.mul(self(a), self(b)),
    "div": lambda self, a, b: self.mul(self(a), self.inverse(self(b))),
    "neg": lambda self, a: self.scale(self(a), self.normal.ring.constant(-1)),
    "sqrt": lambda self, a: self.power(self(a), Fraction(1, 2)),
    "abs": Expansion._absolute,
    "pow": Powers._pow,
    "exp": Powers._exp,
    "total": Powers._total,
    "gamma": stirling.gamma,
    "dot": Expansion._dot,
    "apply": Expansion._apply,
}
