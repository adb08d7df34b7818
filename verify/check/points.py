"""Exact points of a claim's domain, and Arb's opinion of an identity at them.

An analytic identity that fails, fails almost everywhere; so an Arb evaluation at random
rational points is a second engine that shares no code with the normal form.  At each
point the ball of the difference must contain 0 and be tiny: a ball that excludes 0
refutes, a wide one says nothing.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np

from verify.domain import Domain, Sequence, Smooth, Vector
from verify.exact import Exact
from verify.fold import Fold, Unsupported
from verify.numbers import dot
from verify.numbers import system as system_of

BITS = 256
TINY = 2.0 ** -(BITS // 2)  # a ball this small (relative to its terms) that contains 0 is agreement


def draw(domain, chance: random.Random):
    """A random exact member of a domain, of moderate size and with a small denominator."""
    if isinstance(domain, Sequence):
        return tuple(draw(domain.of, chance) for _ in range(16))  # no period in reach of a random t
    if isinstance(domain, (Vector, Smooth)):
        members = 3 if isinstance(domain, Vector) else 9
        return tuple(draw(Domain("", reach=Fraction(3)), chance) for _ in range(members))
    low, high = domain.window
    if domain.low is None and domain.high is None:
        low, high = Fraction(-3), Fraction(3)
    elif domain.high is None:
        high = low + (12 if domain.integer else 4)
    while True:
        found = (
            Fraction(chance.randint(int(low), int(high)))
            if domain.integer
            else low + (high - low) * Fraction(chance.randint(1, 996), 997)
        )
        if domain.contains(found):
            return found


_SIMPLE = [Fraction(x) for x in ("1", "1/2", "0", "2", "-1", "1/3", "3", "0.9", "-1/2", "5", "1/10", "10", "3/5")]


def simple(domain) -> list:
    """The members that a person would try first."""
    if isinstance(domain, Sequence):
        few = simple(domain.of)
        return [*((x,) for x in few), *pairwise(few), *zip(few, few[2:], few[1:], strict=False)]
    if isinstance(domain, Vector | Smooth):
        size = 3 if isinstance(domain, Vector) else 9
        found = [tuple(_SIMPLE[(i + j) % 9] for i in range(size)) for j in range(4)] + [(Fraction(0),) * size]
        return [v for v in found if any(v) or not getattr(domain, "nonzero", False)]
    ends = [end + x for end in (domain.low, domain.high) if end is not None for x in (0, 1, -1, Fraction(1, 2))]
    return [x for x in dict.fromkeys((*_SIMPLE, *ends)) if domain.contains(x)] or [draw(domain, random.Random(0))]


def simple_points(domains: dict, count: int) -> list[dict]:
    """Points made of simple members, in changing company; each once."""
    members = {name: simple(domain) for name, domain in domains.items()}
    found: dict[tuple, dict] = {}
    for k in range(4 * count):
        at = {name: few[(k + k // len(few) * (i + 1)) % len(few)] for i, (name, few) in enumerate(members.items())}
        found.setdefault(tuple(at.values()), at)
    return list(found.values())[:count]


def point(domains: dict, chance: random.Random) -> dict:
    """One exact value for each variable."""
    return {name: draw(domain, chance) for name, domain in domains.items()}


def into(values: dict, system, like=None) -> dict:
    """Exact values as numbers of a system: tuples become sequences or arrays."""
    return {name: _convert(value, system, like) for name, value in values.items()}


def _convert(value, system, like):
    if isinstance(value, tuple):
        return np.array([system.number(v, like) for v in value], dtype=object)
    return system.number(value, like)


def sequences(values: dict, domains: dict) -> dict:
    """Arrays become what they stand for: sequences, repeated without end, and smooth functions."""
    kinds = {Sequence: _member, Smooth: lambda v: Cubic(v.reshape(3, -1))}
    return {n: kinds.get(type(domains.get(n)), lambda v: v)(v) for n, v in values.items()}


class Cubic:
    """A specimen of a smooth function: <a, w> + <b, w>^2 + <c, w>^3."""

    def __init__(self, directions):
        self.directions = directions

    def __call__(self, w):
        return sum(dot(a, w) ** k for k, a in enumerate(self.directions, start=1))

    def gradient(self, w):
        return sum(a * (k * dot(a, w) ** (k - 1)) for k, a in enumerate(self.directions, start=1))


def _member(values):
    from verify.numbers import whole

    return lambda i: values[(whole(i) - 1) % len(values)]


def opinion(
    left: Exact, right: Exact, domains: dict, given=(), count: int = 24, seed: str = ""
) -> tuple[int, dict | None]:
    """How many random exact points agree, and the first point that refutes (or None)."""
    chance = random.Random(f"{seed}")
    agreed = 0
    for _ in range(count * 4):
        at = point(domains, chance)
        answer = compare(left, right, at, domains, given)
        if answer is False:
            return agreed, at
        agreed += bool(answer)
        if agreed == count:
            break
    return agreed, None


def compare(left: Exact, right: Exact, at: dict, domains: dict, given=()) -> bool | None:
    """True: equal as far as balls can tell; False: certainly different; None: no answer here."""
    import flint

    with_bits, flint.ctx.prec = flint.ctx.prec, BITS
    try:
        fold = Fold(sequences(into(at, _balls()), domains), _balls())
        if not all(bool(fold(c)) for c in given):
            return None
        a, b = fold(left), fold(right)
        gap = a - b
        if not gap.is_finite():
            return None
        if not gap.contains(0):
            return False
        return True if float(gap.rad()) <= TINY * (1 + abs(float(a.mid())) + abs(float(b.mid()))) else None
    except (ArithmeticError, ValueError, Unsupported, TypeError):
        return None
    finally:
        flint.ctx.prec = with_bits


def _balls():
    from verify.systems import Balls

    return Balls


__all__ = ["compare", "draw", "into", "opinion", "point", "sequences", "system_of"]
