"""Lion, AdaBelief and Yogi: right in two styles, under each reading, and with one fault each."""

import math

import torch
from torch.optim import Optimizer


class Base(Optimizer):
    """`reading` is the id of the reading that the code follows; "" is the paper."""

    start = 0.0

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, reading="", **more):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, **more))
        self.reading = reading

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    if not state:
                        self.begin(p, state)
                    state["step"] += 1
                    self.update(p, self.decay(p, p.grad, group), state, group)

    def begin(self, p, state):
        state.update(step=0, m=torch.zeros_like(p), v=torch.full_like(p, self.start))

    def decay(self, p, g, group):
        """The gradient, after the decay that stands before the step."""
        rates = {"decoupled": group["lr"], "decay-without-lr": 1}
        if self.reading in rates:
            p.mul_(1 - rates[self.reading] * group["weight_decay"])
        return g + group["weight_decay"] * p if self.reading == "l2" else g

    def decay_after(self, p, group):
        if self.reading == "decay-after":
            p.mul_(1 - group["lr"] * group["weight_decay"])


# Lion ---------------------------------------------------------------------------------------------


class Lion(Base):
    """The style of its authors: in place, decay first."""

    def update(self, p, g, state, group):
        (beta1, beta2), m = group["betas"], state["m"]
        if not self.reading or self.reading == "signum":
            p.mul_(1 - group["lr"] * group["weight_decay"])
        weight = 1 - (beta2 if self.reading == "signum" else beta1)
        p.add_(m.lerp(g, weight).sign_(), alpha=-group["lr"])
        m.lerp_(g, 1 - beta2)
        self.decay_after(p, group)


class LionByParts(Base):
    """Right: a sum in place of the average, the sign by comparisons."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        c = beta1 * (1 - beta2) * state["m"] + (1 - beta1) * g
        direction = torch.where(c > 0, 1.0, torch.where(c < 0, -1.0, 0.0))
        p.copy_(p - group["lr"] * (direction + group["weight_decay"] * p))
        state["m"] = beta2 * state["m"] + g


class LionSwapped(Base):
    """Wrong: the betas change places."""

    def update(self, p, g, state, group):
        beta2, beta1 = group["betas"]
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.add_(torch.sign(beta1 * state["m"] + (1 - beta1) * g), alpha=-group["lr"])
        state["m"].mul_(beta2).add_(g, alpha=1 - beta2)


class LionSoft(Base):
    """Wrong: a soft sign."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        c = torch.lerp(state["m"], g, 1 - beta1)
        p.sub_(group["lr"] * (c / (c.abs() + group["eps"]) + group["weight_decay"] * p))
        state["m"].lerp_(g, 1 - beta2)


# AdaBelief ----------------------------------------------------------------------------------------


class AdaBelief(Base):
    """The style of its authors: eps is added to the state in place."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        m, s, t, eps = state["m"], state["v"], state["step"], group["eps"]
        m.mul_(beta1).add_(g, alpha=1 - beta1)
        surprise = g - m
        s.mul_(beta2).addcmul_(surprise, surprise, value=1 - beta2)
        if self.reading != "eps-outside-only":
            s.add_(eps)
        beside = 0.0 if self.reading == "eps-inside-only" else eps
        if self.reading == "rectified":
            self.rectified(p, m, s, t, group)
        else:
            used = self.largest(s, state) if self.reading == "amsgrad" else s
            denom = (used.sqrt() / math.sqrt(1 - beta2**t)).add_(beside)
            p.addcdiv_(m, denom, value=-group["lr"] / (1 - beta1**t))
        self.decay_after(p, group)

    def largest(self, s, state):
        state["w"] = torch.maximum(state.get("w", torch.zeros_like(s)), s)
        return state["w"]

    def rectified(self, p, m, s, t, group):
        beta1, beta2 = group["betas"]
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        rate = group["lr"] / (1 - beta1**t)
        if length >= 5:
            kept = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            p.addcdiv_(m, s.sqrt() + group["eps"], value=-rate * math.sqrt((1 - beta2**t) * kept))
        else:
            p.add_(m, alpha=-rate)


class AdaBeliefFolded(Base):
    """Right: the surprise from the old average, the corrections folded into rate and eps."""

    def update(self, p, g, state, group):
        (beta1, beta2), t, eps = group["betas"], state["step"], group["eps"]
        state["v"] = beta2 * state["v"] + (1 - beta2) * (beta1 * (g - state["m"])).square() + eps
        state["m"] = state["m"] + (1 - beta1) * (g - state["m"])
        root = (1 - beta2**t) ** 0.5
        p -= group["lr"] * root / (1 - beta1**t) * state["m"] / (state["v"] ** 0.5 + eps * root)


class AdaBeliefLate(Base):
    """Wrong: the surprise is taken before the average is refreshed."""

    def update(self, p, g, state, group):
        (beta1, beta2), t, eps = group["betas"], state["step"], group["eps"]
        state["v"].mul_(beta2).add_((1 - beta2) * (g - state["m"]) ** 2 + eps)
        state["m"].lerp_(g, 1 - beta1)
        denom = (state["v"] / (1 - beta2**t)).sqrt() + eps
        p.sub_(group["lr"] / (1 - beta1**t) * state["m"] / denom)


class AdaBeliefTwice(Base):
    """Wrong: eps is added to the corrected variance again."""

    def update(self, p, g, state, group):
        (beta1, beta2), t, eps = group["betas"], state["step"], group["eps"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].mul_(beta2).add_((1 - beta2) * (g - state["m"]) ** 2 + eps)
        denom = (state["v"] / (1 - beta2**t) + eps).sqrt() + eps
        p.sub_(group["lr"] / (1 - beta1**t) * state["m"] / denom)


# Yogi ---------------------------------------------------------------------------------------------


class Yogi(Base):
    def begin(self, p, state):
        m, v = (1e-6 if self.reading == id else 0.0 for id in ("m0-small", "v0-small"))
        state.update(step=0, m=torch.full_like(p, m), v=torch.full_like(p, v))

    def update(self, p, g, state, group):
        (beta1, beta2), m, v, t = group["betas"], state["m"], state["v"], state["step"]
        m.lerp_(g, 1 - beta1)
        square = g * g
        if self.reading == "v0-first-square" and t == 1:
            v.copy_(square)
        else:
            v.addcmul_(torch.sign(v - square), square, value=-(1 - beta2))
        one, two = (1 - beta1**t, 1 - beta2**t) if self.reading == "bias-corrected" else (1, 1)
        inside, beside = (group["eps"], 0) if self.reading == "eps-inside" else (0, group["eps"])
        p.addcdiv_(m, (v / two + inside).sqrt().add_(beside), value=-group["lr"] / one)
        self.decay_after(p, group)


class YogiByCases(Base):
    """Right: up or down by comparison, the root kept instead of the moment."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        v, square = state["v"] ** 2, g**2
        part = (1 - beta2) * square
        state["v"] = torch.where(v > square, v - part, torch.where(v < square, v + part, v)).sqrt()
        p.sub_(group["lr"] * state["m"] / (state["v"] + group["eps"]))


class YogiAsAdam(Base):
    """Wrong: the second moment is Adam's."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].sub_((1 - beta2) * (state["v"] - g * g))
        p.addcdiv_(state["m"], state["v"].sqrt() + group["eps"], value=-group["lr"])


class YogiTurned(Base):
    """Wrong: the sign is the gradient's."""

    def update(self, p, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].sub_((1 - beta2) * torch.sign(state["v"] - g.abs()) * g * g)
        p.addcdiv_(state["m"], state["v"].sqrt() + group["eps"], value=-group["lr"])
