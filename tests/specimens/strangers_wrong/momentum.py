"""Momentum by strangers, each with one fault."""

import torch
from torch.optim import Optimizer


class _Base(Optimizer):
    def __init__(self, params, lr=0.01, momentum=0.9, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))
        self.prepare()

    def prepare(self):
        pass

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
                self.one(p, group, self.state[p])
        return loss


class HeavyE(_Base):
    def one(self, p, group, state):
        mu = min(group["momentum"], 0.99)
        if "v" not in state:
            state["v"] = torch.zeros_like(p)
        state["v"].mul_(mu).add_(p.grad)
        p.sub_(state["v"], alpha=group["lr"])


class HeavyH(_Base):
    def one(self, p, group, state):
        if "v" not in state:
            state["v"] = torch.zeros_like(p)
        g = p.grad + group["weight_decay"] * p
        state["v"].mul_(group["momentum"]).add_(g)
        p.sub_(state["v"], alpha=group["lr"])
        p.sub_(p, alpha=group["lr"] * group["weight_decay"])


class NagB(_Base):
    def one(self, p, group, state):
        mu = group["momentum"]
        if "v" not in state:
            state["v"] = p.grad.clone()
            p.sub_(state["v"], alpha=group["lr"])
            return
        state["v"].mul_(mu).add_(p.grad)
        p.sub_(p.grad + mu * state["v"], alpha=group["lr"])
