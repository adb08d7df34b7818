"""Is a step another function than the rule's?  Decided on the two rules alone; the lifter has no part in it.

Trajectories on 50-digit numbers tell them apart: ordinary, zero, sparse, growing and alternating gradients,
several hyperparameters, a learning rate that changes, up to 320 steps.  Where none does, the two are proved
equal from equal memories by the normal form, or it is open.
"""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath
import numpy as np

from benchmarks.detection.styles import keywords
from verify.check.algebra import Normal
from verify.conform.trajectory import SAME, numbers_array
from verify.domain import Natural, Real
from verify.exact import exact
from verify.rule import Rule
from verify.systems import Multiprecision

DIGITS = 50
STEPS, LONG, COUNT = 16, 320, 3
NONSENSE = (ArithmeticError, TypeError, ValueError, IndexError, NameError, AttributeError)


def runs(rule: Rule) -> bool:
    """Can the rule take its first steps at all, without a division by zero or a root of a negative number?"""
    with mpmath.workdps(DIGITS):
        hyper, chance = _defaults(rule), random.Random(1)
        x = _row(chance, lambda: 1)
        memory = rule.initial(x * 0, **hyper)
        try:
            for t in range(1, 5):
                x, memory = rule.step(x, _row(chance, lambda: 1), memory, t, **hyper)
        except NONSENSE:
            return False
        return not any(map(mpmath.isnan, np.ravel(x)))


def different(rule: Rule, other: Rule, long: int = LONG) -> int | None:
    """The first step at which the two part in some scenario; None where they never do."""
    found = []
    with mpmath.workdps(DIGITS):
        for seed in range(6):
            found.append(_parts(rule, other, seed, STEPS))
        if not any(found) and long:
            found.append(_parts(rule, other, 7, long))
    return min((k for k in found if k), default=None)


def _parts(rule: Rule, other: Rule, seed: int, steps: int) -> int | None:
    chance = random.Random(seed)
    hyper = _hyper(rule, chance, plain=seed in (0, 7))
    x = _row(chance, lambda: 1)
    states = [(r, x, r.initial(x * 0, **hyper)) for r in (rule, other)]
    for t in range(1, steps + 1):
        g = _gradient(chance, seed, t)
        now = hyper | ({"lr": hyper["lr"] / (1 + t)} if seed == 5 else {})
        try:
            states = [(r, *r.step(x, g, memory, t, **now)) for r, x, memory in states]
        except NONSENSE:
            return t if _defined(states[0], g, t, now) else None
        if not _same(states[0][1], states[1][1]):
            return t
    return None


def _defined(state, g, t: int, hyper: dict) -> bool:
    rule, x, memory = state
    try:
        return not any(map(mpmath.isnan, np.ravel(rule.step(x, g, memory, t, **hyper)[0])))
    except NONSENSE:
        return False


def _same(a, b) -> bool:
    pairs = zip(np.ravel(a), np.ravel(b), strict=True)
    return all(mpmath.isnan(p) or abs(p - q) <= SAME * (1 + abs(p)) for p, q in pairs)


def _gradient(chance: random.Random, seed: int, t: int) -> np.ndarray:
    shapes = {
        1: lambda: (-1) ** t,
        2: lambda: 0 if t % 3 == 0 else 1,
        3: lambda: chance.choice([0, 1, 20]),
        4: lambda: Fraction(1, 10 ** (t % 5)),
    }
    return _row(chance, shapes.get(seed, lambda: 1))


def _row(chance: random.Random, scale) -> np.ndarray:
    cells = numbers_array(COUNT)
    for i in range(COUNT):
        cells[i] = Multiprecision.number(Fraction(chance.choice([-1, 1]) * chance.randint(50, 1500), 1000) * scale())
    return cells


def _hyper(rule: Rule, chance: random.Random, plain: bool) -> dict:
    """The defaults, or ordinary other values in their domains."""
    usual = _defaults(rule)
    if plain:
        return usual
    other = lambda d: (
        Fraction(chance.randint(300, 970), 1000) if d.high == 1 else Fraction(chance.randint(10, 400), 1000)
    )
    return {
        n: usual[n] if d.integer or n in rule.constants else Multiprecision.number(other(d))
        for n, d in rule.hyperparameters.items()
    }


def _defaults(rule: Rule) -> dict:
    found = {}
    for name, value in keywords(rule).items():
        members = value if isinstance(value, tuple) else (value,)
        for k, member in enumerate(members, start=1):
            found[f"beta{k}" if isinstance(value, tuple) else name] = Multiprecision.number(Fraction(str(member)))
    return found


def proved_equal(rule: Rule, other: Rule) -> bool:
    """From equal memories, at any t, the two give equal iterates and memories: then they are one function."""
    if list(rule.memory) != list(other.memory) or rule.start != other.start:
        return False
    x, g, t = Real.symbol("x"), Real.symbol("g"), Natural.symbol("t")
    memory = tuple(d.symbol(n) for n, d in rule.memory.items())
    hyper = {n: d.symbol(n) for n, d in rule.hyperparameters.items()}
    normal = Normal()
    try:
        (x1, after1), (x2, after2) = (r.step(x, g, memory, t, **hyper) for r in (rule, other))
        return all(normal.equal(exact(a), exact(b)) for a, b in zip((x1, *after1), (x2, *after2), strict=True))
    except Exception:  # noqa: BLE001 - what cannot be proved is not taken for equal
        return False


__all__ = ["different", "proved_equal", "runs"]
