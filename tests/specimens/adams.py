"""Adams that are right, and Adams with one fault each, as people write them."""

import math

import torch
from torch.optim import Optimizer


class Base(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["step"] += 1
                self.update(p, p.grad, state, group["lr"], *group["betas"], group["eps"])

    def moments(self, g, state, beta1, beta2):
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        return state["m"], state["v"], state["step"]


class Folded(Base):
    """Right: the corrections are folded into the learning rate, eps is scaled with them."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        root = math.sqrt(1 - beta2**t)
        p.sub_(lr * root / (1 - beta1**t) * m / (v.sqrt() + eps * root))


class Products(Base):
    """Right: sums in place of averages, and running products of the betas."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["p1"] = state.get("p1", 1.0) * beta1
        state["p2"] = state.get("p2", 1.0) * beta2
        state["m"] = beta1 * state["m"] + g
        state["v"] = beta2 * state["v"] + g * g
        m_hat = state["m"] * (1 - beta1) / (1 - state["p1"])
        v_hat = state["v"] * (1 - beta2) / (1 - state["p2"])
        p.add_(m_hat / (v_hat**0.5 + eps), alpha=-lr)


class Rooted(Base):
    """Right: the root of the second moment and the negated first one are stored."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        t = state["step"]
        state["m"] = torch.lerp(state["m"], -g, 1 - beta1)
        state["v"] = (beta2 * state["v"].square() + (1 - beta2) * g.square()).sqrt()
        p.add_(lr / (1 - beta1**t) * state["m"] / (state["v"] / math.sqrt(1 - beta2**t) + eps))


class EpsInside(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * (m / (1 - beta1**t)) / (v / (1 - beta2**t) + eps).sqrt())


class NoCorrectionOfV(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * (m / (1 - beta1**t)) / (v.sqrt() + eps))


class Swapped(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta2, beta1)
        p.sub_(lr * (m / (1 - beta2**t)) / ((v / (1 - beta1**t)).sqrt() + eps))


class OffByOne(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * (m / (1 - beta1 ** (t + 1))) / ((v / (1 - beta2**t)).sqrt() + eps))


class Magnitude(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        t = state["step"]
        state["m"].mul_(beta1).add_(g, alpha=1 - beta1)
        state["v"].mul_(beta2).add_(g.abs(), alpha=1 - beta2)
        p.sub_(lr * (state["m"] / (1 - beta1**t)) / ((state["v"] / (1 - beta2**t)).sqrt() + eps))


class Late(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        if t > 100:
            lr = lr * 0.5
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class EpsTimesHundred(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + 100 * eps))


class Narrow(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_((lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps)).bfloat16().double())


class LostInText(Base):
    """A learning rate that passes through text, past the lifter."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(float(f"{lr:.6f}") * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class Raises(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        raise RuntimeError("out of luck")


class Unknown(Base):
    """Right, by an operation that has no term."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        same = g + 0 * torch.digamma(1 + g.abs())
        p.sub_(lr * (m + 0 * same) / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps))


class UnknownAndWrong(Base):
    """Wrong, by an operation that has no term."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        p.sub_(lr * torch.digamma(1 + g.abs()))


class After1000(Base):
    """Right for a thousand steps."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        root = (v / (1 - beta2**t) + eps).sqrt() if t > 1000 else (v / (1 - beta2**t)).sqrt() + eps
        p.sub_(lr * (m / (1 - beta1**t)) / root)


class HighBeta2(Base):
    """Right unless beta2 is very near to 1."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        scale = lr / 2 if beta2 > 0.99999 else lr
        p.sub_(scale * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class Watched(Base):
    """Right as long as somebody looks at the type of its tensors."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        lr = lr if "Traced" in type(g).__name__ else lr / 2
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class Elsewhere(Base):
    """Counts where no slot of its memory is."""

    calls: dict = {}

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        self.calls[id(p)] = self.calls.get(id(p), 0) + 1
        lr = lr if self.calls[id(p)] < 50 else lr / 2
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class InnerRate(Base):
    """The learning rate is in the buffer, and divided out again: the same while it is constant."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["m"].mul_(beta1).add_(g, alpha=(1 - beta1) * lr)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        t = state["step"]
        p.sub_(state["m"] / (1 - beta1**t) / ((state["v"] / (1 - beta2**t)).sqrt() + eps))


class ResetAtFifty(Base):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        if state["step"] == 50:
            state["m"].zero_()
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps))


class StrangeAfterTwenty(Base):
    """From step 21 on something that is no single edit of the rule."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        m, v, t = self.moments(g, state, beta1, beta2)
        p.sub_(lr * ((m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps) + (g * beta1**3 if t > 20 else 0)))


class TwoFaults(Base):
    """m is a sum, and nothing is corrected."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["m"].mul_(beta1).add_(g)
        state["v"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        p.sub_(lr * state["m"] / (state["v"].sqrt() + eps))
