"""Manners with parameters of narrower types (see contracts.py)."""

import torch
from specimens.contracts import Base, breaks, right

HALVES = (torch.float16, torch.bfloat16)


@breaks(dtype="other")
class AlwaysDoubleState(Base):
    """In float32, the type of nearly every model, the step raises."""

    def memory(self, p):
        state = self.state[p]
        if not state:
            state.update(t=0, m=torch.zeros(p.shape, dtype=torch.float64), v=torch.zeros(p.shape, dtype=torch.float64))
        return state

    def moments(self, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"].lerp_(g, 1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)


@right
class SaysThatItIsForDoubles(AlwaysDoubleState):
    def update(self, p, g, state, group):
        if p.dtype is not torch.float64:
            raise TypeError(f"parameters have to be float64, and not {p.dtype}")
        super().update(p, g, state, group)


@breaks(dtype="precision")
class NotWrittenBack(Base):
    """Half precision is computed in float32, and the result stays there."""

    def update(self, p, g, state, group):
        wide = p.float() if p.dtype in HALVES else p
        super().update(wide, g.to(wide.dtype), state, group)


@right
class WrittenBack(Base):
    def update(self, p, g, state, group):
        wide = p.float() if p.dtype in HALVES else p
        super().update(wide, g.to(wide.dtype), state, group)
        p.copy_(wide)

    def one(self, p, group):
        kind = torch.float32 if p.dtype in HALVES else p.dtype
        if p.grad is not None:
            fresh = {"t": 0, "m": torch.zeros_like(p, dtype=kind), "v": torch.zeros_like(p, dtype=kind)}
            self.state[p] = self.state[p] or fresh
        super().one(p, group)


@breaks(dtype="precision")
class NoDecayOfHalves(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, **({"weight_decay": 0} if p.dtype in HALVES else {}))


@breaks(dtype="precision")
class NarrowUnlessDouble(Base):
    """The second moment is in bfloat16, unless the parameter is float64."""

    def memory(self, p):
        state = self.state[p]
        if not state:
            kind = p.dtype if p.dtype is torch.float64 else torch.bfloat16
            state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p, dtype=kind))
        return state

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v.to(p.dtype), t, group, **other)


@breaks(dtype="precision")
class TypeOfTheFirst(Base):
    """All gradients pass through the type of the first parameter of the group."""

    def all(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    g = self.gradient(p, group).to(group["params"][0].dtype)
                    self.update(p, g.to(p.dtype), self.memory(p), group)


@right
class RestOfItsType(Base):
    """It adds the rounding of its own type where others add eps, as torch's Adafactor does."""

    def update(self, p, g, state, group):
        super().update(p, g, state, {**group, "eps": torch.finfo(p.dtype).eps})


@right
class CountsInItsType(Base):
    """The corrections are computed in the type of the parameter, where 1 - beta**t has few digits left."""

    def move(self, p, m, v, t, group, **other):
        beta1, beta2 = (torch.tensor(b, dtype=p.dtype) for b in group["betas"])
        p.mul_(1 - group["lr"] * group["weight_decay"])
        step = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + group["eps"])
        p.sub_(group["lr"] * step)
