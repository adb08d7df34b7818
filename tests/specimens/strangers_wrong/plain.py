"""Gradient descent and momentum by strangers, each with one fault."""

import torch
from torch.optim import Optimizer


class SGDReturn(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    return loss
                p.add_(p.grad, alpha=-group["lr"])
        return loss
