"""Shipped code against its paper: the verdicts of the suite, and of right and wrong Adams."""

import inspect
from dataclasses import replace
from functools import cache

import pytest

torch = pytest.importorskip("torch")
adamp = pytest.importorskip("adamp")

from specimens import adams, changes  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.statement import Verdict  # noqa: E402
from verify.subjects.resolve import of_object  # noqa: E402
from verify.subjects.target import Target  # noqa: E402

ADAMP = {"bias-corrected", "vectors-unprojected", "channel-first", "eps-in-norms"}
SGDP = {"vectors-unprojected", "channel-first", "eps-in-norms", "buffer-projected"}
SUITE = [
    ("sgd", "SGD", {}, {}),
    ("momentum", "SGD", {"momentum": 0.9}, {}),
    ("nesterov", "SGD", {"momentum": 0.9, "nesterov": True}, {}),
    ("momentum", "SGD", {"momentum": 0.9, "dampening": 0.5}, {"dampening-not-first": 2}),
    ("adagrad", "Adagrad", {}, {}),
    ("rmsprop", "RMSprop", {}, {}),
    ("adadelta", "Adadelta", {}, {}),
    ("adam", "Adam", {}, {}),
    ("adamw", "AdamW", {}, {}),
    ("amsgrad", "Adam", {"amsgrad": True}, {"max-then-corrected": 1}),
    ("adamax", "Adamax", {}, {"guard": 1}),
    ("nadam", "NAdam", {}, {"float32-product": None}),
    ("radam", "RAdam", {}, {"threshold-5": 5, "eps-hat": 6}),
]


def target(make, **settings) -> Target:
    parameters = list(inspect.signature(make).parameters.values())[1:]
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return Target(make.__name__, make, defaults | settings)


@cache
def certificate(make, rule="adam", **settings):
    return certify_target(target(make, **settings), theories.rule(rule))


@pytest.mark.parametrize("foreach", [None, True], ids=["single", "foreach"])
@pytest.mark.parametrize(
    ("rule", "name", "settings", "readings"), SUITE, ids=[f"{n}-{r}-{'-'.join(s)}" for r, n, s, _ in SUITE]
)
def test_torch_is_the_papers_rule_or_a_named_reading(rule, name, settings, readings, foreach):
    found = certificate(getattr(torch.optim, name), rule, **settings, foreach=foreach)
    if rule == "nesterov" and foreach:  # torch adds the momentum to p.grad in place
        assert [d.kind for d in found.deviations] == ["gradient-mutation"]
        found = replace(found, verdict="conforms", deviations=())
    assert found.verdict == ("variant" if readings else "conforms")
    assert (found.exact.verdict, found.exact.scope, found.exact.shape) == (Verdict.PROVED, "all t", "any")
    assert {d.reading: d.first_step for d in found.deviations} == readings


@pytest.mark.parametrize(("name", "rule", "readings"), [("AdamP", "adamp", ADAMP), ("SGDP", "sgdp", SGDP)])
def test_the_authors_own_code_departs_from_their_paper(name, rule, readings):
    settings = {"lr": 0.1, "momentum": 0.9} if rule == "sgdp" else {}
    found = certificate(getattr(adamp, name), rule, **settings)
    assert (found.verdict, found.exact.verdict) == ("variant", Verdict.PROVED)
    assert set(found.readings) == readings


@pytest.mark.parametrize("make", [changes.KeepsConstructorRate, changes.KeepsFirstRate, changes.KeepsBetas])
def test_a_change_in_param_groups_that_goes_unseen_is_a_deviation(make):
    found = certificate(make)
    assert (found.verdict, found.deviations[0].kind) == ("deviates", "parameter-groups")
    example = found.deviations[0].counterexample
    assert example["changes"][0][1] in found.deviations[0].summary
    assert float(example["code"]) == pytest.approx(float(example["replayed_in_float64"]), rel=1e-12)


def test_what_the_constructor_decides_is_a_branch():
    found = certificate(changes.DecidesWhenConstructed)
    assert found.verdict == "deviates"
    assert float(found.deviations[0].counterexample["hyperparameters"]["beta1"]) > 0.95


def test_a_factory_is_certified_with_the_numbers_of_its_group():
    made = of_object(changes.factory, "factory", {}, "", "")
    found = certify_target(made, theories.rule("adam"))
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


@pytest.mark.parametrize("make", [adams.Folded, adams.Products, adams.Rooted, changes.WritesRateDown])
def test_rewritten_adams_conform(make):
    found = certificate(make)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


WRONG = [
    (adams.EpsInside, "variant", "epsilon-placement", 1),
    (adams.NoCorrectionOfV, "variant", "bias-correction", 1),
    (adams.Swapped, "deviates", "moment-recurrence", 2),
    (adams.OffByOne, "deviates", "step-index", 1),
    (adams.Magnitude, "deviates", "moment-recurrence", 1),
    (adams.Late, "deviates", "schedule", 101),
    (adams.After1000, "deviates", "epsilon-placement", 1001),
    (adams.EpsTimesHundred, "deviates", "epsilon-placement", 1),
    (adams.Narrow, "deviates", "precision", 1),
    (adams.InnerRate, "deviates", "momentum-form", 3),
    (adams.ResetAtFifty, "deviates", "state-initialisation", 50),
]


@pytest.mark.parametrize(("make", "verdict", "kind", "step"), WRONG, ids=[m.__name__ for m, *_ in WRONG])
def test_one_fault_is_found_and_named(make, verdict, kind, step):
    found = certificate(make)
    first = found.deviations[0]
    assert (found.verdict, first.first_step) == (verdict, step)
    assert kind is None or first.kind == kind
    assert found.exact.verdict is (Verdict.PROVED if verdict == "variant" else Verdict.REFUTED)


def test_what_starts_late_is_shown_as_the_formula_of_that_step():
    found = certificate(adams.StrangeAfterTwenty).deviations[0]
    assert found.first_step == 21
    assert "β₁³" in found.code
    assert "t + 1 > 20" in found.code


def test_a_fault_beside_a_reading_is_told_apart_from_it():
    found = certificate(adams.TwoFaults)
    assert found.verdict == "deviates"
    assert [(d.kind, d.reading) for d in found.deviations] == [
        ("moment-recurrence", None),
        ("bias-correction", "uncorrected"),
    ]


@pytest.mark.parametrize("make", [m for m, *_ in WRONG], ids=[m.__name__ for m, *_ in WRONG])
def test_a_counterexample_replays_in_float64(make):
    """From the published numbers alone: the real optimizer does what `code` says, and not what `theory` says."""
    shown = certificate(make).deviations[0].counterexample
    settings = {name: float(value) for name, value in shown["hyperparameters"].items()}
    betas = settings.pop("beta1"), settings.pop("beta2")
    start = torch.tensor([float(x) for x in shown["x"]], dtype=torch.float64).reshape(shown["shape"])
    parameter = torch.nn.Parameter(start)
    optimizer = make([parameter], betas=betas, **settings)
    for step, gradient in enumerate(shown["gradients"], start=1):
        optimizer.param_groups[0].update({name: float(q) for k, name, q in shown["changes"] if k == step})
        parameter.grad = torch.tensor([float(g) for g in gradient], dtype=torch.float64).reshape(shown["shape"])
        optimizer.step()
    value = float(parameter.detach().reshape(-1)[shown["element"]])
    theory, code = float(shown["theory"]), float(shown["code"])
    assert repr(value) == shown["replayed_in_float64"]
    assert abs(value - code) < abs(value - theory)


@pytest.mark.parametrize(("make", "says"), [(adams.Raises, "out of luck"), (adams.Unknown, "digamma")])
def test_what_cannot_be_followed_is_undecided_with_the_reason(make, says):
    found = certificate(make)
    assert found.verdict == "undecided"
    assert any(says in note for note in found.notes)


def test_code_that_cannot_be_followed_is_convicted_by_its_runs():
    found = certificate(adams.UnknownAndWrong)
    assert (found.verdict, found.exact.verdict, found.deviations[0].first_step) == ("deviates", Verdict.REFUTED, 1)
    assert "digamma" in found.notes[0]


def test_a_value_that_passes_through_text_is_never_proved():
    assert certificate(adams.LostInText).verdict in ("undecided", "deviates")


def test_a_branch_that_is_wrong_for_some_hyperparameters_is_never_a_pass():
    assert certificate(adams.HighBeta2).verdict in ("undecided", "deviates")


@pytest.mark.parametrize("make", [adams.Watched, adams.Elsewhere])
def test_what_the_lifter_cannot_see_is_found_without_it(make):
    found = certificate(make)
    assert found.verdict == "deviates"
    assert found.exact.verdict < Verdict.SAMPLED
