"""Adafactors as people write them: a right one, and ones with a fault each."""

import torch
from specimens.classics import Loop


class Factored(Loop):
    """Right: Adafactor as its paper states it, with means of rows and columns in place of sums."""

    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps1=1e-30, eps2=1e-3, d=1.0):
        super().__init__(params, lr=lr, beta2_decay=beta2_decay, eps1=eps1, eps2=eps2, d=d)

    def rms(self, a):
        return a.pow(2).mean().sqrt()

    def update(self, p, g, state, group):
        t = state["step"]
        old = 1 - t ** group["beta2_decay"]
        u = g / self.estimate(g.square() + group["eps1"], old, state).sqrt()
        u = u / (self.rms(u) / group["d"]).clamp(min=1.0)
        p.sub_(self.rms(p).clamp(min=group["eps2"]) * min(group["lr"], 1 / t**0.5) * u)

    def estimate(self, squares, old, state):
        if squares.dim() < 2:
            state["v"] = old * state.get("v", torch.zeros_like(squares)) + (1 - old) * squares
            return state["v"]
        rows, columns = squares.mean(-1), squares.mean(-2)
        state["rows"] = old * state.get("rows", torch.zeros_like(rows)) + (1 - old) * rows
        state["columns"] = old * state.get("columns", torch.zeros_like(columns)) + (1 - old) * columns
        return torch.outer(state["rows"], state["columns"]) / self.whole(state)

    def whole(self, state):
        return state["rows"].mean()


class DividedByColumns(Factored):
    """The product of rows and columns is divided by the largest row, and not by their mean."""

    def whole(self, state):
        return state["rows"].max()


class Unclipped(Factored):
    """The threshold is compared with the norm, and not with the root of the mean square."""

    def rms(self, a):
        return a.pow(2).sum().sqrt()
