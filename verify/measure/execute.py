"""Builds and drives one target: real float64 tensors, gradients given step by step, no lifter.

    subject = Subject(target)
    piece = subject.piece((3, 2))
    path = subject.alone(piece)              # the iterates of one tensor, by itself
    live = subject.start([piece, other])     # or by hand: live.step([g, h]), live.values()

Two runs that should agree are compared bit by bit.  Where another layout or another order of
tensors may take another kernel, sums come in another order and products may be fused, so they may
differ by what rounding explains (`Subject.allowance`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property

import numpy as np
import torch

from verify.lift.machine import release
from verify.measure.live import Live, follow
from verify.measure.pieces import Group, Piece, distance, live_gradients, other_value, reason
from verify.subjects.build import is_number
from verify.subjects.target import Target

SHAPES = ((), (1,), (5,), (5,), (6,), (3, 2), (2, 3), (2, 3, 2), (2, 1, 3, 2))
_USUAL = ((5,), (3, 2), (6,), (2, 3))
STEPS = 12  # past the sixth step, at which slow averages and rectified rates first act
# Roundings of one step, on any path of any kernel: the longest update in use has about 40 operations,
# and a norm over the largest tensor here adds its 24 elements.
ROUNDINGS = 64
SMALLEST_ROUNDING = 2.0**-53
SHIFT = 2.0**-30
CALM = 1000
COPIES = "it updates parameters of its own, and not those that it was given"
LOUD = (Exception, SystemExit)  # what the target's own code may raise


class CannotRun(Exception):
    """The target does not take a step here; the message says why."""


class Subject:
    """A target, and how it wants to be driven.  CannotRun where it does not take one step."""

    def __init__(self, target: Target):
        self.target, self.needs_closure, self.sparse, self.random = target, False, False, False
        self.noise = 0.0  # what a narrower type on the way does to an iterate, where there is one
        self._alone: dict = {}
        self._pieces: dict = {}
        self.first: list[torch.Tensor] = []
        self.refused: list[str] = []  # what it would not do, and why
        self.untaken: dict[tuple[int, ...], BaseException] = {}  # shapes
        self.ungrouped: BaseException | None = None  # why it takes no second group
        self._try_out()

    def build(self, params, **keywords) -> torch.optim.Optimizer:
        """The optimizer, with some keywords other than the target's."""
        factory = self.target.factory
        made = self.target.make(params) if factory else self.target.make(params, **self.target.keywords | keywords)
        for group in made.param_groups if factory else ():  # it takes no keywords
            group.update(keywords)
        release(made)
        return made

    def refuse(self, what: str, error: BaseException) -> None:
        """Remembers that it does not take something."""
        self.refused.append(f"refuses {what}: {reason(error)}")

    def _try_out(self) -> None:
        piece, dice = self.piece((4, 3)), _dice()
        try:
            self.first = self._first(piece)
        except LOUD as error:
            raise CannotRun(f"it raised {reason(error)}") from error
        self.random = dice != _dice()
        if self.random:
            self.first = self._first(piece)
        live = self.start([piece])
        if not all(map(live.holds, live.parameters)):
            raise CannotRun(COPIES)
        if not all(x.isfinite().all() for x in self.first):
            raise CannotRun(f"its iterates are not finite after {STEPS} ordinary steps")

    def _first(self, piece: Piece) -> list[torch.Tensor]:
        """The first run, with plain gradients if it takes them, else with sparse ones, else through a closure."""
        for self.sparse, self.needs_closure in ((False, False), (True, False)):
            with suppress(*LOUD):
                return self.run([Group([piece])])[0]
        self.sparse, self.needs_closure = False, True
        return self.run([Group([piece])])[0]

    @cached_property
    def repeated(self) -> tuple[int, float] | None:
        """The first step at which a second run differs from the first one of this process, and by how much."""
        return self.apart(self.first, self.alone(self.piece((4, 3))))

    def seed(self, number: int) -> None:
        """The same dice at the same step of every run."""
        if self.random:
            torch.manual_seed(number), random.seed(number), np.random.seed(number)

    # Data -----------------------------------------------------------------------------------------

    def piece(self, shape, seed: int = 0, steps: int = STEPS) -> Piece:
        """Ordinary values: two decimals, sizes from 0.05 to 1.5, either sign."""
        key = (tuple(shape), seed, steps)
        if key not in self._pieces:
            luck = np.random.RandomState(7 * seed + len(shape))
            size = (steps + 1, *shape)
            x = torch.from_numpy(luck.randint(5, 150, size) * luck.choice([-1, 1], size) / 100)
            self._pieces[key] = Piece(x[0].clone(), tuple(g.clone() for g in x[1:]))
        return self._pieces[key]

    @cached_property
    def hyper(self) -> dict:
        """The numbers of a group that a user sets: what the constructor put there, and no step changes."""
        live = self.start([self.piece((4, 3))])
        before = {k: v for k, v in live.optimizer.param_groups[0].items() if k in live.optimizer.defaults}
        for g in live_gradients([self.piece((4, 3))]):
            live.step(g)
        after = live.optimizer.param_groups[0]
        known = before if self.target.factory else self.target.keywords
        return {k: v for k, v in before.items() if k in known and is_number(v) and after.get(k) == v}

    @cached_property
    def others(self) -> dict:
        """Another value for each of these numbers, such that the target still runs."""
        moved = {k: w for k, v in self.hyper.items() if (w := other_value(v)) != v and self._stores(k, w)}
        if self.needs_closure:
            moved = {k: v for k, v in moved.items() if k == "lr"}
        if self._takes(moved):
            return moved
        return {k: w for k, w in moved.items() if self._takes({k: w})}

    def _stores(self, name: str, value) -> bool:
        """Does the constructor put this number into the group as it is, and let it change no other?"""
        plain, made = ({k: v for k, v in self._group(own).items() if k != "params"} for own in ({}, {name: value}))
        return made == plain | {name: value}

    def _group(self, keywords: dict) -> dict:
        try:
            return self.start([self.piece((4, 3))], **keywords).optimizer.param_groups[0]
        except LOUD:
            return {}

    def _takes(self, keywords: dict) -> bool:
        """Does it run with these, and no more sensitive to its input than CALM times as it is made?"""
        try:
            return self._response(keywords) <= CALM * (1 + self._response({}))
        except LOUD:
            return False

    @cached_property
    def own(self) -> dict:
        """Of these the ones that a group can have for itself: no step reads what only makes the first state."""
        return {k: v for k, v in self.others.items() if not self._only_starts(k, v)}

    def _only_starts(self, name: str, value) -> bool:
        """Made with another value, and then given the first state of an instance as it is: is it like that one?"""
        (piece,) = self.few(1)
        saved = self.start([piece]).optimizer.state_dict()
        if not saved["state"]:
            return False
        live = self.start([piece], **{name: value})
        for group in saved["param_groups"]:
            group[name] = value
        live.optimizer.load_state_dict(saved)
        return not self.apart(follow(live, [piece])[0], self.alone(piece))

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the shapes from 0-d to 4-d those that it takes; several of one size, and two alike."""
        offered = _USUAL[:2] if self.needs_closure else SHAPES  # a closure is called some twenty times in a step
        return [shape for shape in offered if self.takes(self.piece(shape))]

    def few(self, count: int) -> list[Piece]:
        """Pieces of different shapes, as far as it takes such, with different values."""
        usual = [s for s in _USUAL if s in self.shapes] or self.shapes
        return [self.piece(usual[i % len(usual)], 20 + i) for i in range(count)]

    def takes(self, piece: Piece) -> bool:
        """Does it run with this tensor alone?"""
        try:
            self.alone(piece)
        except LOUD as error:
            self.untaken[tuple(piece.start.shape)] = error
            return False
        return True

    @cached_property
    def groups(self) -> bool:
        """Can it be made with two groups?"""
        try:
            self.run([Group([p]) for p in self.few(2)], 2)
        except LOUD as error:
            self.ungrouped = error
            return False
        return True

    def has(self, flag: str) -> bool:
        """Is there such a truth value in its groups?"""
        return isinstance(self.start(self.few(1)).optimizer.param_groups[0].get(flag), bool)

    # Runs -----------------------------------------------------------------------------------------

    def start(self, pieces: Sequence[Piece], **keywords) -> Live:
        """A fresh optimizer of one group."""
        return Live(self, [Group(pieces)], **keywords)

    def run(self, groups: Sequence[Group], steps: int | None = None, **keywords) -> list[list[torch.Tensor]]:
        """For each piece its iterates, from a fresh optimizer."""
        return follow(Live(self, groups, **keywords), [p for g in groups for p in g.pieces], steps)

    def alone(self, piece: Piece, **keywords) -> list[torch.Tensor]:
        """The iterates of a piece that has an optimizer to itself."""
        key = (id(piece), str(keywords))
        if key not in self._alone:
            self._alone[key] = (piece, self.run([Group([piece])], **keywords)[0])
        return self._alone[key][1]

    def start_and_run(self, piece: Piece, **keywords) -> torch.Tensor:
        """Where a piece that has an optimizer to itself ends."""
        return self.run([Group([piece])], **keywords)[0][-1]

    # Comparisons ----------------------------------------------------------------------------------

    @property
    def allowance(self) -> float:
        """How far rounding can take two runs of STEPS steps apart, that of a narrower type included."""
        return self._own_rounding + ROUNDINGS * self.noise

    @cached_property
    def _own_rounding(self) -> float:
        """Roundings times one rounding times how much an iterate moves when every number that goes in moves: a
        kernel that rounds elsewhere gives the exact result for numbers that are off by its roundings.
        """
        size = max(float(x.abs().max()) for x in self.alone(self.piece((4, 3))))
        return ROUNDINGS * STEPS * SMALLEST_ROUNDING * (1 + size + max(map(self._response, ({}, self.others))))

    def _response(self, keywords: dict) -> float:
        """How far iterates move, relative to a small shift of all that goes in; infinite where they are not finite."""
        piece, luck = self.piece((4, 3)), np.random.RandomState(5)
        nudge = lambda x: x * (1 + SHIFT * torch.from_numpy(luck.uniform(-1, 1, x.shape)))
        nudged = Piece(nudge(piece.start), tuple(nudge(g) for g in piece.gradients))
        pairs = zip(self.run([Group([nudged])], **keywords)[0], self.alone(piece, **keywords), strict=True)
        return float(torch.stack([(a - b).abs().max() for a, b in pairs]).nan_to_num(nan=torch.inf).max()) / SHIFT

    def apart(self, path, reference) -> tuple[int, float] | None:
        """The first step at which two runs differ by more than rounding, and by how much."""
        for k, (a, b) in enumerate(zip(path, reference, strict=True), start=1):
            if (gap := distance(a, b)) and not gap <= self.allowance:
                return k, gap
        return None


def _dice() -> tuple:
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), str(np.random.get_state())
