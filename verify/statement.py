"""What we say: a claim is a function from an optimizer and some numbers to a relation.

The annotations of the function are its quantifiers, its docstring is the sentence that a
reader sees, and the same function is proved on exact terms, simulated on mpmath numbers,
enclosed by balls and run on tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from verify.domain import Domain, Positive, Sequence, Smooth, Vector
from verify.rule import Rule


class Verdict(IntEnum):
    """Ordered by what a reader may conclude.  UNKNOWN never counts as a pass."""

    REFUTED = 0  # a counterexample is attached
    UNKNOWN = 1  # nothing was learned
    SAMPLED = 2  # no counterexample among the points that were tried
    ENCLOSED = 3  # true on a whole box, by ball arithmetic
    PROVED = 4  # true for all values


@dataclass(frozen=True)
class Equal:
    """left = right; `via` are the stations of the derivation between them, each checked."""

    left: Any
    right: Any
    via: tuple = ()


@dataclass(frozen=True)
class AtMost:
    """left <= right (< where `strict`); `slack` is right - left, written so that its sign can be seen."""

    left: Any
    right: Any
    slack: Any = None
    strict: bool = False


@dataclass(frozen=True)
class Limit:
    """`of(x)` tends to `equals` as x tends to `to` (a number or "oo") inside the domain `over`.

    `between`: two functions, below and above `of`, that have the same limit.
    """

    of: Callable
    to: Any
    equals: Any
    over: Domain
    between: tuple[Callable, ...] = ()


@dataclass(frozen=True)
class Diverges:
    """`of(x)` tends to +infinity as x tends to `to` inside the domain `over`."""

    of: Callable
    to: Any
    over: Domain


@dataclass(frozen=True)
class Monotone:
    """`of` is strictly decreasing (increasing where `rising`) on the domain `over`.

    `slope`, where given, is its derivative (or, on integers, its next difference), written
    so that its sign can be seen.  Or `of(x) = factor(x) of(x + shift)`, with positive factors that
    are monotone in the same sense, and a positive limit at infinity.
    """

    of: Callable
    over: Domain
    rising: bool = False
    slope: Callable | None = None
    factor: Callable | None = None
    shift: int = 1


@dataclass(frozen=True)
class Infinite:
    """The integral of `of(x)`, which is not negative, over all x > 0 is infinite."""

    of: Callable


@dataclass(frozen=True)
class Unfolds:
    """`closed(t)` is the value after t steps of `x -> step(x, t)`, for every t from `first` on, where it is `start`."""

    step: Callable
    closed: Callable
    start: Any
    t: Any
    first: int = 0


@dataclass(frozen=True)
class Holds:
    """A condition that is true."""

    condition: Any


Relation = Equal | AtMost | Limit | Diverges | Infinite | Monotone | Unfolds | Holds


def equal(left, right, via=()):
    """left = right.  `via`: intermediate terms of the derivation."""
    return Equal(left, right, tuple(via))


def at_most(left, right, slack=None):
    """left <= right, with right - left written so that its sign can be seen."""
    return AtMost(left, right, slack)


def less(left, right, slack=None):
    """left < right."""
    return AtMost(left, right, slack, strict=True)


def limit(of, *, to, equals, over=Positive, between=()):
    """`of(x)` tends to `equals` as x tends to `to` inside `over`.  `between`: a lower and an upper bound with that limit."""
    return Limit(of, to, equals, over, tuple(between))


def diverges(of, *, to, over=Positive):
    """`of(x)` grows beyond every bound as x tends to `to` inside `over`."""
    return Diverges(of, to, over)


def asymptotic(left, right, *, to, over=Positive):
    """left(x) / right(x) tends to 1."""
    return Limit(_ratio(left, right), to, 1, over)


def _ratio(left, right):
    def ratio(x):
        return left(x) / right(x)

    return ratio


def decreasing(of, *, over, slope=None, factor=None, shift=1):
    """`of` is strictly decreasing on `over`: by its slope, or as the infinite product of factor(x + k shift)."""
    return Monotone(of, over, False, slope, factor, shift)


def increasing(of, *, over, slope=None, factor=None, shift=1):
    """`of` is strictly increasing on `over`: by its slope, or as the infinite product of factor(x + k shift)."""
    return Monotone(of, over, True, slope, factor, shift)


def infinite(of):
    """The integral of `of(x)`, which is not negative, over all x > 0 is infinite."""
    return Infinite(of)


def unfolds(step, closed, *, start, t, first=0):
    """`closed(t)` solves the recurrence x_t = step(x_{t-1}, t), x_0 = start (or x_1 = start, with `first=1`), for every t."""
    return Unfolds(step, closed, start, t, first)


def holds(condition):
    """A condition that is true (built with <, <=, `equals`, &, |, ~)."""
    return Holds(condition)


@dataclass(frozen=True)
class Claim:
    """One statement.  `stands` is the verdict that its file promises; `because` says why not PROVED."""

    id: str
    about: Rule | None
    cites: str
    state: Callable
    catalogue: str | None = None
    false: bool = False
    uses: tuple[str, ...] = ()
    given: Callable | None = None
    stands: Verdict = Verdict.PROVED
    because: str = ""
    domains: dict[str, Domain | Sequence | Vector | Smooth] = field(default_factory=dict, hash=False)

    @property
    def statement(self) -> str:
        return inspect.getdoc(self.state) or ""

    @property
    def expected(self) -> Verdict:
        return Verdict.REFUTED if self.false else self.stands

    @property
    def where(self) -> str:
        code = self.state.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    def relations(self, values: dict, about: Rule | None = None) -> tuple[Relation, ...]:
        """The statement at given numbers (of any one system)."""
        rule = about or self.about
        found = self.state(rule.run if rule else None, **values) if self._takes_run else self.state(**values)
        return found if isinstance(found, tuple) else (found,)

    @property
    def _takes_run(self) -> bool:
        return next(iter(inspect.signature(self.state).parameters), "") == "run"

    def hypotheses(self, values: dict):
        """The extra conditions on the variables, as a tuple."""
        if self.given is None:
            return ()
        names = inspect.signature(self.given).parameters
        found = self.given(**{n: values[n] for n in names})
        return found if isinstance(found, tuple) else (found,)

    def symbols(self) -> dict:
        """One exact symbol for each variable."""
        return {name: domain.symbol(name) for name, domain in self.domains.items()}


claims: dict[str, Claim] = {}


class ClaimError(ValueError):
    """A claim that cannot be registered: what, where, and what to do."""


def claim(
    id: str,
    *,
    about=None,
    cites: str,
    catalogue=None,
    false=False,
    uses=(),
    given=None,
    stands=Verdict.PROVED,
    because="",
):
    """Register a claim.

    id: "family/slug", permanent.  about: the rule whose `run` the claim takes.  cites: paper and
    equation.  catalogue: its number in the catalogue.  false: a tempting statement that must be
    refuted.  uses: ids of claims it rests on.  given: extra hypotheses, a function of some of
    the variables.  stands / because: the promised verdict where it is not PROVED, and why.
    Raises ClaimError for an id taken twice or a variable without a domain.
    """

    def register(state):
        new = Claim(id, about, cites, state, catalogue, false, tuple(uses), given, stands, because, _domains(id, state))
        _admit(new)
        return state

    return register


def _admit(new: Claim) -> None:
    old = claims.get(new.id)
    if old and old.where != new.where:
        raise ClaimError(
            f"claim id {new.id!r} at {new.where} is taken by {old.where}; ids are permanent, choose another"
        )
    if not new.statement:
        raise ClaimError(f"claim {new.id!r} at {new.where} has no docstring; say in one sentence what it claims")
    if new.stands < Verdict.PROVED and not new.because:
        raise ClaimError(
            f"claim {new.id!r} at {new.where} promises {new.stands.name} and gives no reason; add because='...'"
        )
    claims[new.id] = new


def _domains(id: str, state: Callable) -> dict:
    parameters = inspect.signature(state, eval_str=True).parameters
    found = {name: p.annotation for name, p in parameters.items() if name != "run"}
    loose = [n for n, d in found.items() if not isinstance(d, (Domain, Sequence, Vector, Smooth))]
    if loose:
        raise ClaimError(
            f"claim {id!r}: {', '.join(loose)} not quantified; say where it lives, as in `{loose[0]}: Real`"
        )
    return found
