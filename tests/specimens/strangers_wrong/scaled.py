"""Adaptive rates by strangers, each with one fault."""

import torch
from torch.optim import Optimizer


class _Loop(Optimizer):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                self.apply(p, p.grad, group, self.state[p])
        return loss


class DeltaA(_Loop):
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(params, dict(lr=lr, rho=rho, eps=eps))

    def apply(self, p, g, group, state):
        rho, eps = group["rho"], group["eps"]
        if not state:
            state["v"] = torch.zeros_like(p)
            state["u"] = torch.zeros_like(p)
        v, u = state["v"], state["u"]
        v.mul_(rho).addcmul_(g, g, value=1 - rho)
        d = self.delta(u, v, g, rho, eps)
        p.add_(d, alpha=-group["lr"])

    def delta(self, u, v, g, rho, eps):
        d = (u + eps).sqrt() / (v + eps).sqrt() * g
        u.mul_(rho).addcmul_(g, g, value=1 - rho)
        return d
