"""Adam's family by strangers, each with one fault."""

import math

import torch
from torch.optim import Optimizer


class _A(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))
        self.setup()

    def setup(self):
        pass

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self.before()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "exp_avg" not in state:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p)
                    state["exp_avg_sq"] = torch.zeros_like(p)
                self.apply(p, p.grad, group, state)
        return loss

    def before(self):
        pass


class AdamD(_A):
    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        state["step"] += 1
        t = state["step"]
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        step_size = group["lr"] * math.sqrt(1 - b2**t) / (1 - b1**t)
        eps = group["eps"] / math.sqrt(1 - b2**t)
        p.addcdiv_(m, v.sqrt().add_(eps), value=-step_size)


class AdamF(_A):
    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        state["step"] += 1
        t = state["step"]
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(m, g, value=1 - b2)
        p.addcdiv_(m / (1 - b1**t), (v.abs() / (1 - b2**t)).sqrt().add_(group["eps"]), value=-group["lr"])


class AdamL(_A):
    """bias correction of v with beta1 and a late t."""

    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        t = max(state["step"], 1)
        state["step"] += 1
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        p.addcdiv_(m / (1 - b1**t), (v / (1 - b2**t)).sqrt().add_(group["eps"]), value=-group["lr"])


class AdamWA(_A):
    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        state["step"] += 1
        t = state["step"]
        if group["weight_decay"] and p.dim() > 1:
            p.mul_(1 - group["lr"] * group["weight_decay"])
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        p.addcdiv_(m / (1 - b1**t), (v / (1 - b2**t)).sqrt().add_(group["eps"]), value=-group["lr"])


class MaxC(_A):
    def apply(self, p, g, group, state):
        b1, b2 = group["betas"]
        state["step"] += 1
        m, u = state["exp_avg"], state["exp_avg_sq"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        u.copy_(torch.maximum(u * b2, g))
        p.addcdiv_(m, u, value=-group["lr"] / (1 - b1 ** state["step"]))
