"""Optimizers that differ from their rule's other readings at a single point, which no trajectory meets."""

import math

import torch
from torch.optim import Optimizer


class AuthorsRAdam(Optimizer):
    """RAdam as its authors ship it: rectified from rho = 5 on, 5 itself included."""

    rule, readings = "radam", {"threshold-5-or-equal", "eps-hat"}

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state.update(step=0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
                state["exp_avg_sq"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                state["exp_avg"].mul_(beta1).add_(p.grad, alpha=1 - beta1)
                state["step"] += 1
                faded = beta2 ** state["step"]
                longest = 2 / (1 - beta2) - 1
                length = longest - 2 * state["step"] * faded / (1 - faded)
                size = group["lr"] / (1 - beta1 ** state["step"])
                if length >= 5:
                    ratio = (length - 4) / (longest - 4) * (length - 2) / length * longest / (longest - 2)
                    denominator = state["exp_avg_sq"].sqrt().add_(group["eps"])
                    p.addcdiv_(state["exp_avg"], denominator, value=-size * math.sqrt((1 - faded) * ratio))
                else:
                    p.add_(state["exp_avg"], alpha=-size)
