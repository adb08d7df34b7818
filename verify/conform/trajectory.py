"""Real trajectories: the code's own on 50-digit numbers against the rule's, and in float64.

No tolerance is needed: at 50 digits two algorithms that are the same agree to 40, and two
that are not do not.  Simple inputs come first, so the first difference found is one that
can be shown to somebody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import torch

from verify.conform.bench import Bench
from verify.conform.memory_map import flat
from verify.conform.setting import gradient_value
from verify.rule import Rule
from verify.systems import Multiprecision

DIGITS = 50
SAME = mpmath.mpf(10) ** -38  # relative; rounding at 50 digits stays below it for thousands of steps


@dataclass(frozen=True)
class Scenario:
    """A start, gradients step by step (flat lists of exact rationals), and hyperparameters."""

    says: str
    hyper: dict
    start: tuple
    gradients: tuple


@dataclass(frozen=True)
class Difference:
    """The first step at which code and rule part, at one scenario."""

    scenario: Scenario
    step: int
    element: int
    theory: mpmath.mpf
    code: mpmath.mpf
    before: mpmath.mpf

    @property
    def size(self) -> str:
        """The gap relative to the step that the rule takes."""
        length = abs(self.theory - self.before)
        gap = abs(self.theory - self.code)
        return f"{mpmath.nstr(gap / length, 3)} of the step" if length else f"{mpmath.nstr(gap, 3)} where the rule does not move"


def scenarios(bench: Bench, steps: int) -> list[Scenario]:
    """From plain to ordinary: the class's own defaults first, then other hyperparameters."""
    s, n = bench.setting, bench.setting.count
    defaults = s.hyper_point(None)
    ones = tuple(Fraction(1) for _ in range(n))
    found = [
        Scenario("constant gradient", defaults, ones, tuple(ones for _ in range(steps))),
        Scenario("one gradient, then zeros", defaults, ones, (ones, *(tuple(Fraction(0) for _ in range(n)) for _ in range(steps - 1)))),
        Scenario("signs alternate", defaults, ones, tuple(tuple(Fraction((-1) ** k * (i + 1)) for i in range(n)) for k in range(steps))),
    ]
    for seed in range(3):
        chance = random.Random(seed)
        hyper = defaults if seed == 0 else s.hyper_point(chance)
        start = tuple(gradient_value(chance) for _ in range(n))
        found.append(Scenario("ordinary gradients", hyper, start, tuple(tuple(gradient_value(chance) for _ in range(n)) for _ in range(steps))))
    return found


class Comparison:
    """The code's trajectories, run once; rules are held against them."""

    def __init__(self, bench: Bench, steps: int):
        self.bench = bench
        self.runs: list[tuple[Scenario, list[np.ndarray]]] = []
        with mpmath.workdps(DIGITS):
            for scenario in scenarios(bench, steps):
                self.runs.append((scenario, self._code(scenario)))

    def _code(self, scenario: Scenario) -> list[np.ndarray]:
        """The code's iterates, as far as it comes (a division by zero ends a trajectory)."""
        try:
            return self.bench.numerically(scenario.hyper, list(scenario.start), [list(g) for g in scenario.gradients])
        except ZeroDivisionError:
            return []

    def matches(self, rule: Rule) -> bool:
        """Do all trajectories agree?  False also where none could be compared."""
        seen = False
        for scenario, path in self.runs:
            difference, compared = self._first(rule, scenario, path)
            if difference:
                return False
            seen |= compared > 0
        return seen

    def first_difference(self, rule: Rule) -> Difference | None:
        """The earliest difference; among equals the plainest scenario."""
        found = [d for scenario, path in self.runs if (d := self._first(rule, scenario, path)[0])]
        plain = [d for d in found if d.scenario.hyper == self.bench.setting.hyper_point(None)]
        return min(plain or found, key=lambda d: d.step, default=None)

    def _first(self, rule: Rule, scenario: Scenario, path) -> tuple[Difference | None, int]:
        with mpmath.workdps(DIGITS):
            before, compared = _numbers(scenario.start), 0
            for k, (x, mine) in enumerate(zip(self.iterates(rule, scenario), path, strict=False), start=1):
                for i, (a, b) in enumerate(zip(flat(x), flat(mine), strict=True)):
                    compared += 1
                    if not abs(a - b) <= SAME * (1 + abs(a)):
                        return Difference(scenario, k, i, a, b, before[i]), compared
                before = flat(x)
        return None, compared

    def iterates(self, rule: Rule, scenario: Scenario):
        """The rule's iterates on 50-digit numbers, as far as it is defined."""
        s = self.bench.setting
        shape = lambda flat: _numbers(flat).reshape(s.shape)
        hyper = s.numbers(scenario.hyper, Multiprecision.number, rule)
        zero = shape([Fraction(0)] * s.count)
        try:
            for x, _ in rule.walk(map(shape, scenario.gradients), shape(scenario.start), rule.initial(zero, **hyper), **hyper):
                yield x
        except ZeroDivisionError:
            return


def _numbers(flat) -> np.ndarray:
    cells = np.empty(len(flat), dtype=object)
    for i, q in enumerate(flat):
        cells[i] = Multiprecision.number(q)
    return cells


def replay(bench: Bench, scenario: Scenario, steps: int) -> np.ndarray:
    """The real optimizer in float64, no lifter anywhere: the iterate after some steps, flat."""
    s = bench.setting
    start = torch.tensor([float(q) for q in scenario.start], dtype=torch.float64).reshape(s.shape)
    parameter = torch.nn.Parameter(start)
    hyper = {} if s.target.factory else s.code_hyper(lambda name: float(scenario.hyper[name]))
    optimizer = s.target.make([parameter], **hyper)
    for g in scenario.gradients[:steps]:
        parameter.grad = torch.tensor([float(q) for q in g], dtype=torch.float64).reshape(s.shape)
        optimizer.step()
    return parameter.detach().reshape(-1).numpy()
