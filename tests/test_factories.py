"""Factories as people write them: groups by dimension, other orders, modules; and code that a lift does not see."""

from __future__ import annotations

import pytest
import torch

from verify import theories
from verify.conform import certify_target
from verify.statement import Verdict
from verify.subjects.resolve import of_object, resolve


def by_dimension(params):
    """Matrices decay, the rest does not."""
    params = list(params)
    wide, thin = [p for p in params if p.ndim >= 2], [p for p in params if p.ndim < 2]
    return torch.optim.AdamW([{"params": wide, "weight_decay": 0.01}, {"params": thin, "weight_decay": 0.0}])


def turned(params):
    return torch.optim.AdamW(list(params)[::-1])


def one_each(params):
    return torch.optim.AdamW([{"params": [p]} for p in params])


class Holder(torch.nn.Module):
    def __init__(self, params):
        super().__init__()
        self.listed = torch.nn.ParameterList(params)
        for i, p in enumerate(params):
            self.register_parameter(f"p{i}", p)


def of_a_module(params):
    return torch.optim.AdamW(Holder(list(params)).parameters())


def of_copies(params):
    return torch.optim.AdamW([torch.nn.Parameter(p.detach().clone()) for p in params])


class ByType(torch.optim.Adam):
    """Adam on plain parameters alone: a lifted one is of a class of its own."""

    def step(self, closure=None):
        if all(type(p) is torch.nn.Parameter for group in self.param_groups for p in group["params"]):
            return super().step(closure)
        return None


def certificate(thing, rule: str):
    return certify_target(of_object(thing, thing.__name__), theories.rule(rule))


@pytest.mark.parametrize("factory", [by_dimension, turned, one_each, of_a_module])
def test_a_factory_may_group_and_order_its_parameters(factory):
    found = certificate(factory, "adamw")
    assert (found.verdict, found.exact.verdict) == ("conforms", Verdict.PROVED), found.notes
    assert not [c for c in found.contract if c["verdict"] == "broken"]


def test_an_optimizer_of_copies_is_not_judged():
    found = certificate(of_copies, "adamw")
    assert found.verdict == "undecided"
    assert any("of its own" in note for note in found.notes)


def test_what_the_real_class_contradicts_is_not_held_against_it():
    """Its lift does nothing, and leaves Adam at the first step; the real class stays with Adam."""
    found = certificate(ByType, "adam")
    assert found.verdict == "undecided"
    assert any("the real class stays with it" in note for note in found.notes)


def stale(params):
    """Adam whose rate is the one that the factory gave."""

    class Stale(torch.optim.Adam):
        def step(self, closure=None):
            for group in self.param_groups:
                group["lr"] = 0.25 * group["betas"][0]
            return super().step(closure)

    return Stale(params, lr=0.1, betas=(0.8, 0.95))


def test_a_counterexample_of_a_factory_is_replayed_at_its_own_numbers():
    found = certificate(stale, "adam")
    assert found.verdict == "deviates"
    shown = [d.counterexample for d in found.deviations if d.counterexample and "code" in d.counterexample]
    assert shown
    for example in shown:
        assert float(example["replayed_in_float64"]) == pytest.approx(float(example["code"]), rel=1e-9)


@pytest.mark.parametrize(("given", "name"), [(1.0, "A"), (1, "A(mix=1)"), (0, "A(mix=0)")])
def test_a_whole_number_is_named_where_the_default_is_none(tmp_path, given, name):
    """1 stays 1, and 1.0 is taken for all values: two configurations."""
    source = "import torch\n\n\nclass A(torch.optim.SGD):\n    def __init__(self, params, lr=0.1, mix=1.0):\n"
    (tmp_path / "a.py").write_text(source + "        super().__init__(params, lr)\n")
    (target,) = resolve(f"{tmp_path / 'a.py'}:A", {"mix": given})
    assert target.name.endswith(f"a.py:{name}")
