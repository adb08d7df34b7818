"""Runs the target under the lifter: from its own start, or from a given memory.

Each run happens at a point, which values every symbol; the terms that come out are
programs in the symbols, valid wherever the same branches are taken.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction

import mpmath
import numpy as np

from verify.conform.setting import Setting, gradient_value
from verify.domain import Natural
from verify.exact import Exact, exact
from verify.fold import Fold
from verify.lift.guard import Stored
from verify.lift.machine import Machine
from verify.lift.record import multiprecision
from verify.lift.slots import Slot
from verify.lift.trace import TracedFloat, TracedInt

DIGITS = 40
T = Natural.symbol("t")


class Refused(ValueError):
    """The target's constructor does not take these hyperparameters."""


@dataclass
class Snapshot:
    """What one step left behind: the parameter's terms and every slot of the memory."""

    x: np.ndarray
    slots: dict[tuple, Slot]


@dataclass
class Run:
    """Some steps at one point: `snapshots[k]` after step k + 1, and the branches taken."""

    snapshots: list[Snapshot]
    conditions: list[Exact]
    notes: list[str]
    point: dict[str, Fraction] = field(default_factory=dict)


class Bench:
    """One setting on the bench.  Terms name the start x0, x1, ... and gradients g1_0, g1_1, ..."""

    def __init__(self, setting: Setting):
        self.setting = setting
        self.x = setting.variables("x")

    def gradient(self, k: int) -> np.ndarray:
        return self.setting.variables(f"g{k}_")

    def machine(self, point: dict, number=exact, terms=None) -> Machine:
        """The target, constructed at a point, with symbols (or, as `number` says, mpmath numbers)."""
        symbols, s = self.setting.symbols, self.setting
        member = lambda n: _traced(point[n], number(point[n]) if terms == "numbers" else symbols[n])
        values = s.array(lambda i: float(point[f"x{i}"])).astype(float)
        x = s.array(lambda i: multiprecision(point[f"x{i}"])) if terms == "numbers" else self.x
        hyper = {} if s.target.factory else s.code_hyper(member)
        try:
            machine = Machine(s.target.make, s.shape, x, values, hyper=hyper, number=number)
        except (ValueError, AssertionError) as reason:
            raise Refused(f"the constructor refused {hyper}: {reason}") from reason
        if s.target.factory:
            self._quantify_groups(machine, member)
        return machine

    def _quantify_groups(self, machine: Machine, member) -> None:
        """A factory took no keywords: its groups' numbers are exchanged after construction."""
        made = self.setting.code_hyper(member)
        for group in machine.optimizer.param_groups:
            group.update({k: v for k, v in made.items() if k in group})

    def start_point(self, steps: int, chance: random.Random | None, hyper: dict | None = None) -> dict[str, Fraction]:
        """Values for a run from the start, gradients in the quadrant of x: runs like this one take one branch."""
        luck = chance or random.Random(1)
        point = dict(hyper or self.setting.hyper_point(chance))
        for i in range(self.setting.count):
            point[f"x{i}"] = gradient_value(luck)
            for k in range(1, steps + 1):
                point[f"g{k}_{i}"] = abs(gradient_value(luck)) * (1 if point[f"x{i}"] > 0 else -1)
        return point

    def from_start(self, steps: int, point: dict) -> Run:
        """The first steps of a fresh optimizer, in symbols."""
        machine = self.machine(point)
        snapshots = []
        for k in range(1, steps + 1):
            self._step(machine, self.gradient(k), point, f"g{k}_")
            machine.check(point)
            snapshots.append(Snapshot(machine.x, machine.slots()))
        return Run(snapshots, branches(machine), list(machine.notes), point)

    def _step(self, machine: Machine, terms, point: dict, name: str) -> None:
        values = self.setting.array(lambda i: float(point[f"{name}{i}"])).astype(float)
        machine.step(terms, values)

    def from_memory(self, memory: dict[tuple, np.ndarray], point: dict) -> Run:
        """Step t + 1 from the given slots, in symbols: x from "y", the gradient from "g"."""
        warm = point | {f"x{i}": Fraction(i + 1, 2) for i in range(self.setting.count)}
        warm |= {f"g1_{i}": Fraction(3 + i, 5) for i in range(self.setting.count)}
        machine = self.machine(warm)
        self._step(machine, self.gradient(1), warm, "g1_")
        with mpmath.workdps(DIGITS):
            fold = folder(point)
            present = machine.slots()
            for path, terms in memory.items():
                if path in present:  # code keeps no momentum buffer where momentum is 0
                    machine.set_slot(path, terms, _values(fold, terms))
            y = self.setting.variables("y")
            machine.set_x(y, _values(fold, y))
        machine.conditions.clear()
        self._step(machine, self.setting.variables("g"), point, "g")
        machine.check(warm | point)
        return Run([Snapshot(machine.x, machine.slots())], branches(machine), list(machine.notes), point)

    def numerically(self, hyper: dict, start: list, gradients: list[list]) -> list[np.ndarray]:
        """The code's own trajectory on 50-digit numbers (within mpmath.workdps)."""
        point = hyper | {f"x{i}": q for i, q in enumerate(start)}
        machine = self.machine(point, multiprecision, terms="numbers")
        path = []
        for g in gradients:
            terms = self.setting.array(lambda i, g=g: multiprecision(g[i]))
            machine.step(terms, np.array([float(q) for q in g]).reshape(self.setting.shape))
            path.append(machine.x)
        return path


def branches(machine: Machine) -> list[Exact]:
    """The conditions that held on the way, each as a condition that is true."""
    from verify.exact import negation

    return list(dict.fromkeys(b.condition if b.taken else negation(b.condition) for b in machine.conditions))


def folder(point: dict) -> Fold:
    """A fold at a point, on mpmath numbers with the two operations that only code has."""
    from verify.lift.guard import evaluator

    return evaluator(point)


def _values(fold: Fold, terms) -> np.ndarray:
    return np.array([float(fold(e)) for e in np.asarray(terms, dtype=object).reshape(-1)]).reshape(np.shape(terms))


def _traced(value: Fraction, term):
    return (
        TracedInt(int(value), term) if value.denominator == 1 and _integral(term) else TracedFloat(float(value), term)
    )


def _integral(term) -> bool:
    return isinstance(term, Exact) and term.op == "symbol" and getattr(term.args[1], "integer", False)


__all__ = ["DIGITS", "Bench", "Run", "Snapshot", "Stored", "T", "branches", "folder"]
