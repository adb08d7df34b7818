"""Files that users could have written: optimizers, a rule, a claim."""

MINE = """
import os, sys, time, torch

class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(p.grad, alpha=-group["lr"])

class Needs(Plain):
    def __init__(self, params, lr, beta, eps=1e-8):
        super().__init__(params, lr)

class AnyKeyword(Plain):
    def __init__(self, params, **rest):
        super().__init__(params, **rest)

class Refuses(Plain):
    def __init__(self, params, lr=0.1):
        raise ValueError("not today")

class Raises(Plain):
    def step(self, closure=None):
        raise RuntimeError("out of steps")

class Unknown(Plain):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data = torch.fft.fft(p.grad).real

class Hangs(Plain):
    def step(self, closure=None):
        while True:
            time.sleep(0.01)

class Dies(Plain):
    def step(self, closure=None):
        os._exit(7)

class Talks(Plain):
    def step(self, closure=None):
        print("the target talks")
        os.write(1, b"without Python's knowledge\\n")
        super().step()

class NoOptimizer:
    pass

class Box:
    class Inner(Plain):
        pass

def make(params):
    return Plain(params, lr=0.25)

def make_with(params, rate):
    return Plain(params, lr=rate)

def make_none(params):
    return None

number = 3
"""

RULE = """
from verify import Positive, Rule

def step(x, g, memory, t, *, lr: Positive):
    return x - lr * g, ()

first = Rule("one", "me", step)
"""

CLAIM = """
from verify import Real, claim, equal

@claim("own/one", cites="-")
def one(x: Real):
    "One."
    return equal(x, x)
"""
