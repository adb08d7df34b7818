"""Where is a term defined?  The conditions that its operations put on their operands.

A division asks for a divisor that is not 0, a root for a radicand that is not negative.  An
identity holds wherever both sides are defined, and no more is asked there; but what is
brought into a proof from outside, a slack or a slope, must be defined wherever the claim
is, or it would silently narrow it.
"""

from __future__ import annotations

from verify.check import decide, smt
from verify.check.algebra import Normal
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.exact import BINDERS, TRUE, Exact, both, compare, exact, negation
from verify.fold import Unsupported

ZERO = exact(0)


def undefined_beside(terms: tuple[Exact, ...], claimed: tuple[Exact, ...], given: tuple = ()) -> Exact | None:
    """A condition of the terms that is not shown to hold wherever the claimed ones are defined; None where all are."""
    there = _evaluated(claimed + given, into_binders=False)
    known = (*given, *(_implies(guard, c) for guard, node in there for c in _necessary(node)))
    for guard, node in _evaluated(terms, into_binders=True):
        if (guard, node) in there or (TRUE, node) in there:
            continue
        for condition in _enough(node):
            if not shown(_implies(guard, condition), known):
                return condition
    return None


def surely_divisors(*terms: Exact) -> list[Exact]:
    """The divisors of operations that are carried out whatever the conditions in the terms say: none of them is 0."""
    always = (node for guard, node in _evaluated(terms, into_binders=False) if guard is TRUE)
    return list(dict.fromkeys(node.args[1] for node in always if node.op == "div"))


def demanded(term: Exact) -> list[Exact]:
    """The conditions under which a term is defined, each under those of the branches that it stands in."""
    return [_implies(guard, c) for guard, node in _evaluated((term,), into_binders=True) for c in _enough(node)]


def shown(condition: Exact, given: tuple = ()) -> bool:
    """Does the condition hold by the form of its terms, or does z3 prove it?"""
    if condition.op == "true" or _by_form(condition) or smt.proves(condition, given):
        return True
    return decide.impossible((*given, negation(condition)))


def _by_form(condition: Exact) -> bool:
    if condition.op not in ("lt", "le", "ne"):
        return False
    try:
        normal = Normal()
        sign = (normal(condition.args[1]) - normal(condition.args[0])).sign()
    except (Unsupported, TooManyGenerators, DividesByZero):
        return False
    return sign in {"lt": ("+",), "le": ("+", "0+", "0"), "ne": ("+", "-")}[condition.op]


def _implies(guard: Exact, condition: Exact) -> Exact:
    return condition if guard is TRUE else negation(both(guard, negation(condition)))


def _evaluated(terms: tuple[Exact, ...], into_binders: bool) -> dict[tuple[Exact, Exact], None]:
    """Each node with the condition under which it is evaluated: the branches of a `where` it lies in."""
    found: dict = {}
    stack = [(TRUE, t) for t in terms]
    while stack:
        guard, node = stack.pop()
        if (guard, node) in found:
            continue
        found[guard, node] = None
        if node.op not in BINDERS or into_binders:
            stack += _operands(guard, node)
    return found


def _operands(guard: Exact, node: Exact) -> list[tuple[Exact, Exact]]:
    if node.op == "where":
        c, a, b = node.args
        return [(guard, c), (both(guard, c), a), (both(guard, negation(c)), b)]
    if node.op == "and":
        return [(guard, node.args[0]), (both(guard, node.args[0]), node.args[1])]
    return [(guard, a) for a in node.args if isinstance(a, Exact)]


def _necessary(node: Exact) -> list[Exact]:
    """Conditions without which the operation is undefined."""
    return [] if node.op == "pow" and node.args[1].op != "number" else _enough(node)


def _enough(node: Exact) -> list[Exact]:
    """Conditions under which the operation is defined."""
    match node.op:
        case "div":
            return [compare("ne", node.args[1], ZERO)]
        case "sqrt":
            return [ZERO <= node.args[0]]
        case "log" | "gamma":
            return [ZERO < node.args[0]]
        case "pow":
            return _of_power(*node.args)
    return []


def _of_power(base: Exact, exponent: Exact) -> list[Exact]:
    if exponent.op == "number":
        n = exponent.args[0]
        if n.denominator == 1:
            return [compare("ne", base, ZERO)] if n < 0 else []
        return [ZERO < base if n < 0 else ZERO <= base]
    domain = exponent.args[1] if exponent.op == "symbol" else None
    counts = domain is not None and domain.integer and domain.nonnegative
    if counts:
        return []
    return [ZERO <= base if _by_form(ZERO < exponent) else ZERO < base]
