"""L-BFGS as users write it: right in two ways, and each of the wrong ones with one fault."""

from __future__ import annotations

import torch


class LBFGS(torch.optim.Optimizer):
    """One step of length lr at each call, with Nocedal and Wright's two loops over the last pairs."""

    def __init__(self, params, lr=1.0, history_size=10):
        super().__init__(params, {"lr": lr, "history_size": history_size})

    @property
    def memory(self):
        return self.state[self.param_groups[0]["params"][0]]

    @property
    def pairs(self):
        return self.memory.setdefault("pairs", [])

    def step(self, closure):
        loss = closure()
        (group,) = self.param_groups
        (parameter,) = group["params"]
        point, gradient = parameter.detach().reshape(-1).clone(), parameter.grad.reshape(-1).clone()
        if "point" in self.memory:
            self.pairs.append((point - self.memory["point"], gradient - self.memory["gradient"]))
            del self.pairs[: -self.kept(group["history_size"])]
        self.memory.update(point=point, gradient=gradient)
        with torch.no_grad():
            parameter.sub_(group["lr"] * self.applied(gradient).reshape(parameter.shape))
        return loss

    def kept(self, history_size):
        return history_size

    def scale(self):
        s, y = self.pairs[-1]
        return s.dot(y) / y.dot(y)

    def applied(self, q):
        alphas = []
        for s, y in reversed(self.pairs):
            alphas.append(s.dot(q) / s.dot(y))
            q = q - alphas[-1] * y
        r = self.scale() * q if self.pairs else q
        for (s, y), alpha in zip(self.pairs, reversed(alphas), strict=True):
            r = r + self.second(alpha, y.dot(r) / s.dot(y)) * s
        return r

    def second(self, alpha, beta):
        return alpha - beta


class LBFGSByMatrix(LBFGS):
    """The same as a matrix, updated pair by pair."""

    def applied(self, q):
        one = torch.eye(len(q), dtype=q.dtype)
        matrix = self.scale() * one if self.pairs else one
        for s, y in self.pairs:
            side = one - torch.outer(s, y) / s.dot(y)
            matrix = side @ matrix @ side.T + torch.outer(s, s) / s.dot(y)
        return matrix @ q


class LBFGSWrongSign(LBFGS):
    def second(self, alpha, beta):
        return alpha + beta


class LBFGSOldestScale(LBFGS):
    def scale(self):
        s, y = self.pairs[0]
        return s.dot(y) / y.dot(y)


class LBFGSOneTooMany(LBFGS):
    def kept(self, history_size):
        return history_size + 1


class LBFGSBacktracking(LBFGS):
    """Half the step as long as the value does not fall: no rule here says so."""

    def step(self, closure):
        before = (self.param_groups[0]["params"][0]).detach().clone()
        loss = super().step(closure)
        (parameter,) = self.param_groups[0]["params"]
        for _ in range(20):
            if closure() < loss:
                break
            with torch.no_grad():
                parameter.copy_((parameter + before) / 2)
        return loss
