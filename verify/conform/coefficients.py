"""Numbers without data that code keeps from one step to the next, such as a rate that was computed ahead.

The rule computes its coefficients from t and the hyperparameters wherever it needs them; code
may store them.  Each part of the rule's step that holds no data is a candidate: the slot is
explained where a candidate has the slot's value after every step, at every point, on each
branch that was run.  As with the rest of the memory map this is a guess that the induction tests.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import mpmath
import numpy as np

from verify.conform.bench import Bench, Refused, Run, T, folder
from verify.exact import CONDITIONS, Exact, substitute, symbols, walk
from verify.fold import Unsupported
from verify.rule import Rule

SHIFTS = (0, 1)  # a slot may hold what the next step needs, or what this one needed
POINTS = 4
SAME = mpmath.mpf(10) ** -25


class Coefficients:
    """The candidates of one rule, and the runs that tell them apart."""

    def __init__(self, bench: Bench, rule: Rule, run: Run):
        self.bench, self.rule = bench, rule
        self.runs = [run, *self._elsewhere(run)]
        self.samples = [sample for one in self.runs for sample in self._samples(one)]

    def _elsewhere(self, run: Run) -> Iterator[Run]:
        """A run at other hyperparameters, where it takes another branch: what is constant on one may not be."""
        point = self.bench.start_point(len(run.snapshots), random.Random(3), None)
        point |= self.bench.setting.hyper_point(random.Random(3))
        try:
            other = self.bench.from_start(len(run.snapshots), point)
        except (Refused, ZeroDivisionError):
            return
        if other.conditions != run.conditions:
            yield other

    def _samples(self, run: Run) -> list[tuple[Run, dict]]:
        """Points on the branch of a run, its own first."""
        found, chance = [(run, run.point)], random.Random(5)
        for k in range(20 * POINTS):
            if len(found) == POINTS:
                break
            near = {n: q * Fraction(chance.randint(900, 999), 1000) for n, q in run.point.items()}
            near |= {} if k % 2 else self.bench.setting.hyper_point(chance)
            inside = all(d.contains(near[n]) for n, d in self.bench.setting.domains.items())
            if inside and all(folder(near)(c) for c in run.conditions):
                found.append((run, near))
        return found

    def moves(self, path: tuple) -> bool:
        """Does a slot that stands still on the first run change on another?"""
        return any(
            path in run.snapshots[-1].slots
            and list(run.snapshots[-1].slots[path].terms.flat) != list(run.snapshots[-2].slots[path].terms.flat)
            for run in self.runs[1:]
        )

    def of(self, path: tuple) -> Callable | None:
        """The slot's content as a term in t; None where no candidate fits."""
        wanted = [self._values(run, point, path) for run, point in self.samples]
        if any(w is None for w in wanted):
            return None
        for node in self._candidates():
            for shift in SHIFTS:
                if all(self._fits(node, shift, p, w) for (_, p), w in zip(self.samples, wanted, strict=True)):  # type: ignore[arg-type]
                    return lambda t, n=node, s=shift: substitute(n, {T: t - s})
        return None

    def _values(self, run: Run, point: dict, path: tuple) -> list | None:
        """The slot after each step but the first, where all its elements hold one number."""
        fold, found = folder(point), []
        for snapshot in run.snapshots[1:]:
            slot = snapshot.slots.get(path)
            cells = {fold(e) for e in slot.terms.flat} if slot else set()
            if len(cells) != 1:
                return None
            found.append(cells.pop())
        return found

    def _candidates(self) -> list[Exact]:
        """The parts of the rule's step at t + 1 that hold t and no data."""
        s = self.bench.setting
        zero = s.array(lambda i: s.variables("y").flat[i])
        memory = self.rule.initial(zero, **s.rule_hyper(self.rule))
        x, after = self.rule.advance(s.variables("y"), s.gradient("g"), memory, T + 1, **s.rule_hyper(self.rule))
        roots = [e for array in (x, *after) for e in np.asarray(array, dtype=object).flat if isinstance(e, Exact)]
        plain = set(s.symbols) | {T.args[0]}
        return [
            n
            for n in walk(*roots)
            if n.op not in CONDITIONS and T.args[0] in symbols(n) and n is not T and set(symbols(n)) <= plain
        ]

    def _fits(self, node: Exact, shift: int, point: dict, wanted: list) -> bool:
        for k, value in enumerate(wanted, start=2):
            try:
                found = folder(point | {T.args[0]: Fraction(k - shift)})(node)
            except (ZeroDivisionError, Unsupported):
                return False
            if not mpmath.isfinite(found) or abs(found - value) > SAME * abs(value):
                return False
        return True
