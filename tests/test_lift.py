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

from verify.domain import Natural, Positive, Real, Unit
from verify.exact import exact, symbols, walk
from verify.lift.equations import equations
from verify.lift.guard import evaluator
from verify.lift.machine import Machine
from verify.lift.record import multiprecision
from verify.lift.trace import TracedFloat, value_of

adamp = pytest.importorskip("adamp")
NUMBERS = {
    "lr": 0.05, "eps": 0.001, "weight_decay": 0.1, "momentum": 0.8, "dampening": 0.3, "alpha": 0.95, "rho": 0.85,
    "lambd": 0.02, "t0": 1.0, "lr_decay": 0.25, "momentum_decay": 0.004, "delta": 0.1, "wd_ratio": 0.2,
    "initial_accumulator_value": 0.5,
}  # fmt: skip
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
    (O.SGD, "lr", {}), (O.SGD, "lr momentum", {}), (O.SGD, "lr momentum", {"nesterov": True}),
    (O.SGD, "lr momentum dampening", {}), (O.SGD, "lr momentum weight_decay", {"maximize": True}),
    (O.Adagrad, "lr eps", {}), (O.Adagrad, "lr eps lr_decay weight_decay initial_accumulator_value", {}),
    (O.RMSprop, "lr alpha eps", {}), (O.RMSprop, "lr alpha eps", {"centered": True}),
    (O.RMSprop, "lr alpha eps momentum weight_decay", {}),
    (O.Adadelta, "lr rho eps weight_decay", {}), (O.Adadelta, "lr rho eps", {"maximize": True}),
    (O.Adam, "lr betas eps", {}), (O.Adam, "lr betas eps", {"amsgrad": True}),
    (O.Adam, "lr betas eps weight_decay", {"maximize": True}),
    (O.AdamW, "lr betas eps weight_decay", {}), (O.AdamW, "lr betas eps weight_decay", {"amsgrad": True}),
    (O.Adamax, "lr betas eps weight_decay", {}), (O.NAdam, "lr betas eps momentum_decay", {}),
    (O.NAdam, "lr betas eps weight_decay momentum_decay", {"decoupled_weight_decay": True}),
    (O.RAdam, "lr betas eps", {}), (O.RAdam, "lr betas eps weight_decay", {"decoupled_weight_decay": True}),
    (O.ASGD, "lr lambd alpha t0 weight_decay", {}), (O.Rprop, "lr etas step_sizes", {}), (O.Adafactor, "lr", {}),
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
            for foreach in ({"foreach": False}, {"foreach": True}) if cls.__module__.startswith("torch") else ({},):
                label = " ".join([cls.__name__, names, *fixed, str(shape), *(k for k, v in foreach.items() if v)])
                yield pytest.param(cls, shape, names, fixed | foreach, id=label)


@pytest.mark.parametrize(("cls", "shape", "names", "fixed"), list(_cases()))
def test_the_terms_of_two_steps_are_what_the_plain_code_computes(cls, shape, names, fixed):
    hyper, point = keywords(names, fixed)
    machine = lifted(cls, shape, hyper, point)
    x, state = plainly(cls, shape, hyper)
    np.testing.assert_allclose(evaluated(machine.x, point), x, rtol=ROUNDING, atol=ROUNDING)
    slots = machine.slots()
    for name, value in state.items():
        np.testing.assert_allclose(evaluated(slots["state", name].terms, point), value, rtol=ROUNDING, atol=ROUNDING)
    machine.check(point)
    met = symbols(*machine.x.flat, *(b.condition for b in machine.conditions)).keys()
    assert not {"lr", "beta1", "beta2", "momentum", "weight_decay"} & point.keys() - met


def test_a_symbolic_counter_gives_the_step_for_every_t():
    hyper, point = keywords("lr betas eps", {})
    machine = lifted(O.RAdam, (3,), hyper, point, steps=1)
    machine.set_slot(("state", "step"), Natural.symbol("t"), 8)
    machine.conditions.clear()
    machine.step(variables("g", G[3,][0], point), G[3,][0])
    machine.check(point | {"t": Fraction(8)})
    (branch,) = machine.conditions
    assert branch.taken
    assert branch.condition.args[0] is exact(5)
    assert "t" in symbols(branch.condition)
    assert all("t" in symbols(term) for term in machine.x)


def test_muon_is_lifted_with_its_roundings_to_bfloat16():
    hyper, point = keywords("lr weight_decay momentum", {})
    machine = lifted(O.Muon, (2, 2), hyper, point)
    machine.check(point)
    assert {n.args[1].args[0] for n in walk(*machine.x.flat) if n.op == "round"} == {8}


def test_the_same_code_runs_on_fifty_digits():
    with mpmath.workdps(50):
        each = lambda row: np.array([multiprecision(e) for e in row], dtype=object)
        lr, b1, b2, eps = each([0.001, 0.9, 0.999, 1e-8])
        x, m, v = multiprecision(0.7), 0, 0
        machine = Machine(O.Adam, (2,), each([0.7, -0.4]), [0.7, -0.4], hyper={}, number=multiprecision)
        for t in range(1, 6):
            row = [0.3 * t, -0.1]
            machine.step(each(row), row)
            g = multiprecision(row[0])
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            x -= lr * m / (1 - b1**t) / (mpmath.sqrt(v / (1 - b2**t)) + eps)
        assert abs(machine.x[0] - x) < mpmath.mpf("1e-48")
        assert not machine.conditions
        machine.check({})


@pytest.mark.parametrize("cls", sorted({c for c, *_ in CASES}, key=str))
@pytest.mark.parametrize("foreach", [False, True])
def test_every_optimizer_runs_on_known_numbers(cls, foreach):
    extra = {"foreach": True} if foreach and cls.__module__.startswith("torch") else {}
    each = lambda table: np.vectorize(multiprecision, otypes=[object])(np.array(table))
    x, rows = X[2, 2], G[2, 2]
    with mpmath.workdps(50):
        machine = Machine(cls, (2, 2), each(x), x, hyper={"lr": 0.01} | extra, number=multiprecision)
        for g in rows * 4:
            machine.step(each(g), g)
        assert all(isinstance(e, mpmath.mpf) for e in machine.x.flat)
        machine.check({})


def test_a_step_reads_as_the_codes_own_equations():
    x, g, m, v, lr, eps = (Real.symbol(n) for n in ("theta", "g", "m", "v", "lr", "eps"))
    adam = Machine(O.Adam, (1,), [x], [0.7], hyper={"lr": TracedFloat(0.05, lr), "eps": TracedFloat(0.01, eps)})
    adam.step([g], [0.3])
    adam.set_x([x], [0.7])
    for name, term in (("exp_avg", m), ("exp_avg_sq", v), ("step", Natural.symbol("t") - 1)):
        adam.set_slot(("state", name), term, 0.5)
    adam.step([g], [0.3])
    slots = adam.slots()
    updates = {"m": slots["state", "exp_avg"].terms[0], "v": slots["state", "exp_avg_sq"].terms[0], "theta": adam.x[0]}
    assert equations(updates) == [
        "m′ = m + 0.1 (g - m)",
        "v′ = v · 0.999 + 0.001 g g",
        "θ′ = θ + (-η / (1 - 0.9ᵗ)) m′ / (√v′ / √(1 - 0.999ᵗ) + ε)",
    ]
    assert r"\frac{\sqrt{v'}}" in equations(updates, "latex")[-1]
    with pytest.raises(ValueError, match="style"):
        equations(updates, "html")
