"""Points at which slots and memories are compared: several gradients for each choice of hyperparameters.

From values at one choice of hyperparameters and several gradients the numbers are found that tie a
slot to the memories; from several choices, what these numbers are.  All points lie on the
branches of the run, so that the lifted terms are the code's own there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import mpmath

from verify.conform.bench import Bench, Run, folder
from verify.fold import Fold

TRIES = 20  # choices drawn for each that is wanted
POINTS = 60  # points drawn for one choice
LARGE = 60  # the first gradient at every other point


@dataclass
class Draw:
    """One choice of hyperparameters, and points that differ in start and gradients alone."""

    point: dict
    points: Iterator[dict]
    folds: list[Fold] = field(default_factory=list)

    def fold(self, d: int) -> Fold | None:
        """The terms' values at the d-th point; None where no such point was found."""
        while len(self.folds) <= d:
            point = next(self.points, None)
            if point is None:
                return None
            self.folds.append(folder(point))
        return self.folds[d]


def draws(bench: Bench, run: Run, wanted: int) -> list[Draw]:
    """As many choices of hyperparameters as are wanted, where so many lie on the branches of the run."""
    found: list[Draw] = []
    chance = random.Random(7)
    for k in range(1, TRIES * wanted):
        if len(found) == wanted:
            break
        hyper = bench.setting.hyper_point(chance) if k % 4 else nudged(bench.setting, chance)
        draw = Draw(hyper, _points(bench, run, hyper, random.Random(k)))
        if draw.fold(0) is not None:
            found.append(draw)
    return found


def _points(bench: Bench, run: Run, hyper: dict, chance: random.Random) -> Iterator[dict]:
    for k in range(POINTS):
        point = bench.start_point(len(run.snapshots), chance, hyper)
        if k % 2:  # averages then fall, and are told from their maxima
            point |= {f"g1_{i}": LARGE * point[f"g1_{i}"] for i in range(bench.setting.count)}
        fold = folder(point)
        if all(fold(c) for c in run.conditions):
            yield point


def nudged(setting, chance: random.Random) -> dict:
    """Hyperparameters near the defaults, for branches that ordinary random ones do not take."""
    near = setting.hyper_point(None)
    return {n: q * Fraction(chance.randint(990, 999), 1000) if q else q for n, q in near.items()}


def number(q: Fraction):
    """An exact rational at the precision in force."""
    return mpmath.mpf(q.numerator) / q.denominator
