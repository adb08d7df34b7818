"""Smooth functions for optimizers that ask for the gradient where they want it.

Deterministic, in float64, and bounded from below: two convex ones, a convex one whose curvature vanishes at its
minimum, and one with negative curvature here and there.  What they are made of is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

SHAPES = ((5,), (2, 3), (1,), (12,))


@dataclass(frozen=True)
class Objective:
    """A function of one tensor of a shape, and where its descent starts."""

    says: str
    start: torch.Tensor
    value: Callable[[torch.Tensor], torch.Tensor]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.start.shape)


def objectives() -> Iterator[Objective]:
    """Every kind at every shape."""
    for number, shape in enumerate(SHAPES):
        for kind in (_quadratic, _logistic, _quartic, _wavy):
            luck = np.random.RandomState(17 * number + 3)
            n = int(np.prod(shape))
            draw = lambda *size, luck=luck: torch.from_numpy(luck.uniform(-1, 1, size))
            says, value = kind(draw, n)
            yield Objective(says, (2 * draw(n)).reshape(shape), lambda x, value=value: value(x.reshape(-1)))  # type: ignore[misc]


def _quadratic(draw: Callable, n: int):
    root, middle = draw(n, n), draw(n)
    return "a convex quadratic", lambda x: ((root @ (x - middle)).square().sum() + (x - middle).square().sum()) / 4


def _logistic(draw: Callable, n: int):
    rows = draw(2 * n, n)
    loss = lambda x: torch.log(1 + torch.exp(rows @ x)).sum() / n + x.square().sum() / 8
    return "a logistic loss with a square", loss


def _quartic(draw: Callable, n: int):
    root, middle = draw(n, n), draw(n)
    return "a sum of fourth powers", lambda x: (root @ (x - middle)).pow(4).sum() / 4 + (x - middle).pow(4).sum() / 8


def _wavy(draw: Callable, n: int):
    rows = draw(n, n)
    return "a square with cosines, not convex", lambda x: torch.cos(2 * rows @ x).sum() / 2 + x.square().sum() / 4
