"""`optproof theory`: list, show, check and value; a stranger's file; bad input."""

from __future__ import annotations

import json

import pytest
from claims_cases import stated

from verify import (
    Positive,
    Real,
    at_most,
    checking,
    theories,
)
from verify.check.outcome import check
from verify.statement import claims
from verify.statement_text import quantifiers, statement

MINE = '''
"""A theory of a stranger."""
from verify import Positive, Real, at_most, claim, equal

print("imported")

@claim("mine/square", cites="school", catalogue="S01")
def square(x: Real, y: Real):
    """The square of a sum."""
    return equal((x + y) ** 2, x**2 + 2 * x * y + y**2)

@claim("mine/square-of-freshmen", cites="school", catalogue="S01", false=True)
def freshmen(x: Positive, y: Positive):
    """The square of a sum is the sum of the squares."""
    return equal((x + y) ** 2, x**2 + y**2)
'''
HOPE = '''
@claim("mine/hope", cites="nobody")
def hope(x: Real):
    """A false hope."""
    return at_most(x, 1)
'''
MIXES = """
from verify import HalfOpen, NonZero, Positive, Real, Rule, Vector, claim, dot, equal, norm, root_mean_square, sign

def step(x, g, memory, t, *, lr: Positive):
    return x - lr * root_mean_square(x) * sign(g), ()

def along(x, g, memory, t, *, lr: Positive):
    return x - lr * norm(x) * g, ()

rule, vectors = (Rule(s.__name__, "me", s, elementwise=False) for s in (step, along))

@claim("mixes/still", about=rule, cites="-")
def still(run, g: NonZero, lr: Positive):
    "From 0 nothing moves."
    return equal(run([g], lr=lr)[-1], 0)

@claim("mixes/sign", about=rule, cites="-")
def signed(run, x0: Real, g: NonZero, lr: Positive, momentum: HalfOpen):
    "A positive factor changes nothing."
    step = lambda g: run([g], x=x0, lr=lr)[-1]
    return equal(step((1 - momentum) * g), step(g))

@claim("mixes/from-a-vector", about=vectors, cites="-")
def from_a_vector(run, x0: Vector(), g: Vector(), lr: Positive):
    "A step along g."
    return equal(dot(run([g], x=x0, lr=lr)[-1], x0), dot(x0, x0) - lr * norm(x0) * dot(g, x0))
"""
NOWHERE = """
@claim("mixes/nowhere", about=vectors, cites="-")
def nowhere(run, g: Vector(), lr: Positive):
    "It does not say from where."
    return equal(norm(run([g], lr=lr)[-1]), 0)

@claim("mixes/raises", cites="-")
def raises(lr: Positive):
    "It raises."
    return equal(lr.nothing, lr)
"""


@pytest.fixture(autouse=True)
def registry():
    """The claims of the installed theories, and none of another test's."""
    theories.load()
    before = dict(claims)
    yield
    claims.clear()
    claims.update(before)


@pytest.fixture
def inline(monkeypatch):
    """No processes: claims are checked here."""

    def run(ids, files, jobs, limit, progress):
        return [check(claims[id], limit).summary() for id in ids]

    monkeypatch.setattr(checking, "_run", run)


# list and show ----------------------------------------------------------------------------------------


def test_list_names_every_claim(optproof):
    code, out, _ = optproof("theory", "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(claims)
    assert "The weights of the average add up to 1 - beta^t." in out


def test_list_of_a_family(optproof):
    _, out, _ = optproof("theory", "list", "ema/*")
    assert all(line.startswith("ema/") for line in out.splitlines())


def test_show_reads_like_a_page(optproof):
    code, out, err = optproof("theory", "show", "ema/weights")
    assert (code, err) == (0, "")
    for part in (
        "ema/weights ",
        "A02   PROVED",
        "The weights of the average add up to 1 - beta^t.",
        "For all β ∈ (0, 1) and t ∈ ℕ:",
        "    (1 - β) Σ[i=1..t] βᵗ⁻ⁱ = 1 - βᵗ",
        "Proof.",
        "Arb agrees at 24 random exact points",
        "Source. KB15",
        "ema/weights-one-late: ",
        "It fails at ",
        "closed form, mpmath",
    ):
        assert part in out
    assert max(map(len, out.splitlines())) <= 100


def test_show_says_why_a_false_claim_fails(optproof):
    _, out, _ = optproof("theory", "show", "ema/weights-one-late")
    assert "REFUTED, as it should be" in out
    assert "Why it is false." in out


@pytest.mark.parametrize(
    "id", ["adam/moments", "radam/variance-falls", "adam/uncorrected-long-memory", "ema/linear-drift"]
)
def test_statements_are_rendered_from_the_claim(id):
    lines = " ".join(statement(claims[id]))
    wanted = {"adam/moments": "if m₀ = 0 and mₜ = β₁ mₜ₋₁", "radam/variance-falls": "is strictly decreasing on (2, ∞)"}
    wanted |= {"adam/uncorrected-long-memory": "lim[β₂ → 1⁻]", "ema/linear-drift": "lim[t' → ∞]"}
    assert wanted[id] in lines


def test_quantifiers_carry_the_hypotheses():
    def ordered(x: Positive, y: Positive, z: Real):
        """An order."""
        return at_most(x, y)

    c = stated(ordered, given=lambda x, y: x < y)
    assert quantifiers(c) == "x, y ∈ ℝ⁺ and z ∈ ℝ with x < y"
    assert quantifiers(c, "latex") == r"x, y \in \mathbb{R}_{>0}\text{ and }z \in \mathbb{R}\text{ with }x < y"


# check ------------------------------------------------------------------------------------------------


def test_check_as_json(optproof):
    """In processes of their own; standard output is the object and nothing else."""
    code, out, _ = optproof("theory", "check", "ema/weights", "ema/weights-one-late", "--jobs", "2", "--json", "-")
    assert code == 0
    first, second = json.loads(out)["claims"]
    assert list(json.loads(out)) == ["claims"]
    assert list(first) == ["id", "catalogue", "expected", "verdict", "methods", "agreement", "seconds"]
    assert (first["id"], first["catalogue"], first["expected"], first["verdict"]) == (
        "ema/weights",
        "A02",
        "PROVED",
        "PROVED",
    )
    assert first["agreement"]["ok"]
    assert {"error", "bound"} <= set(first["agreement"]["pairs"][0])
    assert (second["expected"], second["verdict"], second["agreement"]) == ("REFUTED", "REFUTED", None)


def test_a_strangers_file(here, optproof, inline):
    (here / "mine_theory.py").write_text(MINE)
    code, out, err = optproof("theory", "check", "mine_theory.py", "--json", "-")
    assert code == 0
    assert [(c["id"], c["verdict"]) for c in json.loads(out)["claims"]] == [
        ("mine/square", "PROVED"),
        ("mine/square-of-freshmen", "REFUTED"),
    ]
    assert "imported" in err


def test_a_false_hope_is_exit_1(here, optproof, inline):
    (here / "hope_theory.py").write_text(MINE.replace("mine/", "hope/") + HOPE)
    code, out, err = optproof("theory", "check", "hope_theory.py", "--json", "out.json")
    assert code == 1
    assert "FAILS mine/hope" in out
    assert "mine/hope is REFUTED, and its file says PROVED" in err
    assert [c["verdict"] for c in json.loads((here / "out.json").read_text())["claims"]] == [
        "PROVED",
        "REFUTED",
        "REFUTED",
    ]


def test_a_hang_is_unknown(here, optproof):
    """A claim that never returns costs its limit, and the others are checked."""
    hang = '\n@claim("hang/hang", cites="nobody")\ndef hang(x: Real):\n    """A hang."""\n    while True: pass\n'
    (here / "hang_theory.py").write_text(MINE.replace("mine/", "hang/") + hang)
    code, out, err = optproof("theory", "check", "hang_theory.py", "--limit", "3", "--jobs", "2")
    assert code == 1
    assert "ok    hang/square " in out
    assert "hang/hang is UNKNOWN" in err
    assert "no answer within 3 seconds" in err


def test_used_claims_are_checked_too():
    assert checking.with_uses(["radam/ratio-below-one"])[0] == "radam/ratio-below-one"
    assert "radam/ratio-limit" in checking.with_uses(["radam/ratio-below-one"])


def test_a_start_at_zero_is_a_number_of_the_gradients_system(here, optproof, inline):
    (here / "mixes_theory.py").write_text(MIXES)
    code, out, _ = optproof("theory", "check", "mixes_theory.py")
    assert code == 0, out
    assert out.count("PROVED") == 3
    assert optproof("theory", "show", "mixes_theory.py")[0] == 0


def test_where_a_start_is_missing_it_is_said_once(here, optproof, inline):
    (here / "nowhere_theory.py").write_text(MIXES + NOWHERE)
    code, _, err = optproof("theory", "check", "nowhere_theory.py", "mixes/nowhere")
    assert code == 1
    assert err.count("run(..., x=...)") == 1
    code, _, err = optproof("theory", "show", "nowhere_theory.py", "mixes/nowhere")
    assert (code, err.count("run(..., x=...)"), "nowhere_theory.py:" in err) == (2, 1, True)
    code, _, err = optproof("theory", "show", "nowhere_theory.py", "mixes/raises")
    assert (code, "the claim mixes/raises raised AttributeError" in err, "fault of optproof" in err) == (2, True, False)


def test_an_id_beside_its_file_is_that_claim_alone(here, optproof, inline):
    (here / "beside_theory.py").write_text(MINE.replace("mine/", "beside/"))
    code, out, _ = optproof("theory", "check", "beside_theory.py", "beside/square")
    assert (code, out.count("beside/"), "1 of 1 claims" in out) == (0, 1, True)
    code, out, _ = optproof("theory", "list", "beside_theory.py", "ema/weights")
    assert [line.split()[0] for line in out.splitlines()] == [
        "beside/square",
        "beside/square-of-freshmen",
        "ema/weights",
    ]
    assert "Proof." in optproof("theory", "show", "beside_theory.py", "beside/square")[1]
    code, out, _ = optproof("theory", "value", "beside_theory.py", "beside/square", "x=1", "y=2")
    assert (code, out) == (0, "9\n")


@pytest.mark.parametrize("command", ["show", "check", "list", "value"])
def test_a_claim_of_a_file_needs_the_file(optproof, command):
    code, _, err = optproof("theory", command, "beside/square")
    assert (code, "optproof theory show FILE beside/square" in err) == (2, True)


def test_nobody_is_told_to_uninstall_a_file(here, optproof):
    (here / "zero_theory.py").write_text("1 / 0")
    _, _, err = optproof("theory", "check", "zero_theory.py")
    assert "to do     mend it; --debug" in err
    assert "uninstall" not in err


BAD = [
    (("value", "twoclaims_theory.py"), "twoclaims_theory.py states 2 claims"),
    (("check", "radam/varianc"), "did you mean 'radam/variance'"),
    (("show", "nothing/like/it"), "there is no claim 'nothing/like/it'"),
    (("check", "--kernel"), "later release"),
    (("check", "--limit", "0"), "positive number of seconds"),
    (("check", "nofile_theory.py"), "there is no file nofile_theory.py"),
    (("check", "raises_theory.py"), "raised ZeroDivisionError"),
    (("check", "syntax_theory.py"), "raised SyntaxError"),
    (("check", "exits_theory.py"), "ended Python"),
    (("check", "empty_theory.py"), "states no claim"),
    (("check", "twice_theory.py"), "is taken by"),
    (("check", "ours_theory.py"), "claim id 'ema/weights'"),
    (("check", "loose_theory.py"), "y not quantified"),
    (("check", "ema/weights", "--json", "no/such/folder/out.json"), "cannot be written"),
    (("value", "radam/variance"), "rho not given"),
    (("value", "radam/variance", "rho=2"), "rho in (2, ∞)"),
    (("value", "radam/variance", "rho=5", "sigma=0"), "sigma in ℝ⁺"),
    (("value", "radam/variance", "roh=5"), "did you mean 'rho'"),
    (("value", "radam/variance", "rho=five"), "'five' is no number"),
    (("value", "radam/variance", "5"), "is no NAME=NUMBER"),
    (("value", "ema/weights", "beta=0.9", "t=2.5"), "an integer"),
    (("value", "adam/paper-bound-short-memory", "beta1=0.9", "beta2=0.9"), "it states no equation"),
    (
        ("value", "adam/gain-in-closed-form", "beta1=0.9", "beta2=0.1", "t=3"),
        "does not meet the claim's hypothesis β₁² < β₂",
    ),
]
FILES = {
    "raises": "1 / 0",
    "syntax": "def broken(:",
    "exits": "raise SystemExit(0)",
    "empty": "",
    "twoclaims": MINE.replace("mine/", "twoclaims/"),
    "twice": MINE.replace("mine/", "twice/") + HOPE.replace("mine/hope", "twice/square"),
    "ours": MINE.replace("mine/square-of-freshmen", "ema/weights").replace("mine/", "ours/"),
    "loose": MINE.replace("mine/", "loose/") + HOPE.replace("x: Real", "x: Real, y"),
}


@pytest.mark.parametrize(("argv", "message"), BAD, ids=[" ".join(argv) for argv, _ in BAD])
def test_bad_input_is_one_message_and_exit_code_2(here, optproof, argv, message):
    for name, text in FILES.items():
        (here / f"{name}_theory.py").write_text(text)
    code, out, err = optproof("theory", *argv)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert "FAILS" not in out
