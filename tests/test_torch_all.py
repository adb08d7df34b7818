"""The suites `torch-all` and `torch-all-flags`: torch's own database of configurations, each against a rule."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from verify import accept, theories, worker
from verify.conform import certify_target
from verify.errors import Problem
from verify.statement import Verdict
from verify.subjects import text
from verify.subjects.resolve import resolve
from verify.subjects.torch_database import FLAGS, PLAIN

pytest.importorskip("expecttest")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def database():
    from torch.testing._internal import common_optimizers

    return common_optimizers


def test_the_suite_is_what_torch_generates_on_the_cpu(database):
    import torch

    with_flags = database._get_optim_inputs_including_global_cliquey_kwargs
    plain = [len(info.optim_inputs_func(device="cpu")) for info in database.optim_db]
    flags = [len(with_flags("cpu", torch.float64, info)) for info in database.optim_db]
    for suite, counts in ((PLAIN, plain), (FLAGS, flags)):
        names = [t.name for t in resolve(suite)]
        assert len(set(names)) == len(names) == sum(counts)
        classes = [n.partition("(")[0] for n in names]
        assert [classes.count(f"torch.optim.{i.name}") for i in database.optim_db] == counts


@pytest.mark.parametrize("suite", [PLAIN, FLAGS])
def test_every_configuration_has_a_rule_and_is_named_alone(suite):
    for target in resolve(suite):
        (again,) = resolve(target.name)
        assert target.rule
        assert (again.name, again.rule) == (target.name, target.rule)
        assert text.call("", again.keywords) == text.call("", target.keywords)


def test_a_job_of_the_suite_does_not_load_the_database_again():
    plan = worker.plan(worker.Request(PLAIN))
    assert {(j.request.text, j.position) for j in plan.jobs} == {(j.name, 0) for j in plan.jobs}
    named = {t.name for t in resolve(PLAIN)}
    assert {j.name for j in plan.jobs} | {str(p).partition(" is held against")[0] for p in plan.problems} == named


def test_without_expecttest_the_suite_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.testing._internal.common_optimizers", None)
    with pytest.raises(Problem, match=r"(?s)does not import.*pip install expecttest"):
        resolve(PLAIN)


def test_a_tensor_is_written_and_read_as_what_its_own_type_holds():
    (target,) = resolve("torch.optim.SGD(lr=tensor(0.1), momentum=0.9)")
    assert target.name == "torch.optim.SGD(lr=tensor(0.1), momentum=0.9)"
    assert float(target.keywords["lr"]) != 0.1  # float32
    for wrong in ("tensor('a')", "tensor()", "tensor(1, 2)", "tensor([1])", "torch.tensor(1)"):
        with pytest.raises(Problem):
            resolve(f"torch.optim.SGD(lr={wrong})")


CHEAP = {
    "torch.optim.SGD(lr=tensor(0.001))": (),
    "torch.optim.SGD(weight_decay=0.1, maximize=True)": ("l2",),
    "torch.optim.Adagrad(lr=0.1, lr_decay=0.5, weight_decay=0.1)": ("l2", "lr-decay"),
    "torch.optim.Adagrad(lr=tensor(0.001))": (),
    "torch.optim.AdamW(weight_decay=0.1, amsgrad=True)": ("decoupled", "max-then-corrected"),
    "torch.optim.RMSprop(weight_decay=0.1, centered=True, momentum=0.1, maximize=True)": (
        "centred",
        "l2",
        "momentum-on-scaled",
    ),
    "torch.optim.RAdam(weight_decay=0.1, decoupled_weight_decay=True)": ("decoupled", "eps-hat", "threshold-5"),
}


@pytest.mark.parametrize(("name", "readings"), CHEAP.items())
def test_options_are_readings_that_are_proved(name, readings):
    (target,) = resolve(name)
    found = certify_target(target, theories.rule(target.rule))
    assert (found.exact.verdict, found.exact.scope) == (Verdict.PROVED, "all t"), found.notes
    assert tuple(sorted(found.readings)) == readings


def test_a_tensor_for_a_rate_is_quantified_like_a_number():
    """A wrong optimizer must not be saved by a tensor: the rate is a symbol there too."""
    (target,) = resolve("torch.optim.SGD(lr=tensor(0.001))")
    wrong = replace(target, make=lambda params, **k: target.make(params, **k | {"lr": k["lr"] * 2}))
    assert certify_target(wrong, theories.rule("sgd")).verdict == "deviates"


# Implementation flags ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["torch.optim.Adamax(differentiable=True)", "torch.optim.SGD(differentiable=True)"])
def test_a_step_that_can_be_differentiated_is_proved_like_any_other(name):
    (target,) = resolve(name)
    assert certify_target(target, theories.rule(target.rule)).exact.verdict is Verdict.PROVED


def test_a_compiled_kernel_is_never_more_than_sampled():
    (target,) = resolve("torch.optim.SGD(momentum=0.9, nesterov=True, weight_decay=0.1, fused=True)")
    found = certify_target(target, theories.rule(target.rule))
    assert (found.readings, found.exact.verdict) == (("l2",), Verdict.SAMPLED)
    assert any("torch._fused_sgd_ is compiled" in n for n in found.notes)
    assert [c["clause"] for c in found.contract if c["verdict"] == "broken"] == ["shapes"]


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Adagrad"])
def test_fused_kernels_of_the_cpu_write_beside_a_tensor_with_gaps(name):
    """The defect of torch behind that clause: the kernel takes any memory for contiguous."""
    import torch

    def step(fused: bool):
        memory = torch.arange(24.0, dtype=torch.float64).reshape(4, 6)
        parameter = memory[:, ::2].detach().requires_grad_()
        parameter.grad = torch.ones(4, 3, dtype=torch.float64)
        getattr(torch.optim, name)([parameter], lr=0.1, fused=fused).step()
        return memory

    beside = step(True)[:, 1::2] - torch.arange(24.0, dtype=torch.float64).reshape(4, 6)[:, 1::2]
    assert beside.abs().max() > 0.09
    assert not torch.equal(step(True), step(False))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["_fused_adam_", "_fused_adamw_", "_fused_adagrad_", "_fused_sgd_"])
def test_a_kernel_stays_within_its_formula(name, seed):
    """On many numbers: AdamW's takes x (1 - lr decay), which rounds once more than x - lr decay x."""
    import flint
    import torch

    from verify.lift import fused

    draw = torch.Generator().manual_seed(seed)
    x, g, m = (torch.randn(400, dtype=torch.float64, generator=draw) for _ in range(3))
    v, w = (m * m * torch.rand(400, dtype=torch.float64, generator=draw) for _ in range(2))
    known = {"lr": 1e-3, "weight_decay": 0.01, "maximize": False}
    adam, moments = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": True}, [m, v, w, torch.tensor(227.0)]
    settings, state = {
        "_fused_adam_": (adam, moments),
        "_fused_adamw_": (adam, moments),
        "_fused_adagrad_": ({"lr_decay": 0.01, "eps": 1e-10}, [v, torch.tensor(227.0)]),
        "_fused_sgd_": ({"momentum": 0.9, "dampening": 0.1, "nesterov": True, "is_first_step": False}, [m]),
    }[name]
    columns, before = [x, g, *state], x.clone()
    with flint.ctx.workprec(fused.BINARY64.bits + fused.SPARE):
        inside = fused._run(fused.KERNELS[name], known | settings, fused._numbers(columns), fused._ball)
        getattr(torch, name)(*([c] for c in columns), **known, **settings)
        fused._judge(name, columns, inside)
    assert not torch.equal(x, before)


@pytest.mark.parametrize("name", ["_fused_adam_", "_fused_adamw_", "_fused_adagrad_", "_fused_sgd_"])
def test_a_kernel_that_leaves_its_formula_is_caught(name, monkeypatch):
    """One part in 10^12 of the rate is more than the roundings of a step explain."""
    from verify.lift import fused

    kernel = fused.KERNELS[name]
    off = lambda *columns, **known: kernel.formula(*columns, **known | {"lr": known["lr"] * 1.000000000001})
    monkeypatch.setitem(fused.KERNELS, name, replace(kernel, formula=off))
    keywords = {
        "_fused_adamw_": "AdamW(",
        "_fused_adam_": "Adam(",
        "_fused_adagrad_": "Adagrad(",
        "_fused_sgd_": "SGD(",
    }
    (target,) = resolve(f"torch.optim.{keywords[name]}fused=True)")
    found = certify_target(target, theories.rule(target.rule))
    assert found.exact.verdict is Verdict.UNKNOWN
    assert any("is not within the rounding of its formula" in n for n in found.notes)


# Accepted readings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "entry"), accept.recorded(ROOT).items())
def test_what_is_accepted_names_a_target_and_readings_of_its_rule(name, entry):
    (target,) = resolve(name)
    assert target.name == name
    assert set(entry.readings) <= {r.id for r in theories.rule(target.rule).readings}


@pytest.mark.parametrize(
    "path", ["foreach=True", "differentiable=True, fused=False", "fused=True", "differentiable=True"]
)
def test_a_path_falls_under_the_key_of_its_configuration(path):
    table = {n: accept.Acceptance(("a",), n) for n in ("x.Y", "x.Y(z=(1, 2))")}
    for name, key in ((f"x.Y({path})", "x.Y"), (f"x.Y(z=(1, 2), {path})", "x.Y(z=(1, 2))")):
        assert accept.of_target(name, table).reason == key
        assert accept.of_target(name, {**table, name: accept.Acceptance(("b",), "own")}).reason == "own"
    assert accept.of_target(f"x.Y(z=3, {path})", table) is None
