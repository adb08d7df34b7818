"""Integrals as trapezoid sums after a double-exponential substitution, computed on balls.

x = low + exp(-u) carries (low, low + 1) to u > 0, and u = exp(w - exp(-w)) carries u > 0 to
the whole line, on which an integrand that is smooth inside the interval dies off so fast,
whatever its ends, that a trapezoid sum with half the step has twice the correct digits
(Takahasi, Mori 1974).  The step is halved until two sums agree, and the ball returned is
as wide as their distance: rounding is enclosed, the error of the sum is only estimated.
"""

from __future__ import annotations

from functools import cache

import flint

COARSE, FINE = 2, 9  # steps are 2^-2 to 2^-9
FAR = 1500  # nodes on each side of the coarsest sum, at most


class NotSettled(ArithmeticError):
    """The sums do not come to an end, or do not agree: the integral may be infinite."""


def integrate(integrand, low, high=None):
    """The integral of `integrand(x)` from `low` to `high` (None: infinity).  Raises NotSettled."""
    span = high - low if high is not None else flint.arb(1)
    near = _half_line(lambda u, x: span * x * integrand(low + span * x))
    if high is not None:
        return near
    return near + _half_line(lambda u, x: integrand(low + 1 + u))


@cache
def _node(k: int, level: int, precision: int):
    """u = exp(w - exp(-w)) at w = k / 2^level, its derivative, and exp(-u)."""
    w = flint.arb(k) / 2**level
    fall = (-w).exp()
    u = (w - fall).exp()
    return u.mid(), (u * (1 + fall)).mid(), (-u).exp().mid()


def _term(g, k: int, level: int):
    u, slope, x = _node(k, level, flint.ctx.prec)
    return g(u, x) * slope


def _bits() -> int:
    """To how many bits two sums must agree, relative to the integral: three fifths of what is carried."""
    return flint.ctx.prec * 3 // 5


def _half_line(g):
    """The integral of g(u, exp(-u)) over u > 0."""
    right, left = _reach(g, 1), _reach(g, -1)
    total = sum((_term(g, k, COARSE) for k in range(-left, right + 1)), flint.arb(0)) / 2**COARSE
    for level in range(COARSE + 1, FINE + 1):
        scale = 2 ** (level - COARSE)
        between = sum((_term(g, k, level) for k in range(1 - left * scale, right * scale, 2)), flint.arb(0))
        finer = total / 2 + between / 2**level
        gap = abs(finer - total).upper()
        total = finer
        if gap <= flint.arb(2) ** -_bits() * abs(finer).upper():
            return finer + gap * flint.arb(0, 1)
    raise NotSettled(f"two trapezoid sums differ by {gap.str(3)} at the step 2^-{FINE}")


def _reach(g, side: int) -> int:
    """How many nodes of the coarsest sum matter on one side."""
    largest, quiet, tiny = flint.arb(0), 0, flint.arb(2) ** (-_bits() - 10)
    for k in range(FAR):
        size = abs(_term(g, side * k, COARSE)).upper()
        if not size.is_finite():
            break
        largest = max(largest, size)
        quiet = quiet + 1 if size <= tiny * largest else 0
        if quiet == 3:
            return k
    raise NotSettled(f"the integrand does not come to an end, or is undefined, after {k} nodes")
