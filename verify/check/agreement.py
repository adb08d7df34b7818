"""Three evaluations of one equation: closed form, simulation, and tensors, pair by pair.

The closed form is the right side in ball arithmetic.  The simulation is the left side, run
as it is written on 50-digit numbers (so that an integral is a quadrature and a recurrence a
loop).  Tensors are float64, on every device there is.  How far two of them may be apart is
not chosen: each machine's result lies in a ball that grows by one rounding per operation
(verify/check/rounding_ball.py), so a distance beyond the balls is a disagreement, and a
disagreement makes the claim fail.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import flint
import mpmath
import numpy as np

from verify.check import rounding_ball as rounding
from verify.check.points import BITS, into, point, sequences
from verify.check.rounding_array import array
from verify.check.sample import DIGITS, UNDEFINED
from verify.domain import Sequence, Smooth, Vector
from verify.exact import exact
from verify.fold import Fold, Unsupported
from verify.numbers import system as system_of
from verify.statement import Claim, Equal
from verify.systems import Balls, Multiprecision

POINTS = 3
TRIES = 40
CANNOT = (*UNDEFINED, TypeError, AttributeError, Unsupported, ArithmeticError)
CLOSED, SIMULATION = "closed form", "mpmath"


@dataclass(frozen=True)
class Pair:
    """Two evaluations of equation number `relation` at one point: their distance and what rounding allows."""

    at: dict
    relation: int
    one: str
    other: str
    value: str
    error: float
    bound: float

    @property
    def ok(self) -> bool:
        return self.error <= self.bound

    def to_json(self) -> dict:
        at = {name: [str(x) for x in v] if isinstance(v, tuple) else str(v) for name, v in self.at.items()}
        pair = {"relation": self.relation, "pair": [self.one, self.other], "value": self.value}
        return {"at": at, **pair, "error": self.error, "bound": self.bound, "ok": self.ok}


@dataclass(frozen=True)
class Value:
    """One evaluation: its name, the number that came out, and a ball's radius around the truth."""

    name: str
    number: Any
    radius: Any


@dataclass(frozen=True)
class Agreement:
    """All pairs of a claim's values, and what could not be compared."""

    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return all(p.ok for p in self.pairs)

    def to_json(self) -> dict:
        return {"ok": self.ok, "pairs": [p.to_json() for p in self.pairs], "notes": list(self.notes)}


def agree(claim: Claim, points: int = POINTS) -> Agreement | None:
    """Compare the values of a claim; None where it has no equation between numbers, or none that can be evaluated."""
    positions = [i for i, r in enumerate(_relations(claim)) if isinstance(r, Equal)]
    places = list(_places(claim, positions, points)) if positions else []
    pairs = tuple(p for at in places for i in positions for p in _compare(claim, i, at))
    if not pairs:
        return None
    return Agreement(pairs, () if devices() else ("torch is not installed: nothing is compared with tensors",))


def _relations(claim: Claim) -> tuple:
    return claim.relations(claim.symbols())


# Where -----------------------------------------------------------------------------------------


_SMALL = [Fraction(x) for x in ("0.9", "0.999", "0.5", "0.98", "0.01")]
_PLAIN = [Fraction(x) for x in ("5", "1", "3", "0.5", "10", "2", "-1.5")]


def typical(domain, turn: int):
    """A member that a reader may know from papers, another one at each turn."""
    if isinstance(domain, Sequence):
        return tuple(typical(domain.of, turn + k) for k in range(6))
    if isinstance(domain, Vector | Smooth):
        size = 3 if isinstance(domain, Vector) else 9
        return tuple(Fraction((-1) ** k * (k + turn + 1), 2) for k in range(size))
    low = domain.low if domain.low is not None else Fraction(0)
    known = _SMALL if domain.high is not None else _PLAIN
    fitting = [x for x in (*known, *(low + k for k in known)) if domain.contains(x)] or [(low + domain.window[1]) / 2]
    return fitting[turn % len(fitting)]


def _places(claim: Claim, positions: list[int], count: int) -> Iterator[dict]:
    """A typical point and some random ones at which hypotheses hold and the equations are defined."""
    chance, found = random.Random(claim.id), 0
    for attempt in range(TRIES):
        first = attempt < TRIES // 4
        at = (
            {n: typical(d, attempt + i) for i, (n, d) in enumerate(claim.domains.items())}
            if first
            else point(claim.domains, chance)
        )
        if _means_something(claim, at, positions):
            yield at
            found += 1
        if found == count:
            return


def _means_something(claim: Claim, at: dict, positions: list[int]) -> bool:
    """Do the hypotheses hold, and is one closed form a finite number?"""
    try:
        if not all(bool(c) for c in claim.hypotheses(_on_balls(claim, at))):
            return False
    except CANNOT:
        return False
    return any(_closed_form(claim, i, at) is not None for i in positions)


# Evaluations -----------------------------------------------------------------------------------


def _on_balls(claim: Claim, at: dict) -> dict:
    return sequences(into(at, Balls), claim.domains)


def _on_digits(claim: Claim, at: dict) -> dict:
    return sequences(into(at, Multiprecision), claim.domains)


def _on_rounded(arithmetic) -> Callable:
    """The point's values as numbers of a machine, with their rounding balls."""

    def convert(claim: Claim, at: dict) -> dict:
        values = {n: _rounded(v, claim.domains[n], arithmetic) for n, v in at.items()}
        return sequences(values, claim.domains)

    return convert


def _rounded(value, domain, arithmetic):
    if isinstance(value, tuple):
        found = array(value, arithmetic)
        return np.asarray(found) if isinstance(domain, Sequence) else found
    return rounding.rounded(Fraction(value), arithmetic)


def _on_tensors(device: str) -> Callable:
    def convert(claim: Claim, at: dict) -> dict:
        members = {
            n: _tensors(v, device) if isinstance(claim.domains[n], Sequence) else _tensor(v, device)
            for n, v in at.items()
        }
        return sequences(members, claim.domains)

    return convert


def _tensor(value, device: str):
    import torch

    numbers = [float(x) for x in value] if isinstance(value, tuple) else float(value)
    return torch.tensor(numbers, dtype=torch.float64, device=device)


def _tensors(values: tuple, device: str) -> np.ndarray:
    found = np.empty(len(values), dtype=object)
    found[:] = [_tensor(v, device) for v in values]
    return found


def devices() -> list[str]:
    """The devices on which tensors can be computed; none without torch."""
    try:
        import torch
    except ImportError:
        return []
    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def _left(convert: Callable, claim: Claim, at: dict, position: int):
    """The left side as the claim itself computes it, on the numbers that `convert` makes of the point."""
    equation: Any = claim.relations(convert(claim, at))[position]
    return equation.left


def _right(convert: Callable, claim: Claim, at: dict, position: int, system, like=None):
    """The right side alone, evaluated from its term."""
    return Fold(convert(claim, at), system, like)(exact(_relations(claim)[position].right))


def _closed_form(claim: Claim, position: int, at: dict):
    """The right side as a ball; None where it is undefined."""
    try:
        with _bits(BITS):
            found = Balls.number(_right(_on_balls, claim, at, position, Balls))
    except CANNOT:
        return None
    return found if found.is_finite() else None


def _compare(claim: Claim, position: int, at: dict) -> list[Pair]:
    """Every pair of evaluations of one equation at one point."""
    values = list(_values(claim, position, at))
    return [_pair(a, b, position, at) for a, b in combinations(values, 2)]


def _values(claim: Claim, position: int, at: dict) -> Iterator[Value]:
    closed = _closed_form(claim, position, at)
    if closed is None:
        return
    yield Value(CLOSED, closed.mid(), closed.rad())
    for evaluate in (_simulated, *(_on_device(d) for d in devices())):
        try:
            found = evaluate(claim, position, at)
        except CANNOT:
            continue  # this system cannot follow here; the others are compared
        if found is not None and found.radius.is_finite():
            yield found


def _simulated(claim: Claim, position: int, at: dict) -> Value:
    with mpmath.workdps(DIGITS):
        arithmetic = rounding.multiprecision(mpmath.mp.prec)
        value = _left(_on_digits, claim, at, position)
        with rounding.precision(arithmetic):
            return Value(
                SIMULATION, rounding.from_digits(value), _width(_left(_on_rounded(arithmetic), claim, at, position))
            )


def _on_device(device: str) -> Callable:
    """Tensors take the left side, or the right one where they cannot (an integral)."""
    convert, shadow = _on_tensors(device), _on_rounded(rounding.BINARY64)

    def evaluate(claim: Claim, position: int, at: dict) -> Value:
        with rounding.precision(rounding.BINARY64):
            try:
                value, ball = _left(convert, claim, at, position), _left(shadow, claim, at, position)
            except CANNOT:
                like, zero = _tensor(0, device), rounding.rounded(Fraction(0), rounding.BINARY64)
                value = _right(convert, claim, at, position, system_of(like), like)
                ball = _right(shadow, claim, at, position, rounding.RoundedBalls, zero)
            return Value(f"torch {device}", flint.arb(float(value)), _width(ball))

    return evaluate


def _width(ball):
    """How far a machine's value may be from the truth: both lie in the ball."""
    return 2 * ball.radius if isinstance(ball, rounding.Rounded) else flint.arb(0)


def _pair(a: Value, b: Value, position: int, at: dict) -> Pair:
    with _bits(4 * BITS):
        error, bound = abs(a.number - b.number).upper(), (a.radius + b.radius).upper()
    return Pair(at, position, a.name, b.name, a.number.str(12, radius=False), float(error), float(bound))


class _bits:
    """A block in which balls have so many bits."""

    def __init__(self, bits: int):
        self.bits = bits

    def __enter__(self):
        self.before, flint.ctx.prec = flint.ctx.prec, self.bits

    def __exit__(self, *error):
        flint.ctx.prec = self.before
