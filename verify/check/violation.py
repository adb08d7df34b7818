"""One relation at one point: does it fail there?

Every kind of relation is asked on numbers of one system.  On balls the answer is certain;
on mpmath numbers a gap counts where it stands out of the noise of the working precision,
and is decided again by who asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction

import mpmath

from verify.fold import Undecided
from verify.numbers import Undefined
from verify.rule import Rule
from verify.statement import AtMost, Claim, Diverges, Equal, Holds, Infinite, Limit, Monotone, Unfolds
from verify.systems import Balls


def violation(claim: Claim, numbers: dict, system, about: Rule | None = None) -> str:
    """The first relation that fails at these numbers, as text; empty where all hold."""
    relations = claim.relations(numbers, about)
    if not relations:
        raise Undecided("the claim states no relation")
    for relation in relations:
        text = _CHECKS[type(relation)](relation, system)
        if text:
            return text
    return ""


def differs(a, b, system) -> bool:
    """Certainly different (balls), or different beyond the noise of the working precision."""
    if system is Balls:
        gap = Balls.number(a) - Balls.number(b)
        return gap.is_finite() and not gap.contains(0)
    return abs(_defined(a - b)) > _noise(a, b)


def exceeds(a, b, system, strict: bool = False) -> bool:
    """Certainly a > b (or a >= b where the claim is strict)."""
    if system is Balls:
        return bool(Balls.number(a) >= Balls.number(b)) if strict else bool(Balls.number(a) > Balls.number(b))
    return _defined(a - b) > (-_noise(a, b) if strict else _noise(a, b))


def _defined(gap):
    """The number, where it is one: nan, or a complex number, means that the claim leaves the reals here."""
    if mpmath.isnan(gap) or isinstance(gap, mpmath.mpc):
        raise Undefined("not a real number")
    return gap


def _noise(a, b):
    return mpmath.mpf(10) ** (-mpmath.mp.dps * 3 // 5) * (1 + abs(a) + abs(b))


def number_text(x) -> str:
    return x.str(12, radius=False) if hasattr(x, "str") else mpmath.nstr(mpmath.mpf(x), 12)


def _check_equal(r: Equal, system) -> str:
    for other in (*r.via, r.right):
        if differs(r.left, other, system):
            return f"{number_text(r.left)} is not {number_text(other)}"
    return ""


def _check_at_most(r: AtMost, system) -> str:
    if exceeds(r.left, r.right, system, r.strict):
        return f"{number_text(r.left)} is not {'<' if r.strict else '<='} {number_text(r.right)}"
    return ""


def _check_holds(r: Holds, system) -> str:
    return "" if r.condition else "the condition fails"


def _check_unfolds(r: Unfolds, system) -> str:
    from verify.numbers import whole

    x = r.start
    for k in range(r.first + 1, whole(r.t) + 1):
        i = system.number(k, r.t)
        x = r.step(x, i)
        if differs(x, r.closed(i), system):
            return f"after {k} steps {number_text(x)} is not {number_text(r.closed(i))}"
    return ""


def _check_monotone(r: Monotone, system) -> str:
    at = _ladder(r.over, system)
    for a, b in itertools.pairwise(at):
        low, high = (r.of(a), r.of(b)) if r.rising else (r.of(b), r.of(a))
        if exceeds(low, high, system, strict=True):
            return f"between {number_text(a)} and {number_text(b)} it goes from {number_text(r.of(a))} to {number_text(r.of(b))}"
    return ""


def _ladder(over, system) -> list:
    low, high = over.window
    if over.integer:
        return [system.number(k) for k in range(int(low), int(low) + 13)]
    return [system.number(_rung(over, low, high, Fraction(k, 13))) for k in range(1, 13)]


def _rung(over, low: Fraction, high: Fraction, share: Fraction) -> Fraction:
    """Evenly between two ends; close together near the finite end, or near 0, of a domain without one."""
    if over.low is None and over.high is None:
        return high * (2 * share - 1) ** 3
    if over.high is None:
        return low + (high - low) * share**4
    return high - (high - low) * (1 - share) ** 4 if over.low is None else low + (high - low) * share


def _check_limit(r: Limit, system) -> str:
    for path in _approaches(r, system):
        errors = [abs(r.of(x) - r.equals) for x in path]
        near = errors[-3:]
        if not all(_upper(b) <= _upper(a) * 0.9 or _upper(b) < 1e-9 for a, b in itertools.pairwise(near)):
            return f"the distance from the limit goes {', '.join(number_text(e) for e in errors)}"
    return ""


def _check_diverges(r: Diverges, system) -> str:
    for path in _approaches(r, system):
        values = [r.of(x) for x in path]
        growing = all(exceeds(b, a, system) for a, b in itertools.pairwise(values))
        far = any(exceeds(values[-1], far, system) for far in (1000 + abs(values[0]), 100 * abs(values[0])))
        if not (growing and far):
            return f"it goes {', '.join(number_text(v) for v in values)}"
    return ""


def _check_infinite(r: Infinite, system) -> str:
    """On a logarithmic scale the integrand is x f(x), and must not fall on the way to 0."""
    places = [system.number(Fraction(1, 2 ** (10 * k))) for k in range(1, 7)]
    values = [x * r.of(x) for x in places]
    falling = any(exceeds(a, b, system) for a, b in itertools.pairwise(values))
    return f"on the way to 0, x times the integrand goes {', '.join(number_text(v) for v in values)}" if falling else ""


def _upper(x) -> float:
    return float(x.abs_upper()) if hasattr(x, "abs_upper") else float(x)


def _approaches(r, system) -> list[list]:
    """For each side that the domain has there, places that tend to the limit's place."""
    from verify.check.limits import directions

    sides = directions(r.to, r.over)
    if not sides:
        raise Undecided(f"the domain does not reach {r.to}")
    if r.to == "oo":
        return [[system.number(2 ** (k + 5) + k % 2) for k in range(0, 12, 3)]]  # even and odd ones
    near = [Fraction(1, 2 ** (10 * k)) for k in range(1, 7)]
    return [[system.number(Fraction(r.to) + side * d) for d in near] for side in sides]


_CHECKS: dict[type, Callable] = {
    Equal: _check_equal,
    AtMost: _check_at_most,
    Holds: _check_holds,
    Unfolds: _check_unfolds,
    Monotone: _check_monotone,
    Limit: _check_limit,
    Diverges: _check_diverges,
    Infinite: _check_infinite,
}
