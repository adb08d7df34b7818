"""Is a claim true?  Each kind of relation has its way; a second engine must agree.

equal: every station of the derivation by verify/check/identity.  at_most: the stated
slack is an identity and its sign is visible, or z3 proves the inequality.  limit: by
series.  monotone: by the derivative (series) or the next difference.  unfolds: the
closed form starts right and one step keeps it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from verify.check import smt
from verify.check.decide import follows
from verify.check.defined import undefined_beside
from verify.check.evidence import Evidence, Step, join, unknown
from verify.check.identity import POINTS, prove_identity, same_form
from verify.check.improper import prove_infinite
from verify.check.lemmas import Known
from verify.check.limits import bound_variable, directions, expand, prove_diverges, prove_limit
from verify.check.monotone import prove_monotone
from verify.check.points import opinion
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.signs import visible_sign
from verify.exact import Exact, equals, exact, negation, symbols
from verify.fold import Unsupported
from verify.statement import (
    AtMost,
    Claim,
    Diverges,
    Equal,
    Holds,
    Infinite,
    Limit,
    Monotone,
    Relation,
    Unfolds,
    Verdict,
)

_CANNOT = (Unsupported, TooManyGenerators, DividesByZero)


def prove(claim: Claim) -> Evidence:
    """Exact proof of all relations of a claim, from its symbols; UNKNOWN where one is not found."""
    symbols = claim.symbols()
    given = tuple(exact(c) for c in claim.hypotheses(symbols))
    found = [prove_relation(r, claim, given) for r in claim.relations(symbols)]
    return join(found)


def prove_relation(relation: Relation, claim: Claim, given: tuple = ()) -> Evidence:
    """One relation between exact terms."""
    way: Callable = _WAYS[type(relation)]
    try:
        return way(relation, claim, given)
    except _CANNOT as reason:
        return unknown("prove", f"{type(reason).__name__}: {reason}")


def _equal(relation: Equal, claim: Claim, given) -> Evidence:
    stations = [exact(s) for s in (relation.left, *relation.via, relation.right)]
    links = itertools.pairwise(stations)
    return join([prove_identity(a, b, claim.domains, given, claim.id) for a, b in links])


def _at_most(relation: AtMost, claim: Claim, given) -> Evidence:
    left, right = exact(relation.left), exact(relation.right)
    goal = Exact(
        "lt" if relation.strict else "le", left, right
    )  # kept as it is: x <= x says nothing where x is undefined
    if relation.slack is not None:
        return _by_slack(relation, left, right, claim, given)
    known = (*given, *Known(claim, prove).beside((left, right), given))
    if smt.proves(goal, known) or follows(goal, known):
        sign = "<" if relation.strict else r"\le"
        return _confirmed(
            Step("z3 finds no counterexample over the reals.", left, sign, right, ("z3",)), goal, claim, given
        )
    return unknown("z3", "z3 did not decide; state a slack whose sign can be seen")


def _by_slack(relation: AtMost, left: Exact, right: Exact, claim: Claim, given) -> Evidence:
    slack = exact(relation.slack)
    identity = prove_identity(right - left, slack, claim.domains, given, claim.id)
    shown = visible_sign(slack, given, strict=relation.strict)
    if identity.verdict is not Verdict.PROVED or shown is None:
        return identity if shown else unknown("slack", f"the sign of the slack {slack!r} is not visible")
    if (open_one := undefined_beside((slack,), (left, right), given)) is not None:
        return unknown("slack", f"the slack is defined only where {open_one!r}, which the claim does not say")
    says = f"The slack is {'positive' if relation.strict else 'non-negative'} by its form."
    step = Step(says, slack, ">" if relation.strict else r"\ge", exact(0), (shown,))
    sure = _confirmed(step, Exact("lt" if relation.strict else "le", left, right), claim, given)
    if sure.verdict is not Verdict.PROVED:
        return sure
    detail = f"{identity.detail}; slack by {shown}"
    return Evidence("slack", Verdict.PROVED, detail, (*identity.steps, step), identity.conditions)


def _confirmed(step: Step, goal: Exact, claim: Claim, given) -> Evidence:
    """z3's answer beside Arb's: the opposite must not be certain anywhere, and some point must meet the hypotheses."""
    from verify.check.sample import exceptions

    seen, bad = exceptions(goal, claim.domains, given, POINTS, claim.id)
    if bad is not None:
        return Evidence("z3", Verdict.UNKNOWN, "z3 and Arb disagree: a bug in one of them", counterexample=bad)
    if not seen:
        return unknown("z3", "vacuous: no random exact point meets the hypotheses with both sides defined")
    return Evidence("z3", Verdict.PROVED, f"z3; Arb finds no exception at {seen} random exact points", (step,))


def _holds(relation: Holds, claim: Claim, given) -> Evidence:
    goal = exact(relation.condition)
    if goal.op == "true" or smt.proves(goal, given):
        step = Step("The condition holds.", goal, "", "", ("arithmetic" if goal.op == "true" else "z3",))
        return _confirmed(step, goal, claim, given)
    return unknown("z3", "z3 did not decide the condition")


def _monotone(relation: Monotone, claim: Claim, given) -> Evidence:
    return prove_monotone(relation, claim, given, partial(Known, claim, prove))


def _from_the_start(domain, first: int) -> bool:
    """Is every t after the first step in the domain?"""
    return domain.integer and domain.high is None and (domain.low is None or domain.low <= first + 1)


def _unfolds(relation: Unfolds, claim: Claim, given) -> Evidence:
    """x_first = start, and step(closed(t - 1), t) = closed(t) for every t beyond; hypotheses about t do not help."""
    t, start = exact(relation.t), exact(relation.start)
    if t.op != "symbol" or not _from_the_start(t.args[1], relation.first):
        return unknown(
            "induction",
            f"the recurrence must be unfolded for every t > {relation.first}, and {t!r} is not such a variable",
        )
    given = tuple(c for c in given if t.args[0] not in symbols(c))
    k = exact(relation.first)
    first, after = exact(relation.closed(k)), exact(relation.step(relation.closed(t), t + 1))
    goal = exact(relation.closed(t + 1))
    base = prove_identity(first, start, claim.domains, given, claim.id)
    begin, second = exact(relation.step(start, k + 1)), exact(relation.closed(k + 1))
    one = prove_identity(begin, second, claim.domains, given, claim.id)
    kept = prove_identity(after, goal, claim.domains, given, claim.id)
    steps = (
        Step(f"After {k!r} steps.", first, "=", start, ("normal form",)),
        Step("And after one more.", begin, "=", second, ("normal form",)),
        Step("One step from the closed form gives the closed form.", after, "=", goal, ("induction", "normal form")),
    )
    whole = join([base, one, kept])
    return Evidence("induction", whole.verdict, whole.detail, steps, whole.conditions, whole.counterexample)


_WAYS: dict[type, Callable] = {
    Equal: _equal,
    AtMost: _at_most,
    Limit: prove_limit,
    Diverges: prove_diverges,
    Infinite: prove_infinite,
    Monotone: _monotone,
    Unfolds: _unfolds,
    Holds: _holds,
}

__all__ = [
    "bound_variable",
    "directions",
    "equals",
    "expand",
    "join",
    "negation",
    "opinion",
    "prove",
    "prove_relation",
    "same_form",
    "visible_sign",
]
