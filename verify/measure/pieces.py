"""What is fed to an optimizer: tensors with a start and a gradient for each step, in groups.

Also how far two tensors are apart, and other values for a hyperparameter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch


@dataclass(frozen=True)
class Piece:
    """One tensor's life: its start, and its gradient at each step (None where it has none)."""

    start: torch.Tensor
    gradients: tuple[torch.Tensor | None, ...]

    def without(self, *steps: int) -> Piece:
        """The same life with no gradient at these steps (1 is the first)."""
        return replace(self, gradients=tuple(None if k in steps else g for k, g in enumerate(self.gradients, 1)))

    def skipping(self) -> Piece:
        """The same life in which the steps without a gradient do not happen."""
        return replace(self, gradients=tuple(g for g in self.gradients if g is not None))

    def laid(self, lay: Callable[[torch.Tensor], torch.Tensor]) -> Piece:
        """The same values in another layout of the memory."""
        return replace(self, start=lay(self.start))


@dataclass
class Group:
    """Pieces that share hyperparameters: `own` are those that differ from the constructor's."""

    pieces: Sequence[Piece]
    own: dict = field(default_factory=dict)


def parameter(piece: Piece) -> torch.nn.Parameter:
    """A parameter with the values and the layout of the piece's start, in memory of its own."""
    x = piece.start
    if x.is_contiguous():
        return torch.nn.Parameter(x.clone())
    storage = torch.empty(x.untyped_storage().nbytes() // x.element_size(), dtype=x.dtype)
    own = storage.as_strided(x.shape, x.stride(), x.storage_offset())
    return torch.nn.Parameter(own.copy_(x))


def live_gradients(pieces: Sequence[Piece]) -> list[tuple]:
    """The gradients of all pieces, step by step."""
    return list(zip(*(p.gradients for p in pieces), strict=True))


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference of two tensors; 0 where they are equal bit by bit, or both are not finite."""
    if torch.equal(a, b):
        return 0.0
    if a.shape != b.shape:
        return float("inf")
    gap = torch.where(a.isfinite() | b.isfinite(), (a - b).abs(), 0.0)
    return float(gap.nan_to_num(nan=float("inf")).max())


def other_value(value):
    """Another value of the same sort: a weight in (0, 1) stays there, what is above 1 stays there."""
    if isinstance(value, tuple | list):
        return type(value)(map(other_value, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int) and value not in (0, 1):
        return value
    if value == 0:
        return 0.01
    if 0 < value <= 1e-4:
        return value * 1000
    return value / 2 if value <= 1 else 1 + (value - 1) / 2


def reason(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(": ")
