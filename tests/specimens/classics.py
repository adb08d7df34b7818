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
