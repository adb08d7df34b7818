"""Optimizers with one fault each, in styles whose memory is hard to read or whose fault rarely shows."""

import torch
from specimens.rewrites.containers import FlatTogether
from specimens.rewrites.moments import LagsBehind, Plain


class SumsWithOneBeta(Plain):
    """m + v and m - v are kept, and v decays with beta1."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        m, v = (s["m"] + s["v"]) / 2, (s["m"] - s["v"]) / 2
        m, v = b1 * m + (1 - b1) * g, b1 * v + (1 - b1) * g * g
        s["m"], s["v"] = m + v, m - v
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class RowsSwapped(Plain):
    """Both moments in one tensor; each decays with the other's beta."""

    def fresh(self, p):
        return {"t": 0, "mv": torch.zeros(2, *p.shape, dtype=p.dtype)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        m, v = s["mv"]
        s["mv"] = torch.stack([b2 * m + (1 - b2) * g, b1 * v + (1 - b1) * g * g])
        m, v = s["mv"]
        p -= lr * m / (1 - b2**t) / ((v / (1 - b1**t)).sqrt() + eps)


class DenominatorLate(Plain):
    """The second moment is recovered from the denominator with the correction of this step."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        v = (s["d"] - eps).square() * (1 - b2**t) if t > 1 else torch.zeros_like(p)
        s["d"] = ((b2 * v + (1 - b2) * g * g) / (1 - b2**t)).sqrt() + eps
        p -= lr * s["m"] / (1 - b1**t) / s["d"]


class OffsetLeaks(Plain):
    """The second moment is kept with eps added, which then decays."""

    def fresh(self, p):
        return {"t": 0, "m": torch.zeros_like(p), "v": torch.full_like(p, 1e-8)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"] = b2 * s["v"] + (1 - b2) * g * g
        p -= lr * s["m"] / (1 - b1**t) / ((s["v"] / (1 - b2**t)).sqrt() + eps)


class LagsTooFar(LagsBehind):
    """The gradient that is folded in late is forgotten in the second moment of this step."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(s["g"], alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(s["g"], s["g"], value=1 - b2)
        last, s["g"] = s["g"], g.clone()
        m, v = b1 * s["m"] + (1 - b1) * g, b2 * s["v"] + (1 - b2) * last * last
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class ZerosSkipped(Plain):
    """An element whose gradient is zero keeps its memory, as a sparse optimizer would have it."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t, there = s["t"], g != 0
        s["m"] = torch.where(there, b1 * s["m"] + (1 - b1) * g, s["m"])
        s["v"] = torch.where(there, b2 * s["v"] + (1 - b2) * g * g, s["v"])
        p -= lr * s["m"] / (1 - b1**t) / ((s["v"] / (1 - b2**t)).sqrt() + eps)


class NothingOnZero(Plain):
    """A gradient that is zero everywhere is no step."""

    def update(self, p, g, s, lr, b1, b2, eps):
        if g.abs().max() == 0:
            s["t"] -= 1
            return
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        p -= lr * s["m"] / (1 - b1**t) / ((s["v"] / (1 - b2**t)).sqrt() + eps)


class LagsAndFades(LagsBehind):
    """Right for 310 steps."""

    def update(self, p, g, s, lr, b1, b2, eps):
        super().update(p, g, s, lr if s["t"] <= 310 else lr / 2, b1, b2, eps)


class HugeClipped(LagsBehind):
    """Gradients above a thousand are cut."""

    def update(self, p, g, s, lr, b1, b2, eps):
        super().update(p, g.clamp(-1000, 1000), s, lr, b1, b2, eps)


class TinyFlushed(LagsBehind):
    """Squares below 1e-30 are dropped."""

    def update(self, p, g, s, lr, b1, b2, eps):
        super().update(p, torch.where(g.abs() < 1e-15, torch.zeros_like(g), g), s, lr, b1, b2, eps)


class RestartOnFlip(LagsBehind):
    """The average starts anew where the gradient changes its sign."""

    def update(self, p, g, s, lr, b1, b2, eps):
        s["m"] = torch.where(g * s["g"] < 0, torch.zeros_like(p), s["m"])
        super().update(p, g, s, lr, b1, b2, eps)


class FlatAndStuck(FlatTogether):
    """The flat buffer's second moment is refreshed with the gradient's size, not its square."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = p.grad.abs().sqrt() * p.grad.sign()
        return super().step(closure)
