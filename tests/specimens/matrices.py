"""Adafactors and Muons as people write them: right ones, and ones with a fault each."""

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


class Orthogonalised(Loop):
    """Right: Muon in float64 as its authors state it, each line as it is read."""

    coefficients = (3.4445, -4.7750, 2.0315)

    def __init__(self, params, lr=0.02, momentum=0.95, eps=1e-7, ns_steps=5):
        super().__init__(params, lr=lr, momentum=momentum, eps=eps, ns_steps=ns_steps)

    def update(self, p, g, state, group):
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(p)
        state["buffer"].mul_(group["momentum"]).add_(g)
        ahead = self.ahead(g, state["buffer"], group["momentum"])
        p.sub_(group["lr"] * self.scale(*p.shape) * self.orthogonalised(ahead, group))

    def ahead(self, g, buffer, momentum):
        return g + momentum * buffer

    def scale(self, rows, columns):
        return max(1, rows / columns) ** 0.5

    def length(self, X):
        return X.norm()

    def orthogonalised(self, G, group):
        a, b, c = self.coefficients
        X = G.T if G.shape[0] > G.shape[1] else G
        X = X / (self.length(X) + group["eps"])
        for _ in range(group["ns_steps"]):
            A = X @ X.T
            X = a * X + (b * A + c * A @ A) @ X
        return X.T if G.shape[0] > G.shape[1] else X


class NeverTransposed(Orthogonalised):
    """Right: the iteration of a tall matrix is that of its transpose, only slower."""

    def orthogonalised(self, G, group):
        a, b, c = self.coefficients
        X = G / (self.length(G) + group["eps"])
        for _ in range(group["ns_steps"]):
            A = X @ X.T
            X = a * X + (b * A + c * A @ A) @ X
        return X


class OtherCoefficients(Orthogonalised):
    """The coefficients of the cubic iteration that converges slowly, continued: 15/8, -5/4, 3/8."""

    coefficients = (1.875, -1.25, 0.375)


class NotAhead(Orthogonalised):
    """The buffer itself is orthogonalised: no Nesterov."""

    def ahead(self, g, buffer, momentum):
        return buffer


class LargestElement(Orthogonalised):
    """Divided by the largest element, which does not bound the singular values by 1."""

    def length(self, X):
        return X.abs().max()


class SumOfSizes(Orthogonalised):
    """Divided by the sum of all sizes, and not by the root of the sum of squares."""

    def length(self, X):
        return X.abs().sum()


class ShrinksWide(Orthogonalised):
    """The factor of a wide matrix is below 1."""

    def scale(self, rows, columns):
        return (rows / columns) ** 0.5


class WholeRatio(Orthogonalised):
    """The ratio of the sides is rounded down to a whole number."""

    def scale(self, rows, columns):
        return max(1, rows // columns) ** 0.5


class CappedRatio(Orthogonalised):
    """The ratio of the sides is 4 at most."""

    def scale(self, rows, columns):
        return min(4, max(1, rows / columns)) ** 0.5
