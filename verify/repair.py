"""Single repairs: which one edit of the rule's text gives the code's trajectories.

Every edit of verify/mutate is tried, on the rule and on the rule under one reading.  A short
stretch around the first difference sieves them; what passes is held against all trajectories.  A
fault that comes late is tried from the state in which code and rule still agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import mpmath
import numpy as np

from verify.conform import outputs
from verify.conform.memory_map import flat
from verify.conform.trajectory import DIGITS, SAME, Comparison, Scenario, Track, gradient_at, rule_inputs
from verify.mutate import Mutant, late, mutants, resets, scaled
from verify.rule import ReadingDoesNotApply, Rule

BEYOND = 3  # steps after the first difference that the sieve looks at
EARLY = 16  # a first difference up to here is looked at from the start
PAIRED = 12  # readings that are tried together with an edit

NONSENSE = (ArithmeticError, TypeError, ValueError, AttributeError, IndexError, NameError, RecursionError)


@dataclass
class _State:
    """Where the rule stands before step k of a track."""

    track: Track
    step: int
    x: np.ndarray
    memory: tuple
    hyper: Callable  # the hyperparameters of each step
    code: list[np.ndarray]  # the code's iterates from step k on
    start: dict  # first values of the memories


def repairs(rule: Rule, comparison: Comparison) -> Iterator[Mutant]:
    """The single edits that give the code's trajectories: on the rule, else late, else beside one reading.

    Where the difference comes late they are held against a stretch of the trajectories only: `matches` says the rest.
    """
    sieve = _Sieve(rule, comparison)
    if sieve.first is None:
        return
    fits = lambda mutant: _sensible(lambda: comparison.matches(mutant.rule, total=True))
    if sieve.first <= EARLY:
        tiers = [
            filter(fits, tried) for tried in (sieve.passed(rule), sieve.late(), _beside_readings(rule, comparison))
        ]
    else:
        tiers = [filter(fits, sieve.passed(rule)), sieve.late()]  # type: ignore[list-item]
    for tier in tiers:
        found = False
        for mutant in tier:
            found = True
            yield mutant
        if found:
            return


def _beside_readings(rule: Rule, comparison: Comparison) -> Iterator[Mutant]:
    """Two faults at once, one of them a known reading."""
    for reading in rule.readings[:PAIRED]:
        try:
            read = rule.read_as(reading.id)
            sieve = _Sieve(read, comparison)
        except (ReadingDoesNotApply, *NONSENSE):
            continue
        if sieve.first is not None:
            yield from sieve.passed(read)


class _Sieve:
    """The stretch of the code's trajectories by which most edits can be told to be wrong."""

    def __init__(self, rule: Rule, comparison: Comparison):
        self.rule = rule
        difference = comparison.first_difference(rule)
        self.first = difference.step if difference else None
        self.states: list[_State] = []
        self.there: list[_State] = []
        if difference is not None:
            with mpmath.workdps(DIGITS):
                self._look(comparison, difference.step, difference.scenario)

    def _look(self, comparison: Comparison, first: int, scenario: Scenario) -> None:
        """Two tracks: the one that shows the difference, and one that has few elements and unusual hyperparameters."""
        plain = lambda t: t.scenario.hyper == t.bench.setting.hyper_point(None)
        long = [t for t in comparison.tracks if not plain(t) and len(t.scenario.gradients) > first]
        others = sorted(long, key=lambda t: t.bench.setting.count)
        shown = next(t for t in comparison.tracks if t.scenario is scenario)
        parts = [(t, _first(t, self.rule, first + BEYOND)) for t in (*others[:1], shown)]
        there = [(t, k) for t, k in parts if k is not None]
        self.same_step = len({k for _, k in there}) == 1 and len(there) == len(parts)
        self.there = [state(t, self.rule, k, k + BEYOND) for t, k in there]
        early = [state(t, self.rule, 1, (k or first) + BEYOND) for t, k in parts]
        self.states = early if first <= EARLY else self.there

    def passed(self, rule: Rule) -> Iterator[Mutant]:
        """The mutants of a rule that follow the code on the stretch; of a sign in several places first the update's."""
        for mutant in sorted(mutants(rule), key=lambda m: m.kind != "direction"):
            if self.follows(mutant.rule):
                yield mutant

    def follows(self, rule: Rule) -> bool:
        return all(_sensible(lambda s=s: _follows(s, rule)) for s in self.states)  # type: ignore[misc]

    def late(self) -> Iterator[Mutant]:
        """Faults that start at the step at which all trajectories part: one edit from there on, a reset, a factor."""
        if self.first is None or self.first == 1 or not self.same_step:
            return
        holds = lambda mutant: all(_sensible(lambda s=s: _follows(s, mutant.rule)) for s in self.there)  # type: ignore[misc]
        yield from filter(holds, resets(self.rule, self.first))
        for mutant in filter(holds, (*self._scaled(), *mutants(self.rule))):
            if delayed := late(self.rule, mutant, self.first):
                yield delayed

    def _scaled(self) -> Iterator[Mutant]:
        """The learning rate multiplied by a number that no list has, where code and rule part by one factor."""
        with mpmath.workdps(DIGITS):
            ratios = {_ratio(s, self.rule) for s in self.there}
        if len(ratios) == 1 and (ratio := ratios.pop()) not in (None, 1):
            yield scaled(self.rule, ratio)


def _first(track: Track, rule: Rule, within: int) -> int | None:
    """The first step, within so many, at which a track leaves the rule."""
    return next((found.step for found in islice(track.differences(rule), within) if found), None)


def state(track: Track, rule: Rule, start: int, last: int) -> _State:
    """The rule's state before step `start` of a track, and the code's steps up to `last` (within mpmath.workdps)."""
    x, memory, hyper = rule_inputs(track.bench, rule, track.scenario)
    for k in range(1, start):
        x, memory = rule.advance(x, gradient_at(track.bench, track.scenario, k), memory, k, **hyper(k))
    return _State(track, start, x, memory, hyper, list(islice(track, start - 1, last)), rule.start)


def _follows(s: _State, rule: Rule) -> bool:
    """Does a rule make the code's steps from a state on?"""
    bench, scenario = s.track.bench, s.track.scenario
    x, memory = s.x, s.memory
    if rule.start != s.start:  # other first values: only from the beginning
        _, memory, _ = rule_inputs(bench, rule, scenario)
    for k, mine in enumerate(s.code, start=s.step):
        x, memory = rule.advance(x, gradient_at(bench, scenario, k), memory, k, **s.hyper(k))
        theory = flat(outputs.beside(x, rule, memory))
        if not all(_same(a, b) for a, b in zip(theory, flat(mine), strict=True)):
            return False
    return bool(s.code)


def _same(theory, code) -> bool:
    both = mpmath.isnan(theory) and mpmath.isnan(code)
    return both or abs(theory - code) <= SAME * (1 + abs(theory))


def _ratio(s: _State, rule: Rule) -> Fraction | None:
    """The code's step over the rule's, where that is a plain number."""
    if not s.code:
        return None
    bench, scenario, k = s.track.bench, s.track.scenario, s.step
    x, _ = rule.advance(s.x, gradient_at(bench, scenario, k), s.memory, k, **s.hyper(k))
    before, theory, code = flat(s.x)[0], flat(x)[0], flat(s.code[0])[0]
    if theory == before:
        return None
    found = (code - before) / (theory - before)
    plain = Fraction(str(mpmath.nstr(found, 30))).limit_denominator(10**4)
    return plain if abs(found - mpmath.mpf(plain.numerator) / plain.denominator) < mpmath.mpf(10) ** -25 else None


def _sensible(holds: Callable[[], bool]) -> bool:
    """Whether something holds; False for an edit that makes no sense as a rule."""
    try:
        with mpmath.workdps(DIGITS):
            return holds()
    except NONSENSE:
        return False


__all__ = ["NONSENSE", "repairs"]
