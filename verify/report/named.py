"""Statements in their author's own words: the quantities that a claim's function names stay named.

A claim says `K = gain(beta1, beta2, t)` and returns `at_most(step**2, K * lr**2)`.  The proof
sees the terms behind the names; the reader should see the names, and below them what they
stand for.  The function is run once more with every assignment noted, and what came out is
used only if putting the terms back for the names gives the proved statement again, node by node.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from verify.domain import Real
from verify.exact import Exact, exact, substitute, symbol, symbols, walk
from verify.statement import Claim, Relation

_LEAVES = ("symbol", "number", "call", "true", "false", "pi", "infinity")


@dataclass(frozen=True)
class Named:
    """The relations in terms of names; `meaning` gives for each name its term, in terms of the names before it."""

    relations: tuple[Relation, ...]
    meaning: dict[Exact, Exact] = field(default_factory=dict)

    def fold(self, term):
        """A term of the proof with the names put in."""
        if not isinstance(term, Exact):
            return term
        return substitute(term, {self.whole(name): name for name in self.meaning})

    def whole(self, term: Exact) -> Exact:
        """A term with no name left in it."""
        for name, value in reversed(self.meaning.items()):
            term = substitute(term, {name: value})
        return term

    def needed(self, terms) -> list[Exact]:
        """The names that terms use, and those behind them, in the order of their meanings."""
        used = {s for t in terms if isinstance(t, Exact) for s in symbols(t).values()}
        for name, value in reversed(self.meaning.items()):
            used |= set(symbols(value).values()) if name in used else set()
        return [name for name in self.meaning if name in used]


def named(claim: Claim) -> Named:
    """The claim's statement with its own names, or without any where its text does not allow it."""
    plain = claim.relations(claim.symbols())
    try:
        names = _Names(set(claim.domains))
        found = _traced(claim, names)
        result = Named(found, names.meaning)
        return result if _same(found, plain, result) else Named(plain)
    except Exception:  # noqa: BLE001 - any failure means that the plain statement is printed
        return Named(plain)


class _Names:
    """Notes what is assigned, and hands a symbol on in its place."""

    def __init__(self, taken: set[str]):
        self.taken = taken
        self.meaning: dict[Exact, Exact] = {}

    def __call__(self, name: str, value):
        if not isinstance(value, Exact) or value.op in _LEAVES or _is_condition(value):
            return value
        value = Named((), self.meaning).fold(value)
        if value in self.meaning:
            return value
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        found = symbol(name, Real)
        self.meaning[found] = value
        return found


def _is_condition(value: Exact) -> bool:
    return value.op in ("lt", "le", "eq", "ne", "and", "not")


def _traced(claim: Claim, names: Callable) -> tuple[Relation, ...]:
    state = instrumented(claim.state, names)
    values = claim.symbols()
    first = (
        [claim.about.run if claim.about else None]
        if next(iter(inspect.signature(claim.state).parameters), "") == "run"
        else []
    )
    found = state(*first, **values)
    return found if isinstance(found, tuple) else (found,)


def _same(found, plain, names: Named) -> bool:
    """Do both say the same, once the names are gone?"""
    return len(found) == len(plain) and all(
        type(a) is type(b) and [names.whole(x) if isinstance(x, Exact) else x for x in _parts(a)] == _parts(b)
        for a, b in zip(found, plain, strict=True)
    )


def _parts(relation) -> list:
    """Everything that a relation holds, with functions applied to fresh symbols."""
    return [p for value in vars(relation).values() for p in _applied(value)]


def _applied(value) -> list:
    if isinstance(value, tuple):
        return [p for v in value for p in _applied(v)]
    if callable(value) and not isinstance(value, Exact):
        count = len(inspect.signature(value).parameters)
        return [exact(value(*(symbol(f"probe{i}", Real) for i in range(count))))]
    return [exact(value) if isinstance(value, int) and not isinstance(value, bool) else value]


# Text that notes what it assigns ------------------------------------------------------------------------


class Unreadable(ValueError):
    """The text of a function has more in it than assignments and a return."""


def program(function: Callable) -> str:
    """The text of a function, as it was read or as an edit has left it."""
    return getattr(function, "__source__", None) or textwrap.dedent(inspect.getsource(function))


def body(function: Callable) -> ast.FunctionDef:
    """The syntax of a function's text."""
    found = ast.parse(program(function)).body[0]
    if not isinstance(found, ast.FunctionDef) or function.__closure__:
        raise Unreadable(f"{function.__name__} is no function of its own")
    return found


def instrumented(function: Callable, note: Callable) -> Callable:
    """The function with `name = note("name", name)` behind each assignment of its outermost lines."""
    tree = deepcopy(body(function))
    tree.decorator_list, tree.returns = [], None
    for argument in (*tree.args.args, *tree.args.kwonlyargs):
        argument.annotation = None
    tree.body = [line for statement in tree.body for line in (statement, *_notes(statement))]
    space = dict(function.__globals__) | {"__note__": note}
    module = ast.fix_missing_locations(ast.Module([tree], []))
    exec(compile(module, "<statement>", "exec"), space)  # noqa: S102 - the text is the file's own, which was imported already
    return space[tree.name]


def _notes(statement: ast.stmt) -> list[ast.stmt]:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    return ast.parse("\n".join(f"{n} = __note__({n!r}, {n})" for n in assigned(statement.targets[0]))).body


def assigned(target: ast.expr) -> list[str]:
    """The names that an assignment binds."""
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and not n.id.startswith("_")]


def terms_of(relation) -> list[Exact]:
    """The terms of a relation, for what they use."""
    return [p for p in _parts(relation) if isinstance(p, Exact)]


__all__ = ["Named", "Unreadable", "assigned", "body", "instrumented", "named", "terms_of", "walk"]
