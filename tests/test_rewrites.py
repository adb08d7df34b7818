"""Right optimizers, rearranged in every way that people know, conform for all t; wrong ones in hard styles do not."""

import importlib
import inspect

import pytest

torch = pytest.importorskip("torch")

from specimens.rewrites import moments  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.build import constructed, target  # noqa: E402

RIGHT = ("moments", "counters", "containers", "families", "names")
SAMPLED = {"LagsBehind"}  # its memory is a function of more than the rule's


def specimens(*modules: str) -> list[type]:
    """The optimizers of the modules that say which rule they follow and have a step."""
    found = [c for m in modules for c in vars(importlib.import_module(f"specimens.rewrites.{m}")).values()]
    own = [c for c in found if inspect.isclass(c) and c.__module__.rsplit(".", 1)[1] in modules and hasattr(c, "rule")]
    return list(dict.fromkeys(c for c in own if c is not moments.Plain and not c.__subclasses__()))


def certificate(make: type):
    return certify_target(constructed(target(make, make.__name__)), theories.rule(make.rule))


@pytest.mark.parametrize("make", specimens(*RIGHT), ids=lambda c: c.__name__)
def test_a_rewrite_conforms(make):
    found = certificate(make)
    wanted = Verdict.SAMPLED if make.__name__ in SAMPLED else Verdict.PROVED
    assert (found.verdict, found.exact.verdict) == ("conforms", wanted), (found.notes, found.deviations)


@pytest.mark.parametrize("make", specimens("wrong"), ids=lambda c: c.__name__)
def test_a_wrong_one_deviates(make):
    assert certificate(make).verdict == "deviates"


def test_there_are_many():
    right = specimens(*RIGHT)
    assert len(right) >= 80
    assert len({c.rule for c in right}) >= 15


@pytest.mark.parametrize("name", ["KingmaBa", "Rhos", "Descriptive", "Decaying", "Accumulator", "Friction"])
def test_a_name_that_was_guessed_is_not_left_out(name):
    """Every hyperparameter of the rule is a keyword's: none is compared at its usual value alone."""
    (make,) = (c for c in specimens("names") if c.__name__ == name)
    assert not any("has no keyword" in note for note in certificate(make).notes)
