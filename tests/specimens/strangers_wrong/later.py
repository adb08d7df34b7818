"""Later methods by strangers, each with one fault."""

import torch
from torch.optim import Optimizer


class _A(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

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
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["m"] = torch.zeros_like(p)
                    state["v"] = torch.zeros_like(p)
                state["step"] += 1
                self.apply(p, p.grad, group, state, state["step"])
        return loss

    def moments(self, g, group, state):
        b1, b2 = group["betas"]
        m, v = state["m"], state["v"]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        return m, v


class NadA(_A):
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3):
        super().__init__(params, lr, betas, eps)
        for group in self.param_groups:
            group["momentum_decay"] = momentum_decay
        self.defaults["momentum_decay"] = momentum_decay

    def schedule(self, group, t):
        b1, psi = group["betas"][0], group["momentum_decay"]
        return b1 * (1 - 0.5 * 0.96 ** (t * psi)), b1 * (1 - 0.5 * 0.96 ** (t * psi))

    def apply(self, p, g, group, state, t):
        _b1, b2 = group["betas"]
        m, v = self.moments(g, group, state)
        mu, nxt = self.schedule(group, t)
        state["prod"] = state.get("prod", 1.0) * mu
        den = (v / (1 - b2**t)).sqrt() + group["eps"]
        p.addcdiv_(g, den, value=-group["lr"] * (1 - mu) / (1 - state["prod"]))
        p.addcdiv_(m, den, value=-group["lr"] * nxt / (1 - state["prod"] * nxt))


class NadC(NadA):
    def schedule(self, group, t):
        b1, psi = group["betas"][0], group["momentum_decay"]
        return b1 * (1 - 0.96 ** (t * psi)), b1 * (1 - 0.96 ** ((t + 1) * psi))


class OptA(_A):
    power = 0.25

    def clip_at(self, t):
        return t**0.25

    def apply(self, p, g, group, state, t):
        b1, b2 = group["betas"]
        m, v = state["m"], state["v"]
        if t == 1:
            v.addcmul_(g, g)
            return
        n = g / v.sqrt().clamp(min=group["eps"])
        c = self.clip_at(t)
        n = n.clamp(-c, c)
        m.mul_(b1).add_(n, alpha=1 - b1)
        p.sub_(m, alpha=group["lr"])
        v.mul_(b2).addcmul_(g, g, value=1 - b2)


class OptD(OptA):
    def apply(self, p, g, group, state, t):
        b1, b2 = group["betas"]
        m, v = state["m"], state["v"]
        if t == 1:
            v.addcmul_(g, g, value=1 - b2)
            return
        n = g / v.sqrt().clamp(min=group["eps"])
        c = (t - 1) ** 0.25
        n = n.clamp(-c, c)
        m.mul_(b1).add_(n, alpha=1 - b1)
        p.sub_(m, alpha=group["lr"])
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
