"""The value of a claim at a point, to as many digits as are wanted, each of them guaranteed.

What is evaluated is the right side of the claim's equation, its closed form, on balls whose
precision is raised until both ends of the ball round to the same decimal number.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import flint

from verify.check.algebra import Normal
from verify.check.points import into, sequences
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.domain import Domain, Sequence, Smooth
from verify.errors import Problem, nearest
from verify.exact import Exact, exact, substitute, symbol
from verify.fold import Fold, Undecided, Unsupported
from verify.statement import Claim, Equal
from verify.statement_text import in_set, render
from verify.systems import Balls

MOST_BITS = 1 << 16
UNDEFINED = (ArithmeticError, ValueError)


def value(claim: Claim, texts: list[str], digits: int = 20) -> str:
    """The closed form of a claim at "name=number" for each variable; sigma is 1 unless given."""
    term = closed_form(claim)
    point = parse(claim, texts)
    _check_hypotheses(claim, point)
    return decimal(claim, term, point, digits)


def closed_form(claim: Claim) -> Exact:
    """The right side of the claim's first equation.  Problem where it has none."""
    found = next((r for r in claim.relations(claim.symbols()) if isinstance(r, Equal)), None)
    if found is None:
        raise Problem(
            f"{claim.id} has no value: it states no equation",
            expected="a claim with a closed form, such as radam/variance",
            where=f"theory value {claim.id}",
            todo=f"optproof theory show {claim.id} prints what it states",
        )
    return exact(found.right)


# The point -----------------------------------------------------------------------------------------


def parse(claim: Claim, texts: list[str]) -> dict:
    """Exact values from "name=number".  Problem for a name that is missing or unknown, or a number outside its domain."""
    given = dict(_split(claim, text) for text in texts)
    if "sigma" in claim.domains:
        given = {"sigma": "1"} | given
    if missing := [n for n in claim.domains if n not in given]:
        raise Problem(f"{', '.join(missing)} not given", f"{_usage(claim)}", f"theory value {claim.id}")
    return {name: _member(claim, name, given[name]) for name in claim.domains}


def _split(claim: Claim, text: str) -> tuple[str, str]:
    name, equals, number = text.partition("=")
    if not equals or name not in claim.domains:
        what = (
            f"{claim.id} has no variable {name!r}{nearest(name, claim.domains)}"
            if equals
            else f"{text!r} is no NAME=NUMBER"
        )
        raise Problem(what, _usage(claim), f"theory value {claim.id} {text}")
    return name, number


def _usage(claim: Claim) -> str:
    return (
        " ".join(f"{n}=..." for n in claim.domains)
        + "   with "
        + ", ".join(f"{n} in {_set(d)}" for n, d in claim.domains.items())
    )


def _set(domain) -> str:
    integers = ", an integer" if isinstance(domain, Domain) and domain.integer else ""
    return in_set(domain) + integers


def _member(claim: Claim, name: str, text: str):
    domain = claim.domains[name]
    where = f"theory value {claim.id} {name}={text}"
    if isinstance(domain, Smooth):
        raise Problem(f"{name} is a function, and {claim.id} has no single value", where=where)
    try:
        numbers = tuple(Fraction(part) for part in text.split(","))
    except (ValueError, ZeroDivisionError):
        raise Problem(
            f"{text!r} is no number",
            "a decimal (0.999, 1e-8) or a fraction (1/3); several with commas for a sequence",
            where,
        ) from None
    members = domain.of if isinstance(domain, Sequence) else domain
    single = isinstance(domain, Domain)
    if (single and len(numbers) > 1) or (isinstance(members, Domain) and not all(members.contains(x) for x in numbers)):
        raise Problem(f"{name} = {text} is outside its domain", f"{name} in {_set(domain)}", where)
    return numbers[0] if single else numbers


def _check_hypotheses(claim: Claim, point: dict) -> None:
    for condition in map(exact, claim.hypotheses(claim.symbols())):
        if _certainly_not(_at(condition, claim, point), claim, point):
            raise Problem(
                f"the point does not meet the claim's hypothesis {render(condition)}",
                expected=f"numbers with {render(condition)}",
                where=f"theory value {claim.id}",
            )


def _certainly_not(condition: Exact, claim: Claim, point: dict) -> bool:
    try:
        return not _fold(claim, point)(condition)
    except (Unsupported, *UNDEFINED):
        return False


# Digits --------------------------------------------------------------------------------------------


def decimal(claim: Claim, term: Exact, point: dict, digits: int) -> str:
    """The term at the point, rounded to so many significant digits."""
    term = _at(term, claim, point)
    known = _rational(term)
    if known is not None:
        return spell(_rounded(known, digits), exactly=_rounded(known, digits) == known)
    before = flint.ctx.prec
    try:
        bits = 4 * digits + 64
        while bits <= MOST_BITS:
            flint.ctx.prec = bits
            ball = _ball(term, claim, point)
            ends = (
                {_rounded(_fraction(end), digits) for end in (ball.lower(), ball.upper())} if ball is not None else ()
            )
            if len(ends) == 1:
                return spell(ends.pop())
            bits *= 2
    finally:
        flint.ctx.prec = before
    raise Problem(
        f"{claim.id} has no value that {MOST_BITS} bits can tell",
        expected="a point at which the closed form is defined and not 0",
        where=f"theory value {claim.id} {' '.join(f'{n}={_text(v)}' for n, v in point.items())}",
    )


def _text(v) -> str:
    return ",".join(map(str, v)) if isinstance(v, tuple) else str(v)


def _at(term: Exact, claim: Claim, point: dict) -> Exact:
    """The term with its numbers put in, so that what they decide is decided exactly."""
    numbers = {n: v for n, v in point.items() if isinstance(v, Fraction)}
    return substitute(term, {symbol(n, claim.domains[n]): exact(v) for n, v in numbers.items()})


def _rational(term: Exact) -> Fraction | None:
    """The value where the normal form shows that it is rational."""
    try:
        return Normal()(term).rational()
    except (Unsupported, TooManyGenerators, DividesByZero):
        return None


def _fold(claim: Claim, point: dict) -> Fold:
    return Fold(sequences(into(point, Balls), claim.domains), Balls)


def _ball(term: Exact, claim: Claim, point: dict):
    """The ball, or None where this precision does not give one."""
    try:
        found = Balls.number(_fold(claim, point)(term))
    except Undecided:
        return None
    except Unsupported as reason:
        raise Problem(
            f"the closed form of {claim.id} cannot be evaluated: {reason}", where=f"theory value {claim.id}"
        ) from reason
    except UNDEFINED:
        return None
    return found if found.is_finite() else None


def _fraction(x) -> Fraction:
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _rounded(q: Fraction, digits: int) -> Decimal:
    return Context(prec=digits, rounding=ROUND_HALF_EVEN).divide(Decimal(q.numerator), Decimal(q.denominator))


def spell(x: Decimal, exactly: bool = False) -> str:
    """As a decimal, or with an exponent where it is smaller than 0.001 or has digits that are not shown."""
    if x == 0:
        return "0"
    if exactly:
        x = x.normalize()
    sign, numbers, _ = x.as_tuple()
    leading = x.adjusted()
    if -4 < leading and (leading < len(numbers) or exactly):
        return f"{x:f}"
    mantissa = "".join(map(str, numbers))
    point = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' * sign}{mantissa[0]}{point}e{leading}"
