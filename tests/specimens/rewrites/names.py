"""Right optimizers whose hyperparameters go by other names."""

import torch
from torch.optim import Optimizer


class Named(Optimizer):
    """Adam with numbers by name; subclasses say what they are called."""

    rule = "adam"

    @torch.no_grad()
    def adam(self, lr, b1, b2, eps, decay=0.0):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                t = s["t"] = s.get("t", 0) + 1
                s["m"] = group[b1] * s.get("m", torch.zeros_like(p)) + (1 - group[b1]) * p.grad
                s["v"] = group[b2] * s.get("v", torch.zeros_like(p)) + (1 - group[b2]) * p.grad**2
                m, v = s["m"] / (1 - group[b1] ** t), s["v"] / (1 - group[b2] ** t)
                step = m / (v.sqrt() + group[eps])
                p -= group[lr] * (step + group[decay] * p if decay else step)


class KingmaBa(Named):
    """As the paper names them."""

    def __init__(self, params, alpha=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        super().__init__(params, dict(alpha=alpha, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon))

    def step(self, closure=None):
        self.adam("alpha", "beta_1", "beta_2", "epsilon")


class Rhos(Named):
    """As Goodfellow's book names them."""

    def __init__(self, params, step_size=1e-3, rho1=0.9, rho2=0.999, delta=1e-8):
        super().__init__(params, dict(step_size=step_size, rho1=rho1, rho2=rho2, delta=delta))

    def step(self, closure=None):
        self.adam("step_size", "rho1", "rho2", "delta")


class Descriptive(Named):
    def __init__(self, params, learning_rate=1e-3, momentum_decay=0.9, scale_decay=0.999, stabiliser=1e-8):
        super().__init__(
            params, dict(learning_rate=learning_rate, m_decay=momentum_decay, v_decay=scale_decay, tiny=stabiliser)
        )

    def step(self, closure=None):
        self.adam("learning_rate", "m_decay", "v_decay", "tiny")


class Decaying(Named):
    rule = "adamw"

    def __init__(self, params, eta=1e-3, b1=0.9, b2=0.999, eps1=1e-8, lambda_=0.01):
        super().__init__(params, dict(eta=eta, b1=b1, b2=b2, eps1=eps1, lambda_=lambda_))

    def step(self, closure=None):
        self.adam("eta", "b1", "b2", "eps1", "lambda_")


class Accumulator(Named):
    """RMSProp with decay and no word for alpha."""

    rule = "rmsprop"

    def __init__(self, params, learning_rate=0.01, decay=0.99, epsilon=1e-8):
        super().__init__(params, dict(learning_rate=learning_rate, decay=decay, epsilon=epsilon))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            a = group["decay"]
            for p in group["params"]:
                s = self.state[p]
                s["v"] = a * s.get("v", torch.zeros_like(p)) + (1 - a) * p.grad**2
                p -= group["learning_rate"] * p.grad / (s["v"].sqrt() + group["epsilon"])


class Friction(Named):
    """Momentum by another name."""

    rule = "momentum"

    def __init__(self, params, step_size=0.1, gamma=0.9):
        super().__init__(params, dict(step_size=step_size, gamma=gamma))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                s["b"] = group["gamma"] * s.get("b", torch.zeros_like(p)) + p.grad
                p -= group["step_size"] * s["b"]
