"""Optimizers that work out lengths and cosines by hand."""

import torch
from torch.optim import Optimizer


class HandSGDP(Optimizer):
    """SGDP that asks whether weight and gradient have a length, and divides by `numel() ** 0.5`."""

    rule, readings = "sgdp", set()
    width = 0.5

    def __init__(self, params, lr=1e-1, momentum=0.9, delta=0.1):
        super().__init__(params, dict(lr=lr, momentum=momentum, delta=delta))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if "b" not in self.state[p]:
                    self.state[p]["b"] = torch.zeros_like(p)
                step = self.state[p]["b"].mul_(group["momentum"]).add_(p.grad)
                length, slope = torch.linalg.vector_norm(p), torch.linalg.vector_norm(p.grad)
                if length > 0 and slope > 0:
                    cosine = torch.sum(p * p.grad) / (length * slope)
                    if cosine.abs().item() < group["delta"] / p.numel() ** self.width:
                        step = step - p / length * torch.sum(p / length * step)
                p.add_(step, alpha=-group["lr"])


class FourthRootSGDP(HandSGDP):
    """Wrong: the fourth root of the size."""

    readings, width = None, 0.25
