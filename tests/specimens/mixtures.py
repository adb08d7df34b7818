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
