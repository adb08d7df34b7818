"""Optimizers in the styles of well-known repositories: each is followed, and gets the verdict that it deserves."""

from __future__ import annotations

import pytest
from specimens import dialects, styles

from verify import theories
from verify.conform import certify_target
from verify.subjects.resolve import of_object

PROVED = {
    styles.Fairseq: ("adamw", ["eps-hat"]),
    styles.HuggingFace: ("adamw", ["eps-hat", "decay-after"]),
    styles.Flat: ("adam", []),
    styles.Dataclass: ("adam", []),
    dialects.Float32Counter: ("adam", []),
    dialects.IntegerCounter: ("adam", []),
    dialects.FloatCounter: ("adam", []),
    dialects.Items: ("adam", []),
    dialects.Compiled: ("adam", []),
    dialects.Scripted: ("adam", []),
    dialects.Undisturbed: ("adam", []),
    dialects.Rows: ("adam", []),
    dialects.Outs: ("adam", []),
    dialects.Slow: ("adamax", ["guard"]),
    dialects.Tuples: ("adam", []),
    dialects.LionRows: ("lion", []),
    dialects.Masked: ("adagrad", []),
}
WRONG = {
    styles.Apex: ("adamw", "step-index"),  # one counter for all tensors, with a gradient or without
    styles.Lecture: ("rmsprop", "state-dict"),  # memory that no state_dict holds
    dialects.Keyed: ("momentum", "state-dict"),
    dialects.NarrowCounter: ("adam", "precision"),
    dialects.HalfCounter: ("adam", "precision"),
    dialects.Float32Power: ("adam", "precision"),
    dialects.ThroughFloat: ("adam", "precision"),
    dialects.LionViews: ("lion", "parameter-groups"),  # a copy is written instead of the parameter
    dialects.Cached: ("adam", "parameter-groups"),  # a cache that groups with other betas share
}


def certificate(make, rule: str):
    return certify_target(of_object(make, make.__name__), theories.rule(rule))


@pytest.mark.parametrize("make", PROVED, ids=lambda m: m.__name__)
def test_a_right_optimizer_is_proved_in_every_style(make):
    rule, readings = PROVED[make]
    found = certificate(make, rule)
    assert (found.exact.verdict.name, found.exact.scope) == ("PROVED", "all t"), found.notes
    assert found.verdict == ("variant" if readings else "conforms")
    assert [d.reading for d in found.deviations] == readings


@pytest.mark.parametrize("make", WRONG, ids=lambda m: m.__name__)
def test_a_fault_of_a_style_is_named(make):
    rule, kind = WRONG[make]
    found = certificate(make, rule)
    assert found.verdict == "deviates"
    assert found.deviations[0].kind == kind


def test_numpy_on_the_tensors_own_memory_is_undecided_with_the_reason():
    found = certificate(styles.DeepSpeed, "adam")
    assert found.verdict == "undecided"
    assert any("numpy" in note for note in found.notes)


def test_a_power_in_the_default_type_is_said():
    found = certificate(dialects.IntegerPower, "adam")
    assert found.verdict == "conforms"
    assert any("torch's default type" in said for said in (*found.notes, *found.exact.conditions))


def test_a_buffer_that_is_scaled_when_the_rate_changes_is_not_called_wrong():
    assert certificate(styles.FairseqNag, "nesterov").verdict != "deviates"
