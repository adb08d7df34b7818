"""Scenarios: starts, gradients step by step and hyperparameters in which code and rule are run side by side.

Simple ones come first, so that the first difference found is one that can be shown to somebody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction

from verify.conform.bench import Bench
from verify.conform.setting import gradient_value


@dataclass(frozen=True)
class Scenario:
    """A start, gradients step by step (flat lists of exact rationals), and hyperparameters.

    changes: (step, name, value) for hyperparameters that are changed in `param_groups` before a step.
    """

    says: str
    hyper: dict
    start: tuple
    gradients: tuple
    changes: tuple = ()

    def at(self, step: int) -> dict:
        """The hyperparameters that change before a step."""
        return {name: value for k, name, value in self.changes if k == step}


def scenarios(bench: Bench, steps: int) -> list[Scenario]:
    """From plain to ordinary: the class's own defaults first, then other hyperparameters."""
    s, n = bench.setting, bench.setting.count
    defaults = s.hyper_point(None)
    ones, none = (tuple(Fraction(k) for _ in range(n)) for k in (1, 0))
    found = [
        Scenario("constant gradient", defaults, ones, (ones,) * steps),
        Scenario("one gradient, then zeros", defaults, ones, (ones, *(none,) * (steps - 1))),
        Scenario(
            "signs alternate",
            defaults,
            ones,
            tuple(tuple(Fraction((-1) ** k * (i + 1)) for i in range(n)) for k in range(steps)),
        ),
    ]
    if not s.rule.elementwise:
        found += [Scenario(says, defaults, tuple(scale * q for q in ones), (ones,) * steps) for says, scale in _LENGTHS]
    if n > 1:
        found += [_orthogonal(says, defaults, g, steps, scale) for says, g, scale in _ORTHOGONAL]
    found += [ordinary(bench, seed, steps) for seed in range(3)] + changed(bench, ("lr",), steps)
    return found + (hard(bench, steps) if len(s.shape) == 1 else [])


def lasting(bench: Bench, steps: int) -> list[Scenario]:
    """What is run for long: faults that begin late need no odd gradients."""
    return [ordinary(bench, seed, steps) for seed in range(2)]


def hard(bench: Bench, steps: int) -> list[Scenario]:
    """Gradients that come late, come to one element, grow, shrink, are huge or tiny; decay rates at their ends."""
    plain = ordinary(bench, 0, steps)
    scaled = lambda factor: tuple(
        tuple(q * factor(k, i) for i, q in enumerate(g)) for k, g in enumerate(plain.gradients)
    )
    shapes = {
        "the first gradient is zero": lambda k, i: int(k > 0),
        "now and then an element's gradient is zero": lambda k, i: int((k + i) % 3 > 0),
        "huge gradients": lambda k, i: Fraction(10**9),
        "tiny gradients": lambda k, i: Fraction(1, 10**18),
        "gradients that shrink": lambda k, i: Fraction(1, 4**k),
        "gradients that grow": lambda k, i: Fraction(3**k),
    }
    found = [replace(plain, says=says, gradients=scaled(factor)) for says, factor in shapes.items()]
    return found + [replace(plain, says="decay rates at their ends", hyper=h) for h in _ends(bench, plain.hyper)]


def _ends(bench: Bench, hyper: dict) -> list[dict]:
    rates = {n: d for n, d in bench.setting.domains.items() if d.high == 1}
    high = {n: Fraction(9999, 10_000) for n, d in rates.items() if d.contains(Fraction(9999, 10_000))}
    low = {n: Fraction(0) for n, d in rates.items() if d.contains(Fraction(0))}
    return [hyper | ends for ends in (high, low) if ends]


def changed(bench: Bench, names, steps: int) -> list[Scenario]:
    """Hyperparameters that `param_groups` offers, changed between steps, one in each scenario."""
    found = []
    for name in (n for n in names if n in bench.offered.values()):
        plain = ordinary(bench, 0, steps)
        value = plain.hyper[name]
        changes = ((3, name, value / 4), (5, name, value / 2)) if value else ((3, name, Fraction(1, 8)),)
        found.append(replace(plain, says=f"{name} is changed between steps", changes=changes))
    return found


_LENGTHS = ("the parameter is zero", 0), ("a large parameter", 100)  # where norms are clamped, or divide

_ORTHOGONAL = (
    ("gradient orthogonal to the parameter", lambda i: (-1) ** i, Fraction(1)),
    ("gradient orthogonal to the parameter as a whole", lambda i: 1 if i % 4 < 2 else -1, Fraction(1)),
    ("tiny parameter and gradient", lambda i: 1 - i % 2, Fraction(1, 10**9)),
)


def _orthogonal(says: str, hyper: dict, sign, steps: int, scale: Fraction) -> Scenario:
    """Projections act where parameter and gradient are orthogonal, by rows or as a whole."""
    start = tuple(scale for _ in range(4))
    return Scenario(says, hyper, start, (tuple(sign(i) * scale for i in range(4)),) * steps)


def ordinary(bench: Bench, seed: int, steps: int) -> Scenario:
    s, chance = bench.setting, random.Random(seed)
    row = lambda: tuple(gradient_value(chance) for _ in range(s.count))
    return Scenario(
        "ordinary gradients", s.hyper_point(chance if seed else None), row(), tuple(row() for _ in range(steps))
    )


def of_point(bench: Bench, point: dict, steps: int) -> Scenario:
    """A trajectory through a point at which a proof failed: its hyperparameters, and its start where it has one."""
    plain = ordinary(bench, 1, steps)
    given = lambda name, row: tuple(point.get(f"{name}{i}", q) for i, q in enumerate(row))
    hyper = {n: point.get(n, q) for n, q in plain.hyper.items()}
    first, *later = plain.gradients
    return Scenario("where the proof failed", hyper, given("x", plain.start), (given("g1_", first), *later))


def key(scenario: Scenario) -> tuple:
    return (*sorted(scenario.hyper.items()), scenario.start, len(scenario.gradients), scenario.changes)


def fitted(scenario: Scenario, count: int) -> Scenario:
    """The scenario cut to a number of elements."""
    return replace(scenario, start=scenario.start[:count], gradients=tuple(g[:count] for g in scenario.gradients))
