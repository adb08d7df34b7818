"""LAMB, ADOPT and AdEMAMix: right in two styles, under each reading, and with one fault each."""

import math

import torch
from specimens.momenta import Base


class Lamb(Base):
    """Norms by torch, the ratio by `where`."""

    def update(self, p, g, state, group):
        (beta1, beta2), m, v, t = group["betas"], state["m"], state["v"], state["step"]
        g = self.scaled(g)
        m.mul_(beta1).add_(g, alpha=1.0 if self.reading == "sum-buffer" else 1 - beta1)
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        one, two = (1, 1) if self.reading == "uncorrected" else (1 - beta1**t, 1 - beta2**t)
        r = (m / one) / ((v / two).sqrt() + group["eps"])
        if self.reading not in ("l2", "decoupled", "decay-without-lr"):
            r = r + group["weight_decay"] * p
        rate = group["lr"] / (1 - beta1**t) if self.reading == "rate-corrected" else group["lr"]
        p.sub_(rate * self.ratio(p.norm(), r.norm(), group) * r)

    def scaled(self, g):
        if self.reading == "normalised-gradient":
            return g / g.norm()
        return g / torch.clamp(g.norm(), min=1.0) if self.reading == "clipped-gradient" else g

    def ratio(self, length, update, group):
        if self.reading == "clipped-norm":
            length = length.clamp(max=10)
        beside = group["eps"] if self.reading == "eps-in-ratio" else 0
        ratio = torch.where(update > 0, length / (update + beside), 0.0)
        if self.reading == "ratio-one-at-zero":
            ratio = torch.where(length > 0, torch.where(update > 0, length / update, 1.0), 1.0)
        if self.reading == "ratio-one-without-decay" and group["weight_decay"] == 0:
            return 1.0
        return ratio.clamp(max=1) if self.reading == "ratio-at-most-one" else ratio


class LambByItems(Base):
    """Right: Python numbers, corrections folded."""

    def update(self, p, g, state, group):
        (beta1, beta2), t = group["betas"], state["step"]
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        state["v"] = beta2 * state["v"] + (1 - beta2) * g * g
        root = math.sqrt(1 - beta2**t)
        r = state["m"] * root / (1 - beta1**t) / (state["v"].sqrt() + group["eps"] * root) + group["weight_decay"] * p
        length, update = p.pow(2).sum().sqrt().item(), r.pow(2).sum().sqrt().item()
        if update > 0:
            p.add_(r, alpha=-group["lr"] * length / update)


class LambByElement(Base):
    """Wrong: each element has its own ratio."""

    def update(self, p, g, state, group):
        (beta1, beta2), t = group["betas"], state["step"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].lerp_(g * g, 1 - beta2)
        r = (state["m"] / (1 - beta1**t)) / ((state["v"] / (1 - beta2**t)).sqrt() + group["eps"])
        r = r + group["weight_decay"] * p
        p.sub_(group["lr"] * torch.where(r.abs() > 0, p.abs() / r.abs(), 0.0) * r)


class LambDecayLate(Base):
    """Wrong: the decay is left out of the length of the update."""

    def update(self, p, g, state, group):
        (beta1, beta2), t = group["betas"], state["step"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].lerp_(g * g, 1 - beta2)
        r = (state["m"] / (1 - beta1**t)) / ((state["v"] / (1 - beta2**t)).sqrt() + group["eps"])
        ratio = torch.where(r.norm() > 0, p.norm() / r.norm(), 0.0)
        p.sub_(group["lr"] * ratio * (r + group["weight_decay"] * p))


# ADOPT --------------------------------------------------------------------------------------------


class Adopt(Base):
    """The style of its authors: the first call is left early."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, clip_exp=None, reading=""):
        super().__init__(params, lr, betas, eps, weight_decay, reading, clip_exp=clip_exp)

    def update(self, p, g, state, group):
        (beta1, beta2), m, v, t = group["betas"], state["m"], state["v"], state["step"]
        if self.reading == "decoupled-from-first" or (self.reading == "decoupled" and t > 1):
            p.mul_(1 - group["lr"] * group["weight_decay"])
        if t == 1:
            v.addcmul_(g, g)
            return
        u = g / (v.sqrt() + group["eps"] if self.reading == "eps-added" else v.sqrt().clamp(min=group["eps"]))
        if self.reading != "unclipped":
            bound = self.bound(t, group["clip_exp"])
            u.clamp_(-bound, bound)
        first = self.reading == "first-weight-one" and t == 2
        m.lerp_(u, 1.0 if first else 1 - beta1)
        p.add_(m, alpha=-group["lr"])
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        self.decay_after(p, group)

    def bound(self, t, power):
        return (t if self.reading == "clip-one-late" else t - 1) ** (power or 0.25)

    def decay(self, p, g, group):
        return g if self.reading == "decoupled" else super().decay(p, g, group)


class AdoptBySize(Base):
    """Right: sign times clipped size, by `where`; the counter starts late."""

    def update(self, p, g, state, group):
        (beta1, beta2), calls = group["betas"], state["step"] - 1
        if calls == 0:
            state["v"] = g.square()
        else:
            bound = math.sqrt(math.sqrt(calls))
            size = g.abs() / torch.maximum(state["v"].sqrt(), torch.full_like(g, group["eps"]))
            c = torch.sign(g) * torch.where(size > bound, bound, size)
            state["m"] = beta1 * state["m"] + (1 - beta1) * c
            p.sub_(group["lr"] * state["m"])
            state["v"] = beta2 * state["v"] + (1 - beta2) * g.square()


class AdoptFresh(Base):
    """Wrong: the second moment is refreshed before it divides."""

    def update(self, p, g, state, group):
        (beta1, beta2), v, t = group["betas"], state["v"], state["step"]
        v.mul_(beta2 if t > 1 else 0.0).addcmul_(g, g, value=1 - beta2 if t > 1 else 1.0)
        if t > 1:
            u = (g / v.sqrt().clamp(min=group["eps"])).clamp(-((t - 1) ** 0.25), (t - 1) ** 0.25)
            state["m"].lerp_(u, 1 - beta1)
            p.add_(state["m"], alpha=-group["lr"])


class AdoptMoves(Base):
    """Wrong: the first call moves too."""

    def update(self, p, g, state, group):
        (beta1, beta2), v, t = group["betas"], state["v"], state["step"]
        if t == 1:
            v.addcmul_(g, g)
        u = (g / v.sqrt().clamp(min=group["eps"])).clamp(-(t**0.25), t**0.25)
        state["m"].lerp_(u, 1 - beta1)
        p.add_(state["m"], alpha=-group["lr"])
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)


# AdEMAMix -----------------------------------------------------------------------------------------


class Mixing(Base):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999, 0.9999), alpha=5.0, eps=1e-8, weight_decay=0.0, reading=""):
        super().__init__(params, lr, betas, eps, weight_decay, reading, alpha=alpha)

    def begin(self, p, state):
        state.update(step=0, m=torch.zeros_like(p), slow=torch.zeros_like(p), v=torch.zeros_like(p))


class AdEMAMix(Mixing):
    """The style of its authors."""

    def update(self, p, g, state, group):
        (beta1, beta2, beta3), t, eps = group["betas"], state["step"], group["eps"]
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["slow"].mul_(beta3).add_(g, alpha=1 - beta3)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        slow = state["slow"] / (1 - beta3**t) if self.reading == "slow-corrected" else state["slow"]
        one, two = (1, 1) if self.reading == "uncorrected" else (1 - beta1**t, 1 - beta2**t)
        update = (state["m"] / one + group["alpha"] * slow) / self.scale(state["v"], two, eps)
        if self.reading not in ("l2", "decay-without-lr", "decay-after"):
            update.add_(p, alpha=group["weight_decay"])
        p.add_(update, alpha=-group["lr"])
        self.decay_after(p, group)

    def scale(self, v, correction, eps):
        if self.reading == "eps-hat":
            return (v.sqrt() + eps) / math.sqrt(correction)
        return (v / correction + eps).sqrt() if self.reading == "eps-inside" else (v / correction).sqrt() + eps


class AdEMAMixSums(Mixing):
    """Right: sums in place of averages, one buffer for what is added."""

    def update(self, p, g, state, group):
        (beta1, beta2, beta3), t = group["betas"], state["step"]
        for key, beta, fresh in (("m", beta1, g), ("slow", beta3, g), ("v", beta2, g * g)):
            state[key] = beta * state[key] + fresh
        fast = state["m"] * ((1 - beta1) / (1 - beta1**t))
        root = (state["v"] * (1 - beta2) / (1 - beta2**t)) ** 0.5
        kept = 1 - group["lr"] * group["weight_decay"]
        p.copy_(kept * p - group["lr"] * (fast + group["alpha"] * (1 - beta3) * state["slow"]) / (root + group["eps"]))


class AdEMAMixFastTwice(Mixing):
    """Wrong: the slow average forgets like the fast one."""

    def update(self, p, g, state, group):
        (beta1, beta2, _), t = group["betas"], state["step"]
        state["m"].lerp_(g, 1 - beta1)
        state["slow"].lerp_(g, 1 - beta1)
        state["v"].lerp_(g * g, 1 - beta2)
        m = state["m"] / (1 - beta1**t) + group["alpha"] * state["slow"]
        p.sub_(group["lr"] * (m / ((state["v"] / (1 - beta2**t)).sqrt() + group["eps"]) + group["weight_decay"] * p))


class AdEMAMixWhole(Mixing):
    """Wrong: the correction divides both averages."""

    def update(self, p, g, state, group):
        (beta1, beta2, beta3), t = group["betas"], state["step"]
        state["m"].lerp_(g, 1 - beta1)
        state["slow"].lerp_(g, 1 - beta3)
        state["v"].lerp_(g * g, 1 - beta2)
        m = (state["m"] + group["alpha"] * state["slow"]) / (1 - beta1**t)
        p.sub_(group["lr"] * (m / ((state["v"] / (1 - beta2**t)).sqrt() + group["eps"]) + group["weight_decay"] * p))
