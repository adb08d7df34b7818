"""Methods that decay by strangers, each with one fault."""

import torch
from torch.optim import Optimizer


class _L(Optimizer):
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


class LambA(_L):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def ratio(self, p, r):
        w, n = p.norm(), r.norm()
        if n == 0:
            return 0.0
        return (w / n).clamp(max=10.0)

    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        if not state:
            state["t"], state["m"], state["v"] = 0, torch.zeros_like(p), torch.zeros_like(p)
        state["t"] += 1
        t, m, v = state["t"], state["m"], state["v"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        r = (m / (1 - b1**t)) / ((v / (1 - b2**t)).sqrt() + group["eps"])
        self.finish(p, r, group)

    def finish(self, p, r, group):
        r = r + group["weight_decay"] * p
        p.sub_(group["lr"] * self.ratio(p, r) * r)


class LambB(LambA):
    def ratio(self, p, r):
        w, n = p.norm(), r.norm()
        return w / n if n > 0 else 0.0

    def finish(self, p, r, group):
        s = self.ratio(p, r)
        r = r + group["weight_decay"] * p
        p.sub_(group["lr"] * s * r)


class LambD(LambA):
    def ratio(self, p, r):
        w, n = p.pow(2).mean().sqrt(), r.norm()
        return w / n if n > 0 else 0.0
