"""Runs the target under the lifter: from its own start, or from a given memory.

Each run happens at a point, which values every symbol; the terms that come out are
programs in the symbols, valid wherever the same branches are taken.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import mpmath
import numpy as np
import torch

from verify.check import decide
from verify.conform import outputs
from verify.conform.setting import Setting, earlier, gradient_value
from verify.domain import Natural
from verify.exact import Exact, exact, negation, substitute, symbols
from verify.fold import Fold
from verify.lift.guard import Stored
from verify.lift.machine import Machine
from verify.lift.record import Branch, multiprecision
from verify.lift.slots import Slot
from verify.lift.sparse import Pattern
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
    """Some steps at one point: `snapshots[k]` after step k + 1, and the branches taken.

    stale: hyperparameters of which the step used an earlier value than the one in `param_groups`.
    formulas: compiled kernels whose documented formula was taken for them.
    """

    snapshots: list[Snapshot]
    conditions: list[Exact]
    notes: list[str]
    point: dict[str, Fraction] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()


class Bench:
    """One setting on the bench.  Terms name the start x0, x1, ... and gradients g1_0, g1_1, ..."""

    def __init__(self, setting: Setting):
        self.setting = setting
        self.x = setting.variables("x")

    @cached_property
    def whole(self) -> Bench:
        """The same with gradients that have every element."""
        return Bench(replace(self.setting, pattern=Pattern())) if self.setting.pattern.absent else self

    def gradient(self, k: int) -> np.ndarray:
        return self.setting.gradient(f"g{k}_")

    def machine(self, point: dict, number=exact, terms=None) -> Machine:
        """The target, constructed at a point, with symbols: `terms`, else (as `number` says) mpmath numbers."""
        s = self.setting
        member = lambda n: _traced(point[n], terms[n] if terms else number(point[n]))
        values = s.array(lambda i: float(point[f"x{i}"])).astype(float)
        x = self.x if terms else s.array(lambda i: multiprecision(point[f"x{i}"]))
        hyper = {} if s.target.factory else s.code_hyper(member)
        try:
            sparsely = s.pattern if s.rule.sparse else None
            machine = Machine(s.target.make, s.shape, x, values, hyper=hyper, number=number, sparsely=sparsely)
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

    @cached_property
    def offered(self) -> dict[tuple, str]:
        """The paths in `param_groups` that hold a hyperparameter, and its name."""
        machine = self.machine(self.start_point(1, None), terms=self.setting.built)
        names = {term: name for name, term in self.setting.built.items()}
        found = {
            path: slot.terms.reshape(-1)[0]
            for path, slot in machine.slots().items()
            if path[0] == "group" and slot.terms.size == 1 and path[2] in self.setting.target.keywords
        }
        return {path: names[term] for path, term in found.items() if term in names}

    def change(self, machine: Machine, name: str, term, value: Fraction) -> None:
        """Give a hyperparameter another value in the machine's `param_groups`."""
        for path in (p for p, n in self.offered.items() if n == name):
            machine.set_slot(path, term, float(value))

    def change_real(self, optimizer, name: str, value: float) -> None:
        """The same for a real optimizer."""
        for _, group, key, *position in (p for p, n in self.offered.items() if n == name):
            held = optimizer.param_groups[group][key]
            if position:
                value = type(held)(value if [i] == position else v for i, v in enumerate(held))
            optimizer.param_groups[group][key] = torch.full_like(held, value) if torch.is_tensor(held) else value

    def start_point(self, steps: int, chance: random.Random | None, hyper: dict | None = None) -> dict[str, Fraction]:
        """Values for a run from the start, gradients in the quadrant of x: runs like this one take one branch."""
        luck = chance or random.Random(1)
        point = dict(hyper or (self.setting.hyper_point(chance) if chance else self.setting.inner_point()))
        for i in range(self.setting.count):
            point[f"x{i}"] = gradient_value(luck)
            for k in range(1, steps + 1):
                point[f"g{k}_{i}"] = abs(gradient_value(luck)) * (1 if point[f"x{i}"] > 0 else -1)
        return point

    def from_start(self, steps: int, point: dict) -> Run:
        """The first steps of a fresh optimizer, in symbols."""
        machine = self.machine(point, terms=self.setting.symbols)
        asked = _settings(machine, self.setting)
        snapshots = []
        for k in range(1, steps + 1):
            self._count(machine)
            self._step(machine, self.gradient(k), point, f"g{k}_")
            machine.check(point)
            snapshots.append(Snapshot(machine.x, machine.slots()))
        asked = _distinct(asked + branches(machine))
        return Run(snapshots, asked, list(machine.notes), point, formulas=tuple(machine.formulas))

    @cached_property
    def counters(self) -> list[tuple]:
        """The paths of the plain integers that the code counts with."""
        point = self.start_point(3, None)
        machine = self.machine(point, terms=self.setting.symbols)
        held: list[dict[tuple, float]] = []
        for k in range(1, 4):
            self._step(machine, self.gradient(k), point, f"g{k}_")
            held.append({path: float(slot.values) for path, slot in machine.slots().items() if slot.kind == "int"})
        return [path for path, count in held[-1].items() if count != held[-2].get(path, count)]

    def _count(self, machine: Machine) -> None:
        """Counters become exact numbers, so that `math.sqrt(step)` is a root and no decimal."""
        if self.counters:
            for path, slot in machine.slots().items():
                if path in self.counters:
                    machine.set_slot(path, machine.recorder.number(int(slot.values)), slot.values)

    def _step(self, machine: Machine, terms, point: dict, name: str) -> None:
        values = self.setting.array(lambda i: float(point[f"{name}{i}"])).astype(float)
        machine.step(terms, values)

    def from_memory(self, memory: dict[tuple, np.ndarray], point: dict) -> Run:
        """Step t + 1 from the given slots, in symbols: x from "y", the gradient from "g".

        What the optimizer was constructed with and took its first step with, and the lr in its memory, are
        earlier values of the hyperparameters; `param_groups` holds those of now.
        """
        before = {earlier(n): point[n] for n in self.setting.symbols}
        warm = point | before | {f"x{i}": Fraction(i + 1, 2) for i in range(self.setting.count)}
        warm |= {f"g1_{i}": Fraction(3 + i, 5) for i in range(self.setting.count)}
        machine = self.machine(warm, terms=self.setting.built)
        asked = _settings(machine, self.setting)
        self._step(machine, self.whole.gradient(1), warm, "g1_")
        asked += _settings(machine, self.setting)
        for name in set(self.offered.values()):
            self.change(machine, name, self.setting.symbols[name], point[name])
        with mpmath.workdps(DIGITS):
            self._fill(machine, memory, point | before)
        self._step(machine, self.setting.gradient("g"), point, "g")
        machine.check(warm | point)
        asked = _distinct(asked + branches(machine))
        return self._now(Run([Snapshot(machine.x, machine.slots())], asked, list(machine.notes), point), set(memory))

    def _fill(self, machine: Machine, memory: dict[tuple, np.ndarray], point: dict) -> None:
        """Put the given terms into the memory, with the lr before this step, and move to y."""
        fold, present = folder(point), machine.slots()
        symbol = self.setting.symbols
        rate = {symbol["lr"]: self.setting.rate_before} if "lr" in self.offered.values() else {}
        for path, terms in memory.items():
            if path in present:  # code keeps no momentum buffer where momentum is 0
                lagging = _each(terms, lambda e: substitute(e, rate))
                machine.set_slot(path, lagging, _values(fold, lagging))
        y = self.setting.variables("y")
        machine.set_x(y, _values(fold, y))

    def _now(self, run: Run, used: set[tuple]) -> Run:
        """Earlier values that stayed are named in `stale` and taken for those of now; the lr in memory is not."""
        x, slots = run.snapshots[0].x, run.snapshots[0].slots
        seen = set(symbols(*x.reshape(-1), *(e for p in used & set(slots) for e in slots[p].terms.reshape(-1))))
        offered = set(self.offered.values())
        stale = tuple(n for n in self.setting.built if earlier(n) in seen and n in offered)
        past = {b: self.setting.symbols[n] for n, b in self.setting.built.items()}
        known = lambda e: substitute(e, past) if isinstance(e, Exact) else e
        slots = {p: replace(s, terms=_each(s.terms, known)) for p, s in slots.items()}
        return replace(
            run,
            snapshots=[Snapshot(_each(x, known), slots)],
            conditions=_distinct(map(known, run.conditions)),
            stale=stale,
        )

    def numerically(self, hyper: dict, start, gradients, changes=()) -> Iterator[np.ndarray]:
        """The code's own trajectory on 50-digit numbers, step by step (within mpmath.workdps); outputs stand after the iterate.

        changes: (step, name, value) for hyperparameters that `param_groups` get before a step.
        """
        return (outputs.kept(machine, self.keepers) for machine in self.running(hyper, start, gradients, changes))

    def running(self, hyper: dict, start, gradients, changes=()) -> Iterator[Machine]:
        """The machine after each step on 50-digit numbers."""
        point = hyper | {f"x{i}": q for i, q in enumerate(start)}
        machine = self.machine(point, multiprecision)
        for k, g in enumerate(gradients, start=1):
            for _, name, value in (c for c in changes if c[0] == k):
                self.change(machine, name, multiprecision(value), value)
            self._count(machine)
            terms = self.setting.array(lambda i, g=g: multiprecision(g[i]))
            machine.step(terms, np.array([float(q) for q in g]).reshape(self.setting.shape))
            yield machine

    @cached_property
    def keepers(self) -> dict[str, tuple | None]:
        """Where the code keeps what the rule gives out beside the iterate."""
        return outputs.keepers(self)


def branches(machine: Machine) -> list[Exact]:
    """The conditions that held on the way, each as a condition that is true."""
    return _distinct(_held(b) for b in machine.conditions)


def _held(branch: Branch) -> Exact:
    return branch.condition if branch.taken else negation(branch.condition)


def _settings(machine: Machine, setting: Setting) -> list[Exact]:
    """What construction and first step asked of hyperparameters alone, and their domains do not answer; forgotten."""
    known = {*setting.symbols.values(), *setting.built.values()}
    asked = [_held(b) for b in (*machine.constructor_conditions, *machine.conditions)]
    machine.constructor_conditions.clear()
    machine.conditions.clear()
    past = {b: setting.symbols[n] for n, b in setting.built.items()}
    about = (substitute(c, past) for c in asked if set(symbols(c).values()) <= known)
    return [c for c in _distinct(about) if decide.follows(c, ()) is not True]


def _distinct(conditions: Iterable[Exact]) -> list[Exact]:
    return list(dict.fromkeys(conditions))


def _each(terms, function: Callable) -> np.ndarray:
    """A function of every element of an object array."""
    cells = np.empty(np.shape(terms), dtype=object)
    for i in np.ndindex(cells.shape):
        cells[i] = function(np.asarray(terms, dtype=object)[i])
    return cells


def folder(point: dict) -> Fold:
    """A fold at a point, on mpmath numbers, with floor, which only code has."""
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
