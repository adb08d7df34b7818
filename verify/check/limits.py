"""Limits, by the series of a term at a place that its domain reaches, or between two bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from verify.check.defined import surely_divisors, undefined_beside
from verify.check.evidence import Evidence, Step, join, unknown
from verify.check.series import Expansion, HalfPowers, Series
from verify.check.signs import visible_sign
from verify.check.stirling import require_balance
from verify.exact import Exact, exact, symbol, symbols
from verify.fold import Unsupported
from verify.statement import Claim, Diverges, Limit, Verdict


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


def expand(
    of: Callable, to, over, claim: Claim, given=(), beside: tuple = ()
) -> tuple[Exact, Exact, list[tuple[Expansion, Series]]]:
    """The term f(x), its variable, and its series at the place, one for each side that the domain has there."""
    x = bound_variable(of, over, claim.domains)
    term = exact(of(x))
    require_balance(term, x)
    sides = directions(to, over)
    if not sides:
        raise Unsupported(f"the domain of {x!r} does not reach {to}, so the limit is vacuous")
    known = tuple(d for d in surely_divisors(term, *beside) if x.args[0] not in symbols(d))
    return term, x, [_expand_from(side, term, x, to, tuple(given), known) for side in sides]


def _expand_from(side: int, term: Exact, x: Exact, to, given: tuple, beside: tuple) -> tuple[Expansion, Series]:
    for unit in (1, 2):
        expansion = Expansion(x, "oo" if to == "oo" else exact(to), side, given=given, unit=unit, beside=beside)
        try:
            return expansion, expansion(term)
        except HalfPowers:
            continue
    raise Unsupported("finer powers of the distance than halves")


def prove_limit(relation: Limit, claim: Claim, given) -> Evidence:
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
    step = Step(
        f"Expand in powers of the distance of {x!r} from {place}; the constant term is the limit.",
        term,
        r"\to",
        value,
        ("series",),
    )
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
    ends = join([prove_limit(replace(relation, of=f, between=()), claim, given) for f in relation.between])
    steps = (
        Step("It lies between.", low, r"\le", term, ("structure",)),
        Step("And.", term, r"\le", high, ("structure",)),
    )
    return Evidence("squeeze, series", ends.verdict, ends.detail, (*steps, *ends.steps), ends.conditions)


def prove_diverges(relation: Diverges, claim: Claim, given) -> Evidence:
    from verify.check.sample import approaches

    term, _, sides = expand(relation.of, relation.to, relation.over, claim, given)
    for expansion, series in sides:
        if not series.coefficients or series.low >= 0 or series.coefficients[0].sign() != "+":
            return unknown("series", "no leading term of negative order and visible positive sign")
        order = series.low / expansion.unit
    confirmed, detail = approaches(relation, claim)
    step = Step(
        f"The leading term is of order {order} in the distance, with a positive coefficient.",
        term,
        r"\to",
        r"\infty",
        ("series",),
    )
    return Evidence(
        "series",
        Verdict.PROVED if confirmed else Verdict.UNKNOWN,
        f"pole of order {-order}; numerically {detail}",
        (step,),
    )
