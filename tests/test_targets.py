"""What a target's text names: optimizers, their configurations, rules and theories."""

from __future__ import annotations

import pickle
import re
import sys
import textwrap
from pathlib import Path

import pytest
from doors_cases import RULE
from hypothesis import given
from hypothesis import strategies as st

from verify import theories, worker
from verify.errors import Problem
from verify.measure import wants
from verify.subjects import text
from verify.subjects.resolve import resolve
from verify.subjects.torch_optim import name_of

ROOT = Path(__file__).parents[1]


# Targets -------------------------------------------------------------------------------------------


def test_the_suite_holds_every_configuration_once_in_both_paths():
    targets = resolve("torch")
    names = [t.name for t in targets]
    of_torch = [n for n in names if n.startswith("torch.optim.")]
    assert len(set(names)) == len(names) == 28
    assert {n.replace(", foreach=True)", ")").replace("(foreach=True)", "") for n in of_torch} == {
        n for n in of_torch if "foreach" not in n
    }
    assert all(t.rule for t in targets)


@pytest.mark.parametrize("target", resolve("torch"), ids=lambda t: t.name)
def test_every_name_of_the_suite_names_that_target_alone(target):
    (again,) = resolve(target.name)
    assert (again.name, again.keywords, again.rule, again.reproduce) == (
        target.name,
        target.keywords,
        target.rule,
        target.reproduce,
    )


@pytest.mark.parametrize(
    ("named", "settings", "name", "rule"),
    [
        ("torch.optim.Adam", {}, "torch.optim.Adam", "adam"),
        ("torch.optim:Adam", {}, "torch.optim.Adam", "adam"),
        ("torch.optim.Adam", {"lr": 0.001, "betas": (0.9, 0.999)}, "torch.optim.Adam", "adam"),
        ("torch.optim.Adam", {"lr": 0.5}, "torch.optim.Adam(lr=0.5)", "adam"),
        ("torch.optim.Adam(lr=0.5)", {"amsgrad": True}, "torch.optim.Adam(lr=0.5, amsgrad=True)", "amsgrad"),
        (
            "torch.optim.SGD(nesterov=True, momentum=0.9)",
            {},
            "torch.optim.SGD(nesterov=True, momentum=0.9)",
            "nesterov",
        ),
        ("adamp.SGDP", {}, "adamp.SGDP", "sgdp"),
        ("adamp:SGDP", {"lr": 0.2}, "adamp.SGDP(lr=0.2)", "sgdp"),
        ("mine.py:Plain", {}, "mine.py:Plain", None),
        ("mine:Plain", {"lr": 1}, "mine:Plain(lr=1)", None),
        ("mine.Plain", {}, "mine.Plain", None),
        ("mine:Box.Inner", {}, "mine:Box.Inner", None),
        ("mine.py:Needs", {"lr": 0.1, "beta": 0}, "mine.py:Needs(lr=0.1, beta=0)", None),
    ],
)
def test_a_target_is_named_by_what_differs_from_its_defaults(here, named, settings, name, rule):
    (found,) = resolve(named, settings)
    assert (found.name, found.rule, found.factory) == (name, rule, False)


@pytest.mark.parametrize(
    ("named", "settings", "group"),
    [
        ("mine.py:make", {}, {"lr": 0.25}),
        ("mine.py:make_with", {"rate": 0.5}, {"lr": 0.5}),
        ("mine.py:AnyKeyword", {}, {"lr": 0.1}),
    ],
)
def test_what_takes_no_numbers_is_a_factory_with_the_numbers_of_its_group(here, named, settings, group):
    import torch

    (found,) = resolve(named, settings)
    assert found.factory
    assert found.keywords == group
    assert isinstance(found.make([torch.nn.Parameter(torch.ones(1))]), torch.optim.Optimizer)


def test_a_file_finds_its_neighbours_and_is_imported_once(here):
    (here / "neighbour.py").write_text("RATE = 0.5\n")
    (here / "asks.py").write_text(
        "from mine import Plain\nfrom neighbour import RATE\ndef make(params):\n    return Plain(params, lr=RATE)\n"
    )
    (found,) = resolve(str(here / "asks.py") + ":make")
    assert found.keywords == {"lr": 0.5}
    assert sys.modules["asks"].make is found.make


@given(
    st.dictionaries(
        st.sampled_from(["lr", "betas", "t0"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    )
)
def test_a_name_says_its_keywords_and_a_setting_its_value(keywords):
    for base in ("torch.optim.SGD", "a/b (1).py:Class"):
        assert text.split_call(text.call(base, keywords)) == (base, keywords)
    assert text.settings([f"{k}={v!r}" for k, v in keywords.items()]) == keywords


# Theories and subjects -----------------------------------------------------------------------------


def test_the_rules_of_the_suite_are_known_as_their_papers_state_them():
    known = theories.rules()
    assert {t.rule for t in resolve("torch")} <= set(known)
    assert not any(rule.chosen for rule in known.values())


def test_a_rule_of_a_file_is_found_by_its_name_or_alone(here):
    (here / "single.py").write_text(RULE)
    (here / "both.py").write_text(RULE + "second = Rule('two', 'me', step)\n")
    assert [theories.rule(t).name for t in ("single.py", "single.py:one", "single.py:first", "both.py:two")] == [
        "one",
        "one",
        "one",
        "two",
    ]
    with pytest.raises(Problem, match=r"both.py has 2 rules: one, two"):
        theories.rule("both.py")


STEP = """
from verify import Positive, Real, Rule, claim, equal, norm, root_mean_square, largest, sign, sqrt

def helper(a):
    return a / norm(a)

def step(x, g, memory, t, *, lr: Positive):
    return {step}, ()

mine = Rule("mine", "me", step{more})

@claim("mine/{name}", about=mine, cites="-")
def one(run, g: Real, lr: Positive):
    "One."
    return equal(lr, lr)
"""
MIXING = {
    "rms": ("x - lr * root_mean_square(x) * sign(g)", "root_mean_square"),
    "norm": ("x - lr * g / norm(g)", "norm"),
    "method": ("x - lr * g.sum()", r"\.sum"),
    "mean": ("x - lr * (g - g.mean())", r"\.mean"),
    "helper": ("x - lr * helper(g)", "norm"),
    "largest": ("x - lr * g / largest(abs(g))", "largest"),
    "count": ("x - lr * g / (g * 0 + 1).sum()", r"\.sum"),
    "product": ("x - lr * (g @ g)", "@"),
    "plain": ("x - lr * (g if not hasattr(g, 'flat') else g.flat[-1] + g)", "depends on another"),
}


def of_a_step(here, name: str, step: str, more: str = "") -> str:
    path = here / f"step_{name}.py"
    path.write_text(STEP.format(step=step, more=more, name=name))
    return path.name


@pytest.mark.parametrize("name", MIXING)
def test_a_rule_that_mixes_elements_must_say_so(here, optproof, name):
    step, named = MIXING[name]
    file = of_a_step(here, name, step)
    with pytest.raises(
        Problem, match=rf"(?s)the rule mine mixes elements \(.*{named}.*elementwise=False.*step_{name}.py:\d"
    ):
        theories.rule(file)
    code, _, err = optproof("theory", "check", file)
    assert (code, "elementwise=False" in err, "fault of optproof" in err) == (2, True, False)


@pytest.mark.parametrize("name", ["rms", "norm", "helper", "largest"])
def test_a_rule_that_says_that_it_mixes_may(here, name):
    assert theories.rule(of_a_step(here, f"says_{name}", MIXING[name][0], ", elementwise=False")).name == "mine"


@pytest.mark.parametrize(
    ("name", "step", "message"),
    [
        ("zero", "x / 0 * (1 // 0)", "the rule mine raised ZeroDivisionError"),
        ("absent", "x - lr * momentum", "the rule mine raised NameError: name 'momentum'"),
        ("branch", "x if x > 0 else g", "write where"),
        ("late", "x - lr * g / (t - 2 if t.args[0] < 2 else 0 // 0)", "the rule mine raised ZeroDivisionError"),
        ("memories", "x, (x,)) + ((", "memories"),
    ],
)
def test_what_a_rule_raises_is_said_of_the_rule(here, name, step, message):
    file = of_a_step(here, name, step)
    with pytest.raises(Problem, match=rf"(?s){message}.*step_{name}.py:\d"):
        theories.rule(file)
    assert worker.plan(worker.Request("mine.py:Plain", against=file)).problems


def test_what_a_reading_raises_is_not_the_optimizers(here):
    """It passes the trial, and raises later: nobody is convicted."""
    from verify.conform import unlifted

    rule = theories.rule(of_a_step(here, "reading", "x - lr * g"))
    target = resolve("torch.optim.SGD")[0]
    try:
        rule.step(None, 1, (), 1, lr=1)
    except TypeError as error:
        found = unlifted.after(error, target, rule)
    assert found.verdict == "undecided"
    assert found.notes[0].startswith("the rule mine raised TypeError")


@pytest.mark.parametrize("name", theories.names())
def test_the_rules_of_the_theories_pass_their_trial(name):
    assert theories.rule(name).name == name


def test_a_theory_that_raises_is_named(monkeypatch):
    from importlib.metadata import EntryPoint

    points = [EntryPoint("somebody", "nowhere_at_all:load", theories.GROUP)]
    monkeypatch.setattr("verify.theories.metadata.entry_points", lambda group: points)
    theories.load.cache_clear()
    with pytest.raises(Problem, match=r"the theory 'somebody' .* raised ModuleNotFoundError"):
        theories.load()
    theories.load.cache_clear()


def test_only_torchs_own_classes_are_torchs():
    import torch

    class Adam(torch.optim.Adam):
        pass

    assert name_of(torch.optim.Adam) == "torch.optim.Adam"
    assert name_of(Adam) is None


def test_a_problem_says_found_expected_where_and_what_to_do():

    problem = Problem("found", "expected", "where", "do this", code=3)
    again = pickle.loads(pickle.dumps(problem))
    assert str(again) == textwrap.dedent("""\
        found
          expected  expected
          where     where
          to do     do this""")
    assert again.code == 3


# What is wanted and not there -------------------------------------------------------------------------

NEEDS = ROOT / "tests" / "specimens" / "needs.py"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Model", r"takes a model in place of the parameters(?s:.*)def make\(params\): return Model\(types"),
        ("Named", r"takes named parameters(?s:.*)def make\(params\): return Named\(\[\("),
        ("More", r"needs model(?s:.*)def make\(params\): return More\(params, model=\.\.\.\)"),
        ("Abstract", r"it is abstract(?s:.*)name a subclass"),
        ("F32", r"takes float32 parameters alone"),
    ],
)
def test_a_constructor_that_takes_something_else_is_told_how(name, message):
    with pytest.raises(Problem) as caught:
        resolve(f"{NEEDS}:{name}")
    assert re.search(message, str(caught.value))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Closure", "no step without a closure.*a factory, file.py:make"),
        ("ClosureAssert", "no step without a closure"),
        ("Second", r"needs second derivatives \(loss.backward\(create_graph=True\)\)"),
        ("Backward", "needs second derivatives"),
        ("Sparse", "sparse gradients alone"),
        ("F32Step", "float32 parameters alone"),
        ("StepArgs", "its step needs loss"),
        ("NoStep", "it has no step of its own"),
    ],
)
def test_a_step_that_needs_more_than_a_gradient_is_told_how(name, message):
    (target,) = resolve(f"{NEEDS}:{name}")
    (note,) = wants.notes(target, decided=False)
    assert re.search(message, note)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Check", ("a gradient of nan is refused: ValueError: bad gradient", "a gradient of inf is refused")),
        ("SkipNan", ("a gradient of nan moves nothing", "a gradient of inf moves nothing")),
        ("Base", ()),
    ],
)
def test_what_is_made_of_nan_and_infinity_is_noted(name, expected):
    (target,) = resolve(f"{NEEDS}:{name}")
    found = wants.notes(target, decided=True)
    assert [n.startswith(e) for n, e in zip(found, expected, strict=True)] == [True] * len(expected)


@pytest.mark.parametrize("name", ["make_model", "make_closure", "Base"])
def test_the_factory_that_is_proposed_does_it(name):
    plan, certificate = worker.attend(worker.Request(f"{NEEDS}:{name}", against="sgd"))
    assert (certificate.verdict, plan.problems) == ("conforms", ())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Noisy", "it is random: two runs from one start differ when the seeds do"),
        ("NoisyNumpy", "it is random"),
        ("Restless", "it is nondeterministic: .* although every generator was seeded alike"),
    ],
)
def test_a_random_optimizer_is_undecided_and_says_so(name, message):
    found = list(worker.attend(worker.Request(f"{NEEDS}:{name}", against="sgd")))[1]
    assert found.verdict == "undecided"
    assert re.search(message, found.notes[0])


def test_a_folder_and_a_file_without_a_name_say_what_there_is(here):
    (here / "only.py").write_text("from mine import Plain\nclass Only(Plain):\n    pass\n")
    for named, message in ((".", "is a folder; there are mine.py, only.py"), ("only.py", "there are Only$")):
        with pytest.raises(Problem) as caught:
            resolve(str(here) if named == "." else named)
        assert re.search(message, caught.value.found)
