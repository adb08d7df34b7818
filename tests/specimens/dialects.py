"""More styles of right optimizers: compiled helpers, hooks, counters of every type, views, older torch idioms."""

import math
from functools import partial

import numpy as np
import torch
from torch.optim import Optimizer


class Base(Optimizer):
    """Adam's bookkeeping; each style below writes its own arithmetic."""

    counter = staticmethod(lambda p: 0)

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if not state:
                    state.update(step=self.counter(p), m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["step"] += 1
                self.update(p, p.grad, state, group["lr"], *group["betas"], group["eps"])

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = state["m"], state["v"], state["step"]
        m.lerp_(g, 1 - beta1)
        v.lerp_(g * g, 1 - beta2)
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class Float32Power(Base):
    """Wrong in float64: beta to the power of a float32 tensor is float32."""

    counter = staticmethod(lambda p: torch.tensor(0.0, dtype=torch.float32))


class Float32Counter(Base):
    """Right: the counter is read before it is a power."""

    counter = staticmethod(lambda p: torch.tensor(0.0, dtype=torch.float32))

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, {**state, "step": state["step"].item()}, lr, beta1, beta2, eps)


class IntegerCounter(Base):
    counter = staticmethod(lambda p: torch.zeros((1,), dtype=torch.int32))

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, {**state, "step": int(state["step"])}, lr, beta1, beta2, eps)


class IntegerPower(Base):
    """Wrong in float64: a number to the power of an integer tensor has the default type, float32."""

    counter = staticmethod(lambda p: torch.zeros((), dtype=torch.int64))


class FloatCounter(Base):
    counter = staticmethod(lambda p: 0.0)


class NarrowCounter(Base):
    """Wrong: in bfloat16 t stands still at 256."""

    counter = staticmethod(lambda p: torch.zeros((), dtype=torch.bfloat16))


class HalfCounter(Base):
    """Wrong: in float16 t stands still at 2048."""

    counter = staticmethod(lambda p: torch.zeros((), dtype=torch.float16))


class ThroughFloat(Base):
    """Wrong in float64: the gradient passes through float32."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g.float().to(p.dtype), state, lr, beta1, beta2, eps)


class Items(Base):
    """Python numbers out of tensors, NumPy's scalars, `math`."""

    counter = staticmethod(lambda p: torch.tensor(0.0, dtype=torch.float64))

    def update(self, p, g, state, lr, beta1, beta2, eps):
        t = state["step"].item()
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        state["v"] = beta2 * state["v"] + (1 - beta2) * torch.mul(g, g)
        c1, c2 = 1 - math.exp(t * math.log(beta1)), 1 - np.power(beta2, t)
        p.addcdiv_(state["m"], state["v"].sqrt().div_(np.sqrt(c2)).add_(eps), value=-float(lr / c1))


@torch.compile
def _compiled(p, g, m, v, t, lr, beta1, beta2, eps):
    m.mul_(beta1).add_(g, alpha=1 - beta1)
    v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
    p.addcdiv_(m / (1 - beta1**t), (v / (1 - beta2**t)).sqrt_().add_(eps), value=-lr)


class Compiled(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        _compiled(p, g, state["m"], state["v"], state["step"], lr, beta1, beta2, eps)


@torch.jit.script
def _scripted(m: torch.Tensor, g: torch.Tensor, beta: float):
    return m * beta + g * (1.0 - beta)


class Scripted(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["m"], state["v"] = _scripted(state["m"], g, beta1), _scripted(state["v"], g * g, beta2)
        t = state["step"]
        p.add_(-lr * state["m"].div(1 - beta1**t).div(state["v"].div(1 - beta2**t).sqrt().add(eps)))


class Undisturbed(Base):
    """Context managers and decorators that change nothing here."""

    @torch._dynamo.disable
    def update(self, p, g, state, lr, beta1, beta2, eps):
        with torch.profiler.record_function("adam"), torch.autocast("cpu", enabled=False), torch.no_grad():
            assert not torch.is_grad_enabled()
            if isinstance(lr, torch.Tensor) or g.is_sparse or torch.is_complex(p) or p.device.type == "meta":
                raise RuntimeError(p.dtype)
            tiny = max(eps, torch.finfo(p.dtype).tiny)
            super().update(p, g.type_as(p).to(p).contiguous(), state, lr, beta1, beta2, tiny if eps < 0 else eps)


class Rows(Base):
    """Both moments in one tensor, reached through views that are made again each time."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        rows = state.setdefault("rows", torch.zeros((2, *p.shape), dtype=p.dtype))
        weights = torch.tensor([beta1, beta2], dtype=p.dtype).view(2, *[1] * p.dim()).expand_as(rows)
        rows.mul_(weights).add_((1 - weights) * torch.stack((g, g.square())))
        rows = torch.stack([rows[0] / (1 - beta1 ** state["step"]), rows[1] / (1 - beta2 ** state["step"])])
        p[...] = p - lr * rows[0] / (rows[1].sqrt() + eps)


class Outs(Base):
    """`out=` everywhere, into one scratch tensor."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        scratch = state.setdefault("scratch", torch.empty_like(p, memory_format=torch.preserve_format))
        t = state["step"]
        torch.lerp(g, state["m"], beta1, out=state["m"])
        torch.mul(g, g, out=scratch)
        torch.lerp(scratch, state["v"], beta2, out=state["v"])
        torch.div(state["v"], 1 - beta2**t, out=scratch)
        torch.add(torch.sqrt(scratch, out=scratch), eps, out=scratch)
        torch.div(state["m"], scratch, out=scratch)
        torch.sub(p, scratch, alpha=lr / (1 - beta1**t), out=p)


class Slow(Optimizer):
    """torch 1.x's Adamax: the larger of two by stacking them, and the older order of arguments."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if len(state) == 0:
                    state |= {"step": 0, "exp_avg": torch.zeros_like(p.data), "exp_inf": torch.zeros_like(p.data)}
                beta1, beta2 = group["betas"]
                state["step"] += 1
                state["exp_avg"].mul_(beta1).add_(p.grad.data, alpha=1 - beta1)
                both = [state["exp_inf"].mul_(beta2).unsqueeze(0), p.grad.data.abs().add_(group["eps"]).unsqueeze_(0)]
                torch.amax(torch.cat(both, 0), 0, keepdim=False, out=state["exp_inf"])
                clr = group["lr"] / (1 - beta1 ** state["step"])
                p.data.addcdiv_(state["exp_avg"], state["exp_inf"], value=-clr)


class Tuples(Base):
    """A tuple as memory that is replaced, operators only, the counter by its own products."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, p1, p2 = state.get("all", (0.0, 0.0, 1.0, 1.0))
        m, v, p1, p2 = m + (g - m) * (1 - beta1), v + (g**2 - v) * (1 - beta2), p1 * beta1, p2 * beta2
        p.data = p.data - lr * (m / (1 - p1)) / ((v / (1 - p2)) ** 0.5 + eps)
        state["all"] = (m, v, p1, p2)


class LionRows(Optimizer):
    """Lion by rows of a reshaped parameter, as one would with einops."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                x, g = (y.reshape(y.shape[0], -1).t() if y.dim() > 1 else y.reshape(1, -1) for y in (p.data, p.grad))
                m = self.state[p].setdefault("m", torch.zeros_like(x))
                x = x * (1 - group["lr"] * group["weight_decay"])
                x = x.sub((m * beta1 + g * (1 - beta1)).sign_(), alpha=group["lr"])
                p.copy_(x.t().reshape(p.shape) if p.dim() > 1 else x.view(p.shape))
                m.copy_(torch.lerp(g, m, beta2))


class LionViews(LionRows):
    """Wrong: `reshape` of a permuted parameter is a copy, and what is written there is lost."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                x, g = p.data.reshape(-1), p.grad.reshape(-1)
                m = self.state[p].setdefault("m", torch.zeros_like(x))
                x.mul_(1 - group["lr"] * group["weight_decay"])
                x.sub_((m * beta1 + g * (1 - beta1)).sign_(), alpha=group["lr"])
                m.copy_(torch.lerp(g, m, beta2))


class Keyed(Optimizer):
    """Momentum by `id` in a dict of the object, hooks on, a closure around the update."""

    def __init__(self, params, lr=0.1, mu=0.9):
        super().__init__(params, {"lr": lr, "mu": mu})
        self.velocity = {}
        self.register_step_pre_hook(lambda *args: None)
        self.register_step_post_hook(lambda *args: None)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            move = partial(self._move, group["lr"], group["mu"])
            for p in (p for p in group["params"] if p.grad is not None):
                move(p)
        return loss

    @torch.no_grad()
    def _move(self, lr, mu, p):
        v = self.velocity.get(id(p))
        self.velocity[id(p)] = p.grad.clone() if v is None else v * mu + p.grad
        p.add_(self.velocity[id(p)].neg(), alpha=lr)


class Masked(Optimizer):
    """Adagrad that divides only where something was seen."""

    def __init__(self, params, lr=0.01, eps=1e-10):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                total = self.state[p].setdefault("sum", torch.full_like(p, 0.0))
                total.addcmul_(p.grad, p.grad)
                scaled = torch.where(p.grad != 0, p.grad / (total.sqrt() + group["eps"]), torch.zeros_like(p))
                p.copy_(p.masked_fill(torch.zeros_like(p, dtype=torch.bool), 0).sub(scaled * group["lr"]))


class Cached(Base):
    """RAdam's authors keep what depends on t alone in a cache of ten, found by t mod 10; here for the corrections."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps)
        self.buffer = [[None, None] for _ in range(10)]

    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        found = self.buffer[int(state["step"] % 10)]
        if state["step"] != found[0]:
            found[0] = state["step"]
            found[1] = math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
        root = math.sqrt(1 - beta2 ** state["step"])
        p.addcdiv_(state["m"], state["v"].sqrt().add_(eps * root), value=-lr * found[1])
