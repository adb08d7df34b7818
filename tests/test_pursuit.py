"""Code that asks a closure for its gradients: L-BFGS as users and as torch write it, right and wrong."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from specimens import quasi  # noqa: E402
from test_conformance import certificate  # noqa: E402

from verify.fold import Undecided  # noqa: E402
from verify.measure.enclosed import Enclosed  # noqa: E402
from verify.measure.objectives import objectives  # noqa: E402
from verify.statement import Verdict  # noqa: E402

TORCH = ("first-step-scaled", "pairs-tested", "comes-to-rest")


@pytest.mark.parametrize("make", [quasi.LBFGS, quasi.LBFGSByMatrix])
def test_right_code_conforms_as_far_as_it_was_run(make):
    found = certificate(make, "lbfgs")
    assert (found.verdict, found.exact.verdict) == ("conforms", Verdict.SAMPLED), found.notes
    assert int(found.exact.scope.split()[1]) >= 8
    assert any("not lifted" in note for note in found.notes)
    assert any("not tried on two tensors" in note for note in found.notes)


@pytest.mark.parametrize(
    ("make", "step"), [(quasi.LBFGSWrongSign, 2), (quasi.LBFGSOldestScale, 3), (quasi.LBFGSOneTooMany, 3)]
)
def test_one_fault_is_found(make, step):
    found = certificate(make, "lbfgs")
    assert (found.verdict, found.exact.verdict) == ("deviates", Verdict.REFUTED)
    assert found.deviations[0].first_step >= step


@pytest.mark.parametrize("keywords", [{}, {"lr": 0.01}, {"lr": torch.tensor(0.001)}, {"tolerance_grad": 1e-6}])
def test_torch_follows_three_readings(keywords):
    found = certificate(torch.optim.LBFGS, "lbfgs", **keywords)
    assert (found.verdict, found.exact.verdict, set(found.readings)) == ("variant", Verdict.SAMPLED, set(TORCH))


@pytest.mark.parametrize(
    ("make", "keywords"), [(torch.optim.LBFGS, {"line_search_fn": "strong_wolfe"}), (quasi.LBFGSBacktracking, {})]
)
def test_a_line_search_is_not_judged(make, keywords):
    found = certificate(make, "lbfgs", **keywords)
    assert found.verdict == "undecided"
    assert any("line search" in note for note in found.notes)


class OneTensor(torch.optim.LBFGS):
    """Sees the gradient of its first tensor alone."""

    def _gather_flat_grad(self):
        found = super()._gather_flat_grad()
        return torch.where(torch.arange(len(found)) < self._params[0].numel(), found, 0)


def test_a_second_tensor_belongs_to_the_same_function():
    found = certificate(OneTensor, "lbfgs")
    assert (found.verdict, found.exact.verdict) == ("deviates", Verdict.REFUTED)
    assert "two tensors" in found.deviations[0].summary


def test_functions_are_what_they_say():
    """Convex where they say so, and somewhere not convex where they say that."""
    for found in objectives():
        luck = torch.from_numpy(np.random.RandomState(0).uniform(-2, 2, (40, found.start.numel())))
        lowest = min(
            torch.linalg.eigvalsh(torch.autograd.functional.hessian(found.value, x.double())).min() for x in luck
        )
        assert (lowest < 0) == ("not convex" in found.says)


def test_a_comparison_that_hangs_on_rounding_has_no_answer():
    with pytest.raises(Undecided):
        bool(Enclosed(1.0, 1e-16) < Enclosed(1.0, 1e-16))
    assert bool(Enclosed(1.0, 1e-16) < Enclosed(2.0))
