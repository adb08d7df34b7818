"""More optimizers with bad manners (see contracts.py): direction, gradients, state, types, closures and zeros."""

import copy

import numpy as np
import torch
from specimens.contracts import Base, breaks, right

# 5. Maximize --------------------------------------------------------------------------------------


@breaks(maximize="direction")
class NeverMaximizes(Base):
    def gradient(self, p, group):
        return p.grad


@breaks(maximize="direction")
class TurnsItsMemory(Base):
    def gradient(self, p, group):
        return p.grad

    def moments(self, g, state, group):
        super().moments(g, state, group)
        if group["maximize"]:
            state["m"].neg_()


@breaks(maximize="direction")
class TurnsTheDecayToo(Base):
    def gradient(self, p, group):
        g = p.grad + group["weight_decay"] * p
        return -g if group["maximize"] else g

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, weight_decay=0)


@breaks(maximize="parameter-groups")
class FirstGroupsDirection(Base):
    def gradient(self, p, group):
        return super().gradient(p, self.param_groups[0])


# 6. Gradients -------------------------------------------------------------------------------------


@breaks(gradients="gradient-mutation")
class DecaysTheGradient(Base):
    def gradient(self, p, group):
        g = super().gradient(p, group)
        return g.add_(p, alpha=group["weight_decay"]) if group["weight_decay"] else g

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, weight_decay=0)


@breaks(gradients="gradient-mutation")
class NegatesTheGradient(Base):
    def gradient(self, p, group):
        return p.grad.neg_() if group["maximize"] else p.grad


@breaks(gradients="gradient-mutation")
class DropsTheGradient(Base):
    def one(self, p, group):
        super().one(p, group)
        p.grad = None


@breaks(gradients="state-sharing")
class MomentIsTheGradient(Base):
    def moments(self, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"] = g if state["t"] == 1 else beta1 * state["m"] + (1 - beta1) * g
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)


@breaks(gradients="state-sharing")
class KeepsTheLastGradient(Base):
    def moments(self, g, state, group):
        super().moments(g + 0.5 * (g - state.get("last", g)), state, group)
        state["last"] = g.detach()


# 7. Saving and loading ----------------------------------------------------------------------------


@breaks(state_dict="state-dict")
class MemoryOnSelf(Base):
    def memory(self, p):
        known = self.__dict__.setdefault("known", {})
        return known.setdefault(p, {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)})


@breaks(state_dict="state-dict")
class LoadsAStepOfZero(Base):
    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["t"] = 0


@breaks(state_dict="state-dict")
class SavesHalf(Base):
    def state_dict(self):
        saved = copy.deepcopy(super().state_dict())
        for state in saved["state"].values():
            state["v"].zero_()
        return saved


@breaks(no_gradient="step-index", groups="step-index", state_dict="state-dict")
class CountsOnSelf(Base):
    t = 0

    def all(self):
        self.t += 1
        super().all()

    def update(self, p, g, state, group):
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], self.t, group)


# 8. Two instances ---------------------------------------------------------------------------------


@breaks(instances="state-sharing")
class CountsForTheClass(Base):
    t = 0

    def all(self):
        type(self).t += 1
        super().all()

    def update(self, p, g, state, group):
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], type(self).t, group)


def _remembering(p, known={}):  # noqa: B006 (that is the fault)
    key = tuple(p.shape)
    if key not in known:
        known[key] = {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)}
    return known[key]


@breaks(instances="state-sharing")
class MutableDefault(Base):
    def memory(self, p):
        return _remembering(p)


_KNOWN: list[dict] = []


@breaks(instances="state-sharing")
class MemoryOfTheModule(Base):
    """Each new instance starts afresh, and takes the memory of the one before away."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)
        _KNOWN[:] = [{} for group in self.param_groups for p in group["params"]]

    def memory(self, p):
        state = _KNOWN[[q is p for group in self.param_groups for q in group["params"]].index(True)]
        if not state:
            state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        return state


# 9. Types -----------------------------------------------------------------------------------------


@breaks(dtype="precision")
class MomentInFloat32(Base):
    def memory(self, p):
        state = self.state[p]
        if not state:
            state.update(t=0, m=torch.zeros(p.shape), v=torch.zeros_like(p))
        return state

    def move(self, p, m, v, t, group, **other):
        super().move(p, m.to(p.dtype), v, t, group)


@breaks(dtype="precision")
class BecomesFloat32(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group)
        p.data = p.data.float()


@breaks(dtype="precision")
class RateInFloat32(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, lr=float(np.float32(group["lr"])))


@breaks(dtype="precision")
class UpdateInBfloat16(Base):
    def moments(self, g, state, group):
        super().moments(g.bfloat16().to(g.dtype), state, group)


# 10. Closures -------------------------------------------------------------------------------------


@breaks(closure="other")
class LeavesTheClosure(Base):
    @torch.no_grad()
    def step(self, closure=None):
        self.all()
        return 0.0 if closure is not None else None


@right
class NeverMentionsTheClosure(Base):
    """It has the argument that torch prescribes, and does not offer what it is for."""

    @torch.no_grad()
    def step(self, closure=None):
        self.all()


@breaks(closure="other")
class CallsWithoutGradients(Base):
    @torch.no_grad()
    def step(self, closure=None):
        loss = closure() if closure else None
        self.all()
        return loss


@breaks(closure="other")
class CallsTwice(Base):
    def step(self, closure=None):
        super().step(closure)
        return closure() if closure else None


@breaks(closure="other")
class KeepsTheLoss(Base):
    def step(self, closure=None):
        super().step(closure)


@breaks(closure="other")
class CallsAfterwards(Base):
    def step(self, closure=None):
        super().step()
        return closure() if closure else None


# 11. Zeros ----------------------------------------------------------------------------------------


@breaks(zero_gradient="moment-recurrence")
class ZeroAsMissing(Base):
    def one(self, p, group):
        if p.grad is not None and p.grad.abs().sum() > 0:
            super().one(p, group)


@breaks(zero_gradient="moment-recurrence")
class RestsAtZero(Base):
    def update(self, p, g, state, group):
        if not g.any():
            state["t"] += 1
            return
        super().update(p, g, state, group)


@breaks(zero_gradient="step-index")
class CountsMovesOnly(Base):
    def update(self, p, g, state, group):
        state["t"] += int(g.norm() > 0)
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], max(state["t"], 1), group)


@breaks(zero_gradient="moment-recurrence")
class MasksZeros(Base):
    def moments(self, g, state, group):
        old = state["m"].clone(), state["v"].clone()
        super().moments(g, state, group)
        for name, before in zip(("m", "v"), old, strict=True):
            state[name] = torch.where(g == 0, before, state[name])


@right
class Lazy(Base):
    """Not wrong: a gradient that is not finite is no gradient."""

    def one(self, p, group):
        if p.grad is not None and bool(p.grad.isfinite().all()):
            super().one(p, group)
