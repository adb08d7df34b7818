"""Equality of large programs by cutting them where they agree.

A projection over a whole tensor multiplies out to thousands of terms, yet most of both
programs is the same.  Parts of the one that have the value of a part of the other at
sample points are proved equal from the bottom up, and each proved pair is replaced by one
symbol; what is left to compare is small.  If the rest is an identity for every value of
the symbols, then also for theirs.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath

from verify.check.signs import form_sign
from verify.conform.bench import DIGITS, folder
from verify.domain import NonNegative, Positive, Real
from verify.exact import Exact, substitute, walk
from verify.fold import Unsupported

PLACES = frozenset({"div"}), frozenset({"div", "sqrt", "add", "sub"})  # where to cut: first sparingly


def cut(
    code: Exact, rule: Exact, points: list[dict], facts: tuple[Exact, ...], same: Callable, places=PLACES[0]
) -> dict[Exact, Exact]:
    """Nodes of both programs that may be replaced by shared symbols; `same(a, b, facts)` proves each pair."""
    mine, theirs = _by_value((code, *facts), points, places), _by_value((rule,), points, places)
    replaced: dict[Exact, Exact] = {}
    for value, node in mine.items():
        other = theirs.get(value)
        if other is None:
            continue
        a, b = substitute(node, replaced), substitute(other, replaced)
        # what the branch knows is seldom needed for a part, and is itself as large as the whole
        if a is b or same(a, b, ()) or (facts and same(a, b, tuple(substitute(c, replaced) for c in facts))):
            replaced[node] = replaced[other] = _domain(a).symbol(f"cut{len(replaced)}")
    return replaced


def _domain(term: Exact):
    """What is kept of a part that is replaced: its sign."""
    return {"+": Positive, "0+": NonNegative}.get(form_sign(term) or "", Real)


def _by_value(terms: tuple[Exact, ...], points: list[dict], places: frozenset) -> dict[tuple, Exact]:
    """The nodes of programs by their values at the points, operands first."""
    found: dict[tuple, Exact] = {}
    with mpmath.workdps(DIGITS):
        folds = [folder(p) for p in points]
        for node in walk(*terms):
            if node.op in places and (value := _values(node, folds)):
                found.setdefault(value, node)
    return found


def _values(node: Exact, folds) -> tuple | None:
    try:
        return tuple(mpmath.nstr(f(node), DIGITS * 3 // 4) for f in folds)
    except (ZeroDivisionError, Unsupported, KeyError, TypeError):
        return None
