"""Equality by cases: what a maximum, a magnitude, a sign or a `where` is depends on a comparison.

Each is spelled as a `where`, and the first comparison that the facts leave open is assumed to hold,
then not to hold.  In each case that can occur the rest must be an identity.
"""

from __future__ import annotations

from collections.abc import Callable

from verify.check import decide
from verify.check.algebra import Normal
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.exact import Exact, equals, exact, negation, rebuild, substitute, walk
from verify.fold import Unsupported

DEPTH = 8  # comparisons that are assumed, one after the other
SPELLED = frozenset({"max", "min", "abs", "sign", "where"})


def equal_by_cases(code: Exact, rule: Exact, facts: tuple[Exact, ...], same: Callable) -> bool:
    """Is code = rule in every case?  `same(a, b, facts)` proves an identity."""
    if not any(n.op in SPELLED for n in walk(code, rule)):
        return False
    return _split(_spelled(code), _spelled(rule), facts, same, DEPTH)


def _split(code: Exact, rule: Exact, facts: tuple[Exact, ...], same: Callable, depth: int) -> bool:
    code, rule = settle(code, facts), settle(rule, facts)
    if same(code, rule, facts) or (_tied(facts) and decide.follows(equals(code, rule), facts)):
        return True
    open_ones = (n.args[0] for n in walk(code, rule) if n.op == "where")
    asked = next(open_ones, None)
    if asked is None or depth == 0:
        return False
    cases = [(*facts, fact) for fact in (asked, negation(asked))]
    return all(decide.impossible(case) or _split(code, rule, case, same, depth - 1) for case in cases)


def _tied(facts: tuple[Exact, ...]) -> bool:
    """Is it the case in which two sides of a comparison are equal?  Then the identity may need that, and z3 is asked."""
    if any(f.op == "eq" for f in facts):
        return True
    normal = Normal()
    try:
        gaps = [normal(b) - normal(a) for a, b in (f.args for f in facts if f.op == "le")]
        shut = any(gap.sign() in ("-", "0-", "0") for gap in gaps)  # never above 0 by its form, as in 0 <= -g**2
        return shut or any((p + q).is_zero() for p in gaps for q in gaps)
    except (Unsupported, TooManyGenerators, DividesByZero):
        return False


def settle(term: Exact, facts: tuple[Exact, ...]) -> Exact:
    """The term with every `where` decided whose condition follows from the facts or never holds."""
    decided: dict[Exact, Exact] = {}
    for node in walk(term):
        if node.op == "where":
            asked = substitute(node.args[0], decided) if decided else node.args[0]
            if any(n.op == "where" for n in walk(asked)):
                continue  # a question about an open choice waits until that is made, and z3 sees plain arithmetic alone
            answer = _follows(asked, facts)
            if answer is not None:
                decided[node.args[0]] = exact(answer)
    return substitute(term, decided) if decided else term


def _follows(asked: Exact, facts: tuple[Exact, ...]) -> bool | None:
    """What the facts say literally, else what z3 finds."""
    literal = asked in facts, negation(asked) in facts
    return literal[0] if any(literal) else decide.follows(asked, facts)


def _spelled(term: Exact) -> Exact:
    """The term with maxima, minima, magnitudes and signs as `where`s."""
    new: dict[Exact, Exact] = {}
    for node in walk(term):
        args = tuple(new.get(a, a) if isinstance(a, Exact) else a for a in node.args)
        made = _where(node.op, args)
        if made is None and any(new.get(a) is not None for a in node.args if isinstance(a, Exact)):
            made = rebuild(node.op, args)
        if made is not None:
            new[node] = made
    return new.get(term, term)


def _where(op: str, args: tuple) -> Exact | None:
    match op, args:
        case "max", (a, b):
            return Exact("where", a <= b, b, a)
        case "min", (a, b):
            return Exact("where", a <= b, a, b)
        case "abs", (a,):
            return Exact("where", exact(0) <= a, a, -a)
        case "sign", (a,):
            below = Exact("where", a < exact(0), exact(-1), exact(0))
            return Exact("where", exact(0) < a, exact(1), below)
    return None
