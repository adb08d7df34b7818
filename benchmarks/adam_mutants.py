"""Seventeen Adams with one fault each, as torch code, and the Adam that they are compared with.

Fifteen are held against `adam`, two against `amsgrad`.  Each is one line away from right.
"""

from __future__ import annotations

import torch
from torch.optim import Optimizer


class Adam(Optimizer):
    """Right: Algorithm 1 of Kingma and Ba, line by line; what differs in a mutant is a method of its own."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, self.state[p], group["lr"], *group["betas"], group["eps"])
        return loss

    def update(self, p, g, state, lr, beta1, beta2, eps):
        if not state:
            state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        state["step"] += 1
        self.moments(g, state, beta1, beta2)
        p.sub_(lr * self.direction(g, state, beta1, beta2, eps))

    def moments(self, g, state, beta1, beta2):
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)

    def direction(self, g, state, beta1, beta2, eps):
        t = self.time(state["step"])
        return state["m"] / (1 - beta1**t) / ((state["v"] / (1 - beta2**t)).sqrt() + eps)

    def time(self, t):
        return t


class EpsInside(Adam):
    """eps inside the root"""

    def direction(self, g, state, beta1, beta2, eps):
        t = state["step"]
        return state["m"] / (1 - beta1**t) / (state["v"] / (1 - beta2**t) + eps).sqrt()


class EpsHat(Adam):
    """eps before the correction (eps-hat)"""

    def direction(self, g, state, beta1, beta2, eps):
        t = state["step"]
        return state["m"] / (1 - beta1**t) / ((state["v"].sqrt() + eps) / (1 - beta2**t) ** 0.5)


class EpsTimes100(Adam):
    """eps times 100"""

    def direction(self, g, state, beta1, beta2, eps):
        return super().direction(g, state, beta1, beta2, 100 * eps)


class UncorrectedM(Adam):
    """no correction of m"""

    def direction(self, g, state, beta1, beta2, eps):
        return state["m"] / ((state["v"] / (1 - beta2 ** state["step"])).sqrt() + eps)


class UncorrectedV(Adam):
    """no correction of v"""

    def direction(self, g, state, beta1, beta2, eps):
        return state["m"] / (1 - beta1 ** state["step"]) / (state["v"].sqrt() + eps)


class Uncorrected(Adam):
    """no correction at all"""

    def direction(self, g, state, beta1, beta2, eps):
        return state["m"] / (state["v"].sqrt() + eps)


class OffByOne(Adam):
    """t off by one"""

    def time(self, t):
        return t + 1


class Swapped(Adam):
    """betas swapped"""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, lr, beta2, beta1, eps)


class Magnitude(Adam):
    """abs g as second moment"""

    def moments(self, g, state, beta1, beta2):
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).add_(g.abs(), alpha=1 - beta2)


class Unweighted(Adam):
    """m without 1 - beta1"""

    def moments(self, g, state, beta1, beta2):
        state["m"].mul_(beta1).add_(g)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)


class Stale(Adam):
    """v one step stale"""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        if not state:
            state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        state["step"] += 1
        before = state["v"].clone()
        self.moments(g, state, beta1, beta2)
        p.sub_(lr * self.direction(g, {**state, "v": before}, beta1, beta2, eps))


class Nesterov(Adam):
    """Nesterov m"""

    def direction(self, g, state, beta1, beta2, eps):
        ahead = beta1 * state["m"] + (1 - beta1) * g
        return super().direction(g, {**state, "m": ahead}, beta1, beta2, eps)


class InPlace(Adam):
    """correction in the buffer"""

    def direction(self, g, state, beta1, beta2, eps):
        t = state["step"]
        m_hat = state["m"].div_(1 - beta1**t)
        return m_hat / ((state["v"] / (1 - beta2**t)).sqrt() + eps)


class Narrow(Adam):
    """beta2 rounded to bfloat16"""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        narrow = torch.as_tensor(beta2, dtype=torch.float64).bfloat16().item()
        super().update(p, g, state, lr, beta1, narrow, eps)


class Stuck(Adam):
    """t stuck at 256"""

    def time(self, t):
        return min(t, 256)


class AMSGrad(Adam):
    """Right: Algorithm 2 of Reddi, Kale and Kumar."""

    rule = "amsgrad"

    def direction(self, g, state, beta1, beta2, eps):
        state["w"] = torch.maximum(state.get("w", torch.zeros_like(g)), state["v"])
        return state["m"] / (state["w"].sqrt() + eps)


class WithoutMaximum(AMSGrad):
    """without the maximum"""

    def direction(self, g, state, beta1, beta2, eps):
        return state["m"] / (state["v"].sqrt() + eps)


class MaximumOfCorrected(AMSGrad):
    """maximum after the correction"""

    def direction(self, g, state, beta1, beta2, eps):
        corrected = state["v"] / (1 - beta2 ** state["step"])
        state["w"] = torch.maximum(state.get("w", torch.zeros_like(g)), corrected)
        return state["m"] / (state["w"].sqrt() + eps)


MUTANTS = (
    EpsInside, EpsHat, EpsTimes100, UncorrectedM, UncorrectedV, Uncorrected, OffByOne, Swapped, Magnitude, Unweighted,
    Stale, Nesterov, InPlace, Narrow, Stuck, WithoutMaximum, MaximumOfCorrected,
)  # fmt: skip
RIGHT = {"adam": Adam, "amsgrad": AMSGrad}
