"""Right optimizers that keep their memory in other places and build their step in other ways."""

import functools
import math
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass
from typing import NamedTuple

import torch
from specimens.rewrites.moments import Plain
from torch.optim import Optimizer


@dataclass
class Moments:
    m: torch.Tensor
    v: torch.Tensor
    t: int = 0


class Pair(NamedTuple):
    m: torch.Tensor
    v: torch.Tensor


class DataclassState(Plain):
    def fresh(self, p):
        return {"t": 0, "kept": Moments(torch.zeros_like(p), torch.zeros_like(p))}

    def update(self, p, g, s, lr, b1, b2, eps):
        k = s["kept"]
        k.t += 1
        k.m = b1 * k.m + (1 - b1) * g
        k.v = b2 * k.v + (1 - b2) * g**2
        p -= lr * k.m / (1 - b1**k.t) / ((k.v / (1 - b2**k.t)) ** 0.5 + eps)


class NamedTupleState(Plain):
    def fresh(self, p):
        return {"t": 0, "kept": Pair(torch.zeros_like(p), torch.zeros_like(p))}

    def update(self, p, g, s, lr, b1, b2, eps):
        m, v = s["kept"]
        s["kept"] = k = Pair(b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2)
        p -= lr * k.m / (1 - b1 ** s["t"]) / ((k.v / (1 - b2 ** s["t"])) ** 0.5 + eps)


class DequeState(Plain):
    def fresh(self, p):
        return {"t": 0, "kept": deque([(torch.zeros_like(p), torch.zeros_like(p))], maxlen=1)}

    def update(self, p, g, s, lr, b1, b2, eps):
        m, v = s["kept"][-1]
        s["kept"].append((b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2))
        m, v = s["kept"][-1]
        p -= lr * m / (1 - b1 ** s["t"]) / ((v / (1 - b2 ** s["t"])) ** 0.5 + eps)


class OnSelfById(Optimizer):
    """Lists and dicts on the optimizer, keyed by the id of the parameter."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})
        self.first = OrderedDict()
        self.second = defaultdict(lambda: 0.0)
        self.t = 0

    def step(self, closure=None):
        self.t += 1
        with torch.no_grad():
            for group in self.param_groups:
                b1, b2 = group["betas"]
                for p in filter(lambda q: q.grad is not None, group["params"]):
                    m = self.first.get(id(p), 0.0)
                    self.first[id(p)] = m = m * b1 + p.grad * (1 - b1)
                    self.second[id(p)] = v = self.second[id(p)] * b2 + p.grad.pow(2) * (1 - b2)
                    p.sub_(group["lr"] * m / (1 - b1**self.t) / ((v / (1 - b2**self.t)).sqrt() + group["eps"]))


class ByIndex(Optimizer):
    """Eager state in lists, one entry for each parameter."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(params, {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps})
        self.all = [p for group in self.param_groups for p in group["params"]]
        self.m = [torch.zeros_like(p) for p in self.all]
        self.v = [torch.zeros_like(p) for p in self.all]
        self.t = 0

    @torch.no_grad()
    def step(self, closure=None):
        self.t += 1
        index = 0
        for group in self.param_groups:
            for p in group["params"]:
                m, v = self.m[index], self.v[index]
                index += 1
                if p.grad is None:
                    continue
                m += (1 - group["beta1"]) * (p.grad - m)
                v += (1 - group["beta2"]) * (p.grad * p.grad - v)
                m_hat, v_hat = m / (1 - group["beta1"] ** self.t), v / (1 - group["beta2"] ** self.t)
                p -= group["lr"] * m_hat / (v_hat.sqrt() + group["eps"])


class FlatOnSelf(Optimizer):
    """Moments of the concatenation of all parameters, kept on the optimizer."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})
        size = sum(p.numel() for group in self.param_groups for p in group["params"])
        self.m, self.v = torch.zeros(size, dtype=torch.float64), torch.zeros(size, dtype=torch.float64)
        self.t = 0

    @torch.no_grad()
    def step(self, closure=None):
        (group,) = self.param_groups
        b1, b2 = group["betas"]
        self.t += 1
        g = torch.cat([p.grad.reshape(-1) for p in group["params"]])
        self.m = b1 * self.m + (1 - b1) * g
        self.v = b2 * self.v + (1 - b2) * g * g
        d = self.m / (1 - b1**self.t) / ((self.v / (1 - b2**self.t)).sqrt() + group["eps"])
        start = 0
        for p in group["params"]:
            p.add_(d[start : start + p.numel()].view_as(p), alpha=-group["lr"])
            start += p.numel()


class FlatTogether(FlatOnSelf):
    """Parameter and both moments side by side in one flat buffer."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps)
        self.m, self.v = None, None
        with torch.no_grad():
            flat = torch.cat([p.detach().reshape(-1) for group in self.param_groups for p in group["params"]])
            self.buffer = torch.cat([flat, torch.zeros_like(flat), torch.zeros_like(flat)])

    @torch.no_grad()
    def step(self, closure=None):
        (group,) = self.param_groups
        b1, b2 = group["betas"]
        self.t += 1
        g = torch.cat([p.grad.reshape(-1) for p in group["params"]])
        x, m, v = self.buffer.chunk(3)
        m.mul_(b1).add_(g, alpha=1 - b1)
        v.mul_(b2).addcmul_(g, g, value=1 - b2)
        x.sub_(group["lr"] * m / (1 - b1**self.t) / ((v / (1 - b2**self.t)).sqrt() + group["eps"]))
        start = 0
        for p in group["params"]:
            p.copy_(x[start : start + p.numel()].view(p.shape))
            start += p.numel()


class Closures(Optimizer):
    """A closure for each parameter computes its direction and remembers."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @staticmethod
    def direction(memory):
        def inner(g, b1, b2, eps):
            memory["t"] = memory.get("t", 0) + 1
            memory["m"] = memory.get("m", torch.zeros_like(g)) * b1 + g * (1 - b1)
            memory["v"] = memory.get("v", torch.zeros_like(g)) * b2 + g * g * (1 - b2)
            corrected = ((memory[k] / (1 - b ** memory["t"])) for k, b in (("m", b1), ("v", b2)))
            m, v = corrected
            return m / (v.sqrt() + eps)

        return inner

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    make = functools.partial(self.direction(self.state[p]), eps=group["eps"])
                    p.add_(make(p.grad, *group["betas"]), alpha=-group["lr"])


class Generators(Plain):
    """The old and the new average come out of a generator."""

    @staticmethod
    def averages(s, g, betas):
        for name, b, power in zip("mv", betas, (1, 2), strict=True):
            s[name] = b * s[name] + (1 - b) * g**power
            yield s[name] / (1 - b ** s["t"])

    def update(self, p, g, s, lr, b1, b2, eps):
        m, v = self.averages(s, g, (b1, b2))
        p -= lr * m / (v.sqrt() + eps)


@torch.compile
def fused(p, g, m, v, t, lr, b1, b2, eps):
    m.lerp_(g, 1 - b1)
    v.mul_(b2).addcmul_(g, g, value=1 - b2)
    return p - lr * (m / (1 - b1**t)) / ((v / (1 - b2**t)).sqrt() + eps)


class Compiled(Plain):
    def update(self, p, g, s, lr, b1, b2, eps):
        p.copy_(fused(p, g, s["m"], s["v"], s["t"], lr, b1, b2, eps))


class Foreach(Optimizer):
    """torch's foreach functions over all parameters at once."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "t": 0})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            group["t"] += 1
            ps = [p for p in group["params"] if p.grad is not None]
            gs = [p.grad for p in ps]
            for p in ps:
                if "m" not in self.state[p]:
                    self.state[p]["m"], self.state[p]["v"] = torch.zeros_like(p), torch.zeros_like(p)
            ms, vs = [self.state[p]["m"] for p in ps], [self.state[p]["v"] for p in ps]
            torch._foreach_lerp_(ms, gs, 1 - b1)
            torch._foreach_mul_(vs, b2)
            torch._foreach_addcmul_(vs, gs, gs, 1 - b2)
            roots = torch._foreach_div(vs, 1 - b2 ** group["t"])
            torch._foreach_sqrt_(roots)
            torch._foreach_add_(roots, group["eps"])
            torch._foreach_addcdiv_(ps, ms, roots, -group["lr"] / (1 - b1 ** group["t"]))


class ThroughData(Plain):
    """Writes through .data, with a detached gradient and a round trip of types that is the identity."""

    def update(self, p, g, s, lr, b1, b2, eps):
        g = g.detach().to(torch.float64).to(p.dtype).double()
        s["m"] = s["m"].double().mul(b1).add(g.mul(1 - b1))
        s["v"] = s["v"].double().mul(b2).add(g.mul(g).mul(1 - b2)).type_as(p)
        t = s["t"]
        p.data = p.data - (lr / (1 - b1**t)) * s["m"] / (s["v"].div(1 - b2**t).sqrt().add(eps))


class DecayByHand(torch.optim.Adam):
    """AdamW on top of torch's Adam: decays the parameter, then lets Adam step."""

    rule = "adamw"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr=lr, betas=betas, eps=eps)
        for group in self.param_groups:
            group["decay"] = weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * group["decay"])
        return super().step(closure)


class DecayAfterwards(torch.optim.Adam):
    """AdamW on top of torch's Adam: the decay of the old point is subtracted after the step."""

    rule = "adamw"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr=lr, betas=betas, eps=eps)
        self.decay = weight_decay

    @torch.no_grad()
    def step(self, closure=None):
        old = [(p, p.detach().clone(), group["lr"]) for group in self.param_groups for p in group["params"]]
        loss = super().step(closure)
        for p, before, lr in old:
            p.sub_(before * (lr * self.decay))
        return loss


class Wrapped(torch.optim.SGD):
    """Adam whose direction is handed to torch's SGD as the gradient."""

    rule = "adam"

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr=lr)
        self.betas, self.eps = betas, eps
        self.kept = {}

    @torch.no_grad()
    def step(self, closure=None):
        gradients = {}
        b1, b2 = self.betas
        for group in self.param_groups:
            for p in group["params"]:
                m, v, t = self.kept.get(p, (torch.zeros_like(p), torch.zeros_like(p), 0))
                gradients[p] = p.grad
                m, v, t = b1 * m + (1 - b1) * p.grad, b2 * v + (1 - b2) * p.grad**2, t + 1
                self.kept[p] = (m, v, t)
                p.grad = m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + self.eps)
        super().step()
        for p, g in gradients.items():
            p.grad = g


class MathWords(Plain):
    """Spelled with other words: square, rsqrt, true_divide, where for the sign, abs, negative."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        size = torch.where(g >= 0, g, -g)
        s["m"] = torch.sub(torch.mul(s["m"], b1), torch.mul(torch.neg(g), 1 - b1))
        s["v"] = torch.add(torch.mul(s["v"], b2), torch.mul(size.square(), 1 - b2))
        root = torch.true_divide(s["v"], 1 - math.pow(b2, t)).rsqrt().reciprocal()
        p.copy_(torch.subtract(p, torch.true_divide(lr * s["m"] / (1 - b1**t), root + eps)))


class OneElementAtATime(Plain):
    """A loop over the flat elements, in place through a view."""

    def update(self, p, g, s, lr, b1, b2, eps):
        t = s["t"]
        flat = [a.view(-1) for a in (p, g, s["m"], s["v"])]
        for i in range(p.numel()):
            x, h, m, v = (a[i] for a in flat)
            m.copy_(b1 * m + (1 - b1) * h)
            v.copy_(b2 * v + (1 - b2) * h * h)
            x.sub_(lr * m / (1 - b1**t) / ((v / (1 - b2**t)).sqrt() + eps))


class PowerLists(Plain):
    """Keeps a history of its corrections that grows, and reads its last entry alone."""

    def fresh(self, p):
        return super().fresh(p) | {"history": []}

    def update(self, p, g, s, lr, b1, b2, eps):
        s["history"].append((1 - b1 ** s["t"], 1 - b2 ** s["t"]))
        c1, c2 = s["history"][-1]
        s["m"] = b1 * s["m"] + (1 - b1) * g
        s["v"] = b2 * s["v"] + (1 - b2) * g * g
        p -= lr * s["m"] / c1 / ((s["v"] / c2).sqrt() + eps)
