"""A rule as the equations of its paper, one for each quantity that its step names.

The step is run once on symbols that carry the step's number: memories and parameter come in
at t - 1, the gradient at t, and every assignment gives an equation and a new symbol.  What is
assigned twice gets a prime until the last time.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass

from verify.domain import Natural, Real
from verify.exact import Exact, exact, walk
from verify.report.formula import Line, Side, condition, line
from verify.report.named import Unreadable, assigned, body, instrumented
from verify.report.notation import latex
from verify.rule import Reading, ReadingDoesNotApply, Rule

_CONDITIONS = ("lt", "le", "eq", "ne", "and", "not")


@dataclass(frozen=True)
class Equation:
    """name = value; `name` is a call at t."""

    name: Exact
    value: Exact
    anew: bool = False  # the name has a value already

    @property
    def line(self) -> Line:
        if self.value.op in _CONDITIONS:
            return Line(Side(self.name), ((r"\iff", Side(condition(self.value).key)),))
        return line(self.name, r"\gets" if self.anew else "=", self.value, written=True)


class _Notes:
    """Notes the equations of one run."""

    def __init__(self, rule: Rule, counts: Counter):
        self.rule, self.left, self.t = rule, counts, Natural.symbol("t")
        self.equations: list[Equation] = []

    def __call__(self, name: str, value):
        self.left[name] -= 1
        if not isinstance(value, Exact) or value.op in ("symbol", "call", "number", "true", "false"):
            return value
        found = self.at(name, "'" * self.left[name])
        self.equations.append(Equation(found, value, found in walk(value)))
        return found

    def at(self, name: str, primes: str = "", back: int = 0) -> Exact:
        bare = name.removesuffix("_t")
        return Exact("call", bare + primes, Real, self.t - back if back else self.t)


def equations(rule: Rule) -> tuple[Equation, ...]:
    """The step, line by line.  Raises Unreadable where its text is more than assignments and a return."""
    tree = body(rule.step)
    x, g = (a.arg for a in tree.args.args[:2])
    notes = _Notes(rule, Counter(n for s in _assignments(tree) for n in assigned(s.targets[0])))
    hyper = {name: domain.symbol(name) for name, domain in rule.hyperparameters.items()}
    memory = tuple(notes.at(name, back=1) for name in rule.memory)
    try:
        after, kept = instrumented(rule.step, notes)(notes.at(x, back=1), notes.at(g), memory, notes.t, **hyper)
    except (TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"the step of {rule.name} does not run on symbols: {error}") from error
    return (*notes.equations, *_returned(notes, {x: after} | dict(zip(rule.memory, kept, strict=True))))


def _assignments(tree: ast.FunctionDef) -> list[ast.Assign]:
    """The lines of a step between its docstring and its return."""
    lines = [s for s in tree.body[:-1] if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    found = [s for s in lines if isinstance(s, ast.Assign)]
    if len(found) < len(lines) or not isinstance(tree.body[-1], ast.Return):
        raise Unreadable(f"{tree.name} has branches or loops")
    return found


def _returned(notes: _Notes, values: dict) -> list[Equation]:
    """What is returned under another name, or as a term."""
    known = {e.name for e in notes.equations}
    found = [Equation(notes.at(name), exact(value), notes.at(name) in known) for name, value in values.items()]
    return [e for e in found if e.value is not e.name]


def start(rule: Rule) -> list[Line]:
    """The memories before the first step, but for those that grow from nothing."""
    hyper = {name: domain.symbol(name) for name, domain in rule.hyperparameters.items()}
    values = {name: rule.start.get(name, 0) for name in rule.memory}
    first = lambda v: hyper.get(v, Real.symbol(v)) if isinstance(v, str) else exact(v)
    numbers = {name: first(v) for name, v in values.items() if not isinstance(v, tuple)}
    return [line(Exact("call", name, Real, exact(0)), "=", value) for name, value in numbers.items()]


@dataclass(frozen=True)
class Difference:
    """What a reading changes: lines of the paper, and the lines that stand for them; or the texts of its edits."""

    paper: tuple[Line, ...] = ()
    code: tuple[Line, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


def difference(rule: Rule, reading: Reading) -> Difference:
    """The rule's lines beside those under the reading."""
    try:
        variant = rule.read_as(reading.id)
        paper, code = _lines(rule), _lines(variant)
    except (Unreadable, ReadingDoesNotApply):
        return Difference(texts=reading.edits)
    old, new = {x.key for x in paper}, {x.key for x in code}
    return Difference(tuple(x for x in paper if x.key not in new), tuple(x for x in code if x.key not in old))


def _lines(rule: Rule) -> list[Line]:
    return [*start(rule), *(e.line for e in equations(rule))]


def hyperparameters(rule: Rule) -> dict[str, list[str]]:
    """The names by the sets that they range over, both in LaTeX."""
    groups: dict[str, list[str]] = {}
    for name, domain in rule.hyperparameters.items():
        groups.setdefault(domain.latex, []).append(latex(domain.symbol(name)))
    return groups
