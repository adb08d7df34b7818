"""Optimizers that guard against what their rule leaves undefined."""

import torch
from torch.optim import Optimizer


class ZeroKeptAdamax(Optimizer):
    """AdaMax that leaves alone what has seen zero gradients only, where the paper's is 0 / 0."""

    rule, readings = "adamax", set()

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999)):
        super().__init__(params, dict(lr=lr, betas=betas))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                st = self.state[p]
                if not st:
                    st.update(t=0, m=torch.zeros_like(p), u=torch.zeros_like(p))
                st["t"] += 1
                st["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                st["u"] = torch.max(b2 * st["u"], p.grad.abs())
                moved = st["m"] / st["u"]
                p.sub_(group["lr"] / (1 - b1 ** st["t"]) * torch.where(st["u"] > 0, moved, torch.zeros_like(moved)))


class ClampedCentredRMSprop(Optimizer):
    """Centred RMSprop: the variance is clamped at 0, below which only rounding can bring it."""

    rule, readings = "rmsprop", {"centred"}

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8):
        super().__init__(params, dict(lr=lr, alpha=alpha, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alpha = group["alpha"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                st = self.state[p]
                if not st:
                    st.update(square=torch.zeros_like(p), mean=torch.zeros_like(p))
                st["square"].mul_(alpha).addcmul_(p.grad, p.grad, value=1 - alpha)
                st["mean"].lerp_(p.grad, 1 - alpha)
                spread = st["square"].addcmul(st["mean"], st["mean"], value=-1).clamp_(min=0)
                p.addcdiv_(p.grad, spread.sqrt_().add_(group["eps"]), value=-group["lr"])


class LateKeptAdamax(ZeroKeptAdamax):
    """Wrong: the guard also stops what is only small."""

    readings = None

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                st = self.state[p]
                if not st:
                    st.update(t=0, m=torch.zeros_like(p), u=torch.zeros_like(p))
                st["t"] += 1
                st["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                st["u"] = torch.max(b2 * st["u"], p.grad.abs())
                moved = st["m"] / st["u"]
                p.sub_(group["lr"] / (1 - b1 ** st["t"]) * torch.where(st["u"] > 0.1, moved, torch.zeros_like(moved)))
