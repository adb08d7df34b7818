"""Are two programs equal wherever the conditions of a branch hold?

The normal form is tried as they stand, and cut into parts that agree; then by cases.  Arb must agree at points
of the branch, whatever proves it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

import mpmath
import numpy as np

from verify.check.algebra import Normal
from verify.check.points import compare
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.conform import cuts
from verify.conform.bench import DIGITS, folder
from verify.conform.cases import equal_by_cases
from verify.conform.defined import unguarded
from verify.conform.draws import pinned
from verify.conform.paths import Path
from verify.conform.turns import exactly
from verify.exact import Exact, exact, is_number, negation, substitute, walk
from verify.fold import Unsupported

LARGE = 120  # operations of a program that is cut before it is multiplied out
AGREE = 6  # points of a branch at which Arb must agree


def all_equal(code, rule, path: Path) -> bool:
    a, b = np.asarray(code, dtype=object).reshape(-1), np.asarray(rule, dtype=object).reshape(-1)
    return len(a) == len(b) and all(equal_on(p, q, path) for p, q in zip(a, b, strict=True))


def equal_on(code: Exact, rule: Exact, path: Path) -> bool:
    """Are the two terms equal wherever the branch's conditions hold?"""
    code, rule = exact(code), exact(rule)
    if code is rule:
        return True
    facts, replaced = pinned_of(path.conditions)
    replaced |= _valued(facts) | _stated(facts)
    code, rule = (substitute(e, replaced) for e in (code, rule))
    if not _arb_agrees(code, rule, path):
        return False
    whole = lambda: _same_form(code, rule, ()) or _same_form(code, rule, facts)
    parts = lambda: _same_when_cut(code, rule, facts, path)
    large = next(islice(walk(code, rule), LARGE, None), None) is not None
    if any(way() for way in ((parts, whole) if large else (whole, parts))):
        return True
    plain = unguarded(code, rule)
    bare = plain is not code and _same_form(plain, rule, facts)
    return bare or equal_by_cases(plain, rule, facts, _same_form)


def _same_when_cut(code: Exact, rule: Exact, facts: tuple[Exact, ...], path: Path) -> bool:
    for places in cuts.PLACES:
        replaced = cuts.cut(code, rule, path.ordinary or path.points[:2], facts, _same_form, places)
        if not replaced:
            continue
        a, b = substitute(code, replaced), substitute(rule, replaced)
        known = tuple(substitute(c, replaced) for c in facts)
        if _same_form(a, b, ()) or _same_form(a, b, known):
            return True
        said = _stated(known)
        if _same_form(substitute(a, said), substitute(b, said), ()):
            return True
    return False


def _stated(facts: tuple[Exact, ...]) -> dict[Exact, Exact]:
    """What the facts say word for word: of each that it holds, of its opposite that it does not."""
    return {c: exact(True) for c in facts} | {negation(c): exact(False) for c in facts}


@lru_cache(maxsize=8)
def under(facts: tuple[Exact, ...]) -> Normal:
    """Normal forms under the facts of a branch, shared by everything that is compared there."""
    normal = Normal()
    for c in facts:
        normal.assume(c)
    return normal


def _same_form(code: Exact, rule: Exact, facts: tuple[Exact, ...]) -> bool:
    for _ in range(2):  # a ring that is full of what was compared before is given up once
        try:
            return code is rule or under(facts).equal(code, rule)
        except TooManyGenerators:
            under.cache_clear()
        except (Unsupported, DividesByZero):
            return False
    return False


def _arb_agrees(code: Exact, rule: Exact, path: Path) -> bool:
    """Arb at the exact points of the branch: none may differ, and some must be decided.

    Where a comparison hangs on an equality balls do not decide: fractions do where they can, and for agreement,
    as at the zero of a norm, 40 digits have to do.
    """
    answers = [compare(code, rule, point, {}) for point in path.points]
    unsure = [i for i, answer in enumerate(answers) if answer is None]
    for i in unsure:
        answers[i] = _exactly_agree(code, rule, path.points[i])
    if True not in answers:
        answers = [_digits_agree(code, rule, q) if a is None else a for a, q in zip(answers, path.points, strict=True)]
    if False in answers:
        path.apart = path.apart or path.points[answers.index(False)]
    return False not in answers and answers.count(True) >= min(AGREE, len(path.points))


def _exactly_agree(code: Exact, rule: Exact, point: dict) -> bool | None:
    """Have the terms one value at a point, in fractions?  None where one of them has none there."""
    a, b = exactly(code, point), exactly(rule, point)
    return None if a is None or b is None else a == b


def _digits_agree(code: Exact, rule: Exact, point: dict) -> bool | None:
    """True where the terms have one value at a point; None where they have none, or differ (a ball would have said so)."""
    with mpmath.workdps(DIGITS):
        fold = folder(point)
        try:
            a, b = fold(code), fold(rule)
        except (ArithmeticError, Unsupported, KeyError, TypeError):
            return None
        return True if abs(a - b) <= mpmath.mpf(10) ** (8 - DIGITS) * (1 + abs(a)) else None


def pinned_of(conditions) -> tuple[tuple[Exact, ...], dict[Exact, Exact]]:
    """Conditions that leave one number to a symbol become substitutions; the others stay."""
    facts, replaced = [], {}
    for c in conditions:
        if pin := pinned(c):
            replaced[pin[0]] = pin[1]
        else:
            facts.append(c)
    return tuple(substitute(c, replaced) for c in facts), replaced


def _valued(facts) -> dict[Exact, Exact]:
    """Terms that a branch knows to be a number."""
    pairs = [c.args if is_number(c.args[1]) else c.args[::-1] for c in facts if c.op == "eq"]
    return {term: number for term, number in pairs if is_number(number)}
