"""ASGD, Rprop and SparseAdam as people write them: right ones, and ones with a fault each."""

import torch
from torch.optim import Optimizer


class Loop(Optimizer):
    """What they share: the loop over parameters, and a step count."""

    def __init__(self, params, **defaults):
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    state["step"] = state.get("step", 0) + 1
                    self.update(p, p.grad, state, group)


class Averaged(Loop):
    """Right: averaged descent with its average kept by lerp."""

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=10.0):
        super().__init__(params, lr=lr, lambd=lambd, alpha=alpha, t0=t0)

    def rate(self, t, group):
        return group["lr"] / (1 + group["lambd"] * group["lr"] * (t - 1)) ** group["alpha"]

    def weight(self, t, group):
        return 1 / max(1, t - group["t0"])

    def update(self, p, g, state, group):
        t = state["step"]
        p.sub_(self.rate(t, group) * (g + group["lambd"] * p))
        if "average" not in state:
            state["average"] = torch.zeros_like(p)
        state["average"].lerp_(p, self.weight(t, group))


class PowerOfStep(Averaged):
    """The exponent is on the step count alone, as in pytorch's foreach path before PR #125440."""

    def rate(self, t, group):
        return group["lr"] / (1 + group["lambd"] * group["lr"] * (t - 1) ** group["alpha"])


class LateAverage(Averaged):
    """The average leaves out the first iterate after t0."""

    def weight(self, t, group):
        return 1 / max(1, t - 1 - group["t0"])


class StaleAverage(Averaged):
    """The average takes up the point before the step."""

    def update(self, p, g, state, group):
        before = p.clone()
        super().update(p, g, state, group)
        state["average"].add_(before - p, alpha=self.weight(state["step"], group))


class NoAverage(Averaged):
    """Averaged descent without the average."""

    def update(self, p, g, state, group):
        p.sub_(self.rate(state["step"], group) * (g + group["lambd"] * p))


class SharedStep(Averaged):
    """Every tensor is taken to have made as many steps as the group's first, as in pytorch before PR #125440."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            for p in moved:
                self.state[p]["step"] = self.state[p].get("step", 0) + 1
            for p in moved:
                self.update(p, p.grad, self.state[p] | {"step": self.state[moved[0]]["step"]}, group)

    def update(self, p, g, state, group):
        super().update(p, g, state, group)
        self.state[p]["average"] = state["average"]


class LoadsNarrow(Averaged):
    """The rate is a tensor, and is loaded in the default type; loading went wrong in this way before pytorch's PR #118326."""

    def __setstate__(self, state):
        super().__setstate__(state)
        for held in self.state.values():
            held["rate"] = torch.tensor(float(held["rate"]), dtype=torch.float32)

    def update(self, p, g, state, group):
        rate = state.setdefault("rate", torch.tensor(float(group["lr"]), dtype=p.dtype))
        p.sub_(rate * (g + group["lambd"] * p))
        state["average"] = torch.lerp(state.get("average", torch.zeros_like(p)), p, self.weight(state["step"], group))
        rate.copy_(self.rate(state["step"] + 1, group))


class Resilient(Loop):
    """Right: Rprop as its paper states it, the last step kept for taking back."""

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0)):
        super().__init__(params, lr=lr, etas=etas, step_sizes=step_sizes)

    def update(self, p, g, state, group):
        if "size" not in state:
            state["size"] = torch.full_like(p, group["lr"])
            state["last"], state["step_taken"] = torch.zeros_like(p), torch.zeros_like(p)
        product = g * state["last"]
        state["size"] = self.resize(state["size"], product, *group["etas"], *group["step_sizes"])
        state["step_taken"] = self.move(product, g, state)
        p.add_(state["step_taken"])
        state["last"] = self.remember(product, g)

    def resize(self, size, product, shrink, grow, least, most):
        size = torch.where(product > 0, (size * grow).clamp(max=most), size)
        return torch.where(product < 0, (size * shrink).clamp(min=least), size)

    def move(self, product, g, state):
        return torch.where(product < 0, -state["step_taken"], -g.sign() * state["size"])

    def remember(self, product, g):
        return g.masked_fill(product < 0, 0)


class Remembers(Resilient):
    """The gradient is remembered where its sign turned, so the step size shrinks twice."""

    def remember(self, product, g):
        return g.clone()


class Unbounded(Resilient):
    """The step size grows without a bound."""

    def resize(self, size, product, shrink, grow, least, most):
        size = torch.where(product > 0, size * grow, size)
        return torch.where(product < 0, (size * shrink).clamp(min=least), size)


class Lazy(Loop):
    """Right: Adam on the rows of a sparse gradient, eps as in the paper."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    def update(self, p, g, state, group):
        if "mean" not in state:
            state["mean"], state["square"] = torch.zeros_like(p), torch.zeros_like(p)
        self.refresh(p, *self.entries(g), state, group, state["step"])

    def entries(self, g):
        g = g.coalesce()
        return g.indices()[0], g.values()

    def refresh(self, p, rows, values, state, group, t):
        first, second = group["betas"]
        state["mean"][rows] = mean = first * state["mean"][rows] + (1 - first) * values
        state["square"][rows] = square = second * state["square"][rows] + (1 - second) * values**2
        self.move(p, rows, mean / (1 - first**t), square / (1 - second**t), group)

    def move(self, p, rows, mean, square, group):
        p.index_add_(0, rows, -group["lr"] * mean / (square.sqrt() + group["eps"]))


class LazyDecaysAll(Lazy):
    """The moments of the other rows decay as well, and only the weights wait."""

    def refresh(self, p, rows, values, state, group, t):
        first, second = group["betas"]
        mean = state["mean"].mul_(first).index_add_(0, rows, (1 - first) * values)[rows]
        square = state["square"].mul_(second).index_add_(0, rows, (1 - second) * values**2)[rows]
        self.move(p, rows, mean / (1 - first**t), square / (1 - second**t), group)


class LazyUncoalesced(Lazy):
    """A row that is named twice keeps what its last entry says."""

    def entries(self, g):
        return g._indices()[0], g._values()


class LazyCountsRows(Lazy):
    """Steps are counted only where there is a row at all."""

    def update(self, p, g, state, group):
        super().update(p, g, state, group)
        if g._nnz() == 0:
            state["step"] -= 1


class LazyBias(Lazy):
    """The second moment is not corrected."""

    def refresh(self, p, rows, values, state, group, t):
        first, second = group["betas"]
        state["mean"][rows] = mean = first * state["mean"][rows] + (1 - first) * values
        state["square"][rows] = square = second * state["square"][rows] + (1 - second) * values**2
        self.move(p, rows, mean / (1 - first**t), square, group)
