"""What the parts of a step are: memories and how they are refreshed, corrections, decays, the update.

From the text alone: which names carry data (the point, a gradient, or what came of them) and which are
numbers in t; which hyperparameter a memory fades by; where 1 minus such a number is divided by.
So a change has a kind (DESIGN.md's list) by the place where it is made, whatever the optimizer.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from verify.rule import Rule, function_of

CONDITIONS = (ast.Compare, ast.BoolOp)


@dataclass(frozen=True, eq=False)
class Site:
    """An expression of a step, the statement that it stands in, and what is around it, innermost first."""

    statement: ast.stmt
    node: ast.expr
    above: tuple[ast.AST, ...]


def text_of(rule: Rule) -> str:
    """The text of a rule's step."""
    return getattr(rule.step, "__source__", None) or textwrap.dedent(inspect.getsource(rule.step))


def names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def parse(text: str) -> Any:
    return ast.parse(text, mode="eval").body


def rebuilt(node, old, new):
    """The tree with one node exchanged; what does not change is shared."""
    if node is old:
        return new
    changed = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            fresh = rebuilt(value, old, new)
        elif isinstance(value, list):
            fresh = _members(value, old, new)
        else:
            continue
        if fresh is not value:
            changed[name] = fresh
    return ast.copy_location(type(node)(**(dict(ast.iter_fields(node)) | changed)), node) if changed else node


def _members(values: list, old, new) -> list:
    """A list with one member exchanged (for several, where `new` is a list of statements)."""
    found, same = [], True
    for v in values:
        fresh = rebuilt(v, old, new) if isinstance(v, ast.AST) else v
        same &= fresh is v
        found += fresh if isinstance(fresh, list) else [fresh]
    return values if same else found


class Anatomy:
    """The step of a rule, with the update on a line of its own."""

    def __init__(self, rule: Rule):
        self.rule = rule
        self.tree = _update_named(ast.parse(text_of(rule)))
        function_of(self.tree).decorator_list = []
        self.hyper = rule.hyperparameters
        self.betas = [n for n, d in self.hyper.items() if d.high == 1]

    @cached_property
    def body(self) -> list[ast.stmt]:
        return function_of(self.tree).body

    @cached_property
    def lines(self) -> list[ast.stmt]:
        """The statements that compute something, those of branches included."""
        inner = [s for outer in self.body for s in ast.walk(outer) if isinstance(s, ast.Assign | ast.AugAssign)]
        return [s for s in inner if ast.unparse(s.value) != "memory"]

    @cached_property
    def sites(self) -> list[Site]:
        """Every expression that is read, in the order of the text."""
        return [site for line in self.lines for site in _expressions(line, line.value, (line,))]

    # What carries data ------------------------------------------------------------------------------

    @cached_property
    def data(self) -> set[str]:
        """The names that depend on the point or on a gradient."""
        found = {"x", "g"}
        while True:
            more = {target(s) for s in self.lines if names(s.value) & found} - found
            if not more:
                return found
            found |= more

    def is_number(self, node: ast.AST) -> bool:
        """Does an expression depend on hyperparameters and t alone?"""
        return not names(node) & self.data

    @cached_property
    def in_time(self) -> set[str]:
        """The names that change with t whatever the data are."""
        found = {"t"} | {n for n in self.rule.memory if n not in self.data}
        while True:
            more = {target(s) for s in self.lines if names(s.value) & found and self.is_number(s.value)} - found
            if not more:
                return found
            found |= more

    def is_correction(self, node: ast.AST) -> bool:
        """1 minus a number that changes with t."""
        match node:
            case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=right):
                return self.is_number(right) and bool(names(right) & self.in_time)
        return False

    # Memories ---------------------------------------------------------------------------------------

    @cached_property
    def refreshes(self) -> dict[str, ast.stmt]:
        """The statement that refreshes each memory."""
        return {target(s): s for s in self.lines if target(s) in self.rule.memory}

    def fades_by(self, memory: str) -> str | None:
        """The hyperparameter that what a memory held is multiplied by."""
        refresh: Any = self.refreshes.get(memory)
        for node in ast.walk(refresh.value) if refresh else ():
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
                sides = [ast.unparse(node.left), ast.unparse(node.right)]
                found = [b for b in self.betas if b in sides]
                if memory in sides and found:
                    return found[0]
        return None

    def is_average(self, statement: ast.stmt) -> bool:
        """Does a statement blend two things with the weights h and 1 - h?"""
        text = ast.unparse(statement)
        return any(f"1 - {h}" in text.replace(f"1 - {h} **", "") and f"{h} *" in text for h in self.betas)

    @cached_property
    def feeding(self) -> set[str]:
        """The names that only refreshes of memories read."""
        read_by = {n: [s for s in self.lines if n in names(s.value)] for n in map(target, self.lines)}
        inside = lambda s: target(s) in self.rule.memory
        own = set(self.rule.memory) | {"x", "g"}
        return {n for n, readers in read_by.items() if n not in own and readers and all(map(inside, readers))}

    # Kinds ------------------------------------------------------------------------------------------

    def kind(self, site: Site, part: ast.AST) -> str:
        """The kind of fault that a change of a part at a site is."""
        about, around = names(part), (site.node, *site.above)
        if any(isinstance(n, CONDITIONS) for n in around):
            return "threshold"
        if "eps" in about and not about & self.data:
            return "epsilon-placement"
        if "weight_decay" in about:
            return "decay-coupling"
        inside = () if about & self.data else ast.walk(part)
        if any(map(self.is_correction, (*around, *inside))):
            return "bias-correction"
        return self._kind_of_line(site, about)

    def kind_of_memory(self, memory: str) -> str:
        """The kind of fault that another refresh of a memory is."""
        line = self.refreshes.get(memory)
        if memory not in self.data:
            return "schedule"
        if line and "maximum" in names(line):
            return "max-order"
        return self._kind_of_refresh(line) if line else "moment-recurrence"

    def mixes(self) -> str | None:
        """The kind of fault that another inner product is; None where the step has none."""
        found = [kind for kind in map(self._inner_product, self.lines) if kind]
        return "projection" if "projection" in found else next(iter(found), None)

    def _kind_of_line(self, site: Site, about: set[str]) -> str:
        line = site.statement
        if target(line) in self.rule.memory or target(line) in self.feeding:
            return self._kind_of_refresh(line)
        if self.is_average(line):
            return "moment-recurrence"
        if any(f"{self.fades_by(m)} * {m}" in ast.unparse(line) for m in self.rule.memory):
            return "momentum-form"
        if inner := self._inner_product(line):
            return inner
        if self.is_number(line.value) and names(line.value) & self.in_time:
            return "schedule"
        if any(isinstance(n, ast.Call) and ast.unparse(n.func) == "where" for n in site.above):
            return "threshold"
        return "schedule" if about & {"lr", *self.in_time} and not about & self.data else "other"

    def _kind_of_refresh(self, line: ast.stmt) -> str:
        name = target(line)
        memory = name if name in self.rule.memory else next(m for m, s in self.refreshes.items() if name in names(s))
        refresh = self.refreshes.get(memory, line)
        if "maximum" in names(refresh) and not self.fades_by(memory):
            return "max-order"
        return "momentum-form" if self.fades_by(memory) and not self.is_average(refresh) else "moment-recurrence"

    def _inner_product(self, line: ast.stmt) -> str | None:
        """Projections and norms, also inside of a helper that the step calls."""
        space, seen = self.rule.step.__globals__, set()  # type: ignore[var-annotated]
        todo = [n for n in names(line) if n in space]
        while todo:
            name = todo.pop()
            if name in ("dot", "norm"):
                return "projection" if "dot" in seen | {name} | set(todo) else "norm-scope"
            helper = space.get(name)
            if name not in seen and inspect.isfunction(helper) and not helper.__module__.startswith("verify."):
                todo += [n for n in helper.__code__.co_names if n in space]
                todo += [d.__name__ for d in helper.__defaults__ or () if inspect.isfunction(d)]
            seen.add(name)
        return None


def operand(node: ast.AST) -> str:
    """The text of an expression as it stands beside an operator."""
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) else text


def target(statement: Any) -> str:
    """The name that a statement sets."""
    return ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign) else statement.target)


def _update_named(tree: ast.Module) -> ast.Module:
    """`return update, memory` as `x = update` and `return x, memory`, so that the update is a line like others."""
    last: Any = function_of(tree).body[-1]
    point, memory = last.value.elts
    if isinstance(point, ast.Name):
        return tree
    line = ast.Assign([ast.Name("x", ast.Store())], point)
    back = ast.Return(ast.Tuple([ast.Name("x", ast.Load()), memory], ast.Load()))
    return ast.fix_missing_locations(rebuilt(tree, last, [ast.copy_location(n, last) for n in (line, back)]))


def _expressions(line: ast.stmt, node: ast.expr, above: tuple[ast.AST, ...]) -> Iterator[Site]:
    if isinstance(node, ast.BinOp | ast.Call | ast.Compare | ast.UnaryOp | ast.Constant | ast.Name):
        yield Site(line, node, above)
    inner = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
    for child in inner:
        if isinstance(child, ast.expr):
            yield from _expressions(line, child, (node, *above))


__all__ = ["Anatomy", "Site", "names", "operand", "parse", "rebuilt", "target", "text_of"]
