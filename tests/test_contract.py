"""The contract: every wrong specimen breaks its clauses, with the right kind, and no right one breaks any."""

import importlib

import pytest

torch = pytest.importorskip("torch")
adamp = pytest.importorskip("adamp")

from specimens import contracts  # noqa: E402

from verify import theories  # noqa: E402
from verify.measure.clause import CLAUSES  # noqa: E402
from verify.measure.contract import clauses  # noqa: E402
from verify.subjects.build import target  # noqa: E402

importlib.import_module("specimens.manners")


def found(make, rule="adam", **keywords):
    return clauses(target(make, make.__name__, keywords), theories.rule(rule) if rule else None)


@pytest.mark.parametrize("make", contracts.WRONG, ids=lambda c: c.__name__)
def test_a_broken_clause_is_named_with_its_kind(make):
    broken = {c.clause: c.kind for c in found(make) if c.broken}
    assert broken == contracts.WRONG[make]


@pytest.mark.parametrize("make", contracts.RIGHT, ids=lambda c: c.__name__)
def test_an_optimizer_with_manners_breaks_nothing(make):
    assert [(c.clause, c.detail) for c in found(make, None) if c.broken] == []


def test_every_clause_has_three_specimens():
    counts = {name: sum(name in kinds for kinds in contracts.WRONG.values()) for name in CLAUSES}
    assert min(counts.values()) >= 3
