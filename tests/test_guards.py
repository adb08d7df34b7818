"""Every guard, and a specimen that it must catch.

A row is what the guard keeps out, and a function that meets the guard with a specimen and says
whether it was caught.  A guard that nobody could fool is no guard: whoever adds a check, a
lint, a tolerance or a step of CI adds its row here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from claims_cases import stated
from traps import TRAPS

from verify import Natural, Positive, Real, Unit, at_most, equal, limit, total, unfolds
from verify.check.agreement import agree
from verify.check.outcome import check
from verify.check.prove import prove
from verify.check.sample import sample
from verify.errors import Problem
from verify.exact import exact
from verify.statement import ClaimError, Verdict, claim

ROOT = Path(__file__).parents[1]
GUARDS: dict[str, Callable[[], bool]] = {}
NO_TORCH = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""


def guard(against: str):
    """Register a specimen; its function says whether it was caught."""

    def register(specimen):
        GUARDS[against] = specimen
        return specimen

    return register


def raises(error, specimen: Callable, *args) -> bool:
    try:
        specimen(*args)
    except error:
        return True
    return False


# Statements -------------------------------------------------------------------------------------------


@guard("a claim id taken twice")
def _():
    def first(x: Real):
        """A claim."""
        return equal(x, x)

    def second(x: Real):
        """Another claim."""
        return equal(x, x)

    from verify.statement import claims

    try:
        claim("test/twice", cites="nobody")(first)
        return raises(ClaimError, claim("test/twice", cites="nobody"), second)
    finally:
        claims.pop("test/twice", None)


@guard("a variable without a domain")
def _():
    def loose(x: Real, y):
        """A claim about y."""
        return equal(x, y)

    return raises(ClaimError, claim("test/loose", cites="nobody"), loose)


@guard("a claim without a sentence")
def _():
    def silent(x: Real):
        return equal(x, x)

    return raises(ClaimError, claim("test/silent", cites="nobody"), silent)


@guard("a weaker verdict that is promised without a reason")
def _():
    def weak(x: Real):
        """A claim."""
        return equal(x, x)

    return raises(ClaimError, claim("test/weak", cites="nobody", stands=Verdict.SAMPLED), weak)


@guard("Python's == where a condition is meant")
def _():
    x, y = Real.symbol("x"), Real.symbol("y")
    return raises(TypeError, exact, x == y)


# Provers ----------------------------------------------------------------------------------------------


def _proved_none(traps) -> bool:
    return all(check(c).verdict < Verdict.ENCLOSED for c in traps.values())


for _engine, _traps in TRAPS.items():
    GUARDS[f"a false claim, proved: {_engine}"] = lambda traps=_traps: _proved_none(traps)


@guard("an identity that is false at one point alone")
def _():
    c = TRAPS["algebra"]["0 = 1 at 1/2 alone"]
    return prove(c).verdict is not Verdict.PROVED and sample(c).counterexample is not None


@guard("a limit that is not the limit")
def _():
    def wrong(b: Unit):
        """The limit of a power."""
        return limit(lambda t: b**t, to="oo", equals=1, over=Natural)

    return check(stated(wrong)).verdict is Verdict.REFUTED


@guard("a slack that is not the slack")
def _():
    def wrong(x: Real):
        """A slack of the wrong sign."""
        return at_most(2 * x, x**2 + 1, slack=(x + 1) ** 2)

    return check(stated(wrong)).verdict is Verdict.REFUTED


@guard("a sum with one term too many")
def _():
    def wrong(b: Unit, t: Natural):
        """The weights of an average."""
        return equal((1 - b) * total(lambda i: b ** (t - i), 0, t), 1 - b**t)

    return check(stated(wrong)).verdict is Verdict.REFUTED


@guard("a closed form that starts one step late")
def _():
    def wrong(b: Unit, t: Natural):
        """A recurrence."""
        return unfolds(lambda x, t: b * x + 1, lambda t: (1 - b ** (t - 1)) / (1 - b), start=0, t=t)

    return check(stated(wrong)).verdict is Verdict.REFUTED


@guard("a vacuous claim")
def _():
    def nothing(x: Real):
        """A claim about no number."""
        return at_most(x, x - 1)

    return check(stated(nothing, given=lambda x: (x < 0) & (x > 1))).verdict is Verdict.UNKNOWN


@guard("values that differ beyond rounding")
def _():
    def off(x: Positive):
        """A closed form that is a trifle off."""
        return equal(x, x + x / 10**40)

    return not agree(stated(off)).ok


# The theory door --------------------------------------------------------------------------------------


@guard("torch on the way of a theory without torch")
def _():
    """Where torch cannot be imported, in no process, the theory is still listed, shown, checked and evaluated."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(NO_TORCH)
        run = lambda *argv: subprocess.run(
            [sys.executable, "-m", "verify.cli", "theory", *argv],
            env={**os.environ, "PYTHONPATH": os.pathsep.join((folder, str(ROOT)))},
            capture_output=True,
            text=True,
            check=False,
        )
        done = [run("list"), run("show", "ema/weights"), run("value", "radam/variance", "rho=5")]
        done.append(run("check", "ema/*", "radam/variance", "--jobs", "2"))
    said = "torch is not installed" in done[1].stdout and "closed form = mpmath;" in done[3].stdout
    return all(d.returncode == 0 for d in done) and said


@guard("a theory file that ends Python")
def _():
    from tempfile import TemporaryDirectory

    from verify.commands.theory import select

    with TemporaryDirectory() as place:
        file = Path(place) / "quits.py"
        file.write_text("raise SystemExit(0)\n")
        return raises(Problem, select, [str(file)])


# Keep this last: the rows above are its parameters.


@pytest.mark.parametrize("against", GUARDS)
def test_guard(against: str):
    assert GUARDS[against]() is True
