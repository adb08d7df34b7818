"""Clause 9, the values: with parameters of a narrower type the optimizer goes where its own rounding may take it.

The same run is made in float64 and in the narrow type, from starts and with gradients that both hold exactly.  How far
rounding may take them apart is seen on the code itself (Monte Carlo arithmetic; Parker 1997): the float64 run is
repeated with every result of torch rounded to a neighbour in the narrow type, up or down by chance.  SAMPLES such runs
show a spread; n roundings that all point one way go sqrt(n) times further than a random walk of n steps.  What torch does
not compute is allowed for by ROUNDINGS roundings of the path that was gone.  A jump (a sign, a threshold) may turn a few
elements, or a whole tensor; so only most elements of each of two tensors convict.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from verify.measure.clause import Broken
from verify.measure.execute import LOUD, ROUNDINGS, Subject
from verify.measure.pieces import Group, Piece

STEPS, SAMPLES = 4, 3
WORST = math.sqrt(ROUNDINGS * STEPS)
VISIBLE = 0.25  # a rate, and a decay, whose effect no type hides
TINY_START = 2.0**-10  # where it does, the start is this much nearer to zero


@dataclass(frozen=True)
class Compared:
    """A run in the narrow type: most elements of each tensor too far off, and by how much; or hidden by rounding."""

    step: int
    gap: float
    allowed: float
    apart: bool
    hidden: bool


def compare(subject: Subject, kind: torch.dtype) -> str:
    """What was compared, for the clause's detail; Broken where rounding to this type explains no more."""
    name = str(kind).removeprefix("torch.")
    if subject.needs_closure or subject.random or subject.sparse:
        return f"{name}: values not compared"
    for scale in (1.0, TINY_START):
        found = _at(subject, kind, scale)
        if found is None:
            return f"{name}: values not compared, since its numbers leave what the type can hold"
        if found.apart:
            raise Broken(
                "precision",
                f"with {name} parameters, most elements are up to {found.gap:.3g} away at step {found.step} from where float64 "
                f"takes them, and rounding to {name} explains {found.allowed:.2g}",
                found.step,
            )
        if not found.hidden:
            return f"{name}: {STEPS} steps within its rounding"
    return f"{name}: its rounding hides the steps"


def exactly(piece: Piece, scale: float = 1.0) -> Piece:
    """Few digits, so that every type holds the numbers exactly."""
    short = lambda x: x.to(torch.bfloat16).to(x.dtype)
    return Piece(short(piece.start) * scale, tuple(g if g is None else short(g) for g in piece.gradients[:STEPS]))


def typed(piece: Piece, kind: torch.dtype) -> Piece:
    return Piece(piece.start.to(kind), tuple(None if g is None else g.to(kind) for g in piece.gradients))


def _at(subject: Subject, kind: torch.dtype, scale: float) -> Compared | None:
    pieces = [exactly(p, scale) for p in subject.few(2)]
    own = _visible(subject, pieces)
    try:
        wide = _run(subject, pieces, own)
        shaken = []
        for seed in range(SAMPLES):
            with rounded_to(kind, seed):
                shaken.append(_run(subject, pieces, own))
        narrow = _run(subject, [typed(p, kind) for p in pieces], own)
    except LOUD:
        return None
    if not all(bool(x.isfinite().all()) for run in (wide, *shaken) for path in run for x in path):
        return None
    found = [_judged(p, *paths, kind) for p, *paths in zip(pieces, wide, narrow, *shaken, strict=True)]
    first = max(found, key=lambda c: c.step)
    apart = all(c.apart for c in found)
    return Compared(first.step, first.gap, first.allowed, apart, all(c.hidden for c in found))


def _run(subject: Subject, pieces: Sequence[Piece], own: dict) -> list[list[torch.Tensor]]:
    paths = subject.run([Group(pieces)], **own)
    return [[x.double() for x in path] for path in paths]


def _visible(subject: Subject, pieces: Sequence[Piece]) -> dict:
    """A rate and a decay that move parameters visibly, where it stays calm with them."""
    own = {k: VISIBLE for k in ("lr", "weight_decay") if isinstance(subject.others.get(k), float)}
    for keywords in (own, {k: v for k, v in own.items() if k == "lr"}):
        try:
            if all(bool((x.abs() < 1 / TINY_START).all()) for path in _run(subject, pieces, keywords) for x in path):
                return keywords
        except LOUD:
            continue
    return {}


def _judged(piece: Piece, wide, narrow, *rest) -> Compared:
    *shaken, kind = rest
    unit = torch.finfo(kind).eps / 2
    spread, gone, before, at = torch.zeros_like(piece.start), torch.zeros_like(piece.start), piece.start, None
    for k, x in enumerate(wide):
        gone = gone + (x - before).abs()
        before = x
        for run in shaken:
            spread = torch.maximum(spread, (run[k] - x).abs())
        rounding = unit * (ROUNDINGS * gone + 2 * STEPS * x.abs()) + torch.finfo(kind).smallest_normal * unit
        allowed = WORST * torch.maximum(spread, spread.max() * unit) + rounding
        gap = (narrow[k] - x).abs().nan_to_num(nan=math.inf)
        far = gap > allowed
        if at is None and float(far.double().mean()) > 0.5:
            at = Compared(k + 1, float(gap[far].max()), float(allowed[far].max()), True, False)
    hidden = bool(((wide[-1] - piece.start).abs() <= allowed).double().mean() > 0.5)
    return at or Compared(len(wide), 0.0, 0.0, False, hidden)


# Rounding to a narrower type ------------------------------------------------------------------------------


@contextmanager
def rounded_to(kind: torch.dtype, seed: int):
    """Every float64 result of torch is a neighbour of it in this type; so is what the code asks of its own type."""
    of_type = torch.finfo
    ask = lambda dtype=torch.float64: of_type(kind if dtype == torch.float64 else dtype)
    with patch.object(torch, "finfo", ask), _Rounds(kind, seed, of_type(kind)), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Rounds(TorchDispatchMode):
    def __init__(self, kind: torch.dtype, seed: int, limits: torch.finfo):
        super().__init__()
        self.kind, self.luck = kind, torch.Generator().manual_seed(seed)
        self.bits, self.least = round(-math.log2(limits.eps)), limits.smallest_normal * limits.eps

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for x in tree_leaves((made, args) if func._schema.is_mutable else made):
            if isinstance(x, torch.Tensor) and x.dtype is torch.float64 and x.layout is torch.strided and x.numel():
                x.copy_(self._neighbour(x))
        return made

    def _neighbour(self, x: torch.Tensor) -> torch.Tensor:
        """One of the two numbers of the type next to it, each the likelier the nearer it is."""
        _, exponent = torch.frexp(x)
        last = torch.ldexp(torch.ones_like(x), exponent - 1 - self.bits).clamp(min=self.least)
        chance = torch.rand(x.shape, generator=self.luck, dtype=x.dtype) - 0.5
        return torch.where(x.isfinite() & (x != 0), (x + last * chance).to(self.kind).double(), x)
