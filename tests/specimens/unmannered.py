"""Still more bad manners (see contracts.py): what breaks instead of being done, and what is seldom tried."""

import torch
from specimens.contracts import Base, breaks, right

# What raises ------------------------------------------------------------------------------------------


@breaks(no_gradient="other")
class StacksByGroup(Base):
    """A group in which no tensor has a gradient leaves nothing to stack."""

    def all(self):
        for group in self.param_groups:
            torch.cat([p.grad.reshape(-1) for p in group["params"] if p.grad is not None])
        super().all()


@right
class SaysThatGroupsNeedGradients(Base):
    def all(self):
        for group in self.param_groups:
            if all(p.grad is None for p in group["params"]):
                raise RuntimeError("a group needs a gradient")
        super().all()


@right
class ViewsItsMemory(Base):
    """A view is not to be had of every layout, and torch says so."""

    def move(self, p, m, v, t, group, **other):
        super().move(p.view(-1), m.view(-1), v.view(-1), t, group)


@right
class SaysThatLayoutsMatter(Base):
    def one(self, p, group):
        if not p.is_contiguous():
            raise ValueError("parameters have to be contiguous")
        super().one(p, group)


@breaks(shapes="other")
class CountsParametersFirst(Base):
    """A generator is empty when it was looked through."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        self.count = sum(1 for _ in params)
        super().__init__(params, lr, betas, eps, weight_decay, maximize)


@breaks(state_dict="state-dict")
class ExpectsAnOlderState(Base):
    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group["betas"] = group["beta1"], group["beta2"]


@right
class SaysThatItLoadsNothing(Base):
    def load_state_dict(self, state_dict):
        raise NotImplementedError("begin again instead")


# What is seldom tried ---------------------------------------------------------------------------------


@breaks(no_gradient="step-index")
class OneCountForMany(Base):
    """From seventeen tensors on, the steps of the first one stand for all."""

    def update(self, p, g, state, group):
        state["t"] += 1
        self.moments(g, state, group)
        many = [q for q in group["params"] if q.grad is not None]
        self.move(p, state["m"], state["v"], self.state[many[0]]["t"] if len(many) > 16 else state["t"], group)


@breaks(schedule="parameter-groups")
class DecaysByTheFirstRate(Base):
    """The decay is that of the rate at which a scheduler began."""

    def move(self, p, m, v, t, group, **other):
        p.mul_(1 - group.get("initial_lr", group["lr"]) * 0.01)
        super().move(p, m, v, t, group)


@breaks(gradients="other")
class ForgetsWithItsGradients(Base):
    def zero_grad(self, set_to_none=True):
        super().zero_grad(set_to_none)
        for state in self.state.values():
            state["m"].zero_()


@breaks(closure="other")
class LooksBeforeTheClosure(Base):
    @torch.no_grad()
    def step(self, closure=None):
        ready = [(p, group) for group in self.param_groups for p in group["params"] if p.grad is not None]
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for p, group in ready:
            self.one(p, group)
        return loss


class Rows(Base):
    """Of a sparse gradient only the rows that it names are updated, as Adagrad does."""

    def rows(self, g):
        return g.coalesce()

    def one(self, p, group):
        if p.grad is None or not p.grad.is_sparse:
            return super().one(p, group)
        g, state = self.rows(p.grad), self.memory(p)
        i, values = g._indices()[0], g._values()
        state["v"].index_add_(0, i, values * values)
        p.index_add_(0, i, values / (state["v"][i].sqrt() + group["eps"]), alpha=-group["lr"])


@right
class AddsRowsFirst(Rows):
    pass


@breaks(gradients="other")
class TakesRowsAsTheyCome(Rows):
    def rows(self, g):
        return g
