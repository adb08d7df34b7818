"""One optimizer with its parameters, stepped by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from verify.lift.machine import groups_of, release
from verify.measure.pieces import Group, Piece, live_gradients, parameter


class Driver(Protocol):
    """How an optimizer is built and stepped (verify/measure/execute.py)."""

    needs_closure: bool
    sparse: bool

    def build(self, params, **keywords) -> torch.optim.Optimizer: ...

    def seed(self, number: int) -> None: ...


class Live:
    """One optimizer with its parameters."""

    def __init__(self, subject: Driver, groups: Sequence[Group], hand: Callable = list, **keywords):
        """hand: how the parameters of the one group are handed over."""
        self.subject, self.count = subject, 0
        made = [[parameter(p) for p in group.pieces] for group in groups]
        self.parameters = [p for ps in made for p in ps]
        plain = len(groups) == 1 and not groups[0].own
        wanted = [{"params": ps, **g.own} for ps, g in zip(made, groups, strict=True)]
        self.optimizer = subject.build(hand(made[0]) if plain else wanted, **keywords)

    def step(self, gradients: Sequence[torch.Tensor | None]):
        """One step with these gradients; what the optimizer returns."""
        self.give(gradients)
        return self.go()

    def give(self, gradients: Sequence[torch.Tensor | None]) -> list[torch.Tensor | None]:
        """Fresh gradients, laid out as autograd lays them out; copies of them."""
        for p, g in zip(self.parameters, gradients, strict=True):
            p.grad = None if g is None else self._laid(g, p)
        return [None if p.grad is None else p.grad.clone() for p in self.parameters]

    def _laid(self, g: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        return g.to_sparse(1) if self.subject.sparse else torch.empty_like(p).copy_(g)

    def go(self):
        """One step, with the gradients that the parameters have."""
        self.count += 1
        self.subject.seed(self.count)
        if not self.subject.needs_closure:
            return self.optimizer.step()
        return self.optimizer.step(self._closure([p.grad for p in self.parameters]))

    def _closure(self, slopes):
        """A loss with these gradients at the start, and a curvature of 1/4, since it may be called elsewhere."""
        starts = [p.detach().clone() for p in self.parameters]

        @torch.no_grad()
        def closure():
            loss = torch.zeros((), dtype=torch.float64)
            for p, x, g in zip(self.parameters, starts, slopes, strict=True):
                away = p - x
                p.grad = None if g is None else torch.empty_like(p).copy_(g + away / 4)
                loss += 0 if g is None else (away * (g + away / 8)).sum()
            return loss

        return closure

    def values(self) -> list[torch.Tensor]:
        return [p.detach().clone() for p in self.parameters]

    def join(self, pieces: Sequence[Piece], own: dict) -> None:
        """A further group, in the middle of the run."""
        made = [parameter(p) for p in pieces]
        self.optimizer.add_param_group({"params": made, **own})
        release(self.optimizer)
        self.parameters += made

    def groups_of(self, parameter) -> list[dict]:
        """The groups that hold a parameter: a factory may make its own, in any order."""
        return groups_of(self.optimizer, parameter)

    def holds(self, parameter) -> bool:
        """Is it this very parameter that the optimizer updates, and no copy of it?"""
        return bool(self.groups_of(parameter))

    def set(self, own: dict) -> None:
        """Other hyperparameters in every group, as a scheduler sets them."""
        for group in self.optimizer.param_groups:
            group.update(own)


def follow(live: Live, pieces: Sequence[Piece], steps: int | None = None) -> list[list[torch.Tensor]]:
    """For each piece its iterates while the optimizer runs."""
    paths: list[list[torch.Tensor]] = [[] for _ in pieces]
    for gradients in live_gradients(pieces)[:steps]:
        live.step(gradients)
        for path, x in zip(paths, live.values(), strict=True):
            path.append(x)
    return paths
