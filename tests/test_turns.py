"""Faults that lie behind a comparison: where it turns, and beyond a number that runs seldom reach."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from verify import theories
from verify.conform import certify_target
from verify.conform.turns import exactly, turns
from verify.domain import Natural, Positive, Real
from verify.exact import exact
from verify.numbers import minimum, sign, sqrt
from verify.statement import Verdict
from verify.subjects.resolve import of_object

V, G, T = Positive.symbol("v"), Real.symbol("g"), Natural.symbol("t")
POINT = {"v": Fraction(1, 3), "g": Fraction(3, 2), "t": Fraction(4)}


class Adam(torch.optim.Optimizer):
    """The paper's Adam; the faults are in what a subclass makes of its numbers."""

    kind = torch.float64

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    def numbers(self, t, lr, eps):
        return t, lr, eps

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state.update(t=torch.zeros((), dtype=self.kind), m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["t"] += 1
                t, lr, eps = self.numbers(state["t"].item(), group["lr"], group["eps"])
                state["m"].mul_(beta1).add_(p.grad, alpha=1 - beta1)
                state["v"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                root = (state["v"] / (1 - beta2**t)).sqrt() + eps
                p.sub_(lr * state["m"] / (1 - beta1**t) / root)


class RateCapped(Adam):
    def numbers(self, t, lr, eps):
        return t, (1.0 if lr > 1 else lr), eps


class EpsFloored(Adam):
    def numbers(self, t, lr, eps):
        return t, lr, (1e-12 if eps < 1e-12 else eps)


class StepCapped(Adam):
    def numbers(self, t, lr, eps):
        return (5000 if t > 5000 else t), lr, eps


class StepLeast(Adam):
    def numbers(self, t, lr, eps):
        return min(t, 5000), lr, eps


class StepRound(Adam):
    def numbers(self, t, lr, eps):
        return (t - 1) % 4096 + 1, lr, eps


class StepInHalf(Adam):
    kind = torch.float16


class StepInByte(Adam):
    kind = torch.int8


class StepInShort(Adam):
    kind = torch.int16


class StepInLong(Adam):
    kind = torch.int64


def certificate(make, rule="adam"):
    return certify_target(of_object(make, make.__name__), theories.rule(rule))


def test_equalities_are_met_exactly_and_on_either_side():
    found = turns([V - sign(V - G**2) + minimum(T + 1, exact(5000))], [POINT])
    assert {"v": Fraction(9, 4), "g": Fraction(3, 2), "t": Fraction(4)} in found
    assert {p["v"] < Fraction(9, 4) for p in found if p["v"] != POINT["v"]} == {True, False}
    assert {4998, 4999, 5000} <= {p["t"] for p in found}


def test_fractions_decide_what_they_can_and_no_more():
    assert exactly(sqrt(V), {"v": Fraction(9, 4)}) == Fraction(3, 2)
    assert exactly(sqrt(V), {"v": Fraction(2)}) is None
    assert exactly(sqrt(V**V), {"v": Fraction(1, 2)}) is None
    assert exactly(V**T, {"v": Fraction(1, 2), "t": Fraction(3)}) == Fraction(1, 8)
    assert exactly(V < G, POINT) is True


@pytest.mark.parametrize("make", [RateCapped, EpsFloored, StepInHalf, StepInByte])
def test_a_fault_behind_a_comparison_is_found(make):
    found = certificate(make)
    assert (found.verdict, found.exact.verdict) == ("deviates", Verdict.REFUTED)


@pytest.mark.parametrize("make", [StepCapped, StepLeast, StepRound, StepInShort])
def test_a_fault_that_no_run_reaches_is_no_conformance(make):
    assert certificate(make).verdict == "undecided"


@pytest.mark.parametrize("make", [Adam, StepInLong])
def test_the_same_without_a_fault_is_proved(make):
    assert (found := certificate(make)).verdict == "conforms", found.notes
    assert found.exact.verdict is Verdict.PROVED
