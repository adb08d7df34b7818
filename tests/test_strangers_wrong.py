"""Wrong optimizers as strangers wrote them: each is found, and called by its name."""

import pytest

torch = pytest.importorskip("torch")

from specimens.strangers_wrong import adam, decays, later, momentum, plain, scaled  # noqa: E402
from test_conformance import certificate  # noqa: E402

FAULTS = [
    (plain.SGDReturn, "sgd", "parameter-groups", {}),
    (momentum.HeavyE, "momentum", "threshold", {}),
    (momentum.HeavyH, "momentum", "decay-coupling", {"weight_decay": 0.1}),
    (momentum.NagB, "nesterov", "state-initialisation", {}),
    (scaled.DeltaA, "adadelta", "moment-recurrence", {}),
    (adam.AdamD, "adam", "epsilon-placement", {}),
    (adam.AdamF, "adam", "moment-recurrence", {}),
    (adam.AdamL, "adam", "step-index", {}),
    (adam.AdamWA, "adamw", "decay-coupling", {}),
    (adam.MaxC, "adamax", "max-order", {}),
    (later.NadC, "nadam", "schedule", {}),
    (later.OptD, "adopt", "state-initialisation", {}),
    (decays.LambB, "lamb", "decay-coupling", {}),
    (decays.LambD, "lamb", "norm-scope", {}),
]


@pytest.mark.parametrize(("make", "rule", "kind", "own"), FAULTS, ids=[m.__name__ for m, *_ in FAULTS])
def test_the_fault_is_found_and_named(make, rule, kind, own):
    found = certificate(make, rule, **own)
    assert (found.verdict, found.deviations[0].kind) == ("deviates", kind)
