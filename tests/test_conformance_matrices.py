"""Rules of whole matrices against shipped code: torch's Adafactor and Muon, right ones, and ones with a fault each."""

from functools import cache

import pytest

torch = pytest.importorskip("torch")

from specimens import matrices  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.build import target  # noqa: E402


@cache
def certificate(make, rule, **settings):
    return certify_target(target(make, make.__name__, settings), theories.rule(rule))


@pytest.mark.parametrize("settings", [{}, {"foreach": True}], ids=["single", "foreach"])
def test_torchs_adafactor_clamps_where_the_paper_adds(settings):
    found = certificate(torch.optim.Adafactor, "adafactor", **settings)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("variant", Verdict.PROVED, "all t")
    assert set(found.readings) == {"eps-clamped"}
    assert found.exact.shape == (2, 2)
    assert any("eps1 is None unless it is given" in note for note in found.notes)


def test_a_threshold_that_does_not_act_is_no_broken_clause():
    """Whether a changed d shows at the next step depends on the update, in the rule as in the code."""
    found = certificate(torch.optim.Adafactor, "adafactor", d=1.5)
    assert found.verdict == "variant"
    assert not [row for row in found.contract if row["verdict"] == "broken"]


def test_means_in_place_of_sums_conform():
    found = certificate(matrices.Factored, "adafactor")
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


@pytest.mark.parametrize("make", [matrices.DividedByColumns, matrices.Unclipped])
def test_one_fault_is_found(make):
    found = certificate(make, "adafactor")
    assert (found.verdict, found.deviations[0].first_step) == ("deviates", 1)


MUONS = [{}, {"ns_steps": 6}, {"lr": torch.tensor(0.001)}]


@pytest.mark.parametrize("settings", MUONS, ids=["defaults", "six steps", "tensor"])
def test_torchs_muon_rounds_to_bfloat16_and_is_proved_as_it_rounds(settings):
    found = certificate(torch.optim.Muon, "muon", **settings)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("variant", Verdict.PROVED, "all t")
    assert set(found.readings) == {"ema-buffer", "eps-clamped", "decoupled", "bfloat16-iteration"}
    (dtype,) = [row for row in found.contract if row["clause"] == "dtype"]
    assert dtype["detail"].startswith("but for bfloat16-iteration")
    assert f"ns_steps stays {settings.get('ns_steps', 5)}" in found.notes
    assert any("rounded once" in note for note in found.notes)


@pytest.mark.parametrize("make", [matrices.Orthogonalised, matrices.NeverTransposed])
def test_a_muon_without_a_cast_conforms_with_or_without_transposing(make):
    found = certificate(make, "muon")
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")
    assert not any("rounded once" in note for note in found.notes)


@pytest.mark.parametrize(
    "make",
    [
        matrices.OtherCoefficients,
        matrices.NotAhead,
        matrices.LargestElement,
        matrices.SumOfSizes,
        matrices.ShrinksWide,
    ],
)
def test_one_fault_of_a_muon_is_found(make):
    found = certificate(make, "muon")
    assert (found.verdict, found.deviations[0].first_step) == ("deviates", 1)
