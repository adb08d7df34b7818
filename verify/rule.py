"""What an optimizer is: memories that start somewhere, and a step.

The step is the paper's algorithm as plain Python.  It may use arithmetic, the functions
of verify/numbers.py, integer literals and its arguments; then the same text runs on
exact terms, balls, multiprecision floats and tensors.  Its annotations say where each
hyperparameter lives.

A *reading* is a named departure from the paper that shipped code is known to follow.  It
is stated as an edit of the step's own text, so the paper's term and the code's term
stand side by side and no formula is typed a third time.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from itertools import combinations

import numpy as np

from verify.domain import Domain, Real, Vector
from verify.edit import edited
from verify.exact import Exact, exact, walk
from verify.numbers import dimensions, number, system


class ReadingDoesNotApply(ValueError):
    """The text that a reading edits is not (or no longer) in the step."""


@dataclass(frozen=True)
class Reading:
    """One departure: `paper` is the text of the step that `code` stands for instead.

    Both are Python expressions, or both are statements; both are empty where only the first
    values differ.  `more` holds further pairs, for a departure that shows in two places.  `adds`
    gives the domains of hyperparameters that only the reading has, `memory` the memories that
    it adds (None: that it does without), which the step then unpacks and hands on by
    themselves, `start` their values before the first step (a number, or the name of a
    hyperparameter), and `kind` is the deviation kind that a certificate reports.  `narrow` names
    memories (or parts of the code's) that are kept in a narrower type than the parameter: in exact arithmetic
    nothing differs, so this reading edits nothing.  `breaks` names a clause of the contract that the departure breaks.
    """

    id: str
    says: str
    paper: str = ""
    code: str = ""
    kind: str = "other"
    more: tuple[tuple[str, str], ...] = ()
    adds: dict[str, Domain] = field(default_factory=dict, hash=False)
    memory: dict[str, Domain | None] = field(default_factory=dict, hash=False)
    start: dict[str, int | str] = field(default_factory=dict, hash=False)
    narrow: str = ""
    breaks: str = ""

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        return ((self.paper, self.code), *self.more) if self.paper else self.more


@dataclass(frozen=True)
class Rule:
    """An optimizer as its paper states it.

    name: the word for `--against`.  source: paper and equation.  memory: the domain of each
    memory, in the order in which `step` unpacks them; start: their values before the first
    step where that is not 0 (a number, or the name of a hyperparameter).  constants: hyperparameters
    that the paper fixes, as decimal text.  elementwise: whether every element is updated as it would
    be alone.  ascends: whether it is run on the negated gradient, as `maximize=True` asks of code.
    objective: whether the gradients must be those of one function, at the points that the rule visits; code
    takes them from a closure.  A memory that starts as () grows, and holds what the step puts there.
    sparse: whether gradients name the rows that they have; then `step` is told which elements are present.
    """

    name: str
    source: str
    step: Callable
    memory: dict[str, Domain] = field(default_factory=dict, hash=False)
    start: dict[str, int | str | tuple] = field(default_factory=dict, hash=False)
    constants: dict[str, str] = field(default_factory=dict, hash=False)
    readings: tuple[Reading, ...] = ()
    elementwise: bool = True
    outputs: tuple[str, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    shaped: dict[str, Callable] = field(default_factory=dict, hash=False)
    chosen: tuple[str, ...] = ()
    ascends: bool = False
    objective: bool = False
    sparse: bool = False

    @property
    def hyperparameters(self) -> dict[str, Domain]:
        """The domain of each keyword of the step."""
        signature = inspect.signature(self.step, eval_str=True)
        return {p.name: p.annotation for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}

    def initial(self, like=0, **hyper):
        """The memories before the first step, shaped like `like` (an array) or scalars."""
        values = {name: self.start.get(name, 0) for name in self.memory}
        zero = {name: self.shaped.get(name, lambda a: a)(like * 0) for name in self.memory}
        first = lambda name, v: v if isinstance(v, tuple) else zero[name] + (hyper[v] if isinstance(v, str) else v)
        return tuple(first(name, v) for name, v in values.items())

    def ascending(self) -> Rule:
        """The same rule on the negated gradient."""
        return replace(self, ascends=True)

    def advance(self, x, g, memory, t, **hyper):
        """One step: the new iterate and the new memories."""
        g = -g if self.ascends else g
        return self.step(x, g, memory, t, *([present(g)] if self.sparse else []), **hyper)

    def run(self, grads, x=0, memory=None, first: int = 1, **hyper):
        """Every iterate, starting with `x`, for the given gradients; a plain 0 is a number of their system."""
        grads = list(grads)
        x = _among(x, grads)
        return [x, *(point for point, _ in self.walk(grads, x, memory, first, **hyper))]

    def walk(self, grads, x=0, memory=None, first: int = 1, **hyper):
        """Iterate and memories after each gradient; `first`, the number of the first step, may be a symbol."""
        memory = self.initial(**hyper) if memory is None else memory
        for k, g in enumerate(grads):
            x, memory = self.advance(x, g, memory, first + k, **hyper)
            yield x, memory

    def reading(self, id: str) -> Reading:
        for found in self.readings:
            if found.id == id:
                return found
        raise KeyError(f"{self.name} has no reading {id!r}; it has {[r.id for r in self.readings]}")

    def read_as(self, *ids: str) -> Rule:
        """The rule under the named readings, edited in that order.

        Raises ReadingDoesNotApply where one of them edits text that is not there.
        """
        return _read_as(self, ids) if ids else self

    def together(self, ids: Iterable[str], count: int) -> Iterator[Rule]:
        """The rule under each `count` of these readings that can be read together."""
        for chosen in combinations(ids, count):
            with suppress(ReadingDoesNotApply):
                yield self.read_as(*chosen)


def _among(x, grads: list):
    """A plain integer as a number of the gradients' system, where these are numbers; what has a system stays what it is."""
    if not isinstance(x, int) or any(dimensions(g) or _has_vector(g) for g in grads):
        return x
    likes = (g for g in grads if not isinstance(g, int | float | Fraction))
    return next((number(x, g) for g in likes if hasattr(system(g), "number")), x)


def _has_vector(g) -> bool:
    """Does a term speak of vectors?  Then a plain 0 may stand for one of them."""
    domains = (n.args[1] for n in walk(g) if n.op == "symbol") if isinstance(g, Exact) else ()
    return any(isinstance(d, Vector) for d in domains)


def present(g):
    """Which elements a sparse gradient has, where a row of exact zeros is one that is not there; of a number, whether it is."""
    cells = getattr(g, "value", g)  # an enclosure's rows are those of its values
    shape = tuple(getattr(cells, "shape", ()))
    if not shape:
        return not _is_zero(cells)
    rows = [any(not _is_zero(q) for q in cells[i : i + 1].reshape(-1)) for i in range(shape[0])]
    mask = np.broadcast_to(np.array(rows).reshape(-1, *[1] * (len(shape) - 1)), shape)
    return cells.new_tensor(mask.tolist()).bool() if hasattr(cells, "new_tensor") else mask  # torch chooses by a tensor


def _is_zero(q) -> bool:
    """Is it the number 0, not a term that may be?"""
    if isinstance(q, Exact):
        return q is exact(0)
    answer = q == 0  # of a formula it is another formula
    return answer is True or (hasattr(answer, "item") and bool(answer))


@cache
def _read_as(rule: Rule, ids: tuple[str, ...]) -> Rule:
    tree = _tree(rule, ids)
    if any(r.adds or r.memory for r in map(rule.reading, ids)):
        tree = deepcopy(tree)  # what follows writes into it
    memory, start = rule.memory, rule.start
    for reading in map(rule.reading, ids):
        _add_keywords(function_of(tree), reading.adds)
        merged: dict[str, Domain | None] = {**memory, **reading.memory}  # None takes a memory away
        memory = {name: domain for name, domain in merged.items() if domain is not None}
        start = {name: value for name, value in (start | reading.start).items() if name in memory}
    _carry(function_of(tree), {name: d for r in map(rule.reading, ids) for name, d in r.memory.items()})
    domains = {name: domain for r in map(rule.reading, ids) for name, domain in r.adds.items()}
    step = compile_step(tree, rule.step, domains)
    return replace(rule, step=step, memory=memory, start=start, chosen=ids)


@cache
def _tree(rule: Rule, ids: tuple[str, ...]) -> ast.Module:
    """The step's text under the readings; what two lists of readings begin with is edited once."""
    if not ids:
        return ast.parse(textwrap.dedent(inspect.getsource(rule.step)))
    tree = _tree(rule, ids[:-1])
    for paper, code in rule.reading(ids[-1]).edits:
        new = edited(tree, paper, code)
        if new is None:
            where = f"reading {rule.name}/{ids[-1]}"
            raise ReadingDoesNotApply(f"{where} edits `{paper}`, which is not in the step")
        tree = new
    return tree


def compile_step(tree: ast.Module, original: Callable, domains: dict[str, Domain]) -> Callable:
    """A step from its edited text, in the name space of the original."""
    function = function_of(tree)
    function.decorator_list = []
    code = compile(ast.fix_missing_locations(tree), inspect.getsourcefile(original) or "<rule>", "exec")
    space = dict(original.__globals__) | {f"{name}_domain": d for name, d in domains.items()}
    exec(code, space)  # noqa: S102 (the text is the rule's own, edited by its own file)
    step = space[function.name]
    step.__source__ = ast.unparse(tree)
    return step


def function_of(tree: ast.Module) -> ast.FunctionDef:
    """The one function of a step's text."""
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    return function


def _add_keywords(function: ast.FunctionDef, adds: dict[str, Domain]) -> None:
    present = {a.arg for a in function.args.kwonlyargs}
    for name in adds:
        if name not in present:
            function.args.kwonlyargs.append(ast.arg(name, annotation=ast.Name(f"{name}_domain", ast.Load())))
            function.args.kw_defaults.append(None)


def _carry(function: ast.FunctionDef, memory: dict[str, Domain | None]) -> None:
    """Unpack and hand on the memories that a reading adds, and no longer those that it does without."""
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign) and ast.unparse(statement.value) == "memory":
            _rename(statement.targets[0], memory, ast.Store())
        elif isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
            _rename(statement.value.elts[1], memory, ast.Load())


def _rename(names, memory: dict[str, Domain | None], context) -> None:
    if isinstance(names, ast.Tuple):
        kept = [n for n in names.elts if memory.get(ast.unparse(n), Real) is not None]
        present = {ast.unparse(n) for n in kept}
        added: list[ast.expr] = [
            ast.Name(n, context) for n, domain in memory.items() if domain is not None and n not in present
        ]
        names.elts = kept + added
