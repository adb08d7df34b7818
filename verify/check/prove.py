"""Is a claim true?  Each kind of relation has its way; a second engine must agree.

equal: every station of the derivation by verify/check/identity.  at_most: the stated
slack is an identity and its sign is visible, or z3 proves the inequality.  limit: by
series.  monotone: by the derivative (series) or the next difference.  unfolds: the
closed form starts right and one step keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from verify.check import smt
from verify.check.algebra import Normal
from verify.check.evidence import Evidence, Step, unknown
from verify.check.identity import POINTS, prove_identity, same_form
from verify.check.points import opinion
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.series import Expansion, Series
from verify.statement import AtMost, Claim, Diverges, Equal, Holds, Limit, Monotone, Relation, Unfolds, Verdict
from verify.exact import Exact, equals, exact, negation, substitute, symbol
from verify.fold import Unsupported

_CANNOT = (Unsupported, TooManyGenerators, DividesByZero)


def prove(claim: Claim) -> Evidence:
    """Exact proof of all relations of a claim, from its symbols; UNKNOWN where one is not found."""
    symbols = claim.symbols()
    given = tuple(exact(c) for c in claim.hypotheses(symbols))
    found = [prove_relation(r, claim, given) for r in claim.relations(symbols)]
    return join(found)


def join(found: list[Evidence]) -> Evidence:
    """A conjunction is as good as its weakest part."""
    weakest = min(found, key=lambda e: e.verdict)
    methods = ", ".join(dict.fromkeys(e.method for e in found))
    steps = tuple(s for e in found for s in e.steps)
    conditions = tuple(dict.fromkeys(c for e in found for c in e.conditions))
    return Evidence(methods, weakest.verdict, weakest.detail, steps, conditions, weakest.counterexample)


def prove_relation(relation: Relation, claim: Claim, given: tuple = ()) -> Evidence:
    """One relation between exact terms."""
    way: Callable = _WAYS[type(relation)]
    try:
        return way(relation, claim, given)
    except _CANNOT as reason:
        return unknown("prove", f"{type(reason).__name__}: {reason}")


def _equal(relation: Equal, claim: Claim, given) -> Evidence:
    stations = [exact(s) for s in (relation.left, *relation.via, relation.right)]
    links = zip(stations, stations[1:], strict=False)
    return join([prove_identity(a, b, claim.domains, given, claim.id) for a, b in links])


def _at_most(relation: AtMost, claim: Claim, given) -> Evidence:
    left, right = exact(relation.left), exact(relation.right)
    goal = left < right if relation.strict else left <= right
    if relation.slack is not None:
        return _by_slack(relation, left, right, claim, given)
    if smt.proves(goal, given):
        sign = "<" if relation.strict else r"\le"
        return _confirmed(Step("z3 finds no counterexample over the reals.", left, sign, right, ("z3",)), goal, claim, given)
    return unknown("z3", "z3 did not decide; state a slack whose sign can be seen")


def _by_slack(relation: AtMost, left: Exact, right: Exact, claim: Claim, given) -> Evidence:
    slack = exact(relation.slack)
    identity = prove_identity(right - left, slack, claim.domains, given, claim.id)
    shown = visible_sign(slack, given, strict=relation.strict)
    if identity.verdict is not Verdict.PROVED or shown is None:
        return identity if shown else unknown("slack", f"the sign of the slack {slack!r} is not visible")
    says = f"The slack is {'positive' if relation.strict else 'non-negative'} by its form."
    step = Step(says, slack, ">" if relation.strict else r"\ge", exact(0), (shown,))
    return Evidence("slack", Verdict.PROVED, f"{identity.detail}; slack by {shown}", (*identity.steps, step), identity.conditions)


def visible_sign(term: Exact, given=(), strict: bool = False) -> str | None:
    """Which engine sees that the term is >= 0 (> 0): "form", "z3", or None."""
    try:
        shown = Normal()(term).sign()
    except _CANNOT:
        shown = None
    if shown == "+" or (shown in ("0+", "0") and not strict):
        return "form"
    return "z3" if smt.proves(exact(0) < term if strict else exact(0) <= term, given) else None


def _confirmed(step: Step, goal: Exact, claim: Claim, given) -> Evidence:
    """z3's answer beside Arb's: the opposite must not be certain anywhere that was tried."""
    from verify.check.sample import certainly_false

    bad = certainly_false(goal, claim.domains, given, POINTS, claim.id)
    if bad is not None:
        return Evidence("z3", Verdict.UNKNOWN, "z3 and Arb disagree: a bug in one of them", counterexample=bad)
    return Evidence("z3", Verdict.PROVED, f"z3; Arb finds no exception at {POINTS} random exact points", (step,))


def _holds(relation: Holds, claim: Claim, given) -> Evidence:
    goal = exact(relation.condition)
    if goal.op == "true" or smt.proves(goal, given):
        step = Step("The condition holds.", goal, "", "", ("arithmetic" if goal.op == "true" else "z3",))
        return _confirmed(step, goal, claim, given)
    return unknown("z3", "z3 did not decide the condition")


# Limits and monotone functions ---------------------------------------------------------------


def _variable(of: Callable, over) -> Exact:
    """The bound variable of a function, named as its author named it."""
    return symbol(of.__code__.co_varnames[0], over)


def expand(of: Callable, to, over) -> tuple[Exact, Exact, Expansion, Series]:
    """The term f(x), its variable, and its series at the place, from inside the domain."""
    x = _variable(of, over)
    term = exact(of(x))
    direction = -1 if to != "oo" and over.high is not None and over.high == Fraction(to) else 1
    expansion = Expansion(x, "oo" if to == "oo" else exact(to), direction)
    return term, x, expansion, expansion(term)


def _limit(relation: Limit, claim: Claim, given) -> Evidence:
    from verify.check.sample import approaches

    term, x, expansion, series = expand(relation.of, relation.to, relation.over)
    value = exact(relation.equals)
    if series.order <= 0 or (series.coefficients and series.low < 0):
        return unknown("series", f"the series of {term!r} has a pole, or is known to too low an order")
    constant = series.coefficient(Fraction(0)) or expansion.normal.ring.constant(0)
    if not expansion.normal.same(constant, expansion.normal(value)):
        return unknown("series", "the constant term of the series is not the stated limit")
    confirmed, detail = approaches(relation, claim)
    place = r"\infty" if relation.to == "oo" else relation.to
    step = Step(f"Expand in powers of the distance of {x!r} from {place}; the constant term is the limit.", term, r"\to", value, ("series",))
    verdict = Verdict.PROVED if confirmed else Verdict.UNKNOWN
    return Evidence("series", verdict, f"constant term of the series; numerically {detail}", (step,))


def _diverges(relation: Diverges, claim: Claim, given) -> Evidence:
    from verify.check.sample import approaches

    term, _, _, series = expand(relation.of, relation.to, relation.over)
    if not series.coefficients or series.low >= 0 or series.coefficients[0].sign() != "+":
        return unknown("series", "no leading term of negative order and visible positive sign")
    confirmed, detail = approaches(relation, claim)
    step = Step(f"The leading term is of order {series.low} in the distance, with a positive coefficient.", term, r"\to", r"\infty", ("series",))
    return Evidence("series", Verdict.PROVED if confirmed else Verdict.UNKNOWN, f"pole of order {-series.low}; numerically {detail}", (step,))


def _monotone(relation: Monotone, claim: Claim, given) -> Evidence:
    x = _variable(relation.of, relation.over)
    term = exact(relation.of(x))
    change = _next_difference(term, x) if relation.over.integer else None
    if relation.slope is None:
        slope, same = _own_slope(term, x, change)
        steps = ()
    else:
        slope = exact(relation.slope(x))
        same = _slope_is(term, x, slope, change, claim, given)
        steps = (Step("Its next difference." if change is not None else "Its derivative.", f"\\Delta" if change is not None else "d", "=", slope, ("series",)),)
    signed = slope if relation.rising or slope is None else -slope
    shown = visible_sign(signed, given, strict=True) if same and signed is not None else None
    if not shown:
        return unknown("monotone", "no derivative or difference whose sign is visible")
    step = Step("It has one sign on the whole domain.", signed, ">", exact(0), (shown,))
    return Evidence("monotone", Verdict.PROVED, f"slope of one sign, by {shown}", (*steps, step))


def _next_difference(term: Exact, x: Exact) -> Exact:
    return substitute(term, {x: x + 1}) - term


def _own_slope(term: Exact, x: Exact, change):
    """Without a stated slope: the difference as it stands; derivatives need a stated form."""
    return (change, True) if change is not None else (None, False)


def _slope_is(term, x, slope, change, claim, given) -> bool:
    if change is not None:
        return prove_identity(change, slope, claim.domains | {x.args[0]: x.args[1]}, given, claim.id).verdict is Verdict.PROVED
    expansion = Expansion(x, x, 1, order=2)
    first = expansion(term).coefficient(Fraction(1)) or expansion.normal.ring.constant(0)
    return expansion.normal.same(first, expansion.normal(slope))


def _unfolds(relation: Unfolds, claim: Claim, given) -> Evidence:
    """x_0 = start, and step(closed(t - 1), t) = closed(t) for every t >= 1."""
    t, start = exact(relation.t), exact(relation.start)
    first, after = exact(relation.closed(exact(0))), exact(relation.step(relation.closed(t), t + 1))
    goal = exact(relation.closed(t + 1))
    base = prove_identity(first, start, claim.domains, given, claim.id)
    begin = exact(relation.step(start, exact(1)))
    one = prove_identity(begin, exact(relation.closed(exact(1))), claim.domains, given, claim.id)
    kept = prove_identity(after, goal, claim.domains, given, claim.id)
    steps = (
        Step("Before the first step.", first, "=", start, ("normal form",)),
        Step("After the first step.", begin, "=", exact(relation.closed(exact(1))), ("normal form",)),
        Step("One step from the closed form gives the closed form.", after, "=", goal, ("induction", "normal form")),
    )
    whole = join([base, one, kept])
    return Evidence("induction", whole.verdict, whole.detail, steps, whole.conditions, whole.counterexample)


_WAYS: dict[type, Callable] = {
    Equal: _equal,
    AtMost: _at_most,
    Limit: _limit,
    Diverges: _diverges,
    Monotone: _monotone,
    Unfolds: _unfolds,
    Holds: _holds,
}

__all__ = ["equals", "join", "negation", "opinion", "prove", "prove_relation", "same_form", "visible_sign"]
