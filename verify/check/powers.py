"""Series of powers with symbolic exponents, of exponentials and logarithms, and of sums.

Three facts carry these beyond rational functions.  A power of a base in (0, 1) whose
exponent grows without bound is smaller than every power of d.  Of x**e with x -> 0 and an
exponent of at least k nothing is known but that it is O(x^k), which is often enough.  And
b**e = exp(e log b) wherever the exponent tends to a finite value.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

from verify.check import binders, smt
from verify.check.ring import Quotient
from verify.check.signs import form_sign, nonnegative
from verify.domain import AtLeast
from verify.exact import Exact, exact, function, loose, substitute, symbol
from verify.fold import Unsupported

BEYOND = Fraction(1000)  # the order from which nothing is known of what is smaller than every power


class Powers:
    """Rules of an Expansion (verify/check/series.py); `ranges` are the sums around the term in question."""

    # what the whole provides
    __call__: ClassVar[Callable[[Any, Exact], Any]]
    memo: dict
    normal: Any
    count: int
    add: Callable
    mul: Callable
    make: Callable
    scale: Callable
    power: Callable
    lead: Callable
    _binomial: Callable
    _constant: Callable
    _moves: Callable[[Exact], bool]

    ranges: dict[Exact, tuple[Exact, Exact]] = {}
    given: tuple[Exact, ...] = ()

    # Powers ----------------------------------------------------------------------------

    def _pow(self, base: Exact, exponent: Exact):
        if exponent.op == "number":
            return self.power(self(base), exponent.args[0])
        if self._moves(exponent):
            return self._moving_exponent(base, exponent)
        a, e = self(base), self.normal(exponent)
        if e.rational() is not None:
            return self.power(a, e.rational())
        if a.low > 0 or (a.low == 0 and not a.coefficients):
            return self.make(a.low * self._least(exponent), [])
        if a.low != 0:
            raise Unsupported("a symbolic power of something that tends to infinity")
        lead = self.lead(a)
        front = self.normal.power(lead, e)
        tail = self._binomial(self.scale(a, self.normal.ring.constant(1) / lead), e)
        return self.make(Fraction(0), [front * c for c in tail])

    def _least(self, exponent: Exact) -> int:
        """The largest k up to 3 that the exponent reaches everywhere in the sums around it."""
        forms = self._from_ends(exponent)
        for k in (3, 2, 1, 0):
            if any(nonnegative(form_sign(e - k)) for e in forms):
                return k
        raise Unsupported("a power of something that tends to 0, whose exponent has no visible sign")

    def _from_ends(self, term: Exact) -> list[Exact]:
        """The term with each bound index written as low + s or as high - s, s = 0, 1, ..."""
        inside = [i for i in self.ranges if i.args[0] in loose(term)]
        steps = [symbol(f"past {i.args[0]}", AtLeast(0)) for i in inside]
        ends = [(self.ranges[i][0] + s, self.ranges[i][1] - s) for i, s in zip(inside, steps, strict=True)]
        return [substitute(term, dict(zip(inside, chosen, strict=True))) for chosen in product(*ends)]

    def _moving_exponent(self, base: Exact, exponent: Exact):
        """b ** e: beyond every power of d where it shrinks at a growing rate; exp(e log b) where e stays finite."""
        e = self(exponent)
        if e.low >= 0:
            return self._exponential(self.mul(e, self._logarithm(base)))
        if self._moves(base) or not e.coefficients:
            raise Unsupported("base or exponent has no rule here")
        shrinks = (self._shown(base - 1), e.coefficients[0].sign()) in (("-", "+"), ("+", "-"))
        if shrinks and self._shown(base) == "+":
            return self.make(BEYOND, [])
        raise Unsupported("the power does not vanish by the form of its base and exponent")

    def _shown(self, term: Exact) -> str | None:
        """The sign that the form shows, or that z3 derives from the hypotheses."""
        shown = form_sign(term)
        if shown in ("+", "-") or not self.given:
            return shown
        if smt.proves(exact(0) < term, self.given):
            return "+"
        return "-" if smt.proves(term < exact(0), self.given) else None

    # Exponentials and logarithms ---------------------------------------------------------

    def _exp(self, a: Exact):
        return self._exponential(self(a))

    def _exponential(self, s):
        """e^c0 times the exponential series of the rest; beyond all orders where the exponent falls without bound."""
        ring = self.normal.ring
        if s.coefficients and s.low < 0:
            if s.coefficients[0].sign() == "-":
                return self.make(BEYOND, [])
            raise Unsupported("an exponential that grows, or whose exponent has no visible sign")
        c = self._from_zero(s)
        e = ring.quotient(ring.generator("e", low=Fraction(2), nonzero=True, open_low=True))
        result = [self.normal.power(e, c[0])]
        for k in range(1, len(c)):  # the exponential f of c obeys f' = c' f
            terms = (ring.constant(Fraction(j, k)) * c[j] * result[k - j] for j in range(1, k + 1))
            result.append(sum(terms, ring.constant(0)))
        return self.make(Fraction(0), result)

    def _logarithm(self, base: Exact):
        """log c0 + log(1 + w) for a base c0 (1 + w) with c0 > 0."""
        if not self._moves(base):
            if self._shown(base) != "+":
                raise Unsupported("a power of something that may be 0, to a moving exponent")
            return self._constant(self.normal(function("log", base)))
        a, ring = self(base), self.normal.ring
        if a.low != 0 or not a.coefficients or a.coefficients[0].sign() != "+":
            raise Unsupported("a logarithm of something that has no visibly positive limit")
        lead = a.coefficients[0]
        w = self._from_zero(self.scale(a, ring.constant(1) / lead))
        result = [self._log_of(lead)]
        for k in range(1, len(w)):  # f = log(1 + w) obeys f' (1 + w) = w'
            known = (ring.constant(Fraction(j, k)) * result[j] * w[k - j] for j in range(1, k))
            result.append(w[k] - sum(known, ring.constant(0)))
        return self.make(Fraction(0), result)

    def _log_of(self, q: Quotient) -> Quotient:
        ring = self.normal.ring
        return ring.constant(0) if q.rational() == 1 else ring.quotient(ring.generator(("log", q.key), loose=q.loose))

    def _from_zero(self, s) -> list[Quotient]:
        """The known coefficients of d^0, d^1, ..."""
        known = min(self.count, int(s.order))
        if known < 1 or s.low.denominator != 1:
            raise Unsupported("a series that is known to too low an order")
        return [s.coefficient(Fraction(k)) or self.normal.ring.constant(0) for k in range(known)]

    # Sums ------------------------------------------------------------------------------

    def _total(self, body: Exact, index: Exact, low: Exact, high: Exact):
        """Term by term; where that fails, the last term for itself, and the others with their index in its range."""
        if self._moves(low) or self._moves(high):
            raise Unsupported("the bound of the sum moves: state the limit on a closed form")
        try:
            return self._sum(body, index, low, high)
        except Unsupported:
            if not nonnegative(form_sign(high - low)):
                return self._sum_in_range(body, index, low, high)
            last = self(substitute(body, {index: high}))
            return self.add(self._sum_in_range(body, index, low, high - 1), last)

    def _sum(self, body: Exact, index: Exact, low: Exact, high: Exact):
        shift, base = binders.split_bound(self.normal, high, low)
        result, sign = self._bare_sum(body, index, low, base), self.normal.ring.constant(1 if shift > 0 else -1)
        for j in range(min(shift, 0) + 1, max(shift, 0) + 1):
            result = self.add(result, self.scale(self(substitute(body, {index: base + j})), sign))
        return result

    def _bare_sum(self, body: Exact, index: Exact, low: Exact, high: Exact):
        terms, ends = self(body), (self.normal(low), self.normal(high))
        summed = [binders.bare_total(self.normal, c, index.args[0], *ends) for c in terms.coefficients]
        return self.make(terms.low, summed)

    def _sum_in_range(self, body: Exact, index: Exact, low: Exact, high: Exact):
        """The sum, its body expanded for indices in the range only."""
        memo, ranges = self.memo, self.ranges
        self.memo = {node: s for node, s in memo.items() if not loose(node)}
        self.ranges = {**ranges, index: (low, high)}
        try:
            return self._bare_sum(body, index, low, high)
        finally:
            self.memo, self.ranges = memo, ranges
