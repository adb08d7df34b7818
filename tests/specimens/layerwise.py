"""LAMB, and what becomes of it where a tensor is at rest."""

from __future__ import annotations

import torch


class Lamb(torch.optim.Optimizer):
    """You et al. 2020, Algorithm 2, in the form of its later versions."""

    guarded = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g, state = p.grad, self.state[p]
                if not state:
                    state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["step"] += 1
                state["m"].lerp_(g, 1 - beta1)
                state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
                m_hat, v_hat = state["m"] / (1 - beta1 ** state["step"]), state["v"] / (1 - beta2 ** state["step"])
                r = m_hat / (v_hat.sqrt() + group["eps"]) + group["weight_decay"] * p
                p.sub_(group["lr"] * self.trust(p.norm(), r.norm()) * r)

    def trust(self, length, size):
        return torch.where(size > 0, length / size, torch.zeros_like(size)) if self.guarded else length / size


class Unguarded(Lamb):
    """0 / 0 where a tensor is zero and has had no gradient."""

    guarded = False
