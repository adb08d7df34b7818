"""ASGD, Rprop and SparseAdam against their papers: torch's, right ones, and ones with a fault each."""

import io
from contextlib import redirect_stdout
from functools import cache

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from specimens import classics  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.conform.bench import folder  # noqa: E402
from verify.conform.setting import Setting  # noqa: E402
from verify.domain import Real  # noqa: E402
from verify.exact import exact  # noqa: E402
from verify.lift.record import Recorder, UnknownOperation  # noqa: E402
from verify.lift.torch import lifting, tensor  # noqa: E402
from verify.measure.enclosed import Enclosed  # noqa: E402
from verify.measure.unwatched import departure  # noqa: E402
from verify.rule import present  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.build import target  # noqa: E402


@cache
def certificate(make, rule, **settings):
    return certify_target(target(make, make.__name__, settings), theories.rule(rule))


AHEAD = {"rate-ahead", "average-late", "float32-rate"}
TORCH = [
    ("rprop", "Rprop", {}, {"no-backtracking", "always-clipped"}),
    ("rprop", "Rprop", {"foreach": True, "etas": (0.5, 1.5)}, {"no-backtracking", "always-clipped"}),
    ("asgd", "ASGD", {}, AHEAD),
    ("asgd", "ASGD", {"foreach": True}, AHEAD),
    ("asgd", "ASGD", {"weight_decay": 0.1, "maximize": True}, AHEAD | {"l2"}),
    ("sparseadam", "SparseAdam", {}, {"eps-hat"}),
    ("sparseadam", "SparseAdam", {"maximize": True}, {"eps-hat"}),
]


@pytest.mark.parametrize(
    ("rule", "name", "settings", "readings"), TORCH, ids=[f"{n}-{'-'.join(s)}" for _, n, s, _ in TORCH]
)
def test_torch_follows_named_readings(rule, name, settings, readings):
    found = certificate(getattr(torch.optim, name), rule, **settings)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("variant", Verdict.PROVED, "all t")
    assert set(found.readings) == readings


RIGHT = [(classics.Averaged, "asgd"), (classics.Resilient, "rprop"), (classics.Lazy, "sparseadam")]


@pytest.mark.parametrize(("make", "rule"), RIGHT)
def test_what_is_right_conforms(make, rule):
    found = certificate(make, rule)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


WRONG = [
    (classics.SharedStep, "asgd", "deviates", "step-index", 7),
    (classics.LoadsNarrow, "asgd", "deviates", "state-dict", 7),
    (classics.Remembers, "rprop", "variant", "threshold", 3),
    (classics.Unbounded, "rprop", "deviates", "moment-recurrence", 2),
    (classics.PowerOfStep, "asgd", "deviates", "schedule", 2),
    (classics.LateAverage, "asgd", "variant", "step-index", 12),
    (classics.StaleAverage, "asgd", "deviates", "moment-recurrence", 1),
    (classics.NoAverage, "asgd", "deviates", "moment-recurrence", 1),
    (classics.LazyDecaysAll, "sparseadam", "variant", "moment-recurrence", 4),
    (classics.LazyUncoalesced, "sparseadam", "deviates", "other", 1),
    (classics.LazyCountsRows, "sparseadam", "deviates", "other", 2),
    (classics.LazyBias, "sparseadam", "variant", "bias-correction", 1),
]


@pytest.mark.parametrize(("make", "rule", "verdict", "kind", "step"), WRONG, ids=[m.__name__ for m, *_ in WRONG])
def test_one_fault_is_found_and_named(make, rule, verdict, kind, step):
    found = certificate(make, rule)
    first = found.deviations[0]
    assert (found.verdict, first.kind, first.first_step) == (verdict, kind, step)


def test_an_average_that_is_not_kept_is_said_to_be_missing():
    assert "does not keep the rule's average" in certificate(classics.NoAverage, "asgd").deviations[0].summary


def test_a_wrong_average_replays_in_float64():
    """What is kept beside the parameter is read from the real optimizer."""
    shown = certificate(classics.StaleAverage, "asgd").deviations[0].counterexample
    assert shown["element"] >= 2
    assert abs(float(shown["replayed_in_float64"]) - float(shown["code"])) < 1e-12


# Sparse gradients -------------------------------------------------------------------------------------


def test_entries_of_one_row_must_be_added():
    """The script that is printed shows it in plain torch: the same numbers as the certificate's."""
    deviation = certificate(classics.LazyUncoalesced, "sparseadam").deviations[0]
    assert "a row of it in two entries" in deviation.summary
    shown = deviation.counterexample
    assert abs(float(shown["replayed_in_float64"]) - float(shown["code"])) < 1e-15
    printed = io.StringIO()
    before = torch.get_default_dtype()
    try:
        with redirect_stdout(printed):
            exec(shown["snippet"], {})  # noqa: S102 (the script that a certificate prints)
    finally:
        torch.set_default_dtype(before)
    assert shown["replayed_in_float64"] in printed.getvalue()


def test_the_real_sparse_optimizer_runs_beside_its_rule():
    """Rows that come and go, over long runs: under its reading it stays, under the paper's rule it does not."""
    torch_adam, rule = target(torch.optim.SparseAdam, "SparseAdam", {}), theories.rule("sparseadam")
    setting = Setting(torch_adam, rule, (2, 2))
    assert departure(setting, rule.read_as("eps-hat")) is None
    assert departure(setting, rule).step == 1
    assert departure(setting, rule.read_as("eps-hat", "memories-decay")) is not None


@pytest.mark.parametrize("rows", [[], [1], [2, 0], [1, 1], [2, 0, 2, 0]])
def test_a_sparse_gradient_of_a_lift_holds_what_torch_holds(rows):
    """Every operation on it that is lifted: terms are the values that torch computes."""
    entries = torch.arange(1.0, 2 * len(rows) + 1, dtype=torch.float64).reshape(len(rows), 2)
    dense = torch.arange(6.0, dtype=torch.float64).reshape(3, 2)

    def run(entries, dense):
        g = torch.sparse_coo_tensor(torch.tensor([rows], dtype=torch.long), entries, (3, 2))
        added = dense.clone().add_(g, alpha=-0.5)
        whole = (-g).coalesce()
        masked = dense.sparse_mask(whole)._values() if rows else dense
        return [whole.values(), masked, added, g.to_dense(), dense - g, (g * 3).coalesce().values(), (g / 4).to_dense()]

    plain = run(entries, dense)
    with lifting(Recorder()):
        traced = run(
            *(tensor(x.numpy(), np.vectorize(exact, otypes=[object])(x.int().numpy())) for x in (entries, dense))
        )
    for mine, theirs in zip(traced, plain, strict=True):
        assert mine.numbers.tolist() == theirs.tolist()
        assert [float(folder({})(e)) for e in mine.terms.flat] == theirs.flatten().tolist()


def test_what_is_not_known_of_a_sparse_tensor_is_refused():
    with lifting(Recorder()), pytest.raises(UnknownOperation, match="sparse"):
        torch.sparse.sum(torch.sparse_coo_tensor(torch.tensor([[0]]), torch.tensor([1.0]), (2,)))


def test_presence_is_by_rows_in_every_kind_of_number():
    g = [[0.0, 0.0], [0.0, 2.0]]
    numbers = (
        np.array(g),
        torch.tensor(g),
        Enclosed(np.array(g), np.zeros((2, 2))),
        np.array([[exact(0)] * 2, [exact(0), Real.symbol("g")]]),
    )
    assert all(np.array(present(kind)).tolist() == [[False, False], [True, True]] for kind in numbers)
    assert (present(0), present(exact(0)), present(Real.symbol("g"))) == (False, False, True)
