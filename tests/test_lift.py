"""Whole optimizers under a lift: the terms of two steps, evaluated, are what the plain code computes.

Every class is run twice: plainly in float64, and lifted with symbolic hyperparameters, parameter and
gradients.  The lifted terms are then evaluated at the same numbers with 40 digits and must agree with the plain run up
to the rounding of a few hundred operations.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch

from verify.domain import Positive, Real, Unit
from verify.exact import symbols
from verify.lift.guard import evaluator
from verify.lift.machine import Machine
from verify.lift.trace import TracedFloat, value_of

adamp = pytest.importorskip("adamp")
NUMBERS = {"lr": 0.05, "eps": 0.001, "weight_decay": 0.1, "momentum": 0.8, "dampening": 0.3, "alpha": 0.95, "rho": 0.85, "lambd": 0.02,
           "t0": 1.0, "lr_decay": 0.25, "momentum_decay": 0.004, "delta": 0.1, "wd_ratio": 0.2, "initial_accumulator_value": 0.5}  # fmt: skip
PAIRS = {
    "betas": ("beta1", "beta2", 0.9, 0.99),
    "etas": ("etaminus", "etaplus", 0.5, 1.2),
    "step_sizes": ("smallest", "largest", 1e-6, 50.0),
}
X = {(2, 2): [[0.7, -0.4], [1.3, 0.25]], (3,): [0.7, -0.4, 1.3]}
G = {(2, 2): [[[0.3, -0.8], [0.5, 0.45]], [[-0.6, 0.2], [0.9, -0.65]]], (3,): [[0.3, -0.8, 0.5], [-0.6, -0.2, 0.9]]}
ROUNDING = 1e-12  # two steps are under 500 roundings of 1.1e-16 each, with no cancellation of more than two digits

O = torch.optim
CASES = [
    (O.SGD, "lr", {}), (O.SGD, "lr momentum", {}), (O.SGD, "lr momentum", {"nesterov": True}), (O.SGD, "lr momentum dampening", {}),
    (O.SGD, "lr momentum weight_decay", {"maximize": True}),
    (O.Adagrad, "lr eps", {}), (O.Adagrad, "lr eps lr_decay weight_decay initial_accumulator_value", {}),
    (O.RMSprop, "lr alpha eps", {}), (O.RMSprop, "lr alpha eps", {"centered": True}), (O.RMSprop, "lr alpha eps momentum weight_decay", {}),
    (O.Adadelta, "lr rho eps weight_decay", {}), (O.Adadelta, "lr rho eps", {"maximize": True}),
    (O.Adam, "lr betas eps", {}), (O.Adam, "lr betas eps", {"amsgrad": True}), (O.Adam, "lr betas eps weight_decay", {"maximize": True}),
    (O.AdamW, "lr betas eps weight_decay", {}), (O.AdamW, "lr betas eps weight_decay", {"amsgrad": True}),
    (O.Adamax, "lr betas eps weight_decay", {}), (O.NAdam, "lr betas eps momentum_decay", {}),
    (O.NAdam, "lr betas eps weight_decay momentum_decay", {"decoupled_weight_decay": True}),
    (O.RAdam, "lr betas eps", {}), (O.RAdam, "lr betas eps weight_decay", {"decoupled_weight_decay": True}),
    (O.ASGD, "lr lambd alpha t0 weight_decay", {}), (O.Rprop, "lr etas step_sizes", {}),
    (adamp.AdamP, "lr betas eps weight_decay delta wd_ratio", {}), (adamp.AdamP, "lr betas eps", {"nesterov": True}),
    (adamp.SGDP, "lr momentum weight_decay delta wd_ratio eps", {}), (adamp.SGDP, "lr momentum dampening", {}),
]  # fmt: skip


def keywords(names: str, fixed: dict) -> tuple[dict, dict]:
    """Symbolic hyperparameters, and the point at which they are evaluated."""
    hyper, point = dict(fixed), {}
    for name in names.split():
        if name in PAIRS:
            one, two, a, b = PAIRS[name]
            hyper[name] = (traced(one, a, point), traced(two, b, point))
        else:
            hyper[name] = traced(name, NUMBERS[name], point)
    return hyper, point


def traced(name: str, value: float, point: dict) -> TracedFloat:
    point[name] = Fraction(str(value))
    return TracedFloat(value, (Unit if value < 1 else Positive).symbol(name))


def variables(name: str, values, point: dict) -> np.ndarray:
    """A symbol for every element, with its value in the point."""
    values = np.array(values)
    terms = np.empty(values.shape, dtype=object)
    for i, v in np.ndenumerate(values):
        terms[i] = Real.symbol(name + "".join(map(str, i)))
        point[terms[i].args[0]] = Fraction(str(v))
    return terms


def lifted(make, shape, hyper: dict, point: dict, steps=2) -> Machine:
    machine = Machine(make, shape, variables("x", X[shape], point), X[shape], hyper=hyper)
    for k in range(steps):
        machine.step(variables(f"g{k}_", G[shape][k], point), G[shape][k])
    return machine


def plainly(make, shape, hyper: dict, steps=2):
    """The same code on torch's own float64 tensors."""
    plain = {k: tuple(map(value_of, v)) if isinstance(v, tuple) else value_of(v) for k, v in hyper.items()}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        p = torch.nn.Parameter(torch.tensor(X[shape]))
        optimizer = make([p], **plain)
        for k in range(steps):
            p.grad = torch.tensor(G[shape][k])
            optimizer.step()
    finally:
        torch.set_default_dtype(before)
    return p.detach().numpy(), {k: np.asarray(v, dtype=float) for k, v in optimizer.state[p].items() if v is not None}


def evaluated(terms: np.ndarray, point: dict) -> np.ndarray:
    with mpmath.workdps(40):
        fold = evaluator(point)
        return np.array([float(fold(t)) for t in terms.reshape(-1)]).reshape(terms.shape)


def _cases():
    for cls, names, fixed in CASES:
        for shape in ((2, 2), (3,)):
            for foreach in (False, True) if cls.__module__.startswith("torch") else (None,):
                extra = {} if foreach is None else {"foreach": foreach}
                label = f"{cls.__name__} {names} {fixed or ''} {shape} {'foreach' if foreach else ''}"
                yield pytest.param(cls, shape, names, fixed | extra, id=label)


@pytest.mark.parametrize(("cls", "shape", "names", "fixed"), _cases())
def test_the_terms_of_two_steps_are_what_the_plain_code_computes(cls, shape, names, fixed):
    hyper, point = keywords(names, fixed)
    machine = lifted(cls, shape, hyper, point)
    x, state = plainly(cls, shape, hyper)
    np.testing.assert_allclose(evaluated(machine.x, point), x, rtol=ROUNDING, atol=ROUNDING)
    slots = machine.slots()
    for name, value in state.items():
        np.testing.assert_allclose(evaluated(slots["state", name].terms, point), value, rtol=ROUNDING, atol=ROUNDING)
    machine.check(point)
    hyper_names = {n for k in names.split() for n in (PAIRS[k][:2] if k in PAIRS else (k,))}
    met = {n for t in machine.x.reshape(-1) for n in symbols(t)} | {
        n for b in machine.conditions for n in symbols(b.condition)
    }
    assert not hyper_names - met - NOT_MET, "a hyperparameter left no trace in two steps"


NOT_MET = {"smallest", "largest", "delta", "wd_ratio", "eps", "t0", "initial_accumulator_value"}
