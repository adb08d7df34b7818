"""The contract: every wrong specimen breaks its clauses, with the right kind, and no right one breaks any."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
adamp = pytest.importorskip("adamp")

from specimens import contracts  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.measure.clause import CLAUSES  # noqa: E402
from verify.measure.contract import clauses  # noqa: E402
from verify.measure.notes import notes  # noqa: E402
from verify.subjects.build import target  # noqa: E402

importlib.import_module("specimens.manners")
importlib.import_module("specimens.narrow")
unmannered = importlib.import_module("specimens.unmannered")


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


@pytest.mark.parametrize("make", [contracts.CountsByGroup, contracts.GlobalNorm], ids=lambda c: c.__name__)
def test_a_demonstration_fails_until_the_fault_is_mended(make, tmp_path):
    (text,) = [c.snippet for c in found(make) if c.broken]
    for name, code in ((make.__name__, 1), ("Plain", 0)):
        file = tmp_path / f"{name}.py"
        file.write_text(text.replace(make.__name__, name), "utf-8")
        ended = subprocess.run([sys.executable, file], env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)})
        assert ended.returncode == code


def test_most_broken_clauses_come_with_a_demonstration():
    shown = [c.snippet for make in list(contracts.WRONG)[::7] for c in found(make) if c.broken]
    assert len(shown) >= 8
    assert sum(map(bool, shown)) >= len(shown) - 1


def test_sparse_gradients_and_closures_are_driven():
    sparse = {c.clause: c.verdict for c in found(torch.optim.SparseAdam, None)}
    assert [n for n, v in sparse.items() if v != "holds"] == ["zero-gradient"]
    closure = {c.clause: c.verdict for c in found(torch.optim.LBFGS, None, max_iter=2)}
    assert {closure[n] for n in ("schedule", "state-dict", "instances", "dtype")} == {"holds"}


class Careless(contracts.Base):
    def __init__(self, params, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, maximize=False, delta=0.2):
        super().__init__(params, lr, betas, eps, weight_decay, maximize)


def test_notes_say_what_a_constructor_lets_pass():
    careless = target(Careless, "Careless")
    (taken, default) = notes(careless, theories.rule("adamp"))
    assert taken == "bad hyperparameters are not refused: lr < 0, eps < 0, weight_decay < 0, betas = 1"
    assert "the default of delta is 0.2, the paper's is 0.1" in default
    assert notes(target(torch.optim.Adam, "Adam"), theories.rule("adam")) == ()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            "SaysThatGroupsNeedGradients",
            "refuses a tensor without a gradient at step 1, as no other: RuntimeError: a group needs a gradient",
        ),
        ("SaysThatLayoutsMatter", "permuted, channels last: ValueError: parameters have to be contiguous"),
        ("ViewsItsMemory", "permuted, channels last: RuntimeError: view size is not compatible"),
        ("SaysThatItLoadsNothing", "refuses its own state: NotImplementedError: begin again instead"),
    ],
)
def test_a_refusal_stands_in_the_notes(make, says):
    made = getattr(unmannered, make)
    certificate = certify_target(target(made, make), theories.rule("adamw"))
    assert certificate.verdict == "conforms"
    assert any(says in note for note in certificate.notes)
