"""Right Adams that count their steps, and keep the powers of their betas, in every way but the usual one."""

import math

import torch
from specimens.rewrites.moments import Plain
from torch.optim import Optimizer


class Counted(Plain):
    """Adam with its corrections from `corrections`."""

    def update(self, p, g, s, lr, b1, b2, eps):
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        c1, c2 = self.corrections(s, b1, b2)
        p -= lr * (s["m"] / c1) / ((s["v"] / c2).sqrt() + eps)


class FloatProducts(Counted):
    def corrections(self, s, b1, b2):
        s["b1t"], s["b2t"] = s.get("b1t", 1.0) * b1, s.get("b2t", 1.0) * b2
        return 1 - s["b1t"], 1 - s["b2t"]


class TensorProducts(Counted):
    def corrections(self, s, b1, b2):
        if "bt" not in s:
            s["bt"] = torch.ones(2, dtype=torch.float64)
        s["bt"][0] *= b1
        s["bt"][1] *= b2
        return 1 - s["bt"][0], 1 - s["bt"][1]


class Complements(Counted):
    """Keeps 1 - beta^t itself."""

    def corrections(self, s, b1, b2):
        s["c1"] = b1 * s.get("c1", 0.0) + (1 - b1)
        s["c2"] = b2 * s.get("c2", 0.0) + (1 - b2)
        return s["c1"], s["c2"]


class Geometric(Counted):
    """Keeps the sums 1 + beta + ... + beta^(t-1)."""

    def corrections(self, s, b1, b2):
        s["c1"], s["c2"] = 1 + b1 * s.get("c1", 0.0), 1 + b2 * s.get("c2", 0.0)
        return (1 - b1) * s["c1"], (1 - b2) * s["c2"]


class Logarithms(Counted):
    def corrections(self, s, b1, b2):
        t = s["t"]
        return 1 - math.exp(t * math.log(b1)), -math.expm1(t * math.log(b2))


class StoredLogarithms(Counted):
    """Keeps t log(beta)."""

    def corrections(self, s, b1, b2):
        s["l1"], s["l2"] = s.get("l1", 0.0) + math.log(b1), s.get("l2", 0.0) + math.log(b2)
        return 1 - math.exp(s["l1"]), 1 - math.exp(s["l2"])


class MathPow(Counted):
    def corrections(self, s, b1, b2):
        return 1 - math.pow(b1, s["t"]), 1.0 - pow(b2, s["t"])


class FromZero(Counted):
    def fresh(self, p):
        return super().fresh(p) | {"t": -1}

    def corrections(self, s, b1, b2):
        return 1 - b1 ** (s["t"] + 1), 1 - b2 ** (s["t"] + 1)


class Downwards(Counted):
    """Counts down from a million."""

    def fresh(self, p):
        return super().fresh(p) | {"left": 1_000_000}

    def corrections(self, s, b1, b2):
        s["left"] -= 1
        t = 1_000_000 - s["left"]
        return 1 - b1**t, 1 - b2**t


class TensorCounter(Counted):
    def fresh(self, p):
        return super().fresh(p) | {"count": torch.tensor(0.0, dtype=torch.float64)}

    def corrections(self, s, b1, b2):
        s["count"] += 1
        return 1 - b1 ** s["count"], 1 - b2 ** s["count"]


class ItemCounter(Counted):
    def fresh(self, p):
        return super().fresh(p) | {"count": torch.zeros((), dtype=torch.int64)}

    def corrections(self, s, b1, b2):
        s["count"] += 1
        t = s["count"].item()
        return 1 - b1**t, 1 - b2**t


class GroupCounter(Optimizer):
    """One counter for all parameters of a group."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "step": 0})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            group["step"] += 1
            t, (b1, b2) = group["step"], group["betas"]
            size = group["lr"] * math.sqrt(1 - b2**t) / (1 - b1**t)
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                m.add_(p.grad - m, alpha=1 - b1)
                v.add_(p.grad.square() - v, alpha=1 - b2)
                p.addcdiv_(m, v.sqrt().add_(group["eps"] * math.sqrt(1 - b2**t)), value=-size)


class GroupProducts(GroupCounter):
    """The running products of the betas live in the group."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            group["power1"] = group.get("power1", 1.0) * b1
            group["power2"] = group.get("power2", 1.0) * b2
            group["size"] = group["lr"] / (1 - group["power1"])
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                m.copy_(torch.lerp(p.grad, m, b1))
                v.copy_(torch.lerp(p.grad**2, v, b2))
                p.sub_(group["size"] * m / ((v / (1 - group["power2"])).sqrt() + group["eps"]))


class SelfCounter(Plain):
    """The step counter is kept on the optimizer."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps)
        self.iterations = 0

    def step(self, closure=None):
        self.iterations += 1
        return super().step(closure)

    def update(self, p, g, s, lr, b1, b2, eps):
        t = self.iterations
        s["m"].mul_(b1).add_(g, alpha=1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        p -= lr * math.sqrt(1 - b2**t) / (1 - b1**t) * s["m"] / (s["v"].sqrt() + eps * math.sqrt(1 - b2**t))


class StepSizeKept(Counted):
    """Keeps step size and corrections of the last step, which nobody reads."""

    def corrections(self, s, b1, b2):
        t = s["t"]
        s["step_size"] = 1e-3 * math.sqrt(1 - b2**t) / (1 - b1**t)
        s["bias"] = (1 - b1**t, 1 - b2**t)
        return s["bias"]


class NextCorrections(Counted):
    """Keeps the corrections of the step that comes next."""

    def corrections(self, s, b1, b2):
        c = s.get("next", (1 - b1, 1 - b2))
        t = s["t"] + 1
        s["next"] = (1 - b1**t, 1 - b2**t)
        return c


class MeanLengths(Counted):
    """Keeps sqrt(1 - beta2^t), and its square again."""

    def corrections(self, s, b1, b2):
        s["root"] = math.sqrt(b2 * s.get("root", 0.0) ** 2 + 1 - b2)
        s["inverse"] = 1 / (1 - b1 ** s["t"])
        return 1 / s["inverse"], s["root"] ** 2
