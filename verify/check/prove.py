"""Is a claim true?  Each kind of relation has its way; a second engine must agree.

equal: every station of the derivation by verify/check/identity.  at_most: the stated
slack is an identity and its sign is visible, or z3 proves the inequality.  limit: by
series.  monotone: by the derivative (series) or the next difference.  unfolds: the
closed form starts right and one step keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from verify.check import smt
from verify.check.decide import follows
from verify.check.defined import demanded, shown, undefined_beside
from verify.check.evidence import Evidence, Step, unknown
from verify.check.identity import POINTS, prove_identity, same_form
from verify.check.improper import prove_infinite
from verify.check.monotone import Known, by_product, by_structure
from verify.check.points import opinion
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.series import Expansion, HalfPowers, Series
from verify.check.stirling import require_balance
from verify.check.signs import Signs, form_sign, nonnegative
from verify.statement import AtMost, Claim, Diverges, Equal, Holds, Infinite, Limit, Monotone, Relation, Unfolds, Verdict
from verify.exact import Exact, equals, exact, negation, substitute, symbol, symbols, walk
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
    if not found:
        return unknown("prove", "the claim states no relation")
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
    goal = Exact("lt" if relation.strict else "le", left, right)  # kept as it is: x <= x says nothing where x is undefined
    if relation.slack is not None:
        return _by_slack(relation, left, right, claim, given)
    known = (*given, *Known(claim).facts)
    if smt.proves(goal, known) or follows(goal, known):
        sign = "<" if relation.strict else r"\le"
        return _confirmed(Step("z3 finds no counterexample over the reals.", left, sign, right, ("z3",)), goal, claim, given)
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
    return Evidence("slack", Verdict.PROVED, f"{identity.detail}; slack by {shown}", (*identity.steps, step), identity.conditions)


def visible_sign(term: Exact, given=(), strict: bool = False) -> str | None:
    """Which engine sees that the term is >= 0 (> 0): "form", "structure", "z3", or None."""
    for engine, find in (("form", form_sign), ("structure", Signs(tuple(given)))):
        shown = find(term)
        if shown == "+" or (nonnegative(shown) and not strict):
            return engine
    return "z3" if smt.proves(exact(0) < term if strict else exact(0) <= term, given) else None


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


# Limits and monotone functions ---------------------------------------------------------------


def bound_variable(of: Callable, over, taken=()) -> Exact:
    """The bound variable of a function, named as its author named it, and primed where the claim has that name."""
    name = of.__code__.co_varnames[0]
    while name in taken:
        name += "'"
    return symbol(name, over)


def directions(to, over) -> tuple[int, ...]:
    """From which sides the domain reaches the place: 1 from above, -1 from below; () where from none."""
    if to == "oo":
        return (1,) if over.high is None else ()
    place = Fraction(to)
    above = over.high is None or place < over.high
    below = over.low is None or over.low < place
    inside = (over.low is None or over.low <= place) and (over.high is None or place <= over.high)
    return (1,) * above + (-1,) * below if inside and not over.integer else ()


def expand(of: Callable, to, over, claim: Claim, given=(), beside: tuple = ()) -> tuple[Exact, Exact, list[tuple[Expansion, Series]]]:
    """The term f(x), its variable, and its series at the place, one for each side that the domain has there."""
    x = bound_variable(of, over, claim.domains)
    term = exact(of(x))
    require_balance(term, x)
    sides = directions(to, over)
    if not sides:
        raise Unsupported(f"the domain of {x!r} does not reach {to}, so the limit is vacuous")
    return term, x, [_expand_from(side, term, x, to, tuple(given), (*beside, *_still(term, x))) for side in sides]


def _still(term: Exact, x: Exact) -> list[Exact]:
    """The largest parts of the term that do not move with x: the claim holds only where they are defined."""
    return [n for n in walk(term) if n.op == "div" and x.args[0] not in symbols(n.args[1])]


def _expand_from(side: int, term: Exact, x: Exact, to, given: tuple, beside: tuple) -> tuple[Expansion, Series]:
    for unit in (1, 2):
        expansion = Expansion(x, "oo" if to == "oo" else exact(to), side, given=given, unit=unit, beside=beside)
        try:
            return expansion, expansion(term)
        except HalfPowers:
            continue
    raise Unsupported("finer powers of the distance than halves")


def _limit(relation: Limit, claim: Claim, given) -> Evidence:
    from verify.check.sample import approaches

    value = exact(relation.equals)
    if relation.between:
        return _squeezed(relation, value, claim, given)
    term, x, sides = expand(relation.of, relation.to, relation.over, claim, given, (value,))
    for expansion, series in sides:
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


def _squeezed(relation: Limit, value: Exact, claim: Claim, given) -> Evidence:
    """A limit between two bounds that have it: the signs of both distances are visible."""
    x = bound_variable(relation.of, relation.over, claim.domains)
    low, term, high = (exact(f(x)) for f in (relation.between[0], relation.of, relation.between[1]))
    for slack in (term - low, high - term):
        if not visible_sign(slack, given):
            return unknown("squeeze", f"the sign of {slack!r} is not visible")
    if (open_one := undefined_beside((low, high), (term, value), given)) is not None:
        return unknown("squeeze", f"a bound is defined only where {open_one!r}, which the claim does not say")
    ends = join([_limit(replace(relation, of=f, between=()), claim, given) for f in relation.between])
    steps = (Step("It lies between.", low, r"\le", term, ("structure",)), Step("And.", term, r"\le", high, ("structure",)))
    return Evidence("squeeze, series", ends.verdict, ends.detail, (*steps, *ends.steps), ends.conditions)


def _diverges(relation: Diverges, claim: Claim, given) -> Evidence:
    from verify.check.sample import approaches

    term, _, sides = expand(relation.of, relation.to, relation.over, claim, given)
    for expansion, series in sides:
        if not series.coefficients or series.low >= 0 or series.coefficients[0].sign() != "+":
            return unknown("series", "no leading term of negative order and visible positive sign")
        order = series.low / expansion.unit
    confirmed, detail = approaches(relation, claim)
    step = Step(f"The leading term is of order {order} in the distance, with a positive coefficient.", term, r"\to", r"\infty", ("series",))
    return Evidence("series", Verdict.PROVED if confirmed else Verdict.UNKNOWN, f"pole of order {-order}; numerically {detail}", (step,))


def _monotone(relation: Monotone, claim: Claim, given) -> Evidence:
    x = bound_variable(relation.of, relation.over, claim.domains)
    term = exact(relation.of(x))
    if (gap := _gap(term, x, given)) is not None:
        return unknown("monotone", gap)
    if relation.factor is not None:
        return by_product(term, x, relation, claim, given)
    change = _next_difference(term, x) if relation.over.integer else None
    if relation.slope is None and change is None:
        return by_structure(term, x, relation, claim, given)
    if relation.slope is None:
        slope, same = _own_slope(term, x, change)
        steps = ()
    else:
        slope = exact(relation.slope(x))
        same = _slope_is(term, x, slope, change, claim, given)
        steps = (Step("Its next difference." if change is not None else "Its derivative.", f"\\Delta" if change is not None else "d", "=", slope, ("series",)),)
    if slope is not None and (open_one := undefined_beside((slope,), (term,), given)) is not None:
        return unknown("monotone", f"the slope is defined only where {open_one!r}")
    signed = slope if relation.rising or slope is None else -slope
    shown = visible_sign(signed, given, strict=True) if same and signed is not None else None
    if not shown:
        return unknown("monotone", "no derivative or difference whose sign is visible")
    step = Step("It has one sign on the whole domain.", signed, ">", exact(0), (shown,))
    return Evidence("monotone", Verdict.PROVED, f"slope of one sign, by {shown}", (*steps, step))


def _gap(term: Exact, x: Exact, given) -> str | None:
    """Why a slope of one sign would not make the function monotone: a hole in its domain."""
    over = x.args[1]
    if not over.integer and over.nonzero and over.sign is None:
        return "the domain falls into two parts at 0"
    moving = [c for c in demanded(term) if x.args[0] in symbols(c) and not shown(c, given)]
    return f"the function is defined only where {moving[0]!r}" if moving else None


def _next_difference(term: Exact, x: Exact) -> Exact:
    return substitute(term, {x: x + 1}) - term


def _own_slope(term: Exact, x: Exact, change):
    """Without a stated slope: the difference as it stands; derivatives need a stated form."""
    return (change, True) if change is not None else (None, False)


def _slope_is(term, x, slope, change, claim, given) -> bool:
    if change is not None:
        return prove_identity(change, slope, claim.domains | {x.args[0]: x.args[1]}, given, claim.id).verdict is Verdict.PROVED
    expansion = Expansion(x, x, 1, order=2, given=given)
    first = expansion(term).coefficient(Fraction(1)) or expansion.normal.ring.constant(0)
    return expansion.normal.same(first, expansion.normal(slope))


def _from_the_start(domain) -> bool:
    return domain.high is None and (domain.low is None or domain.low <= 1)


def _unfolds(relation: Unfolds, claim: Claim, given) -> Evidence:
    """x_first = start, and step(closed(t - 1), t) = closed(t) for every t beyond; hypotheses about t do not help."""
    t, start = exact(relation.t), exact(relation.start)
    if t.op != "symbol" or not t.args[1].integer or not _from_the_start(t.args[1]):
        return unknown("induction", f"the recurrence must be unfolded for every t >= 1, and t = {t!r} is not such a variable")
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
    Limit: _limit,
    Diverges: _diverges,
    Infinite: prove_infinite,
    Monotone: _monotone,
    Unfolds: _unfolds,
    Holds: _holds,
}

__all__ = ["equals", "join", "negation", "opinion", "prove", "prove_relation", "same_form", "visible_sign"]
