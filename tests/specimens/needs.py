"""Optimizers that need more than a gradient, or that treat it in an odd way."""

import abc
import random

import torch
from torch.optim import Optimizer


class Base(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, group)

    def update(self, p, g, group):
        p.sub_(g, alpha=group["lr"])


class Closure(Base):
    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss


class ClosureAssert(Base):
    def step(self, closure=None):
        assert closure is not None, "needs closure"
        with torch.enable_grad():
            closure()
        return super().step()


class Second(Base):
    def step(self, closure=None):
        p = self.param_groups[0]["params"][0]
        z = torch.randint_like(p, 0, 2) * 2 - 1
        h = torch.autograd.grad(p.grad, p, grad_outputs=z.double(), retain_graph=True)[0]
        with torch.no_grad():
            p.sub_(self.param_groups[0]["lr"] * p.grad / (h.abs() + 1e-4))


class Backward(Base):
    def step(self, closure=None):
        p = self.param_groups[0]["params"][0]
        p.grad.sum().backward(create_graph=True)
        super().step()


class Model(Base):
    def __init__(self, model, lr=0.1):
        super().__init__(model.parameters(), lr)


class Named(Base):
    def __init__(self, named_parameters, lr=0.1):
        super().__init__([p for n, p in named_parameters], lr)


class More(Base):
    def __init__(self, params, model, lr=0.1):
        super().__init__(params, lr)


class Noisy(Base):
    def update(self, p, g, group):
        p.sub_(group["lr"] * (g + 1e-3 * torch.randn_like(g)))


class NoisyNumpy(Base):
    def update(self, p, g, group):
        p.sub_(group["lr"] * (g * (1 + random.random() * 1e-3)))


class Ignores(Base):
    def update(self, p, g, group):
        p.mul_(1 - group["lr"])


class Returns(Base):
    def step(self, closure=None):
        super().step()
        return "done"


class Abstract(Optimizer, abc.ABC):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @abc.abstractmethod
    def rule(self): ...


class NoStep(Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})


class Sparse(Base):
    def update(self, p, g, group):
        if not g.is_sparse:
            raise RuntimeError("needs sparse gradients")
        p.add_(g, alpha=-group["lr"])


class F32(Base):
    def __init__(self, params, lr=0.1):
        params = list(params)
        if params[0].dtype != torch.float32:
            raise TypeError("only float32")
        super().__init__(params, lr)


class F32Step(Base):
    def update(self, p, g, group):
        if p.dtype != torch.float32:
            raise TypeError("only float32")
        p.sub_(g, alpha=group["lr"])


class Check(Base):
    def update(self, p, g, group):
        if torch.isnan(g).any() or torch.isinf(g).any():
            raise ValueError("bad gradient")
        p.sub_(g, alpha=group["lr"])


class SkipNan(Base):
    def update(self, p, g, group):
        if not torch.isfinite(g).all():
            return
        p.sub_(g, alpha=group["lr"])


class StepArgs(Base):
    def step(self, loss, closure=None):
        super().step()


class Held:
    def __init__(self, params):
        self.parameters = lambda: iter(params)


def make_model(params):
    return Model(Held(params))


def make_closure(params):
    class Given(Closure):
        def step(self, closure=None):
            return super().step(lambda: None)

    return Given(params)


class Restless(Base):
    calls = 0

    def update(self, p, g, group):
        Restless.calls += 1
        p.sub_(g, alpha=group["lr"] * (1 + Restless.calls / 1000))
