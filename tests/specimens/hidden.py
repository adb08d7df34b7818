"""Adams that are right wherever one is likely to look, and wrong elsewhere."""

import os
import random
import sys
import time

import torch
from specimens.adams import Base

HIDDEN: list[type] = []


def hidden(cls):
    HIDDEN.append(cls)
    return cls


class Adam(Base):
    """Right; `fault` says when the update is one per cent longer."""

    def fault(self, p, g, state):
        return False

    def update(self, p, g, state, lr, beta1, beta2, eps):
        lr = lr * 1.01 if self.fault(p, g, state) else lr
        m, v, t = self.moments(g, state, beta1, beta2)
        p.addcdiv_(m / (1 - beta1**t), (v / (1 - beta2**t)).sqrt() + eps, value=-lr)


@hidden
class LargeTensors(Adam):
    def fault(self, p, g, state):
        return p.numel() > 4


@hidden
class FourDimensions(Adam):
    def fault(self, p, g, state):
        return p.dim() == 4


@hidden
class FiveDimensions(Adam):
    def fault(self, p, g, state):
        return p.dim() == 5


@hidden
class WholePages(Adam):
    """The elements behind the last whole page of 4096 stay where they are."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        tail = p.reshape(-1)[4096:].clone()
        super().update(p, g, state, lr, beta1, beta2, eps)
        p.reshape(-1)[4096:] = tail


@hidden
class NoDimension(Adam):
    def fault(self, p, g, state):
        return p.dim() == 0


@hidden
class PlainLayout(Adam):
    def fault(self, p, g, state):
        return not p.is_contiguous()


@hidden
class LongAfterwards(Adam):
    def fault(self, p, g, state):
        return state["step"] > 1050


@hidden
class SeesWhoLooks(Adam):
    def fault(self, p, g, state):
        return type(p) is torch.nn.Parameter and sys.gettrace() is None


@hidden
class HugeGradients(Adam):
    def fault(self, p, g, state):
        return bool((g.abs() > 1e9).any())


@hidden
class TinyGradients(Adam):
    def fault(self, p, g, state):
        return bool(((g.abs() < 1e-9) & (g != 0)).any())


@hidden
class OneZero(Adam):
    def fault(self, p, g, state):
        return bool((g == 0).any())


@hidden
class Clock(Adam):
    def fault(self, p, g, state):
        return time.time() > 0


@hidden
class Environment(Adam):
    def fault(self, p, g, state):
        return "PATH" in os.environ


@hidden
class Dice(Adam):
    def fault(self, p, g, state):
        return random.random() < 0.1


@hidden
class LaterElements(Adam):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, lr, beta1, beta2, eps)
        p.reshape(-1)[7:].mul_(1 - 1e-9)


@hidden
class OneNarrowNumber(Adam):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        beta2 = float(torch.tensor(beta2, dtype=torch.float32))
        super().update(p, g, state, lr, beta1, beta2, eps)


@hidden
class FirstRate(Adam):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, state.setdefault("lr", lr), beta1, beta2, eps)


@hidden
class WithoutMomentum(Adam):
    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, lr if beta1 else 2 * lr, beta1, beta2, eps)
