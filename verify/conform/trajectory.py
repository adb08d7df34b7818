"""Real trajectories: the code's own on 50-digit numbers against the rule's, and in float64.

No tolerance is needed: at 50 digits two algorithms that are the same agree to 40, and two
that are not do not.  Simple inputs come first, so the first difference found is one that
can be shown to somebody.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, zip_longest

import mpmath
import numpy as np
import torch

from verify.conform import outputs
from verify.conform.bench import Bench
from verify.conform.memory_map import flat
from verify.conform.scenario import Scenario, changed, fitted, key, of_point, scenarios
from verify.lift import slots, sparse
from verify.lift.machine import release
from verify.lift.record import Recorder, recording
from verify.measure.unwatched import made
from verify.rule import Rule
from verify.systems import Multiprecision

DIGITS = 50
SHARP = 160  # digits that a difference must survive
LONGEST = 2500  # steps that a trajectory may have
SAME = mpmath.mpf(10) ** -38  # relative; rounding at 50 digits stays below it for thousands of steps


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
    def says(self) -> str:
        """What is special about the gradients."""
        twice = self.bench.setting.pattern.twice
        return f"{self.scenario.says}{', a row of it in two entries that add up' if twice else ''}"

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


class Track:
    """The code's iterates in one scenario, run as far as somebody looks, and once."""

    def __init__(self, bench: Bench, scenario: Scenario):
        self.bench, self.scenario = bench, scenario
        self._known: list[np.ndarray] = []
        self._at: dict[int, np.ndarray | None] = {}
        self._rest = bench.numerically(scenario.hyper, scenario.start, scenario.gradients, scenario.changes)

    def __iter__(self) -> Iterator[np.ndarray]:
        """The iterates, as far as the code comes (a division by zero ends a trajectory)."""
        for k in range(len(self.scenario.gradients)):
            if k == len(self._known) and not self._more():
                return
            yield self._known[k]

    def _more(self) -> bool:
        try:
            self._known.append(next(self._rest))
        except (ArithmeticError, ValueError, StopIteration):
            return False
        return True

    def differences(self, rule: Rule, total: bool = False) -> Iterator[Difference | None]:
        """For each step that can be compared, how code and rule part there, if they do; it ends with the first that do.

        Within mpmath.workdps.  `total`: the rule must be defined wherever the code is (a 0/0 of the paper's is no
        fault, one of a guess is).
        """
        start = _numbers(self.scenario.start)
        before = np.concatenate([start, *(start * 0 for _ in rule.outputs)])
        for k, (x, mine) in enumerate(zip(iterates(self.bench, rule, self.scenario), self, strict=False), start=1):
            found = self._apart(k, flat(x), flat(mine), before, total)
            if found and self._is_rounding(rule, found, total):
                return
            if not found and any(map(mpmath.isnan, flat(x))):
                return  # the rule is 0/0 here
            yield found
            if found:
                return
            before = flat(x)

    def _is_rounding(self, rule: Rule, found: Difference, total: bool) -> bool:
        """Is the difference gone where more digits are carried?  Then a sum has swallowed what the rule keeps apart."""
        with mpmath.workdps(SHARP):
            theirs = next(islice(iterates(self.bench, rule, self.scenario), found.step - 1, None), None)
            mine = self._sharp(found.step)
            if theirs is None or mine is None:
                return False
            if not mpmath.isnan(found.code) and any(map(mpmath.isnan, (*flat(theirs), *flat(mine)))):
                return True  # whether a root is real hangs on the last digit
            return self._apart(found.step, flat(theirs), flat(mine), flat(theirs), total) is None

    def _sharp(self, step: int) -> np.ndarray | None:
        """The code's iterate after a step, with more digits."""
        if step not in self._at:
            s = self.scenario
            run = self.bench.numerically(s.hyper, s.start, s.gradients[:step], s.changes)
            self._at[step] = next(islice(run, step - 1, None), None)
        return self._at[step]

    def _apart(self, k: int, x, mine, before, total: bool) -> Difference | None:
        for i, (a, b) in enumerate(zip(x, mine, strict=True)):
            if mpmath.isnan(a) and (not total or mpmath.isnan(b)):
                return None
            if not abs(a - b) <= SAME * (1 + abs(a)):
                return Difference(self.bench, self.scenario, k, i, a, b, before[i])
        return None


class Comparison:
    """The code's trajectories at every shape, each run once and no further than needed; rules are held against them."""

    def __init__(
        self, benches: list[Bench], steps: int, most: int | None = None, changing: tuple[str, ...] = (), among=scenarios
    ):
        self.tracks = [
            Track(bench, fitted(scenario, bench.setting.count))
            for bench in benches
            for scenario in (*among(bench, steps)[:most], *changed(bench, changing, steps))
        ]
        self._steps = steps

    def through(self, points: list[dict]) -> bool:
        """Add trajectories through points at which a proof failed; False where there are no new ones."""
        bench, known = self.tracks[0].bench, {key(track.scenario) for track in self.tracks}
        reach = lambda point: min(max(self._steps, int(point.get("t", 0)) + 3), LONGEST)
        added = [of_point(bench, point, reach(point)) for point in points]
        fresh = [Track(bench, s) for s in added if key(s) not in known]
        self.tracks += fresh
        return bool(fresh)

    def matches(self, rule: Rule, total: bool = False, changing: bool = True) -> bool:
        """Do all trajectories agree?  False also where none could be compared.

        changing: also those in which a hyperparameter changes on the way.
        """
        seen = False
        with mpmath.workdps(DIGITS):
            for track in (t for t in self._telling() if changing or not t.scenario.changes):
                for found in track.differences(rule, total):
                    if found:
                        return False
                    seen = True
        return seen

    def _telling(self) -> list[Track]:
        """The tracks that tell rules apart soonest first: other hyperparameters than the defaults, few elements."""
        return sorted(self.tracks, key=lambda t: (_is_plain(t), len(t.scenario.gradients), t.bench.setting.count))

    def alike(self, one: Rule, other: Rule, steps: int = 6) -> bool:
        """Do two rules make the same first steps in every scenario?"""
        both = lambda t: (islice(iterates(t.bench, rule, t.scenario), steps) for rule in (one, other))
        same = lambda a, b: a is not None and b is not None and all(map(operator.eq, flat(a), flat(b)))
        with mpmath.workdps(DIGITS):
            return all(same(a, b) for t in self.tracks for a, b in zip_longest(*both(t)))

    def first_difference(self, rule: Rule) -> Difference | None:
        """The earliest difference; at the class's own hyperparameters if there is one, among equals the plainest."""
        plain = [t for t in self.tracks if _is_plain(t)]
        with mpmath.workdps(DIGITS):
            return _earliest(plain, rule) or _earliest([t for t in self.tracks if t not in plain], rule)


def _is_plain(track: Track) -> bool:
    """Is it at the class's own hyperparameters?"""
    return track.scenario.hyper == track.bench.setting.hyper_point(None)


def _earliest(tracks: list[Track], rule: Rule) -> Difference | None:
    """All tracks step by step, so that none is run further than the first difference (within mpmath.workdps)."""
    for row in zip_longest(*(track.differences(rule) for track in tracks)):
        for found in row:
            if found:
                return found
    return None


def iterates(bench: Bench, rule: Rule, scenario: Scenario) -> Iterator[np.ndarray]:
    """The rule's iterates on 50-digit numbers, as far as it is defined (within mpmath.workdps); outputs stand after them."""
    x, memory, hyper = rule_inputs(bench, rule, scenario)
    try:
        for k in range(1, len(scenario.gradients) + 1):
            x, memory = rule.advance(x, gradient_at(bench, scenario, k), memory, k, **hyper(k))
            yield outputs.beside(x, rule, memory)
    except ZeroDivisionError:
        return


def rule_inputs(bench: Bench, rule: Rule, scenario: Scenario) -> tuple:
    """What a rule is run with in a scenario: start, first memories, and the hyperparameters of each step."""
    s = bench.setting
    at_first = s.numbers(scenario.hyper, Multiprecision.number, rule)

    def hyper(step: int) -> dict:
        changed = {name: value for k, name, value in scenario.changes if k <= step}
        return s.numbers(scenario.hyper | changed, Multiprecision.number, rule) if changed else at_first

    return _shaped(bench, scenario.start), rule.initial(_shaped(bench, [Fraction(0)] * s.count), **at_first), hyper


def gradient_at(bench: Bench, scenario: Scenario, step: int) -> np.ndarray:
    """The gradient of a step, in the shape of the parameter."""
    return _shaped(bench, scenario.gradients[step - 1])


def _shaped(bench: Bench, row) -> np.ndarray:
    return _numbers(row).reshape(bench.setting.shape)


class _Cells(np.ndarray):
    """An array of numbers; mpmath prints every array that one of its numbers meets, so this one prints as nothing."""

    def __repr__(self) -> str:
        return ""


def numbers_array(size: int) -> np.ndarray:
    """An array for mpmath's numbers."""
    return np.empty(size, dtype=object).view(_Cells)


def _numbers(flat) -> np.ndarray:
    cells = numbers_array(len(flat))
    for i, q in enumerate(flat):
        cells[i] = Multiprecision.number(q)
    return cells


def _real(bench: Bench, scenario: Scenario) -> Iterator[tuple[torch.Tensor, torch.optim.Optimizer]]:
    """The real parameter in float64 and its optimizer, after each step."""
    s = bench.setting
    shape = lambda flat: torch.tensor([float(q) for q in flat], dtype=torch.float64).reshape(s.shape)
    parameter = torch.nn.Parameter(shape(scenario.start))
    optimizer = made(s, scenario.hyper, [parameter])
    release(optimizer)
    for k, g in enumerate(scenario.gradients, start=1):
        for name, value in scenario.at(k).items():
            bench.change_real(optimizer, name, float(value))
        parameter.grad = sparse.laid(shape(g), s.pattern.twice) if s.rule.sparse else shape(g)
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
        slot = slots.read(optimizer, parameter).get(path)  # type: ignore[arg-type]
    return torch.tensor(slot.values).reshape(-1) if slot else torch.full((parameter.numel(),), torch.nan)
