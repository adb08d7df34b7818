"""Single faults, planted in a rule's own text: what shipped code gets wrong most often.

Each edit changes one place of the step (a term dropped, a beta swapped, t shifted, a memory
read one step late, a factor put in).  Planted in a rule they are mutants that every checker
must kill; held against code that deviates, the one that fits is the diagnosis.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from verify import numbers
from verify.rule import Rule, compile_step, function_of

FACTORS = ("2", "(1 / (2 * t**0))", "10", "100", "t")
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


@dataclass(frozen=True)
class Mutant:
    """A rule with one fault: the text `paper` became `code`."""

    rule: Rule
    paper: str
    code: str
    kind: str
    says: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every rule that differs from this one by a single edit, each text once."""
    source = getattr(rule.step, "__source__", None) or textwrap.dedent(inspect.getsource(rule.step))
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for edit in _edits(rule, tree):
        text = ast.unparse(ast.fix_missing_locations(edit.tree))
        if text not in seen:
            seen.add(text)
            yield Mutant(_with_step(rule, edit.tree), edit.paper, edit.code, edit.kind, edit.says)


@dataclass(frozen=True)
class _Edit:
    tree: ast.Module
    paper: str
    code: str
    kind: str
    says: str


def _with_step(rule: Rule, tree: ast.Module) -> Rule:
    step = compile_step(tree, rule.step, {})
    step.__globals__.setdefault("magnitude", numbers.magnitude)
    step.__globals__.setdefault("sqrt", numbers.sqrt)
    return replace(rule, step=step, chosen=("mutant",))


def _edits(rule: Rule, tree: ast.Module) -> Iterator[_Edit]:
    yield from _swapped_everywhere(rule, tree)
    yield from _stale(rule, tree)
    for place, (statement, node) in enumerate(_places(tree)):
        for new, says in _alternatives(rule, node):
            edited = deepcopy(tree)
            target = list(_places(edited))[place][1]
            _overwrite(edited, target, new)
            old, fresh = ast.unparse(node), ast.unparse(ast.fix_missing_locations(new))
            yield _Edit(edited, old, fresh, _kind(rule, statement, node, says), says)


def _places(tree: ast.Module) -> list[tuple[ast.stmt, Any]]:
    """Every expression that is read, with its statement, in the order of the text."""
    found = []
    for statement in function_of(tree).body:
        for node in ast.walk(statement):
            if _is_read(node) and not _is_function(statement, node) and ast.unparse(node) != "memory":
                found.append((statement, node))
    return found


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp | ast.Call) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _is_function(statement: ast.stmt, node: ast.AST) -> bool:
    called = (call.func for call in ast.walk(statement) if isinstance(call, ast.Call))
    return isinstance(statement, ast.Return) or any(function is node for function in called)


def _overwrite(tree: ast.Module, old: ast.expr, new: ast.expr) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, deepcopy(new))
            elif isinstance(value, list) and any(v is old for v in value):
                value[:] = [deepcopy(new) if v is old else v for v in value]


def _alternatives(rule: Rule, node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from _of_operation(node, left, op, right)
        case ast.Call(func=ast.Name(id="sqrt"), args=[inside]):
            yield inside, "the root is missing"
        case ast.Name(id="t"):
            yield _parse("(t + 1)"), "t is one too large"
            yield _parse("(t - 1)"), "t is one too small"
        case ast.Name(id=name) if name in rule.hyperparameters:
            for other in _like(rule, name):
                yield ast.Name(other, ast.Load()), f"{other} stands for {name}"
            for factor in FACTORS:
                yield _parse(f"{name} * {factor}"), f"{name} is scaled"


def _of_operation(node, left, op, right) -> Iterator[tuple[ast.expr, str]]:
    sign = _ARITHMETIC.get(type(op))
    if sign is None:
        return
    yield left, f"`{sign} {ast.unparse(right)}` is missing"
    if sign in "+-*":
        yield right, f"`{ast.unparse(left)} {sign}` is missing"
    if sign in "+-":
        opposite = ast.Sub() if sign == "+" else ast.Add()
        yield ast.BinOp(left, opposite, right), "a sign is turned"
    if sign == "**" and isinstance(left, ast.BinOp):
        narrower = ast.BinOp(left.left, left.op, ast.BinOp(left.right, ast.Pow(), right))
        yield narrower, "the exponent is on a part of its base alone"
        if isinstance(left.right, ast.BinOp):
            inner = ast.BinOp(left.right.left, left.right.op, ast.BinOp(left.right.right, ast.Pow(), right))
            yield ast.BinOp(left.left, left.op, inner), "the exponent is on a part of its base alone"
    if sign == "**" and ast.unparse(right) == "2":
        yield ast.Call(ast.Name("magnitude", ast.Load()), [left], []), "the magnitude stands for the square"


def _like(rule: Rule, name: str) -> list[str]:
    domain = rule.hyperparameters[name]
    return [n for n, d in rule.hyperparameters.items() if d == domain and n != name]


def _swapped_everywhere(rule: Rule, tree: ast.Module) -> Iterator[_Edit]:
    names = list(rule.hyperparameters)
    for i, a in enumerate(names):
        for b in (n for n in _like(rule, a) if names.index(n) > i):
            edited = deepcopy(tree)
            for node in (n for s in function_of(edited).body for n in ast.walk(s)):
                if isinstance(node, ast.Name) and node.id in (a, b):
                    node.id = b if node.id == a else a
            yield _Edit(edited, f"{a}, {b}", f"{b}, {a}", "moment-recurrence", f"{a} and {b} change places")


def _stale(rule: Rule, tree: ast.Module) -> Iterator[_Edit]:
    """A memory, or the point, read as it was before this step."""
    for name in (*rule.memory, "x"):
        edited = deepcopy(tree)
        body = function_of(edited).body
        unpacks = (i for i, s in enumerate(body) if ast.unparse(getattr(s, "value", None) or s) == "memory")
        unpack = next(unpacks, -1)  # gradient descent has no memory
        fresh = [i for i, s in enumerate(body) if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == name]
        reads: list[Any] = [
            n for s in body[max(fresh, default=len(body)) + 1 : -1] for n in ast.walk(s) if _reads(n, name)
        ]
        for node in reads:
            node.id = f"{name}_before"
        body.insert(unpack + 1, ast.parse(f"{name}_before = {name}").body[0])
        if reads:
            says = f"{name} is read before it is refreshed, one step late"
            yield _Edit(edited, name, f"{name}_before", "moment-recurrence", says)


def _reads(node: Any, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _kind(rule: Rule, statement: ast.stmt, node: ast.expr, says: str) -> str:
    """The kind of deviation that an edit at this place is."""
    text, target = ast.unparse(node), ast.unparse(getattr(statement, "targets", [statement])[0])
    memory = target in rule.memory
    rules = (
        ("t is one" in says, "step-index"),
        ("eps" in text and text.count("eps") and len(text) < 30, "epsilon-placement"),
        ("weight_decay" in text, "decay-coupling"),
        (memory, "moment-recurrence"),
        ("**t" in text.replace(" ", ""), "bias-correction"),
        ("sign" in says, "direction"),
        ("scaled" in says or "exponent" in says, "schedule"),
    )
    return next((kind for holds, kind in rules if holds), "other")


def _parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
