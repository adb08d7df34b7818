"""Equal steps that look different: memories stored otherwise, corrections folded, terms regrouped, lines in another order.

Each rewrite works on the text of any rule's step, and yields a rule that is the same function of the gradients;
judge.py checks that on numbers, so that a mistake here is not taken for one of optproof's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from verify import numbers
from verify.domain import NonNegative
from verify.mutate import NAMES
from verify.mutation.anatomy import Anatomy, names, parse, rebuilt, target
from verify.rule import Rule, function_of

REWRITES: dict[str, Callable[[Rule], Iterator[Rule]]] = {}


def rewrite(make: Callable) -> Callable:
    REWRITES[make.__name__] = make
    return make


def restated(rule: Rule, tree: ast.Module, **changes) -> Rule:
    """The rule with another text of its step."""
    text = ast.unparse(ast.fix_missing_locations(tree))
    space = {name: getattr(numbers, name) for name in NAMES} | rule.step.__globals__
    exec(compile(text, "<rewrite>", "exec"), space)  # noqa: S102 (a rule's own text, regrouped)
    step = space[rule.step.__name__]
    step.__source__ = text
    return replace(rule, step=step, **changes)


# Memories stored otherwise ------------------------------------------------------------------------


def _stored(rule: Rule, name: str, back: str, store: str) -> Rule:
    """A memory kept as `store` of its value; `back` is its value again at the next step."""
    a = Anatomy(rule)
    body, last = a.body, a.body[-1]
    unpack = next(s for s in body if ast.unparse(getattr(s, "value", None) or s) == "memory")
    kept: Any = last.value.elts[1]  # type: ignore[attr-defined]
    fresh = [parse(store) if ast.unparse(e) == name else e for e in kept.elts]
    tree = rebuilt(a.tree, kept, ast.Tuple(fresh, ast.Load()))
    return restated(rule, rebuilt(tree, unpack, [unpack, *ast.parse(f"{name} = {back}").body]))


def _averages(a: Anatomy) -> Iterator[tuple[str, str]]:
    for name, refresh in a.refreshes.items():
        if name in a.data and (beta := a.fades_by(name)) and a.rule.start.get(name, 0) == 0 and a.is_average(refresh):
            yield name, beta


@rewrite
def sums(rule: Rule) -> Iterator[Rule]:
    """Sums in place of averages: the memory without its factor 1 - beta."""
    for name, beta in _averages(Anatomy(rule)):
        yield _stored(rule, name, f"(1 - {beta}) * {name}", f"{name} / (1 - {beta})")


@rewrite
def corrected_memories(rule: Rule) -> Iterator[Rule]:
    """The corrected average is what is stored."""
    for name, beta in _averages(Anatomy(rule)):
        yield _stored(rule, name, f"(1 - {beta} ** (t - 1)) * {name}", f"{name} / (1 - {beta}**t)")


@rewrite
def rooted(rule: Rule) -> Iterator[Rule]:
    """The root of a memory that is never negative."""
    for name, domain in rule.memory.items():
        if domain == NonNegative and rule.start.get(name, 0) == 0 and name in Anatomy(rule).data:
            yield _stored(rule, name, f"{name} * {name}", f"sqrt({name})")


@rewrite
def negated(rule: Rule) -> Iterator[Rule]:
    """A memory with the other sign."""
    a = Anatomy(rule)
    for name in a.refreshes:
        if name in a.data and rule.start.get(name, 0) == 0:
            yield _stored(rule, name, f"-{name}", f"-{name}")


@rewrite
def running_products(rule: Rule) -> Iterator[Rule]:
    """beta^t as a product that is carried along."""
    a = Anatomy(rule)
    powers = {ast.unparse(s.node.left) for s in a.sites if _is_power(a, s.node)}
    if not powers:
        return
    tree = a.tree
    for site in a.sites:
        if _is_power(a, site.node):
            tree = rebuilt(tree, site.node, ast.Name(f"{ast.unparse(site.node.left)}_power", ast.Load()))
    carried = sorted(f"{p}_power" for p in powers)
    yield _carrying(rule, a, tree, carried)


def _is_power(a: Anatomy, node) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=base), op=ast.Pow(), right=ast.Name(id="t")):
            return base in a.hyper
    return False


def _carrying(rule: Rule, a: Anatomy, tree: ast.Module, carried: list[str]) -> Rule:
    body = function_of(tree).body
    unpack = next(s for s in body if ast.unparse(getattr(s, "value", None) or s) == "memory")
    last: Any = body[-1]
    memory = [*rule.memory, *carried]
    lines = "\n".join([f"{', '.join(memory)}, = memory", *(f"{c} = {c} * {c.removesuffix('_power')}" for c in carried)])
    kept = ast.Tuple([*last.value.elts[1].elts, *(ast.Name(c, ast.Load()) for c in carried)], ast.Load())
    tree = rebuilt(rebuilt(tree, last.value.elts[1], kept), unpack, ast.parse(lines).body)
    domains = rule.memory | dict.fromkeys(carried, NonNegative)
    return restated(rule, tree, memory=domains, start=rule.start | dict.fromkeys(carried, 1))


# Lines ----------------------------------------------------------------------------------------------


@rewrite
def one_expression(rule: Rule) -> Iterator[Rule]:
    """Names that are set once and read once are written out where they are read."""
    a = Anatomy(rule)
    tree, body = a.tree, list(a.body)
    for line in reversed(body):
        name = target(line) if isinstance(line, ast.Assign) else ""
        own = name in ("x", "g", *rule.memory) or not name.isidentifier()
        reads = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
        if own or len(reads) != 2 or names(line.value) & {target(s) for s in _between(body, line, reads[-1])}:
            continue
        tree = rebuilt(rebuilt(tree, reads[-1], line.value), line, [])
        body = function_of(tree).body
    if tree is not a.tree:
        yield restated(rule, tree)


def _between(body: list, line, read) -> list:
    rest = body[body.index(line) + 1 :]
    where = next(i for i, s in enumerate(rest) if any(n is read for n in ast.walk(s)))
    return [s for s in rest[:where] if isinstance(s, ast.Assign)]


@rewrite
def many_lines(rule: Rule) -> Iterator[Rule]:
    """Every operation on a line of its own."""
    a = Anatomy(rule)
    tree, count = a.tree, 0
    for line in a.lines:
        before: list = []
        value: Any = line.value
        for node in _operations(value):
            count += 1
            before.append(ast.parse(f"part{count} = {ast.unparse(_named(node, before))}").body[0])
            before[-1].stands_for = ast.unparse(node)
        if before and isinstance(line, ast.Assign):
            tree = rebuilt(
                tree, line, [*before, *ast.parse(f"{target(line)} = {ast.unparse(_named(value, before))}").body]
            )
    if count:
        yield restated(rule, tree)


def _operations(value) -> list:
    """The inner operations of an expression, inmost first; branches are left whole, since only one may be defined."""
    inner = [n for n in ast.walk(value) if isinstance(n, ast.BinOp) and n is not value]
    return [] if any(isinstance(n, ast.Call) for n in ast.walk(value)) else inner[::-1]


def _named(node, before: list):
    for line in before:
        for inner in list(ast.walk(node)):
            if inner is not node and isinstance(inner, ast.BinOp) and ast.unparse(inner) == line.stands_for:
                node = rebuilt(node, inner, ast.Name(line.targets[0].id, ast.Load()))
    return node


@rewrite
def reordered(rule: Rule) -> Iterator[Rule]:
    """Neighbouring lines that do not depend on each other change places."""
    a = Anatomy(rule)
    body = list(a.body)
    for i in range(1, len(body) - 2):
        one, two = body[i], body[i + 1]
        if not (isinstance(one, ast.Assign) and isinstance(two, ast.Assign)) or "memory" in names(one.value):
            continue
        if target(one) not in names(two) and target(two) not in names(one):
            body[i], body[i + 1] = two, one
    if body != a.body:
        old = function_of(a.tree)
        fields = dict(ast.iter_fields(old)) | {"body": body}
        yield restated(rule, ast.Module([ast.copy_location(ast.FunctionDef(**fields), old)], []))


@rewrite
def split_update(rule: Rule) -> Iterator[Rule]:
    """The step is taken in two halves."""
    a = Anatomy(rule)
    for line in a.lines:
        match line:
            case ast.Assign(value=ast.BinOp(left=ast.Name(id="x"), op=ast.Sub(), right=step)) if target(line) == "x":
                halves = f"whole = {ast.unparse(step)}\nx = x - whole / 3\nx = x - 2 * whole / 3"
                yield restated(rule, rebuilt(a.tree, line, ast.parse(halves).body))


# Terms ----------------------------------------------------------------------------------------------


def _everywhere(rule: Rule, change: Callable) -> Iterator[Rule]:
    """Every place that has a form, inmost first."""

    class Change(ast.NodeTransformer):
        count = 0

        def generic_visit(self, node):
            node = super().generic_visit(node)
            new = change(node) if isinstance(node, ast.expr) else None
            self.count += new is not None
            return node if new is None else new

    changer, tree = Change(), ast.parse(ast.unparse(Anatomy(rule).tree))
    tree = changer.visit(tree)
    if changer.count:
        yield restated(rule, tree)


@rewrite
def interpolated(rule: Rule) -> Iterator[Rule]:
    """b m + (1 - b) g as m + (1 - b) (g - m)."""

    def change(node):
        match node:
            case ast.BinOp(
                left=ast.BinOp(left=b, op=ast.Mult(), right=m),
                op=ast.Add(),
                right=ast.BinOp(
                    left=ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=c), op=ast.Mult(), right=g
                ),
            ) if ast.dump(b) == ast.dump(c):
                text = ast.unparse
                return parse(f"{text(m)} + (1 - {text(b)}) * ({text(g)} - {text(m)})")
        return None

    yield from _everywhere(rule, change)


@rewrite
def folded(rule: Rule) -> Iterator[Rule]:
    """a / (sqrt(v / c) + e) as a sqrt(c) / (sqrt(v) + e sqrt(c))."""

    def change(node):
        match node:
            case ast.BinOp(
                left=above,
                op=ast.Div(),
                right=ast.BinOp(
                    left=ast.Call(func=ast.Name(id="sqrt"), args=[ast.BinOp(left=v, op=ast.Div(), right=c)]),
                    op=ast.Add(),
                    right=e,
                ),
            ):
                root = f"sqrt({ast.unparse(c)})"
                return parse(
                    f"({ast.unparse(above)}) * {root} / (sqrt({ast.unparse(v)}) + ({ast.unparse(e)}) * {root})"
                )
        return None

    for whole in one_expression(rule):
        yield from _everywhere(whole, change)


@rewrite
def roots_of_quotients(rule: Rule) -> Iterator[Rule]:
    """sqrt(a / b) as sqrt(a) / sqrt(b)."""

    def change(node):
        match node:
            case ast.Call(func=ast.Name(id="sqrt"), args=[ast.BinOp(left=a, op=ast.Div(), right=b)]):
                return parse(f"sqrt({ast.unparse(a)}) / sqrt({ast.unparse(b)})")
        return None

    for whole in one_expression(rule):
        yield from _everywhere(whole, change)


@rewrite
def regrouped(rule: Rule) -> Iterator[Rule]:
    """(a / b) / c as a / (b c), a - b as -(b - a), squares as products."""

    def change(node):
        text = ast.unparse
        match node:
            case ast.BinOp(left=ast.BinOp(left=a, op=ast.Div(), right=b), op=ast.Div(), right=c):
                return parse(f"({text(a)}) / (({text(b)}) * ({text(c)}))")
            case ast.BinOp(left=ast.Name(id="x") as a, op=ast.Sub(), right=b):
                return parse(f"-(({text(b)}) - {text(a)})")
            case ast.BinOp(left=a, op=ast.Pow(), right=ast.Constant(value=2)):
                return parse(f"({text(a)}) * ({text(a)})")
        return None

    yield from _everywhere(rule, change)


@rewrite
def reciprocals(rule: Rule) -> Iterator[Rule]:
    """a / b as a times 1 / b, where b is no number."""
    data = Anatomy(rule).data

    def change(node):
        match node:
            case ast.BinOp(left=a, op=ast.Div(), right=b) if names(b) & data:
                return parse(f"({ast.unparse(a)}) * (1 / ({ast.unparse(b)}))")
        return None

    yield from _everywhere(rule, change)


@rewrite
def commuted(rule: Rule) -> Iterator[Rule]:
    """Sums and products in the other order."""

    def change(node):
        match node:
            case ast.BinOp(left=a, op=ast.Add() | ast.Mult() as op, right=b):
                return ast.BinOp(b, op, a)
        return None

    yield from _everywhere(rule, change)


@rewrite
def distributed(rule: Rule) -> Iterator[Rule]:
    """a (b + c) as a b + a c."""

    def change(node):
        match node:
            case ast.BinOp(left=a, op=ast.Mult(), right=ast.BinOp(left=b, op=ast.Add() | ast.Sub() as op, right=c)):
                return ast.BinOp(ast.BinOp(a, ast.Mult(), b), op, ast.BinOp(a, ast.Mult(), c))
            case ast.BinOp(left=ast.BinOp(left=b, op=ast.Add() | ast.Sub() as op, right=c), op=ast.Mult(), right=a):
                return ast.BinOp(ast.BinOp(b, ast.Mult(), a), op, ast.BinOp(c, ast.Mult(), a))
        return None

    yield from _everywhere(rule, change)


__all__ = ["REWRITES"]
