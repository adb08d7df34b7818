"""Real trajectories: the code's own on 50-digit numbers against the rule's, and in float64.

No tolerance is needed: at 50 digits two algorithms that are the same agree to 40, and two
that are not do not.  Simple inputs come first, so the first difference found is one that
can be shown to somebody.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import mpmath
import numpy as np
import torch

from verify.conform import outputs
from verify.conform.bench import Bench
from verify.conform.memory_map import flat
from verify.conform.setting import gradient_value
from verify.lift import slots
from verify.lift.guard import ALLOWANCE
from verify.lift.machine import release
from verify.lift.record import Recorder, recording
from verify.rule import Rule
from verify.systems import Multiprecision

DIGITS = 50
LONGEST = 2500  # steps that a trajectory may have
SAME = mpmath.mpf(10) ** -38  # relative; rounding at 50 digits stays below it for thousands of steps


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


@dataclass(frozen=True)
class Difference:
    """The first step at which code and rule part, at one scenario."""

    bench: Bench
    scenario: Scenario
    step: int
    element: int
    theory: mpmath.mpf
    code: mpmath.mpf
    before: mpmath.mpf

    @property
    def output(self) -> str | None:
        """The rule's output that differs; None where the iterate does."""
        count, names = self.bench.setting.count, self.bench.setting.rule.outputs
        return names[self.element // count - 1] if self.element >= count else None

    @property
    def size(self) -> str:
        """The gap relative to the step that the rule takes."""
        length = abs(self.theory - self.before)
        gap = abs(self.theory - self.code)
        return (
            f"{mpmath.nstr(gap / length, 3)} of the step"
            if length
            else f"{mpmath.nstr(gap, 3)} where the rule does not move"
        )


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
    if n > 1:
        found += [_orthogonal(says, defaults, g, steps, scale) for says, g, scale in _ORTHOGONAL]
    return found + [_ordinary(bench, seed, steps) for seed in range(3)] + _changing(bench, ("lr",), steps)


def _changing(bench: Bench, names, steps: int) -> list[Scenario]:
    """Hyperparameters that `param_groups` offers, changed between steps, one in each scenario."""
    found = []
    for name in (n for n in names if n in bench.offered.values()):
        plain = _ordinary(bench, 0, steps)
        value = plain.hyper[name]
        changes = ((3, name, value / 4), (5, name, value / 2)) if value else ((3, name, Fraction(1, 8)),)
        found.append(replace(plain, says=f"{name} is changed between steps", changes=changes))
    return found


_ORTHOGONAL = (
    ("gradient orthogonal to the parameter", lambda i: (-1) ** i, Fraction(1)),
    ("gradient orthogonal to the parameter as a whole", lambda i: 1 if i % 4 < 2 else -1, Fraction(1)),
    ("tiny parameter and gradient", lambda i: 1 - i % 2, Fraction(1, 10**9)),
)


def _orthogonal(says: str, hyper: dict, sign, steps: int, scale: Fraction) -> Scenario:
    """Projections act where parameter and gradient are orthogonal, by rows or as a whole."""
    start = tuple(scale for _ in range(4))
    return Scenario(says, hyper, start, (tuple(sign(i) * scale for i in range(4)),) * steps)


def _ordinary(bench: Bench, seed: int, steps: int) -> Scenario:
    s, chance = bench.setting, random.Random(seed)
    row = lambda: tuple(gradient_value(chance) for _ in range(s.count))
    return Scenario(
        "ordinary gradients", s.hyper_point(chance if seed else None), row(), tuple(row() for _ in range(steps))
    )


class Comparison:
    """The code's trajectories at every shape, each run once and when it is asked for; rules are held against them."""

    def __init__(self, benches: list[Bench], steps: int, most: int | None = None, changing: tuple[str, ...] = ()):
        self._planned = [
            (bench, _fit(scenario, bench.setting.count))
            for bench in benches
            for scenario in (*scenarios(bench, steps)[:most], *_changing(bench, changing, steps))
        ]
        self._steps = steps
        self._paths: dict[int, list[np.ndarray]] = {}

    def through(self, points: list[dict]) -> bool:
        """Add trajectories through points at which a proof failed; False where there are no new ones."""
        bench, known = self._planned[0][0], {_key(scenario) for _, scenario in self._planned}
        reach = lambda point: min(max(self._steps, int(point.get("t", 0)) + 3), LONGEST)
        added = [of_point(bench, point, reach(point)) for point in points]
        fresh = [(bench, s) for s in added if _key(s) not in known]
        self._planned += fresh
        return bool(fresh)

    @property
    def runs(self) -> Iterator[tuple[Bench, Scenario, list[np.ndarray]]]:
        for k, (bench, scenario) in enumerate(self._planned):
            if k not in self._paths:
                self._paths[k] = self._code(bench, scenario)
            yield bench, scenario, self._paths[k]

    def _code(self, bench: Bench, scenario: Scenario) -> list[np.ndarray]:
        """The code's iterates, as far as it comes (a division by zero ends a trajectory)."""
        try:
            with mpmath.workdps(DIGITS):
                return bench.numerically(scenario.hyper, scenario.start, scenario.gradients, scenario.changes)
        except ZeroDivisionError:
            return []

    def matches(self, rule: Rule, total: bool = False) -> bool:
        """Do all trajectories agree?  False also where none could be compared.

        `total`: the rule must be defined wherever the code is (a 0/0 of the paper's is no fault, one of a guess is).
        """
        seen = False
        for run in self.runs:
            difference, compared = self._first(rule, *run, total)
            if difference:
                return False
            seen |= compared > 0
        return seen

    def first_difference(self, rule: Rule) -> Difference | None:
        """The earliest difference; among equals the plainest scenario."""
        found = [d for run in self.runs if (d := self._first(rule, *run)[0])]
        plain = [d for d in found if d.scenario.hyper == d.bench.setting.hyper_point(None)]
        return min(plain or found, key=lambda d: d.step, default=None)

    def _first(
        self, rule: Rule, bench: Bench, scenario: Scenario, path, total: bool = False
    ) -> tuple[Difference | None, int]:
        with mpmath.workdps(DIGITS):
            start, compared = _numbers(scenario.start), 0
            before = np.concatenate([start, *(start * 0 for _ in rule.outputs)])
            for k, (x, mine) in enumerate(zip(iterates(bench, rule, scenario), path, strict=False), start=1):
                for i, (a, b) in enumerate(zip(flat(x), flat(mine), strict=True)):
                    if mpmath.isnan(a) and not total:
                        return None, compared  # the rule is 0/0 here
                    compared += 1
                    if not abs(a - b) <= SAME * (1 + abs(a)):
                        return Difference(bench, scenario, k, i, a, b, before[i]), compared
                before = flat(x)
        return None, compared


def iterates(bench: Bench, rule: Rule, scenario: Scenario) -> Iterator[np.ndarray]:
    """The rule's iterates on 50-digit numbers, as far as it is defined; outputs stand after them."""
    s = bench.setting
    shape = lambda flat: _numbers(flat).reshape(s.shape)
    values = dict(scenario.hyper)
    hyper = s.numbers(values, Multiprecision.number, rule)
    x, memory = shape(scenario.start), rule.initial(shape([Fraction(0)] * s.count), **hyper)
    for k, g in enumerate(map(shape, scenario.gradients), start=1):
        if changed := scenario.at(k):
            values |= changed
            hyper = s.numbers(values, Multiprecision.number, rule)
        try:
            x, memory = rule.advance(x, g, memory, k, **hyper)
        except ZeroDivisionError:
            return
        yield outputs.beside(x, rule, memory)


def of_point(bench: Bench, point: dict, steps: int) -> Scenario:
    """A trajectory through a point at which a proof failed: its hyperparameters, and its start where it has one."""
    plain = _ordinary(bench, 1, steps)
    given = lambda name, row: tuple(point.get(f"{name}{i}", q) for i, q in enumerate(row))
    hyper = {n: point.get(n, q) for n, q in plain.hyper.items()}
    first, *later = plain.gradients
    return Scenario("where the proof failed", hyper, given("x", plain.start), (given("g1_", first), *later))


def _key(scenario: Scenario) -> tuple:
    return (*sorted(scenario.hyper.items()), scenario.start, len(scenario.gradients), scenario.changes)


def _fit(scenario: Scenario, count: int) -> Scenario:
    """The scenario cut to a number of elements."""
    return replace(scenario, start=scenario.start[:count], gradients=tuple(g[:count] for g in scenario.gradients))


def _numbers(flat) -> np.ndarray:
    cells = np.empty(len(flat), dtype=object)
    for i, q in enumerate(flat):
        cells[i] = Multiprecision.number(q)
    return cells


def departs(bench: Bench, rule: Rule, steps: int = 400) -> int | None:
    """The first step at which the real optimizer, no lifter anywhere, leaves the rule in float64; None where it stays.

    A guard on the lifter, not a measurement: code that knows when it is watched, or that keeps
    memory where no slot is, gives other steps here.  The allowance is ten orders above rounding.
    """
    s, scenario = bench.setting, _ordinary(bench, 0, steps)
    number = lambda q: torch.tensor(float(q), dtype=torch.float64)
    shape = lambda flat: torch.tensor([float(q) for q in flat], dtype=torch.float64).reshape(s.shape)
    hyper = s.numbers(scenario.hyper, number, rule)
    start = shape(scenario.start)
    walk = rule.walk(map(shape, scenario.gradients), start, rule.initial(torch.zeros_like(start), **hyper), **hyper)
    length = 1 + float(start.abs().max())
    for k, ((x, _), (parameter, _)) in enumerate(zip(walk, _real(bench, scenario), strict=True), start=1):
        mine = parameter.detach()
        if not torch.equal(x.isnan(), mine.isnan()) or float((x - mine).abs().nan_to_num().max()) > ALLOWANCE * length:
            return k
    return None


def _real(bench: Bench, scenario: Scenario) -> Iterator[tuple[torch.Tensor, torch.optim.Optimizer]]:
    """The real parameter in float64 and its optimizer, after each step."""
    s = bench.setting
    shape = lambda flat: torch.tensor([float(q) for q in flat], dtype=torch.float64).reshape(s.shape)
    parameter = torch.nn.Parameter(shape(scenario.start))
    hyper = {} if s.target.factory else s.code_hyper(lambda name: float(scenario.hyper[name]))
    optimizer = s.target.make([parameter], **hyper)
    release(optimizer)
    for k, g in enumerate(scenario.gradients, start=1):
        for name, value in scenario.at(k).items():
            bench.change_real(optimizer, name, float(value))
        parameter.grad = shape(g)
        optimizer.step()
        yield parameter, optimizer


def replay(bench: Bench, scenario: Scenario, steps: int) -> np.ndarray:
    """The real optimizer in float64, no lifter anywhere: the iterate (and what is kept of outputs) after some steps."""
    shorter = replace(scenario, gradients=scenario.gradients[:steps])
    parameter, optimizer = deque(_real(bench, shorter), maxlen=1)[0]
    kept = [_content(optimizer, parameter, path) for path in bench.keepers.values()]
    return torch.cat([parameter.detach().reshape(-1), *kept]).numpy()


def _content(optimizer, parameter, path: tuple | None) -> torch.Tensor:
    """What a real optimizer holds at a path of its state; not-a-number where there is nothing."""
    with recording(Recorder()):
        slot = slots.read(optimizer, parameter).get(path)
    return torch.tensor(slot.values).reshape(-1) if slot else torch.full((parameter.numel(),), torch.nan)
