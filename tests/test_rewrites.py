"""Right optimizers, rearranged in every way that people know, are proved for all t; wrong ones in hard styles are not."""

import importlib
import inspect

import pytest

torch = pytest.importorskip("torch")

from specimens.rewrites import moments, wrong  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target, induct, memory_map, naming  # noqa: E402
from verify.conform.bench import Bench  # noqa: E402
from verify.conform.scenario import lasting  # noqa: E402
from verify.conform.setting import Setting  # noqa: E402
from verify.conform.trajectory import Comparison  # noqa: E402
from verify.subjects.build import constructed, target  # noqa: E402

RIGHT = ("moments", "counters", "containers", "families", "names")
SAMPLED = {"LagsBehind", "AdamaxSquared", "StoredLogarithms"}  # right, and only seen to be
LATE = {"LagsAndFades": 311}  # wrong from a step on that short trajectories do not reach


def specimens(*modules: str) -> list[type]:
    """The optimizers of the modules that say which rule they follow and have a step."""
    found = [c for m in modules for c in vars(importlib.import_module(f"specimens.rewrites.{m}")).values()]
    known = theories.rules()
    homes = {f"specimens.rewrites.{m}" for m in modules}
    own = [c for c in found if inspect.isclass(c) and c.__module__ in homes and getattr(c, "rule", None) in known]
    steps = lambda c: hasattr(c, "update") or "step" in vars(c) or c.__mro__[1].__module__.startswith("torch")
    bases = {"Plain", "Counted", "Named", "Momentum", "Each"}
    return list(dict.fromkeys(c for c in own if steps(c) and c.__name__ not in bases))


def bench(make: type) -> Bench:
    """The specimen at the smallest shape at which its rule can be told from others."""
    rule, made = theories.rule(make.rule), constructed(target(make, make.__name__))
    return Bench(Setting(made, rule, (2,) if rule.elementwise else (2, 2), naming.match(made, rule)))


def proof(on: Bench) -> induct.Proof:
    run = on.from_start(memory_map.STEPS, on.start_point(memory_map.STEPS, None))
    return induct.prove(on, on.setting.rule, memory_map.find(on, on.setting.rule, run))


@pytest.mark.parametrize("make", [c for c in specimens(*RIGHT) if c.__name__ not in SAMPLED], ids=lambda c: c.__name__)
def test_a_rewrite_is_proved_for_all_t(make):
    found = proof(bench(make))
    assert found.proved, found.failures


@pytest.mark.parametrize("name", sorted(SAMPLED))
def test_a_rewrite_that_is_not_proved_is_not_called_wrong(name):
    (make,) = (c for c in specimens(*RIGHT) if c.__name__ == name)
    on = bench(make)
    assert not proof(on).proved  # else it belongs to those that are
    assert Comparison([on], 14).matches(on.setting.rule)


@pytest.mark.parametrize("make", specimens("wrong"), ids=lambda c: c.__name__)
def test_a_wrong_one_is_neither_proved_nor_like_the_rule(make):
    on = bench(make)
    assert not proof(on).proved
    late = LATE.get(make.__name__)
    seen = Comparison([on], late, most=1, among=lasting) if late else Comparison([on], 14)
    difference = seen.first_difference(on.setting.rule)
    assert difference
    assert late in (None, difference.step)


def test_what_more_digits_would_tell_apart_is_no_difference():
    """A second moment that is kept with 1 added loses tiny squares at 50 digits; the code is right."""
    on = bench(moments.Offset)
    assert Comparison([on], 14).first_difference(on.setting.rule) is None
    assert Comparison([bench(wrong.OffsetLeaks)], 14).first_difference(on.setting.rule)


class Opaque(torch.optim.Optimizer):
    """Gradient descent that the lifter cannot read, with a learning rate that nobody would guess."""

    rule = "sgd"

    def __init__(self, params, briskness=0.3):
        super().__init__(params, {"briskness": briskness})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.copy_(p.data + torch.from_numpy(-group["briskness"] * p.grad.numpy()))


def test_what_is_not_lifted_and_goes_by_strange_names_is_not_called_wrong():
    found = certify_target(constructed(target(Opaque, "Opaque")), theories.rule("sgd"))
    assert found.verdict == "undecided"
    assert any("which keyword is the rule's lr" in note for note in found.notes)


def test_there_are_many():
    right = specimens(*RIGHT)
    assert len(right) >= 80
    assert len({c.rule for c in right}) >= 15


@pytest.mark.parametrize("make", specimens("names"), ids=lambda c: c.__name__)
def test_hyperparameters_are_found_under_other_names(make):
    """Every one of the rule's is a keyword's: none is compared at its usual value alone."""
    assert not bench(make).setting.fixed
