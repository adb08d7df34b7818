"""Optimizers whose formula is right and whose manners are not: each breaks one clause of the contract.

WRONG lists each with the clauses that it breaks and the kind of deviation that each is; RIGHT are
written unusually and break none.
"""

import torch
from torch.optim import Optimizer

WRONG: dict[type, dict[str, str]] = {}
RIGHT: list[type] = []


def breaks(**clauses: str):
    """Register a specimen with the kinds of the clauses that it breaks; _ stands for -."""

    def register(cls):
        WRONG[cls] = {name.replace("_", "-"): kind for name, kind in clauses.items()}
        return cls

    return register


def right(cls):
    RIGHT.append(cls)
    return cls


class Base(Optimizer):
    """Adam with decoupled weight decay; each part can be exchanged."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        )

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self.all()
        return loss

    def all(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.one(p, group)

    def one(self, p, group):
        if p.grad is not None:
            self.update(p, self.gradient(p, group), self.memory(p), group)

    def gradient(self, p, group):
        return -p.grad if group["maximize"] else p.grad

    def memory(self, p):
        state = self.state[p]
        if not state:
            state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        return state

    def update(self, p, g, state, group):
        state["t"] += 1
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], state["t"], group)

    def moments(self, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)

    def move(self, p, m, v, t, group, **other):
        lr, eps, decay = (other.get(k, group[k]) for k in ("lr", "eps", "weight_decay"))
        beta1, beta2 = other.get("betas", group["betas"])
        p.mul_(1 - lr * decay)
        p.addcdiv_(m / (1 - beta1**t), (v / (1 - beta2**t)).sqrt() + eps, value=-lr)


@right
class Plain(Base):
    pass


@right
class Renewed(Base):
    """The parameter's data is another tensor after each step, and so is the memory."""

    def moments(self, g, state, group):
        beta1, beta2 = group["betas"]
        state["m"] = beta1 * state["m"] + (1 - beta1) * g
        state["v"] = beta2 * state["v"] + (1 - beta2) * g * g

    def move(self, p, m, v, t, group, **other):
        beta1, beta2 = group["betas"]
        step = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + group["eps"])
        p.data = p.data * (1 - group["lr"] * group["weight_decay"]) - group["lr"] * step


@right
class Eager(Base):
    """The state is made with the optimizer, and with each added group; a counter in a tensor."""

    def add_param_group(self, group):
        super().add_param_group(group)
        for p in self.param_groups[-1]["params"]:
            zeros = torch.zeros_like(p), torch.zeros_like(p)
            self.state[p].update(t=torch.zeros((), dtype=p.dtype), m=zeros[0], v=zeros[1])


@right
class Sign(Base):
    """Jumps where a gradient changes its sign, as Lion does."""

    def move(self, p, m, v, t, group, **other):
        p.sub_(group["lr"] * m.sign())


@right
class Normalised(Base):
    """Divides by the norm of the tensor, where it has one: at a zero gradient there is no limit."""

    def gradient(self, p, group):
        g = super().gradient(p, group)
        length = g.norm()
        return g / length if length > 0 else g


@right
class Resilient(Base):
    """Steps by sign that grow and shrink, as Rprop's do: lr is read once, for the first step sizes."""

    def memory(self, p):
        state = self.state[p]
        if not state:
            state.update(t=0, old=torch.zeros_like(p), size=torch.full_like(p, 1e-3))
        return state

    def update(self, p, g, state, group):
        state["t"] += 1
        agree = (g * state["old"]).sign()
        state["size"].mul_(torch.where(agree > 0, 1.2, torch.where(agree < 0, 0.5, 1.0)))
        p.sub_(g.sign() * state["size"])
        state["old"] = g.clone()


# 1. A parameter without a gradient ----------------------------------------------------------------


@breaks(no_gradient="moment-recurrence")
class MissingAsZero(Base):
    def one(self, p, group):
        g = torch.zeros_like(p) if p.grad is None else self.gradient(p, group)
        self.update(p, g, self.memory(p), group)


@breaks(no_gradient="step-index")
class CountsBeforeItLooks(Base):
    def one(self, p, group):
        state = self.memory(p)
        state["t"] += 1
        if p.grad is None:
            return
        self.moments(self.gradient(p, group), state, group)
        self.move(p, state["m"], state["v"], state["t"], group)


@breaks(no_gradient="step-index")
class CountsByGroup(Base):
    def all(self):
        for group in self.param_groups:
            group["t"] = group.get("t", 0) + 1
            for p in group["params"]:
                self.one(p, group)

    def update(self, p, g, state, group):
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], group["t"], group)


@breaks(no_gradient="decay-coupling")
class DecaysAnyway(Base):
    def one(self, p, group):
        if p.grad is None:
            p.mul_(1 - group["lr"] * 0.01)
        super().one(p, group)


@right
class StacksGradients(Base):
    """It raises where no tensor has a gradient, which nobody can overlook."""

    def all(self):
        torch.cat([p.grad.reshape(-1) for group in self.param_groups for p in group["params"] if p.grad is not None])
        super().all()


# 2. Several tensors and shapes --------------------------------------------------------------------


@breaks(shapes="norm-scope")
class GlobalNorm(Base):
    def all(self):
        grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
        self.length = sum((g.square().sum() for g in grads), torch.zeros(())).sqrt()
        super().all()

    def gradient(self, p, group):
        return super().gradient(p, group) / (1 + self.length)


@breaks(shapes="state-sharing")
class MemoryByShape(Base):
    def memory(self, p):
        key = str(tuple(p.shape))
        shared = self.state.setdefault(key, {})
        if not shared:
            shared.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        return shared


@breaks(shapes="step-index")
class CountsTensors(Base):
    def update(self, p, g, state, group):
        group["t"] = group.get("t", 0) + 1
        self.moments(g, state, group)
        self.move(p, state["m"], state["v"], group["t"], group)


@breaks(shapes="parameter-groups")
class WritesIntoACopy(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p.data.reshape(-1), m.reshape(-1), v.reshape(-1), t, group)


@breaks(shapes="parameter-groups")
class FirstOnly(Base):
    def all(self):
        for group in self.param_groups:
            self.one(group["params"][0], group)


# 3. Several groups --------------------------------------------------------------------------------


@breaks(groups="parameter-groups")
class FirstGroupsRate(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, lr=self.param_groups[0]["lr"])


@breaks(groups="parameter-groups", schedule="parameter-groups")
class ConstructorsEps(Base):
    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, eps=self.defaults["eps"])


@breaks(groups="parameter-groups", state_dict="state-dict")
class RemembersTensors(Base):
    """Its groups are those of its first day: what is added or loaded later is another."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)
        self.known = [(p, group) for group in self.param_groups for p in group["params"]]

    def all(self):
        for p, group in self.known:
            self.one(p, group)


@breaks(groups="parameter-groups")
class LastGroupsBetas(Base):
    def all(self):
        for group in self.param_groups:
            self.betas = group["betas"]
        super().all()

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, betas=self.betas)


@breaks(groups="parameter-groups")
class StateOfTheFirstTensors(Base):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)
        for group in self.param_groups:
            for p in group["params"]:
                super().memory(p)

    def memory(self, p):
        return {"m": self.state[p]["m"]} and self.state[p]


# 4. Hyperparameters that change -------------------------------------------------------------------


@breaks(groups="parameter-groups", schedule="parameter-groups")
class CachedRate(Base):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)
        self.lr = lr

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, lr=self.lr)


@breaks(schedule="parameter-groups")
class RateInState(Base):
    def update(self, p, g, state, group):
        state.setdefault("lr", group["lr"])
        super().update(p, g, state, {**group, "lr": state["lr"]})


@breaks(schedule="parameter-groups")
class RateOneStepLate(Base):
    def all(self):
        super().all()
        for group in self.param_groups:
            group["old_lr"] = group["lr"]

    def move(self, p, m, v, t, group, **other):
        super().move(p, m, v, t, group, lr=group.get("old_lr", group["lr"]))


@breaks(groups="parameter-groups", schedule="parameter-groups")
class DecayInAClosure(Base):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)
        self.shrink = lambda p, rate: p.mul_(1 - rate * weight_decay)

    def move(self, p, m, v, t, group, **other):
        self.shrink(p, group["lr"])
        super().move(p, m, v, t, group, weight_decay=0)


class ByRate(Base):
    """Groups with one learning rate are updated together."""

    def bucket(self, group):
        return group["lr"]

    def all(self):
        first = {}
        for group in self.param_groups:
            for p in group["params"]:
                self.one(p, first.setdefault(self.bucket(group), group))


@breaks(groups="parameter-groups", maximize="parameter-groups")
class OneGroupForEachRate(ByRate):
    pass


@breaks(groups="parameter-groups", maximize="parameter-groups")
class OneGroupForEachDecay(ByRate):
    def bucket(self, group):
        return group["weight_decay"], group["eps"]


@right
class OneGroupForAllThatAgree(ByRate):
    def bucket(self, group):
        return tuple((k, v) for k, v in group.items() if k != "params")
