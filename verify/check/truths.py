"""Conditions in normal form: quantities that are 0 or 1.

A comparison is the truth of "polynomial > 0", positive factors dropped; a `where` is then
b + c (a - b).  Facts that are assumed settle the generators that they name.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

from verify.check.ring import Quotient, Ring, freeze
from verify.exact import Exact


class Conditions:
    """The part of `Normal` that knows comparisons (see verify/check/algebra.py)."""

    # what the whole provides
    __call__: ClassVar[Callable[[Any, Exact], Quotient]]
    ring: Ring
    memo: dict[Exact, Quotient]
    facts: dict[int, bool]
    _factors: Callable[[Quotient], tuple[Fraction, list]]
    _opaque: Callable[[Exact], Quotient]

    def positive(self, x: Quotient) -> Quotient:
        """The truth value of x > 0."""
        shown = x.sign()
        if shown in ("+", "-", "0", "0-"):
            return self.ring.constant(1 if shown == "+" else 0)
        polynomial = self._sign_form(x)
        g = self.ring.generator(("positive", freeze(polynomial)), idempotent=True, low=Fraction(0), loose=x.loose)
        known = self.facts.get(g.index)
        return self.ring.quotient(g) if known is None else self.ring.constant(int(known))

    def _sign_form(self, x: Quotient):
        """A polynomial with the sign of x: positive factors and squares of what cannot vanish dropped, other squares once."""
        constant, factors = self._factors(x)
        result = self.ring.polynomial(1 if constant > 0 else -1)
        for f, m in factors:
            known = self.ring.sign(f)
            if known in ("-", "0-"):
                f, known, result = -f, known.replace("-", "+"), -result if m % 2 else result
            if known == "0+":
                result = result * f
            elif known != "+" and (m % 2 or not self.ring.firm(f)):
                result = result * f ** (m % 2 or 2)
        return result

    def _zero(self, x: Quotient) -> Quotient:
        """The truth value of x = 0."""
        shown = x.sign()
        if shown in ("+", "-", "0"):
            return self.ring.constant(int(shown == "0"))
        return self.ring.constant(1) - self.positive(x) - self.positive(-x)

    def condition(self, node: Exact) -> Quotient:
        """The truth value of a condition, as a 0-1 quantity."""
        one = self.ring.constant(1)
        match node.op:
            case "true" | "false":
                return self.ring.constant(int(node.op == "true"))
            case "lt":
                return self._below(*node.args)
            case "le":
                return one - self._below(*node.args[::-1])
            case "eq" | "ne":
                zero = self._zero(self(node.args[0]) - self(node.args[1]))
                return zero if node.op == "eq" else one - zero
            case "and":
                return self.condition(node.args[0]) * self.condition(node.args[1])
            case "not":
                return one - self.condition(node.args[0])
        return self._opaque(node)

    def _below(self, a: Exact, b: Exact) -> Quotient:
        """The truth value of a < b; max(p, q) < b where p < b and q < b, so that no difference of p and q is taken."""
        one = self.ring.constant(1)
        less = lambda p, q: self.positive(self(q) - self(p))
        if a.op == "max" or b.op == "min":
            return self._all(less(p, q) for p in operands(a, "max") for q in operands(b, "min"))
        if a.op == "min" or b.op == "max":
            return one - self._all(one - less(p, q) for p in operands(a, "min") for q in operands(b, "max"))
        return less(a, b)

    def _all(self, truths) -> Quotient:
        """The truth value of a conjunction."""
        open_ones = {t.key: t for t in truths if t.rational() != 1}
        if any(t.is_zero() for t in open_ones.values()):
            return self.ring.constant(0)
        if len(open_ones) < 2:
            return next(iter(open_ones.values()), self.ring.constant(1))
        loose = frozenset().union(*(t.loose for t in open_ones.values()))
        g = self.ring.generator(("all", frozenset(open_ones)), idempotent=True, low=Fraction(0), loose=loose)
        known = self.facts.get(g.index)
        return self.ring.quotient(g) if known is None else self.ring.constant(int(known))

    def _where(self, node):
        c = self.condition(node.args[0])
        if c.rational() is not None:
            return self(node.args[1] if c.rational() else node.args[2])
        a, b = self(node.args[1]), self(node.args[2])
        return b + c * (a - b)

    def assume(self, condition: Exact) -> None:
        """Take a condition as known from here on (made before terms are normalised)."""
        shape = self.condition(condition)
        one = self.ring.constant(1)
        for x, truth in ((shape, True), (one - shape, False)):
            used = self.ring.used(x.num)
            if len(used) == 1 and used[0].idempotent and x.num == self.ring.letter(used[0]):
                self.facts[used[0].index] = truth
                self.memo.clear()


def operands(node: Exact, op: str) -> list[Exact]:
    """What a nest of one operation is made of; the node itself where it is another."""
    return [node] if node.op != op else [leaf for a in node.args for leaf in operands(a, op)]
