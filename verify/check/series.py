"""Limits and derivatives by power series: no l'Hopital, no heuristics.

To find the limit of f(x) at a, x is replaced by a + d (or a - d, or 1/d for infinity) and f
is evaluated on truncated series in d whose coefficients are normal forms.  The arithmetic
of series is exact up to the truncation, so the coefficient of d^0 is the limit, and at
x + d the coefficient of d^1 is the derivative.  A power of a base in (0, 1) whose exponent
grows without bound is smaller than every power of d, and vanishes; finite sums are
expanded term by term.
"""

from __future__ import annotations

from fractions import Fraction

from verify.check import binders
from verify.check.algebra import Normal
from verify.check.ring import Quotient
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


class Expansion:
    """Evaluates terms as series in d, one symbol x being replaced by a series."""

    def __init__(self, x: Exact, place, direction: int = 1, order: int = ORDER):
        self.normal, self.count = Normal(), order + 1
        self.x, self.memo = x, {}
        self.memo[x] = self._place(place, direction)

    def _place(self, place, direction: int) -> Series:
        one, zero = self.normal.ring.constant(1), self.normal.ring.constant(0)
        if place == "oo":
            return Series(Fraction(-1), [one] + [zero] * (self.count - 1))
        at = self.normal(place)
        step = one if direction > 0 else -one
        return Series(Fraction(0), [at, step] + [zero] * (self.count - 2))

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
            raise Unsupported("a sum of integer and half-integer powers of d")
        zero = self.normal.ring.constant(0)
        terms = [(a.coefficient(n) or zero) + (b.coefficient(n) or zero) for n in _range(low, end)]
        return Series(low, terms)

    def _add_known_zero(self, a: Series, b: Series) -> Series:
        full, empty = (a, b) if a.coefficients else (b, a)
        keep = max(0, int(empty.low - full.low)) if full.coefficients else 0
        return Series(full.low, full.coefficients[:keep]) if full.coefficients else Series(min(a.low, b.low), [])

    def mul(self, a: Series, b: Series) -> Series:
        n, zero = min(len(a.coefficients), len(b.coefficients)), self.normal.ring.constant(0)
        terms = [zero] * n
        for i in range(n):
            for j in range(n - i):
                terms[i + j] = terms[i + j] + a.coefficients[i] * b.coefficients[j]
        return Series(a.low + b.low, terms)

    def scale(self, a: Series, q: Quotient) -> Series:
        return Series(a.low, [c * q for c in a.coefficients])

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
        lead = a.coefficients[0]
        front = self.normal.root(lead) ** n.numerator if n.denominator == 2 else lead ** int(n)
        tail = self._binomial(self.scale(a, self.normal.ring.constant(1) / lead), self.normal.ring.constant(n))
        return Series(a.low * n, [front * c for c in tail])

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

    def _pow(self, base: Exact, exponent: Exact) -> Series:
        if exponent.op == "number":
            return self.power(self(base), exponent.args[0])
        if self._moves(exponent):
            return self._moving_exponent(base, self(exponent))
        a, e = self(base), self.normal(exponent)
        if a.low != 0 or not a.coefficients:
            raise Unsupported("a symbolic power of something that tends to 0 or infinity")
        front = self.normal.power(a.coefficients[0], e)
        tail = self._binomial(self.scale(a, self.normal.ring.constant(1) / a.coefficients[0]), e)
        return Series(Fraction(0), [front * c for c in tail])

    def _moving_exponent(self, base: Exact, e: Series) -> Series:
        """b ** e with e -> +oo and 0 < b < 1 (or e -> -oo and b > 1): beyond every power of d."""
        if self._moves(base) or e.low >= 0 or not e.coefficients:
            raise Unsupported("base or exponent has no rule here")
        ring, b = self.normal.ring, self.normal(base)
        up, lead = (b - ring.constant(1)).sign(), e.coefficients[0].sign()
        if b.sign() == "+" and (up, lead) in (("-", "+"), ("+", "-")):
            return Series(Fraction(1000), [])
        raise Unsupported("the power does not vanish by the form of its base and exponent")

    def _total(self, body: Exact, index: Exact, low: Exact, high: Exact) -> Series:
        if self._moves(low) or self._moves(high):
            raise Unsupported("the bound of the sum moves: state the limit on a closed form")
        terms, ends = self(body), (self.normal(low), self.normal(high))
        summed = [binders.bare_total(self.normal, c, index.args[0], *ends) for c in terms.coefficients]
        return Series(terms.low, summed)

    def _absolute(self, a: Exact) -> Series:
        """|f| is f or -f near the place, by the sign of the leading coefficient."""
        s = self(a)
        if not s.coefficients:
            return s
        lead = s.coefficients[0]
        return self.scale(s, self.normal.absolute(lead) / lead)

    def _exp(self, a: Exact) -> Series:
        """exp of a series: e^c0 times the exponential series of the rest; beyond all orders where it falls."""
        s, ring = self(a), self.normal.ring
        if s.coefficients and s.low < 0:
            if s.coefficients[0].sign() == "-":
                return Series(Fraction(1000), [])
            raise Unsupported("an exponential that grows, or whose exponent has no visible sign")
        zero, n = ring.constant(0), self.count
        c = [s.coefficient(Fraction(k)) or zero for k in range(n)]
        e = ring.quotient(ring.generator("e", low=Fraction(1), nonzero=True))
        result = [self.normal.power(e, c[0])]
        for k in range(1, n):  # the exponential f of c obeys f' = c' f
            terms = (ring.constant(Fraction(j, k)) * c[j] * result[k - j] for j in range(1, k + 1))
            result.append(sum(terms, zero))
        return Series(Fraction(0), result)


def _range(low: Fraction, end: Fraction) -> list[Fraction]:
    return [low + k for k in range(max(0, int(end - low)))]


_RULES = {
    "add": lambda self, a, b: self.add(self(a), self(b)),
    "sub": lambda self, a, b: self.add(self(a), self.scale(self(b), self.normal.ring.constant(-1))),
    "mul": lambda self, a, b: self.mul(self(a), self(b)),
    "div": lambda self, a, b: self.mul(self(a), self.inverse(self(b))),
    "neg": lambda self, a: self.scale(self(a), self.normal.ring.constant(-1)),
    "sqrt": lambda self, a: self.power(self(a), Fraction(1, 2)),
    "abs": Expansion._absolute,
    "pow": Expansion._pow,
    "exp": Expansion._exp,
    "total": Expansion._total,
}
