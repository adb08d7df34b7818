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
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from verify.domain import Domain, Real


class ReadingDoesNotApply(ValueError):
    """The text that a reading edits is not (or no longer) in the step."""


@dataclass(frozen=True)
class Reading:
    """One departure: `paper` is the text of the step that `code` stands for instead.

    Both are Python expressions, or both are statements.  `more` holds further pairs, for a
    departure that shows in two places.  `adds` gives the domains of hyperparameters that only
    the reading has, and `kind` is the deviation kind that a certificate reports.
    """

    id: str
    says: str
    paper: str
    code: str
    kind: str = "other"
    more: tuple[tuple[str, str], ...] = ()
    adds: dict[str, Domain] = field(default_factory=dict, hash=False)
    memory: dict[str, Domain] = field(default_factory=dict, hash=False)
    start: dict[str, int] = field(default_factory=dict, hash=False)

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        return ((self.paper, self.code), *self.more)


@dataclass(frozen=True)
class Rule:
    """An optimizer as its paper states it.

    name: the word for `--against`.  source: paper and equation.  memory: the domain of each
    memory, in the order in which `step` unpacks them; start: their values before the first
    step where that is not 0.  constants: hyperparameters that the paper fixes, as decimal
    text.  elementwise: whether every element is updated as it would be alone.
    """

    name: str
    source: str
    step: Callable
    memory: dict[str, Domain] = field(default_factory=dict, hash=False)
    start: dict[str, int] = field(default_factory=dict, hash=False)
    constants: dict[str, str] = field(default_factory=dict, hash=False)
    readings: tuple[Reading, ...] = ()
    elementwise: bool = True
    chosen: tuple[str, ...] = ()

    @property
    def hyperparameters(self) -> dict[str, Domain]:
        """The domain of each keyword of the step."""
        signature = inspect.signature(self.step, eval_str=True)
        return {p.name: p.annotation for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}

    def initial(self, like=0):
        """The memories before the first step, shaped like `like` (an array) or scalars."""
        return tuple(like * 0 + self.start.get(name, 0) for name in self.memory)

    def run(self, grads, x=0, memory=None, first: int = 1, **hyper):
        """Every iterate, starting with `x`, for the given gradients."""
        return [x, *(point for point, _ in self.walk(grads, x, memory, first, **hyper))]

    def walk(self, grads, x=0, memory=None, first: int = 1, **hyper):
        """Iterate and memories after each gradient; `first` is the number of the first step."""
        memory = self.initial() if memory is None else memory
        for t, g in enumerate(grads, start=first):
            x, memory = self.step(x, g, memory, t, **hyper)
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


@cache
def _read_as(rule: Rule, ids: tuple[str, ...]) -> Rule:
    tree = ast.parse(textwrap.dedent(inspect.getsource(rule.step)))
    memory, start = dict(rule.memory), dict(rule.start)
    for reading in map(rule.reading, ids):
        for paper, code in reading.edits:
            tree = _edit(tree, paper, code, f"{rule.name}/{reading.id}")
        _add_keywords(tree.body[0], reading.adds)
        memory |= reading.memory
        start |= reading.start
    domains = {name: domain for r in map(rule.reading, ids) for name, domain in r.adds.items()}
    step = _compile(tree, rule.step, domains)
    return replace(rule, step=step, memory=memory, start=start, chosen=ids)


def _compile(tree, original, domains):
    function = tree.body[0]
    function.decorator_list = []
    code = compile(ast.fix_missing_locations(tree), inspect.getsourcefile(original) or "<rule>", "exec")
    space = dict(original.__globals__) | {f"{name}_domain": d for name, d in domains.items()}
    exec(code, space)  # the text is the rule's own, edited by its own file
    step = space[function.name]
    step.__source__ = ast.unparse(tree)
    return step


def _add_keywords(function: ast.FunctionDef, adds: dict[str, Domain]) -> None:
    present = {a.arg for a in function.args.kwonlyargs}
    for name in adds:
        if name not in present:
            function.args.kwonlyargs.append(ast.arg(name, annotation=ast.Name(f"{name}_domain", ast.Load())))
            function.args.kw_defaults.append(None)


def _edit(tree: ast.Module, paper: str, code: str, where: str) -> ast.Module:
    pattern, by = ast.parse(paper).body, ast.parse(code).body
    expression = len(pattern) == len(by) == 1 and isinstance(pattern[0], ast.Expr)
    swap = _Swap(pattern[0].value, by[0].value) if expression else _SwapLines(pattern, by)
    tree = swap.visit(tree)
    if not swap.count:
        raise ReadingDoesNotApply(f"reading {where} edits `{paper}`, which is not in the step")
    return tree


class _Swap(ast.NodeTransformer):
    """Replaces every expression equal to the pattern."""

    def __init__(self, pattern, by):
        self.wanted, self.by, self.count = ast.dump(pattern), by, 0

    def visit(self, node):
        if isinstance(node, ast.expr) and ast.dump(node) == self.wanted:
            self.count += 1
            return self.by
        return self.generic_visit(node)


class _SwapLines(ast.NodeTransformer):
    """Replaces every run of statements equal to the pattern."""

    def __init__(self, pattern, by):
        self.wanted, self.by, self.count = [ast.dump(s) for s in pattern], by, 0

    def visit_FunctionDef(self, node):
        n, body, i = len(self.wanted), [], 0
        while i < len(node.body):
            if [ast.dump(s) for s in node.body[i : i + n]] == self.wanted:
                body, i, self.count = body + self.by, i + n, self.count + 1
            else:
                body.append(node.body[i])
                i += 1
        node.body = body
        return node


def scalar_memory(names: str) -> dict[str, Domain]:
    """Real memories by name, for the common case."""
    return dict.fromkeys(names.split(), Real)
