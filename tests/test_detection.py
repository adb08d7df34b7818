"""Planted faults are found and named, equal rewrites pass: a small fixed sample of benchmarks/detection, and its parts."""

import pytest

torch = pytest.importorskip("torch")

from benchmarks.detection import judge  # noqa: E402
from benchmarks.detection.measure import Case, cases, outcome  # noqa: E402
from benchmarks.detection.rewrites import REWRITES  # noqa: E402
from benchmarks.detection.styles import STYLES, made, rendered  # noqa: E402
from verify import theories  # noqa: E402
from verify.mutate import mutants  # noqa: E402

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
