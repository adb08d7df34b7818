"""Lion, AdaBelief, Yogi, LAMB, ADOPT and AdEMAMix: right code in two styles, each reading, and single faults."""

import pytest

torch = pytest.importorskip("torch")

from specimens import mixtures, momenta  # noqa: E402
from test_conformance import certificate  # noqa: E402

from verify import theories  # noqa: E402
from verify.statement import Verdict  # noqa: E402

RIGHT = [
    (momenta.Lion, "lion"),
    (momenta.LionByParts, "lion"),
    (momenta.AdaBelief, "adabelief"),
    (momenta.AdaBeliefFolded, "adabelief"),
    (momenta.Yogi, "yogi"),
    (momenta.YogiByCases, "yogi"),
    (mixtures.Lamb, "lamb"),
    (mixtures.Adopt, "adopt"),
    (mixtures.AdEMAMix, "ademamix"),
    (mixtures.AdEMAMixSums, "ademamix"),
]
FOLLOWED = {
    momenta.Lion: "lion",
    momenta.AdaBelief: "adabelief",
    momenta.Yogi: "yogi",
    mixtures.Adopt: "adopt",
    mixtures.AdEMAMix: "ademamix",
}
ELSEWHERE = {"threshold-4", "threshold-5", "no-early-step", "schedules", "schedules-together"}  # not in the specimens
READINGS = [
    (make, name, reading)
    for make, name in FOLLOWED.items()
    for reading in theories.rule(name).readings
    if reading.id not in ELSEWHERE
]
WRONG = [
    (momenta.LionSwapped, "lion", "moment-recurrence", 2),
    (momenta.LionSoft, "lion", None, 1),
    (momenta.AdaBeliefLate, "adabelief", None, 1),
    (momenta.AdaBeliefTwice, "adabelief", None, 1),
    (momenta.YogiAsAdam, "yogi", None, 2),
    (momenta.YogiTurned, "yogi", "moment-recurrence", None),
    (mixtures.LambByElement, "lamb", None, None),
    (mixtures.LambDecayLate, "lamb", None, None),
    (mixtures.AdoptFresh, "adopt", None, 2),
    (mixtures.AdoptMoves, "adopt", None, 1),
    (mixtures.AdEMAMixFastTwice, "ademamix", None, 1),
    (mixtures.AdEMAMixWhole, "ademamix", "bias-correction", 1),
]


@pytest.mark.parametrize(("make", "rule"), RIGHT, ids=[m.__name__ for m, _ in RIGHT])
def test_right_code_is_proved(make, rule):
    found = certificate(make, rule)
    assert (found.verdict, found.exact.verdict, found.exact.scope) == ("conforms", Verdict.PROVED, "all t")


@pytest.mark.parametrize(("make", "rule", "reading"), READINGS, ids=[f"{n}-{r.id}" for _, n, r in READINGS])
def test_each_reading_is_recognised_and_proved(make, rule, reading):
    settings = {"weight_decay": 0.1} if reading.kind == "decay-coupling" else {}
    settings |= {"clip_exp": 0.3} if reading.id == "clip-exponent" else {}
    found = certificate(make, rule, reading=reading.id, **settings)
    assert (found.verdict, found.readings, found.exact.verdict) == ("variant", (reading.id,), Verdict.PROVED)


@pytest.mark.parametrize(("make", "rule", "kind", "step"), WRONG, ids=[m.__name__ for m, *_ in WRONG])
def test_one_fault_is_found(make, rule, kind, step):
    found = certificate(make, rule)
    assert found.verdict == "deviates"
    assert step is None or found.deviations[0].first_step == step
    assert kind is None or found.deviations[0].kind == kind
