"""Guards of code against what the rule leaves undefined, taken away where the rule is defined.

Where the rule divides by u, it says nothing of u = 0; code may write `where(u > 0, m / u, 0)` there.  Where it takes
the root of v - mean^2, it says nothing of a negative one; code may write `clamp(v - mean^2, min=0)`.  What the rule
computes on every branch is defined wherever the rule is, so that such a guard is known not to act.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import mpmath
import numpy as np

from verify.check import decide
from verify.check.algebra import Normal
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.conform.bench import DIGITS, folder
from verify.exact import Exact, equals, exact, is_number, negation, substitute, walk
from verify.fold import Unsupported

# What a comparison of a term with 0 (on the left, on the right) says where the term is positive.
_POSITIVE = {"eq": (False, False), "ne": (True, True), "lt": (True, False), "le": (True, False)}


def unguarded(code: Exact, rule: Exact) -> Exact:
    """The code's term with every guard settled that cannot act where the rule's term is defined."""
    guards = [n for n in walk(code) if _tested(n) is not None]
    if not guards:
        return code
    known = _Defined(rule)
    settled = {n: made for n in guards if (made := known.settled(n)) is not None}
    return substitute(code, settled) if settled else code


def never(rule, conditions: tuple[Exact, ...], points: list[dict]) -> bool:
    """Is the rule 0 / 0 on the whole branch, such as the cosine of a weight of 0?  Then nothing is asked of the code.

    Points of the branch are looked at before z3 is asked.
    """
    facts = tuple(c for c in conditions if c.op in ("le", "eq"))
    terms = [exact(e) for e in np.asarray(rule, dtype=object).reshape(-1)]
    if not facts or any(_has_value(e, point) for e in terms for point in points):
        return False
    return all(any(decide.impossible((*facts, negation(equals(d, 0)))) for d in _divisors(e)) for e in terms)


def _has_value(term: Exact, point: dict) -> bool:
    with mpmath.workdps(DIGITS):
        try:
            return folder(point)(term) is not None
        except ZeroDivisionError:
            return False


def _divisors(term: Exact) -> list[Exact]:
    return list(dict.fromkeys(n.args[1] for n in _always(term) if n.op == "div" and not is_number(n.args[1])))


def _tested(node: Exact) -> tuple[Exact, int] | None:
    """What a node compares with 0, and the place where it stands."""
    if node.op not in (*_POSITIVE, "max"):
        return None
    zeros = [is_number(a, 0) for a in node.args]
    return (node.args[zeros.index(False)], zeros.index(False)) if sorted(zeros) == [False, True] else None


class _Defined:
    """What is not zero, and what is not negative, wherever a term is defined."""

    def __init__(self, rule: Exact):
        self.rule, self.normal = rule, Normal()

    @cached_property
    def _divided(self) -> list[Exact]:
        """Divisors; and where a root is divided by, what is under it."""
        found = _divisors(self.rule)
        under = [n.args[0] for d in found for n in _always(d) if n is d and n.op == "sqrt"]
        return [*found, *under]

    @cached_property
    def _rooted(self) -> list[Exact]:
        return [n.args[0] for n in _always(self.rule) if n.op == "sqrt"]

    def settled(self, node: Exact) -> Exact | None:
        """What a comparison or a maximum is where the rule is defined; None where that does not settle it."""
        term, place = _tested(node)  # type: ignore[misc]
        if node.op == "max":
            return term if self._not_negative(term) else None
        zero_left = place == 1
        if self._positive(term):
            return exact(_POSITIVE[node.op][0 if zero_left else 1])
        if self._not_negative(term) and (node.op, zero_left) in (("le", True), ("lt", False)):
            return exact(zero_left)
        return None

    def _positive(self, term: Exact) -> bool:
        return any(self._alike(term, d) for d in self._divided if self._sign(d) in ("+", "0+"))

    def _not_negative(self, term: Exact) -> bool:
        return any(self._alike(term, r) for r in self._rooted)

    def _alike(self, term: Exact, known: Exact) -> bool:
        """Is one a positive multiple of the other?"""
        return term is known or self._sign(term, known) == "+"

    def _sign(self, term: Exact, over: Exact | None = None) -> str | None:
        try:
            value = self.normal(term)
            return (value / self.normal(over) if over is not None else value).sign()
        except (Unsupported, TooManyGenerators, DividesByZero):
            return None


def _always(term: Exact) -> Iterator[Exact]:
    """The nodes that are computed whatever a `where` chooses."""
    seen, waiting = set(), [term]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            args = node.args[:1] if node.op == "where" else node.args
            waiting += [a for a in args if isinstance(a, Exact)]
