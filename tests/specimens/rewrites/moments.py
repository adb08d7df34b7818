"""Right optimizers whose memory is kept scaled, rooted, negated, corrected, summed or mixed."""

import math

import torch
from torch.optim import Optimizer


class Plain(Optimizer):
    """Walks over the parameters; `update` is one step of one of them."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def fresh(self, p):
        return {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)}

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    s = self.state[p]
                    if not s:
                        s.update(self.fresh(p))
                    s["t"] += 1
                    self.update(p, p.grad, s, group["lr"], *group["betas"], group["eps"])
        return loss


class CorrectedMomentsStored(Plain):
    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"] = (b1 * (1 - b1 ** (t - 1)) * s["m"] + (1 - b1) * g) / (1 - b1**t)
        s["v"] = (b2 * (1 - b2 ** (t - 1)) * s["v"] + (1 - b2) * g * g) / (1 - b2**t)
        p -= lr * s["m"] / (s["v"].sqrt() + eps)


class WeightOfTheNew(Plain):
    """Corrected averages by their changing weight: m_hat += w (g - m_hat)."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        w1, w2 = (1 - b1) / (1 - b1**t), (1 - b2) / (1 - b2**t)
        s["m"].lerp_(g, w1)
        s["v"].add_((g.square() - s["v"]) * w2)
        p.addcdiv_(s["m"], s["v"].sqrt().add_(eps), value=-lr)


class RootOfCorrected(Plain):
    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        second = b2 * (1 - b2 ** (t - 1)) * s["v"] ** 2 + (1 - b2) * g**2
        s["v"] = torch.sqrt(second / (1 - b2**t))
        p.sub_((lr / (1 - b1**t)) * s["m"] / (s["v"] + eps))


class SumsOfPowers(Plain):
    """a = m / (1 - beta1), kept as a sum; the factors go into one step size."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g)
        s["v"].mul_(b2).addcmul_(g, g)
        size = lr * (1 - b1) / (1 - b1**t) / math.sqrt((1 - b2) / (1 - b2**t))
        p.addcdiv_(s["m"], s["v"].sqrt() + eps * math.sqrt((1 - b2**t) / (1 - b2)), value=-size)


class GrowingSums(Plain):
    """Sums of beta^-i g_i, which need no decay."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"] += g / b1**t
        s["v"] += g * g / b2**t
        m = s["m"] * b1**t * (1 - b1) / (1 - b1**t)
        v = s["v"] * b2**t * (1 - b2) / (1 - b2**t)
        p -= lr * m / (v.sqrt() + eps)


class Negated(Plain):
    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"] = b1 * s["m"] - (1 - b1) * g
        s["v"] = b2 * s["v"] - (1 - b2) * g * g
        p += lr / (1 - b1**t) * s["m"] / ((-s["v"] / (1 - b2**t)).sqrt() + eps)


class SumAndDifference(Plain):
    """Two memories that hold m + v and m - v."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        m, v = (s["m"] + s["v"]) / 2, (s["m"] - s["v"]) / 2
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        s["m"], s["v"] = m + v, m - v
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class Mixed(Plain):
    """m is kept beside a multiple of v: v = (second - 3 m) / 2."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        v = (s["v"] - 3 * s["m"]) / 2
        s["m"] = b1 * s["m"] + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        s["v"] = 2 * v + 3 * s["m"]
        p -= lr * s["m"] / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class Variance(Plain):
    """Keeps the variance v - m^2, as Welford would, and adds the square of the mean again."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        v = s["v"] + s["m"].square()
        s["m"] = b1 * s["m"] + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        s["v"] = v - s["m"].square()
        p -= lr * s["m"] / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class ScaledByRoot(Plain):
    """m is kept divided by sqrt(1 - beta2)."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        c = math.sqrt(1 - b2)
        s["m"] = b1 * s["m"] + (1 - b1) / c * g
        s["v"] = b2 * s["v"] + g * g
        v_hat = s["v"] * (1 - b2) / (1 - b2**t)
        p -= lr * c * s["m"] / (1 - b1**t) / (v_hat.sqrt() + eps)


class Offset(Plain):
    """The second moment is kept with 1 added, so that it is never zero."""

    def fresh(self, p):
        return {"t": 0, "m": torch.zeros_like(p), "v": torch.ones_like(p)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"] = b2 * (s["v"] - 1) + (1 - b2) * g * g + 1
        p -= lr * s["m"] / (1 - b1**t) / (((s["v"] - 1) / (1 - b2**t)).sqrt() + eps)


class Denominator(Plain):
    """Stores the denominator sqrt(v_hat) + eps itself, and recovers v from it."""

    def fresh(self, p):
        return {"t": 0, "m": torch.zeros_like(p), "d": None}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        v = torch.zeros_like(p) if s["d"] is None else (s["d"] - eps).square() * (1 - b2 ** (t - 1))
        v = b2 * v + (1 - b2) * g * g
        s["d"] = (v / (1 - b2**t)).sqrt() + eps
        p -= lr * s["m"] / (1 - b1**t) / s["d"]


class LastStepKept(Plain):
    """Keeps what nobody reads again: the last update and the last gradient."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        s["r"] = s["m"] / (1 - b1**t) / ((s["v"] / (1 - b2**t)).sqrt() + eps)
        s["last"], s["norm"], s["before"] = g.clone(), g.norm(), p.detach().clone()
        p -= lr * s["r"]


class FoldedMean(Plain):
    """1 - beta1 is part of the step size, 1 - beta2 of the denominator; halves are kept."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=0.5)
        s["v"].mul_(b2).addcmul_(g, g, value=0.25)
        m = 2 * s["m"] * ((1 - b1) / (1 - b1**t))
        p.sub_(torch.div(m, 2 * math.sqrt((1 - b2) / (1 - b2**t)) * s["v"].sqrt() + eps), alpha=lr)


class Flipped(Plain):
    """The reciprocal root is computed, not the root."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"] = torch.add(s["m"] * b1, g, alpha=1 - b1)
        s["v"] = torch.addcmul(s["v"] * b2, g, g, value=1 - b2)
        r = (s["v"] / (1 - b2**t)).pow(0.5).add(eps).reciprocal()
        p.addcmul_(s["m"] / (1 - b1**t), r, value=-lr)


class Hypot(Plain):
    """The root of the second moment, refreshed by hypot."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"] = s["m"] + (1 - b1) * (g - s["m"])
        s["v"] = torch.hypot(math.sqrt(b2) * s["v"], math.sqrt(1 - b2) * g)
        p -= lr / (1 - b1**t) * s["m"] / (s["v"] / math.sqrt(1 - b2**t) + eps)


class Late(Plain):
    """m without its last factor: m = (1 - beta1) (beta1 a + g), a is stored times beta1."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        a, c = s["m"] + g, s["v"] + g * g
        m, v = (1 - b1) * a, (1 - b2) * c
        s["m"], s["v"] = b1 * a, b2 * c
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class Stacked(Plain):
    """Both moments in one tensor."""

    def fresh(self, p):
        return {"t": 0, "mv": torch.zeros(2, *p.shape, dtype=p.dtype, device=p.device)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        m, v = s["mv"]
        s["mv"] = torch.stack([b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g])
        m, v = s["mv"].unbind()
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class StackedInPlace(Plain):
    """Both moments in one tensor, written through its rows."""

    def fresh(self, p):
        return {"t": 0, "mv": torch.zeros((*p.shape, 2), dtype=p.dtype, device=p.device)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        m, v = s["mv"][..., 0], s["mv"][..., 1]
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).add_(g * g, alpha=1 - b2)
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)


class Columns(Plain):
    """Sum and difference of the moments, as two columns of one matrix over the flat parameter."""

    def fresh(self, p):
        return {"t": 0, "mv": torch.zeros(p.numel(), 2, dtype=p.dtype)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t, g = s["t"], g.reshape(-1)
        both = s["mv"]
        m, v = (both[:, 0] + both[:, 1]) / 2, (both[:, 0] - both[:, 1]) / 2
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        s["mv"] = torch.stack([m + v, m - v], dim=1)
        p -= (lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)).view_as(p)


class ParameterKept(Plain):
    """Keeps a copy of the parameter as the master, and copies it over at each step."""

    def fresh(self, p):
        return {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p), "master": p.detach().clone()}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        s["master"] -= lr * s["m"] / (1 - b1**t) / ((s["v"] / (1 - b2**t)).sqrt() + eps)
        p.copy_(s["master"])


class LagsBehind(Plain):
    """Folds the gradient in at the next step: the memory is one step old, the last gradient is kept."""

    def fresh(self, p):
        return super().fresh(p) | {"g": torch.zeros_like(p)}

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        s["m"].mul_(b1).add_(s["g"], alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(s["g"], s["g"], value=1 - b2)
        s["g"] = g.clone()
        m, v = b1 * s["m"] + (1 - b1) * g, b2 * s["v"] + (1 - b2) * g * g
        p -= lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps)
