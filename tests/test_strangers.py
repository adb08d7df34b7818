"""Right optimizers as strangers write them are proved for all t; those that only look like them are not."""

import importlib
import inspect

import pytest

torch = pytest.importorskip("torch")

from specimens.strangers.thresholds import AuthorsRAdam  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target, induct, memory_map, naming  # noqa: E402
from verify.conform.bench import Bench  # noqa: E402
from verify.conform.setting import Setting  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.build import constructed, target  # noqa: E402

MODULES = ("guarded", "thresholds", "norms")


def specimens() -> list[type]:
    """The optimizers of the modules; `readings` is None for those that are wrong."""
    homes = [importlib.import_module(f"specimens.strangers.{m}") for m in MODULES]
    return [c for home in homes for c in vars(home).values() if inspect.isclass(c) and c.__module__ == home.__name__]


def proof(make: type) -> induct.Proof:
    """The induction against the rule in the specimen's readings, at the smallest shape that tells rules apart."""
    rule, made = theories.rule(make.rule), constructed(target(make, make.__name__))
    shape = (2,) if rule.elementwise else (3,)
    on = Bench(Setting(made, rule, shape, naming.match(made, rule)))
    rule = rule.read_as(*sorted(make.readings or ()))
    run = on.from_start(memory_map.STEPS, on.start_point(memory_map.STEPS, None))
    return induct.prove(on, rule, memory_map.find(on, rule, run))


@pytest.mark.parametrize("make", [c for c in specimens() if c.readings is not None], ids=lambda c: c.__name__)
def test_a_right_one_is_proved_for_all_t(make):
    found = proof(make)
    assert found.proved, found.failures
    assert not found.conditions


@pytest.mark.parametrize("make", [c for c in specimens() if c.readings is None], ids=lambda c: c.__name__)
def test_one_that_only_looks_like_it_is_not(make):
    assert not proof(make).proved


def test_of_readings_that_no_trajectory_tells_apart_the_proved_one_is_named():
    found = certify_target(target(AuthorsRAdam, "AuthorsRAdam"), theories.rule("radam"))
    assert (found.verdict, found.exact.verdict) == ("variant", Verdict.PROVED)
    assert {d.reading for d in found.deviations} == AuthorsRAdam.readings
