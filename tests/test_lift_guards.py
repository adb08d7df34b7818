"""The lifter's guards, each with something that it must catch, and what machines are made of.

A guard that nothing can trip is no guard: here the code under the lift drops terms in every way that we know.
"""

from __future__ import annotations

import ctypes
import math
import struct
import sys
from fractions import Fraction
from importlib import util

import numpy as np
import pytest
import torch

from verify.domain import Natural, Positive, Real, Unit
from verify.exact import Exact, exact, walk
from verify.fold import Unsupported
from verify.lift import guard
from verify.lift.machine import Machine
from verify.lift.record import LostExpression, UnknownOperation
from verify.lift.torch import tensor
from verify.lift.trace import TracedFloat, TracedInt
from verify.numbers import sqrt

POINT = {
    "x0": Fraction("0.7"),
    "x1": Fraction("-0.4"),
    "g0": Fraction("0.3"),
    "g1": Fraction("-0.8"),
    "lr": Fraction("0.05"),
}
OUTSIDE = torch.zeros(2, dtype=torch.float64)


def vector(name: str) -> np.ndarray:
    return np.array([Real.symbol(name + "0"), Real.symbol(name + "1")], dtype=object)


def values(name: str) -> list[float]:
    return [float(POINT[name + "0"]), float(POINT[name + "1"])]


def optimizer(step, start=None):
    """An optimizer class from the body of its step: step(self, p, g, lr)."""

    class Simple(torch.optim.Optimizer):
        def __init__(self, params, lr=0.05):
            super().__init__(params, {"lr": lr})
            if start:
                start(self, self.param_groups[0]["params"][0])

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    step(self, p, p.grad, group["lr"])

    return Simple


def stepped(make, **hyper) -> Machine:
    machine = Machine(
        make, (2,), vector("x"), values("x"), hyper={"lr": TracedFloat(0.05, Positive.symbol("lr"))} | hyper
    )
    machine.step(vector("g"), values("g"))
    return machine


x0, x1, g0, g1, lr = (
    d.symbol(n) for d, n in ((Real, "x0"), (Real, "x1"), (Real, "g0"), (Real, "g1"), (Positive, "lr"))
)

UNKNOWN = {
    "erfinv": lambda self, p, g, lr: p.add_(torch.erfinv(g)),
    "linalg_svd": lambda self, p, g, lr: torch.linalg.svd(g.view(1, 2)),
    "argmax": lambda self, p, g, lr: p[g.argmax()].zero_(),
    "sort": lambda self, p, g, lr: p.copy_(g.sort().values),
    "rand_like": lambda self, p, g, lr: p.add_(torch.rand_like(g)),
    "digamma": lambda self, p, g, lr: p.add_(torch.digamma(g)),
    "median": lambda self, p, g, lr: p.add_(g.median()),
    "numpy": lambda self, p, g, lr: p.add_(torch.as_tensor(g.numpy())),
    "math.gamma": lambda self, p, g, lr: p.mul_(math.gamma(lr)),
    "round(x, digits)": lambda self, p, g, lr: p.mul_(round(lr, 2)),
    "hash()": lambda self, p, g, lr: {lr: 1},
    "numpy.sinc": lambda self, p, g, lr: p.mul_(np.sinc(lr)),
    "numpy.array": lambda self, p, g, lr: p.add_(torch.as_tensor(np.array([lr, lr]))),
    "resize_": lambda self, p, g, lr: p.resize_(3),
    "scatter_": lambda self, p, g, lr: p.scatter_(0, torch.tensor([0]), g, reduce="add"),
    "add_": lambda self, p, g, lr: OUTSIDE.add_(g),
    "__setitem__": lambda self, p, g, lr: OUTSIDE.__setitem__(0, lr),
    "_foreach_lgamma": lambda self, p, g, lr: torch._foreach_lgamma([g]),
    "index": lambda self, p, g, lr: p[TracedInt(1, Natural.symbol("t")) * torch.ones((), dtype=torch.int64)],
    "bitwise operation": lambda self, p, g, lr: p.mul_((g > 0).int() & 6),
    "numpy.full": lambda self, p, g, lr: np.full(2, fill_value=lr),
    "range": lambda self, p, g, lr: [p.mul_(2) for _ in range(TracedInt(3, Natural.symbol("t")))],
    "pickle": lambda self, p, g, lr: __import__("pickle").dumps(lr),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_operation_without_a_rule_is_named_with_its_place(name):
    with pytest.raises(UnknownOperation) as caught:
        stepped(optimizer(UNKNOWN[name]))
    assert caught.value.name == name
    assert caught.value.site == f"{__file__}:{UNKNOWN[name].__code__.co_firstlineno}"
    assert "teach verify/lift/operations.py" in str(caught.value)


def test_a_number_in_an_integer_type_loses_what_is_behind_the_point():
    def step(self, p, g, lr):
        p.mul_(int(lr * 50)).add_((3 * g).to(torch.int64)).sub_(round(lr * 30)).add_((g * 9).long() // 2)

    machine = stepped(optimizer(step))
    machine.check(POINT)
    assert any(n.op == "floor" for n in walk(machine.x[0]))


def test_a_position_in_a_list_is_a_branch():
    t = Natural.symbol("t")
    machine = stepped(optimizer(lambda self, p, g, lr: p.mul_([1, 2, 3][TracedInt(4, t) % 3])))
    (branch,) = machine.conditions
    assert branch.taken
    assert [n.args[0] for n in walk(branch.condition) if n.op == "symbol"] == ["t"]
    assert machine.x[0] is x0 * 2


def test_the_position_of_a_winner_has_no_term():
    with pytest.raises(UnknownOperation, match="depends on symbols"):
        stepped(optimizer(lambda self, p, g, lr: p[g.max(0).indices].zero_()))
    machine = stepped(optimizer(lambda self, p, g, lr: p.sub_(lr * g.max(0).indices)))
    with pytest.raises((UnknownOperation, LostExpression, Unsupported)):
        machine.check(POINT)


def test_a_counter_in_bfloat16_rounds():
    start = lambda self, p: self.state[p].update(step=torch.zeros((), dtype=torch.bfloat16))
    machine = Machine(
        optimizer(lambda self, p, g, lr: self.state[p]["step"].add_(1), start), (2,), vector("x"), values("x"), hyper={}
    )
    machine.set_slot(("state", "step"), Natural.symbol("t"), 256)
    machine.step(vector("g"), values("g"))
    term = machine.slots()["state", "step"].terms[()]
    assert term is Exact("round", Natural.symbol("t") + 1, exact(8))
    machine.check(POINT | {"t": 256})  # where it stands still, and the term with it


def test_a_value_changed_behind_torchs_back_is_a_lost_expression():
    def behind(self, p, g, lr):
        ctypes.c_double.from_address(p.data_ptr()).value *= 2

    machine = stepped(optimizer(behind))
    with pytest.raises(LostExpression, match=r"x: the term gives 0.7 and the code 1.4"):
        machine.check(POINT)


def test_a_term_does_not_pass_as_a_number_through_text():
    with pytest.raises(ValueError, match="could not convert"):
        stepped(optimizer(lambda self, p, g, lr: p.mul_(float(f"{lr:.17g}"))))


def test_a_term_lost_on_the_way_is_found_at_a_second_point():
    machine = stepped(optimizer(lambda self, p, g, lr: p.mul_(struct.unpack("d", struct.pack("d", lr))[0])))
    machine.check(POINT)
    other = Machine(
        optimizer(lambda self, p, g, lr: p.mul_(struct.unpack("d", struct.pack("d", lr))[0])),
        (2,),
        vector("x"),
        values("x"),
        hyper={"lr": TracedFloat(0.25, lr)},
    )
    other.step(vector("g"), values("g"))
    with pytest.raises(LostExpression):
        guard.agree(("x",), machine.x, other.x_values, POINT | {"lr": Fraction(1, 4)})


def test_views_of_the_state_share_its_terms():
    def start(self, p):
        self.state[p]["pair"] = torch.zeros(2, 2)
        self.state[p]["first"] = self.state[p]["pair"][0]

    def step(self, p, g, lr):
        self.state[p]["first"].add_(g)
        p.data.view(-1).sub_(self.state[p]["pair"].sum(0), alpha=lr)

    machine = stepped(optimizer(step, start))
    machine.check(POINT)
    assert machine.slots()["state", "pair"].terms[0, 1] is g1
    assert machine.x[0] is x0 - lr * g0


def test_the_parameters_data_may_be_replaced():
    machine = stepped(optimizer(lambda self, p, g, lr: setattr(p, "data", p.data - lr * g)))
    machine.check(POINT)
    assert machine.x[1] is x1 - g1 * lr


@pytest.mark.parametrize(("dtype", "bits"), [(torch.bfloat16, 8), (torch.float16, 11), (torch.float32, 24)])
def test_a_narrow_type_is_a_rounding_node(dtype, bits):
    machine = stepped(optimizer(lambda self, p, g, lr: p.sub_(lr * g.to(dtype).double())))
    rounds = {n for term in machine.x for n in walk(term) if n.op == "round"}
    assert rounds == {Exact("round", g0, exact(bits)), Exact("round", g1, exact(bits))}
    machine.check(POINT)
    named = {torch.bfloat16: "bfloat16", torch.float16: "half", torch.float32: "float"}[dtype]
    again = stepped(optimizer(lambda self, p, g, lr: p.sub_(lr * getattr(g, named)().double())))
    assert list(again.x) == list(machine.x)


def test_a_counter_in_float32_is_exact_with_a_note_and_a_literal_may_not_be():
    def start(self, p):
        self.state[p] |= {
            "step": torch.zeros((), dtype=torch.float32),
            "third": torch.full((), 0.3, dtype=torch.float32),
        }

    machine = Machine(
        optimizer(lambda self, p, g, lr: self.state[p]["step"].add_(1), start), (2,), vector("x"), values("x"), hyper={}
    )
    t = Natural.symbol("t")
    machine.set_slot(("state", "step"), t, 9)
    machine.step(vector("g"), values("g"))
    slots = machine.slots()
    assert slots["state", "step"].terms[()] is t + 1
    assert slots["state", "third"].terms[()] is Exact("round", exact("0.3"), exact(24))
    assert machine.notes == ["exact while |t + 1| < 2^24"]
    machine.check(POINT | {"t": 9})


SOURCE = """
from math import sqrt
import numpy as np
import torch
class Rooted(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1, betas=(0.9, 0.99)):
        super().__init__(params, dict(lr=float(lr), betas=betas))
    @torch.no_grad()
    def step(self):
        group = self.param_groups[0]
        group.setdefault("t", 0)
        group["t"] += 1
        for p in group["params"]:
            size = sqrt(group["lr"]) * np.sqrt(group["lr"]) / float(1 - group["betas"][0] ** int(group["t"]))
            p.sub_(p.grad, alpha=size if isinstance(size, float) else None)
"""


def test_names_imported_from_math_and_numpy_keep_the_term(tmp_path):
    path = tmp_path / "rooted_subject.py"
    path.write_text(SOURCE)
    spec = util.spec_from_file_location("rooted_subject", path)
    module = sys.modules["rooted_subject"] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = dict(vars(module)), math.sqrt
    machine = stepped(module.Rooted, betas=(TracedFloat(0.9, Unit.symbol("beta")), 0.99))
    machine.check(POINT | {"beta": Fraction("0.9")})
    names = {n.args[0] for n in walk(machine.x[0]) if n.op == "symbol"}
    assert names == {"x0", "g0", "lr", "beta"}
    assert (vars(module), math.sqrt) == before
    del sys.modules["rooted_subject"]


def test_a_root_of_a_literal_is_that_root_and_not_its_decimals():
    machine = stepped(optimizer(lambda self, p, g, lr: p.mul_(1 / math.sqrt(2)).add_(math.sqrt(4))))
    assert machine.x[0] is x0 * (1 / sqrt(exact(2))) + 2
    machine.check(POINT)


def test_everything_is_put_back_after_an_error():
    root, kind = math.sqrt, torch.get_default_dtype()
    with pytest.raises(UnknownOperation):
        stepped(optimizer(UNKNOWN["erfinv"]))
    assert math.sqrt is root
    assert torch.get_default_dtype() is kind
    assert "float" not in globals()


def test_a_branch_is_recorded_once_with_its_answer_and_place():
    def step(self, p, g, lr):
        for _ in range(2):
            if lr * 2 > 0.01 and not g.norm() > 5:
                p.sub_(g)

    machine = stepped(optimizer(step))
    large, small = machine.conditions
    assert (large.condition, large.taken) == (exact("0.01") < lr * 2, True)
    assert (small.taken, small.site.split(":")[0]) == (False, __file__)


class Counter:
    def __init__(self, held: dict):
        self.held, self.again = held, self


def test_memory_is_found_and_set_wherever_it_is_kept():
    def start(self, p):
        self.mean, self.pairs, self.count = {p: torch.zeros_like(p)}, (0.5, [torch.ones(()), 2]), Counter({id(p): 0})

    def step(self, p, g, lr):
        self.mean[p] += g * self.pairs[0]
        self.count.held[id(p)] += 1
        p -= lr * self.mean[p] * self.pairs[1][1] * self.count.held[id(p)]

    machine = stepped(optimizer(step, start))
    a, t = Real.symbol("a"), Natural.symbol("t")
    slots = machine.slots()
    assert {path: s.kind for path, s in slots.items() if path[0] == "attribute"} == {
        ("attribute", "mean", "x"): "tensor", ("attribute", "count", "held", "x"): "int",
        ("attribute", "pairs", 0): "float", ("attribute", "pairs", 1, 0): "tensor", ("attribute", "pairs", 1, 1): "int",
    }  # fmt: skip
    machine.set_slot(("attribute", "mean", "x"), vector("m"), [0.1, 0.2])
    machine.set_slot(("attribute", "pairs", 0), a, 0.25)
    machine.set_slot(("attribute", "count", "held", "x"), t, 9)
    machine.set_slot(("group", 0, "lr"), a, 0.25)
    machine.set_x(vector("x"), values("x"))
    machine.step(vector("g"), values("g"))
    machine.check(POINT | {"a": Fraction(1, 4), "t": Fraction(9), "m0": Fraction("0.1"), "m1": Fraction("0.2")})
    assert machine.slots()["attribute", "count", "held", "x"].terms[()] is t + 1
    assert machine.x[0] is x0 - (Real.symbol("m0") + g0 * a) * a * 2 * (t + 1)


def test_a_traced_number_outside_a_lift_says_so():
    with pytest.raises(RuntimeError, match="outside a lift"):
        bool(TracedFloat(0.5, lr) > 0.1)
    with pytest.raises(UnknownOperation, match="outside"):
        tensor([1.0, 2.0], vector("x")).add_(1)
