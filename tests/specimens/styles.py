"""Right optimizers in the styles of well-known repositories; tests/test_lift_styles.py says which rule each one is."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch.optim import Optimizer
from torch.utils._pytree import tree_map


class Fairseq(Optimizer):
    """fairseq's Adam: half precision is widened, decay on the spot, corrections in the step size."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, defaults)

    @property
    def supports_memory_efficient_fp16(self):
        return True

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
                grad = p.grad.data
                if grad.dtype in {torch.float16, torch.bfloat16}:
                    grad = grad.float()
                if grad.is_sparse:
                    raise RuntimeError("no sparse gradients")
                data = p.data
                if p.data.dtype in {torch.float16, torch.bfloat16}:
                    data = data.float()
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(data)
                    state["exp_avg_sq"] = torch.zeros_like(data)
                else:
                    state["exp_avg"] = state["exp_avg"].to(data)
                    state["exp_avg_sq"] = state["exp_avg_sq"].to(data)
                exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
                beta1, beta2 = group["betas"]
                state["step"] += 1
                exp_avg.mul_(beta1).add_(grad, alpha=1 - beta1)
                exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
                denom = exp_avg_sq.sqrt().add_(group["eps"])
                correction1 = 1 - beta1 ** state["step"]
                correction2 = 1 - beta2 ** state["step"]
                step_size = group["lr"] * math.sqrt(correction2) / correction1
                if group["weight_decay"] != 0:
                    data.add_(data, alpha=-group["weight_decay"] * group["lr"])
                data.addcdiv_(exp_avg, denom, value=-step_size)
                if p.data.dtype in {torch.float16, torch.bfloat16}:
                    p.data.copy_(data)
        return loss


class FairseqNag(Optimizer):
    """fairseq's NAG: the buffer holds the learning rate, and is scaled when that changes."""

    def __init__(self, params, lr=0.1, momentum=0.9):
        super().__init__(params, {"lr": lr, "lr_old": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            momentum, lr, lr_old = group["momentum"], group["lr"], group.get("lr_old", group["lr"])
            correct = lr / lr_old if lr_old > 0 else lr
            for p in (p for p in group["params"] if p.grad is not None):
                state, d_p = self.state[p], p.grad.data
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(d_p)
                buf = state["momentum_buffer"].to(device=d_p.device, dtype=d_p.dtype)
                p.data.add_(buf, alpha=momentum * momentum * correct)
                p.data.add_(d_p, alpha=-(1 + momentum) * lr)
                buf.mul_(momentum * correct).add_(d_p, alpha=-lr)
            group["lr_old"] = lr


class Apex(Optimizer):
    """apex's FusedAdam without its kernels: lists by type, one counter in the group."""

    def __init__(self, params, lr=1e-3, bias_correction=True, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        defaults = {"lr": lr, "bias_correction": bias_correction, "betas": betas, "eps": eps}
        super().__init__(params, {**defaults, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            if "step" in group:
                group["step"] += 1
            else:
                group["step"] = 1
            lists = {torch.float32: ([], [], [], []), torch.float64: ([], [], [], [])}
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if len(state) == 0:
                    state["exp_avg"] = torch.zeros_like(p.data)
                    state["exp_avg_sq"] = torch.zeros_like(p.data)
                for box, x in zip(
                    lists[p.dtype], (p.grad.data, p.data, state["exp_avg"], state["exp_avg_sq"]), strict=True
                ):
                    box.append(x)
            for members in lists.values():
                if members[0]:
                    self._multi(group, *members)

    @staticmethod
    def _multi(group, gs, ps, ms, vs):
        beta1, beta2 = group["betas"]
        torch._foreach_mul_(ms, beta1)
        torch._foreach_add_(ms, gs, alpha=1 - beta1)
        torch._foreach_mul_(vs, beta2)
        torch._foreach_addcmul_(vs, gs, gs, [1 - beta2] * len(gs))
        c1, c2 = 1.0, 1.0
        if group["bias_correction"]:
            c1, c2 = 1 - beta1 ** group["step"], 1 - beta2 ** group["step"]
        bottom = torch._foreach_div(vs, c2)
        torch._foreach_sqrt_(bottom)
        torch._foreach_add_(bottom, group["eps"])
        update = torch._foreach_div(torch._foreach_div(ms, c1), bottom)
        torch._foreach_add_(update, ps, alpha=group["weight_decay"])
        torch._foreach_add_(ps, update, alpha=-group["lr"])


class HuggingFace(Optimizer):
    """transformers' AdamW of version 4: the decay comes last."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0, correct_bias=True):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "correct_bias": correct_bias}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if len(state) == 0:
                    state |= {"step": 0, "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
                beta1, beta2 = group["betas"]
                state["step"] += 1
                state["exp_avg"].mul_(beta1).add_(p.grad, alpha=(1.0 - beta1))
                state["exp_avg_sq"].mul_(beta2).addcmul_(p.grad, p.grad, value=1.0 - beta2)
                denom = state["exp_avg_sq"].sqrt().add_(group["eps"])
                step_size = group["lr"]
                if group["correct_bias"]:
                    correction1 = 1.0 - beta1 ** state["step"]
                    correction2 = 1.0 - beta2 ** state["step"]
                    step_size = step_size * math.sqrt(correction2) / correction1
                p.addcdiv_(state["exp_avg"], denom, value=-step_size)
                if group["weight_decay"] > 0.0:
                    p.add_(p, alpha=(-group["lr"] * group["weight_decay"]))


class DeepSpeed(Optimizer):
    """A CPU Adam in NumPy on the tensors' own memory: no lifter can follow it."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if not state:
                    state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                x, g, m, v = (y.detach().numpy() for y in (p, p.grad, state["m"], state["v"]))
                state["step"] += 1
                beta1, beta2 = group["betas"]
                m += (1 - beta1) * (g - m)
                v += (1 - beta2) * (g * g - v)
                root = np.sqrt(v / (1 - beta2 ** state["step"]))
                x -= group["lr"] / (1 - beta1 ** state["step"]) * m / (root + group["eps"])


class AdamState(NamedTuple):
    count: int
    mu: dict
    nu: dict


def scale_by_adam(b1, b2, eps):
    """An optax-like pair of pure functions over dicts of arrays."""

    def init(params):
        return AdamState(0, tree_map(torch.zeros_like, params), tree_map(torch.zeros_like, params))

    def update(updates, state, params=None):
        count = state.count + 1
        mu = {k: b1 * state.mu[k] + (1 - b1) * g for k, g in updates.items()}
        nu = {k: b2 * state.nu[k] + (1 - b2) * g**2 for k, g in updates.items()}
        mu_hat = tree_map(lambda m: m / (1 - b1**count), mu)
        nu_hat = tree_map(lambda v: v / (1 - b2**count), nu)
        return {k: mu_hat[k] / (torch.sqrt(nu_hat[k]) + eps) for k in mu}, AdamState(count, mu, nu)

    return init, update


class Functional(Optimizer):
    """JAX's way in a class: pure updates, a NamedTuple as memory, which no state_dict holds."""

    def __init__(self, params, learning_rate=1e-3, b1=0.9, b2=0.999, eps=1e-8):
        super().__init__(params, {"learning_rate": learning_rate, "b1": b1, "b2": b2, "eps": eps})
        self.opt_state = None

    @torch.no_grad()
    def step(self, closure=None):
        (group,) = self.param_groups
        tree = {f"p{i}": p for i, p in enumerate(group["params"]) if p.grad is not None}
        init, update = scale_by_adam(group["b1"], group["b2"], group["eps"])
        if self.opt_state is None:
            self.opt_state = init(tree)
        updates, self.opt_state = update({k: p.grad for k, p in tree.items()}, self.opt_state, tree)
        for k, u in tree_map(lambda u: -group["learning_rate"] * u, updates).items():
            tree[k].copy_(tree[k] + u)


class Flat(Optimizer):
    """All parameters of a group as one vector, as partitioned optimizers keep them; it wants all gradients."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            self._step(group, self.state[group["params"][0]])

    def _step(self, group, state):
        n = sum(p.numel() for p in group["params"])
        moments = state.setdefault("moments", torch.zeros(2, n, dtype=group["params"][0].dtype))
        state["step"] = state.get("step", 0) + 1
        beta1, beta2 = group["betas"]
        x = torch.cat([p.reshape(-1) for p in group["params"]])
        g = torch.cat([p.grad.reshape(-1) for p in group["params"]])
        moments[0] = torch.lerp(g, moments[0], beta1)
        moments[1] = beta2 * moments[1] + (1 - beta2) * g.square()
        m, v = moments.unbind()
        root = (v / (1 - beta2 ** state["step"])).sqrt_()
        x = x - group["lr"] / (1 - beta1 ** state["step"]) * m / (root + group["eps"])
        start = 0
        for p in group["params"]:
            p.copy_(x[start : start + p.numel()].view(p.shape))
            start += p.numel()


@dataclass
class Memory:
    m: torch.Tensor
    v: torch.Tensor
    t: int = 0
    history: list = field(default_factory=list)


class Dataclass(Optimizer):
    """Memory in a dataclass, the counter a Python number."""

    def __init__(self, params, alpha=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(params, {"alpha": alpha, "beta1": beta1, "beta2": beta2, "epsilon": epsilon})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                if "memory" not in self.state[p]:
                    self.state[p]["memory"] = Memory(p.new_zeros(p.shape), p.new_zeros(p.shape))
                s = self.state[p]["memory"]
                s.t += 1
                s.m = s.m + (1 - group["beta1"]) * (p.grad - s.m)
                s.v = s.v + (1 - group["beta2"]) * (p.grad * p.grad - s.v)
                rate = group["alpha"] / (1 - math.pow(group["beta1"], s.t))
                p.data -= rate * s.m / ((s.v / (1 - math.pow(group["beta2"], s.t))) ** 0.5 + group["epsilon"])


class Lecture(Optimizer):
    """Lists on the object, as in lecture notes: a defaultdict, zip, plain operators."""

    def __init__(self, params, lr=0.01, rho=0.99, eps=1e-8):
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps})
        self.cache = defaultdict(float)

    def step(self):
        with torch.no_grad():
            for group in self.param_groups:
                for p in (p for p in group["params"] if p.grad is not None):
                    self.cache[p] = group["rho"] * self.cache[p] + (1 - group["rho"]) * p.grad**2
                    p -= group["lr"] * p.grad / (torch.sqrt(self.cache[p]) + group["eps"])
