"""The real optimizer on functions, through a closure, against a rule; no lifter anywhere.

    found = Pursuit(setting).judged(rule)      # where the code leaves the rule, and how many steps were compared

The points at which the closure is called, and those at which a call of `step` ends, are the iterates.  Each is held
against the rule's next point, computed from the points and gradients that the code itself met before, on numbers
that know their rounding (verify/measure/enclosed.py); so nothing is lost to the course of a long run, and K steps that
agree are, one after the other, K steps of the rule.  An iterate is a rounded sum, so a point counts with its rounding.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial

import numpy as np
import torch

from verify.fold import Undecided
from verify.measure.enclosed import ROUNDING, Enclosed, enclosed
from verify.measure.execute import LOUD, CannotRun
from verify.measure.objectives import Objective, objectives
from verify.measure.pieces import reason
from verify.measure.plainly import plainly
from verify.measure.unwatched import LAST_BITS, REARRANGED, SHAKES, Correspondence, Departure
from verify.rule import Rule

MOST, IDLE = 40, 4  # points of one run; calls of `step` without a new point, after which it is at rest
SHARE = 2.0**-10  # where rounding explains more of a step than this, the course is compared no further
HALF = 2.0**-26  # half of the digits: a gradient that has shrunk so far is that of a minimum
SMALL = (1, 2, 3, 5)  # what whole numbers are tried at


@dataclass(frozen=True)
class Course:
    """One function, one start, one choice of hyperparameters."""

    objective: Objective
    start: torch.Tensor
    hyper: dict
    halves: bool = False  # are the function's variables in two tensors?

    @property
    def says(self) -> str:
        return f"of {self.objective.says}{', whose variables are in two tensors' if self.halves else ''}"

    @property
    def tensors(self) -> list[torch.Tensor]:
        """The start, tensor by tensor; in a row they are the function's variables."""
        flat = self.start.reshape(-1)
        return [h.clone() for h in flat.tensor_split(2)] if self.halves else [self.start.clone()]

    def shaken(self, luck: np.random.RandomState) -> Course:
        signs = torch.from_numpy(luck.choice([-1.0, 1.0], self.start.shape))
        return replace(self, start=self.start * (1 + LAST_BITS * signs))


@dataclass(frozen=True)
class Trail:
    """Distinct points in a row and the gradients there, flat; `rests`: the optimizer no longer moves."""

    points: list[np.ndarray]
    gradients: list[np.ndarray]
    rests: bool

    def ends(self, steps: int) -> bool:
        """Was there nothing more to compare after so many steps: at rest, or in a minimum, as far as digits show it?"""
        sizes = [np.abs(g).max() for g in self.gradients[: steps + 1]]
        return (self.rests and steps >= len(self.points)) or sizes[-1] <= HALF * sizes[0]


@dataclass(frozen=True)
class Outcome:
    """Where code and rule part, if they do; the shortest of the courses that were not followed to their end (MOST - 1
    where all were), and the steps of all.
    """

    departure: Departure | None
    course: Course | None
    shortest: int
    steps: int
    courses: int


class Pursuit:
    """A target's runs, made once and compared with as many rules as are tried.  CannotRun where none is possible."""

    def __init__(self, setting: Correspondence):
        self.setting = setting
        self.refused = ""  # why it does not take variables that are in two tensors
        self._shaken: dict[int, list[Trail]] = {}

    @cached_property
    def runs(self) -> list[tuple[Course, Trail]]:
        """Every course that the code takes without raising."""
        found = []
        with plainly():
            for course in _courses(self.setting):
                try:
                    found.append((course, trail(self.setting, course)))
                except LOUD as error:
                    if not course.halves:
                        raise CannotRun(f"the real optimizer raised {reason(error)}") from error
                    self.refused = self.refused or f"it was not tried on two tensors: it raised {reason(error)}"
        return found

    def judged(self, rule: Rule) -> Outcome:
        """The first departure among the courses, or how far all were followed."""
        counts, cut = [], [MOST - 1]  # type: ignore[var-annotated]
        with plainly(), np.errstate(all="ignore"):
            for number, (course, found) in enumerate(self.runs):
                steps = list(_steps(self.setting, rule, course, found))
                for k, step in enumerate(steps):
                    if step.apart.any() and not self._trembles(number, rule, k, step):
                        return Outcome(_departure(course, k, step), course, 0, sum(counts) + k, number)
                counts.append(len(steps))
                cut += [] if found.ends(len(steps)) else [len(steps)]
        if not sum(counts):
            raise CannotRun("no step of the real optimizer could be compared with the rule")
        return Outcome(None, None, min(cut), sum(counts), len(counts))

    def reads_values(self, course: Course) -> bool:
        """Do the points change where the closure returns another value with the same gradients?"""
        with plainly(), suppress(*LOUD):
            plain, other = (trail(self.setting, course, told).points for told in (lambda v: v, lambda v: v * 0))
            return not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(plain, other, strict=False))
        return True

    def _trembles(self, number: int, rule: Rule, k: int, step: Step) -> bool:
        """Does the gap come and go with the last bits of the start?  Then it is rounding's, in another order."""
        course = self.runs[number][0]
        if number not in self._shaken:
            luck = np.random.RandomState(3)
            self._shaken[number] = [trail(self.setting, course.shaken(luck)) for _ in range(SHAKES)]
        widest = np.zeros_like(step.gap)
        for other in self._shaken[number]:
            steps = list(_steps(self.setting, rule, course, other))
            moved = np.abs(steps[k].gap - step.gap) if k < len(steps) else np.full_like(widest, np.inf)
            widest = np.maximum(widest, np.nan_to_num(moved, nan=np.inf))
        return bool((np.abs(step.gap) <= REARRANGED * widest)[step.apart].all())


# The code -----------------------------------------------------------------------------------------------


def _courses(setting: Correspondence) -> Iterator[Course]:
    """Each function at the defaults, at other rates, with small whole numbers, and at random hyperparameters."""
    chance = random.Random(11)
    usual, whole = setting.hyper_point(None), [n for n, d in setting.domains.items() if d.integer]
    for number, objective in enumerate(objectives()):
        small = {n: Fraction(SMALL[number % len(SMALL)]) for n in whole}
        drawn = setting.hyper_point(chance)
        rate = {n: q for n, q in drawn.items() if n == "lr"}
        for hyper in (usual, usual | rate | small, usual | {"lr": Fraction(1, 2)} | small, drawn | small):
            yield Course(objective, objective.start, {n: q for n, q in hyper.items() if n in usual})
        if objective.start.dim() == 1 and len(objective.start) > 1:
            yield Course(objective, objective.start, usual | rate | small, halves=True)


def trail(setting: Correspondence, course: Course, told: Callable = lambda value: value) -> Trail:
    """The points that the real optimizer visits; `told` is what the closure hands back for the function's value."""
    parameters = [torch.nn.Parameter(part) for part in course.tensors]
    optimizer = _made(setting, course, parameters)
    points: list[np.ndarray] = []
    gradients: dict[bytes, np.ndarray] = {}

    def met() -> np.ndarray:
        here = _flat(parameters).detach().numpy().copy()
        if not points or (points[-1] != here).any():
            points.append(here)
        return here

    def closure():
        optimizer.zero_grad()
        value = course.objective.value(_flat(parameters))
        value.backward()
        gradients[met().tobytes()] = _flat([p.grad for p in parameters]).numpy().copy()
        return told(value.detach())

    idle = 0
    while len(points) < MOST and idle < IDLE and (not points or np.isfinite(points[-1]).all()):
        before = len(points)
        optimizer.step(closure)
        met()
        idle = 0 if len(points) > before else idle + 1
    known = [gradients[p.tobytes()] for p in points if p.tobytes() in gradients]
    return Trail(points[:MOST], known[:MOST], idle == IDLE)


def _flat(tensors: list) -> torch.Tensor:
    return torch.cat([x.reshape(-1) for x in tensors])


def _made(setting: Correspondence, course: Course, parameters: list) -> torch.optim.Optimizer:
    number = lambda name: (int if setting.domains[name].integer else float)(course.hyper[name])
    if not setting.target.factory:
        return setting.target.make(parameters, **setting.code_hyper(number))
    made = setting.target.make(parameters)
    for group in made.param_groups:
        group.update({k: v for k, v in setting.code_hyper(number).items() if k in group})
    return made


# The rule -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step: the rule's point, the code's less the rule's, what rounding explains, and where that is exceeded."""

    theory: np.ndarray
    gap: np.ndarray
    allowed: np.ndarray
    apart: np.ndarray


def _steps(setting: Correspondence, rule: Rule, course: Course, found: Trail) -> Iterator[Step]:
    """Each step of the rule from what the code met; as far as points are finite and rounding leaves something to see."""
    number = lambda q: enclosed(Fraction(q))
    hyper = setting.numbers(course.hyper, number, rule)
    points = [*found.points, found.points[-1]] if found.rests else found.points
    memory = rule.initial(Enclosed(points[0] * 0.0, points[0] * 0.0), **hyper)
    for k, (point, gradient, after) in enumerate(zip(points, found.gradients, points[1:], strict=False)):
        x = Enclosed(point, np.abs(point) * ROUNDING * bool(k))
        met = partial(rule.advance, x, Enclosed(gradient, gradient * 0.0), **hyper)
        try:
            ahead, memory = met(memory, k + 1)  # type: ignore[call-arg]
            if not np.isfinite(after).all() and (ahead.value == point).all():
                # at rest, and then no numbers: is the rule defined there?
                ahead, memory = met(memory, k + 2)  # type: ignore[call-arg]
        except (Undecided, ZeroDivisionError):
            return
        allowed = REARRANGED * (ahead.radius + np.abs(ahead.value) * ROUNDING)
        length = np.abs(ahead.value - point).max()
        if not np.isfinite(allowed).all() or (length and not allowed.max() <= SHARE * length):
            return
        gap = after - ahead.value
        yield Step(ahead.value, gap, allowed, ~(np.abs(gap) <= allowed))


def _departure(course: Course, k: int, step: Step) -> Departure:
    i = int(step.apart.argmax())
    return Departure(
        k + 1,
        course.objective.shape,
        course.says,
        course.hyper,
        float(step.theory[i]),
        float(step.theory[i] + step.gap[i]),
        float(step.allowed[i]),
    )
