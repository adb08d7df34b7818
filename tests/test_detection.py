"""Planted faults are found and named, equal rewrites pass: a small fixed sample of benchmarks/detection, and its parts."""

import pytest

torch = pytest.importorskip("torch")

from specimens import torch_issues  # noqa: E402

from benchmarks import adam_mutants, criteria  # noqa: E402
from benchmarks.detection import judge  # noqa: E402
from benchmarks.detection.measure import Case, cases, outcome  # noqa: E402
from benchmarks.detection.rewrites import REWRITES  # noqa: E402
from benchmarks.detection.styles import STYLES, made, rendered  # noqa: E402
from verify import theories  # noqa: E402
from verify.conform import certify_target  # noqa: E402
from verify.mutate import mutants  # noqa: E402
from verify.subjects.resolve import of_object  # noqa: E402

ADAM = theories.rules()["adam"]
WRONG = [
    ("adam", "sqrt(v_hat) + eps -> sqrt(v_hat + eps)", "in_place"),
    ("adam", "beta1 -> beta2", "foreach"),
    ("amsgrad", "maximum(w, v) -> v", "plain"),
    ("momentum", "momentum * b + fresh -> momentum * b - fresh", "named_tuple"),
    ("rmsprop", "g ** 2 -> magnitude(g)", "on_self"),
    ("adamw", "x = x - lr * weight_decay * x -> g = g + weight_decay * x", "tensor_counters"),
]
RIGHT = [("adam", "folded", "in_place"), ("adam", "corrected_memories", "foreach"), ("rmsprop", "rooted", "flattened")]


def number(rule: str, text: str) -> str:
    """The number of a mutant, by its text."""
    found = list(mutants(theories.rules()[rule]))
    return str(next(i for i, m in enumerate(found) if f"{m.paper} -> {m.code}" == text))


@pytest.mark.parametrize(("rule", "text", "style"), WRONG, ids=[f"{r}-{s}" for r, _, s in WRONG])
def test_a_planted_fault_is_flagged_with_its_kind(rule, text, style):
    found = outcome(Case("mutant", rule, number(rule, text), style))
    assert found.truth == "different"
    assert found.verdict in ("deviates", "variant")
    assert found.found == found.kind


@pytest.mark.parametrize(("rule", "name", "style"), RIGHT, ids=[f"{n}-{s}" for _, n, s in RIGHT])
def test_an_equal_rewrite_is_proved(rule, name, style):
    found = outcome(Case("rewrite", rule, name, style))
    assert (found.truth, found.verdict, found.exact) == ("equal", "conforms", "PROVED")


def test_the_benchmark_is_as_large_as_it_says():
    whole = cases()
    assert sum(c.sort == "mutant" for c in whole) >= 300
    assert sum(c.sort == "rewrite" for c in whole) >= 100
    assert len({c.rule for c in whole}) >= 18
    assert len({c.style for c in whole}) == len(STYLES) >= 6


@pytest.mark.parametrize("name", REWRITES)
def test_a_rewrite_of_adam_is_the_same_function(name):
    for other in REWRITES[name](ADAM):
        assert judge.different(ADAM, other, long=0) is None


def test_the_judge_tells_a_fault_from_a_rewrite():
    texts = {f"{m.paper} -> {m.code}": m.rule for m in mutants(ADAM)}
    assert judge.different(ADAM, texts["sqrt(v_hat) + eps -> sqrt(v_hat + eps)"]) == 1
    stuck = texts["t -> where(t > 256, 256, t)"]
    assert judge.different(ADAM, stuck) == 257
    assert not judge.proved_equal(ADAM, stuck)
    assert judge.proved_equal(ADAM, next(REWRITES["commuted"](ADAM)))


def test_a_style_does_what_torch_does():
    start, gradients = (
        torch.ones(3, dtype=torch.float64),
        torch.arange(1.0, 31.0, dtype=torch.float64).reshape(10, 3).sin(),
    )
    wanted = run(torch.optim.Adam, start, gradients)
    for style in STYLES:
        torch.testing.assert_close(run(made(ADAM, "Made", style), start, gradients), wanted, rtol=1e-12, atol=1e-12)


def run(make, start, gradients):
    x = torch.nn.Parameter(start.clone())
    optimizer = make([x])
    for g in gradients:
        x.grad = g.clone()
        optimizer.step()
    return x.detach()


def test_styles_differ_in_their_text():
    assert len({rendered(ADAM, "Made", style) for style in STYLES}) == len(STYLES)


SEVENTEEN = {
    "EpsInside": "epsilon-placement",
    "OffByOne": "step-index",
    "InPlace": "bias-correction",
    "Narrow": "precision",
    "Stuck": "step-index",
    "WithoutMaximum": "max-order",
}


@pytest.mark.parametrize(("name", "kind"), SEVENTEEN.items(), ids=SEVENTEEN)
def test_one_line_faults_of_adam_are_named(name, kind):
    verdict, answer = criteria.named(getattr(adam_mutants, name))
    assert verdict in ("deviates", "variant")
    assert answer.startswith(kind)


def test_the_usual_criteria_let_right_adams_pass_and_miss_a_wrong_one():
    quick = {name: passes for name, passes in criteria.CRITERIA.items() if name != "optax: optima"}
    for passes in quick.values():
        assert all(passes(make, make) for make in adam_mutants.RIGHT.values())
    right = adam_mutants.Adam
    assert all(passes(adam_mutants.EpsInside, right) for passes in quick.values())
    assert not criteria.golden(adam_mutants.UncorrectedM, right)
    assert not criteria.float32(adam_mutants.Swapped, right)
    assert not criteria.direction(adam_mutants.Narrow, right)


def test_defects_that_torch_shipped_are_found_and_named():
    rules = theories.rules()
    found = [
        certify_target(of_object(make, make.__name__), rules[rule])
        for make, rule in ((torch_issues.ForeachAMSGrad, "amsgrad"), (torch_issues.TwiceMultipliedNAdam, "nadam"))
    ]
    assert [c.verdict for c in found] == ["deviates", "deviates"]
    assert [c.deviations[0].kind for c in found] == ["max-order", "bias-correction"]
    assert [d.reading for d in found[0].deviations] == [None, "max-then-corrected"]


def test_a_counterexample_is_a_script_that_runs(capsys):
    found = certify_target(of_object(torch_issues.TwiceMultipliedNAdam, "made"), theories.rules()["nadam"]).deviations[
        0
    ]
    kept = torch.get_default_dtype()
    try:
        exec(found.counterexample["snippet"], {})  # noqa: S102 (the script that a reader would paste)
    finally:
        torch.set_default_dtype(kept)
    theory, code = (float(line.split()[-1]) for line in capsys.readouterr().out.splitlines())
    assert theory == float(found.counterexample["theory"]) != code
    assert repr(code) == found.counterexample["replayed_in_float64"]
