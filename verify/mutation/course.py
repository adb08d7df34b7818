"""The course of the steps: memories read too late or too early, reset, begun at another value, narrowed, faults that come late."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from verify.mutation.anatomy import Anatomy, names, parse, rebuilt, target
from verify.mutation.edit import Edit
from verify.rule import function_of

RESETS = (3, 10)
BITS = (8, 11, 24)  # bfloat16, float16, float32


def edits(a: Anatomy) -> Iterator[Edit]:
    """Every change in the course of the steps."""
    yield from _stale(a)
    yield from _gradient_before(a)
    yield from _reordered(a)
    yield from _frozen(a)
    yield from _reset(a)
    yield from _first_values(a)
    yield from _first_step(a)
    yield from _narrowed(a)


def _stale(a: Anatomy) -> Iterator[Edit]:
    """A memory, or the point, read as it was before this step."""
    moves = [("x", s) for s in a.lines if target(s) == "x"][-1:]
    for name, refresh in (*a.refreshes.items(), *moves):
        later = a.lines[a.lines.index(refresh) + 1 :]
        reads = [s for s in a.sites if s.statement in later and ast.unparse(s.node) == name]
        if not reads or name not in a.data:
            continue
        tree = a.tree
        for site in reads:
            tree = rebuilt(tree, site.node, ast.Name(f"{name}_before", ast.Load()))
        tree = _after_unpacking(tree, f"{name}_before = {name}")
        says = f"{name} is read before it is refreshed, one step late"
        yield Edit(tree, name, f"{name} of the step before", "moment-recurrence", says, "order")


def _after_unpacking(tree: ast.Module, line: str) -> ast.Module:
    body = function_of(tree).body
    unpacks = (s for s in body if ast.unparse(getattr(s, "value", None) or s) == "memory")
    unpack = next(unpacks, body[0])  # gradient descent has no memory
    return rebuilt(tree, unpack, [unpack, *ast.parse(line).body])


def _gradient_before(a: Anatomy) -> Iterator[Edit]:
    """Nesterov's look-ahead, where a rule has none: a memory blended with the gradient once more."""
    for name, refresh in a.refreshes.items():
        if not (a.fades_by(name) and a.is_average(refresh) and name in a.data):
            continue
        argument = _argument(a, name, refresh)
        later = a.lines[a.lines.index(refresh) + 1 :]
        reads = [s for s in a.sites if s.statement in later and ast.unparse(s.node) == name]
        if argument == "g" and reads:
            b = a.fades_by(name)
            code = f"({b} * {name} + (1 - {b}) * g)"
            tree = a.tree
            for site in reads:
                tree = rebuilt(tree, site.node, parse(code))
            says = f"{name} looks ahead: it is blended with the gradient once more"
            yield Edit(tree, name, code, "momentum-form", says, "order")


def _argument(a: Anatomy, name: str, refresh: Any) -> str | None:
    """What a moving average averages."""
    weight = f"1 - {a.fades_by(name)}"
    for node in ast.walk(refresh.value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and ast.unparse(node.left) == weight:
            return ast.unparse(node.right)
    return None


def _reordered(a: Anatomy) -> Iterator[Edit]:
    """Two lines in the other order, where one reads what the other sets."""
    known = {"x", "g", *a.rule.memory}
    for first, second in zip(a.body, a.body[1:], strict=False):
        if not isinstance(first, ast.Assign) or not isinstance(second, ast.Assign):
            continue
        sets, reads = target(first), names(second.value)
        if sets in reads and sets in known and ast.unparse(first.value) != "memory":
            body = [second if s is first else first if s is second else s for s in a.body]
            tree = _with_body(a, body)
            kind = "moment-recurrence" if sets in a.rule.memory else "other"
            says = f"`{ast.unparse(second)}` comes before `{ast.unparse(first)}`"
            yield Edit(tree, ast.unparse(first), ast.unparse(second), kind, says, "order")


def _with_body(a: Anatomy, body: list) -> ast.Module:
    old = function_of(a.tree)
    fields = dict(ast.iter_fields(old)) | {"body": body}
    return ast.Module([ast.copy_location(ast.FunctionDef(**fields), old)], [])


def _frozen(a: Anatomy) -> Iterator[Edit]:
    """A memory that is computed and not kept: every step starts from the first value."""
    for name in a.refreshes:
        kept: Any = a.body[-1]
        names_kept = kept.value.elts[1]
        tree = rebuilt(a.tree, names_kept, _exchanged(names_kept, name, f"{name}_before"))
        tree = _after_unpacking(tree, f"{name}_before = {name}")
        kind = "max-order" if "maximum" in names(a.refreshes[name]) else "moment-recurrence"
        says = f"{name} is computed and not kept: every step starts from its first value"
        yield Edit(tree, name, f"{name} is not stored", kind, says, "order")


def _exchanged(elements: ast.expr, name: str, other: str) -> ast.expr:
    match elements:
        case ast.Tuple(elts=members):
            fresh = [ast.Name(other, ast.Load()) if ast.unparse(m) == name else m for m in members]
            return ast.Tuple(fresh, ast.Load())
    return elements


def _reset(a: Anatomy) -> Iterator[Edit]:
    """A memory set back to its first value now and then."""
    for name in a.refreshes:
        for every in RESETS if name in a.data else ():
            first = a.rule.start.get(name, 0)
            if not isinstance(first, int):
                continue
            line = f"{name} = where(remainder(t, {every}) < 1, 0 * {name} + {first}, {name})"
            says = f"{name} is set back to its first value at every step divisible by {every}"
            tree = _after_unpacking(a.tree, line)
            shown = f"{name} = {first} where t is divisible by {every}"
            yield Edit(tree, name, shown, "state-initialisation", says, "reset")


def _first_values(a: Anatomy) -> Iterator[Edit]:
    for name in a.rule.memory:
        for value in {0, 1} - {a.rule.start.get(name, 0)}:
            says = f"{name} starts at {value}"
            start = {name: value}
            yield Edit(
                a.tree,
                f"{name} = {a.rule.start.get(name, 0)}",
                f"{name} = {value}",
                "state-initialisation",
                says,
                "start",
                start,
            )


def _first_step(a: Anatomy) -> Iterator[Edit]:
    """The first refresh takes its argument whole, as code does that makes its state lazily."""
    for name, refresh in a.refreshes.items():
        value: Any = refresh.value
        match value:
            case ast.BinOp(left=kept, op=ast.Add(), right=fresh) if name in names(kept) and a.fades_by(name):
                argument = _argument(a, name, refresh) or ast.unparse(fresh)
                whole = argument if argument != ast.unparse(fresh) else "0 * g"
                code = f"where(t > 1, {ast.unparse(value)}, {whole})"
                says = f"the first {name} is {argument} whole, without its weight"
                if whole == "0 * g":
                    says = f"{name} does not take in the first gradient"
                yield Edit(
                    rebuilt(a.tree, value, parse(code)), ast.unparse(value), code, "state-initialisation", says, "start"
                )


def _narrowed(a: Anatomy) -> Iterator[Edit]:
    """A value that passes through a narrower type."""
    for line in (s for s in a.lines if target(s) in a.data and not isinstance(s.value, ast.Compare)):
        for bits in BITS:
            value: Any = line.value
            code = f"narrow({ast.unparse(value)}, {bits})"
            says = f"{target(line)} passes through a type of {bits} significant bits"
            yield Edit(rebuilt(a.tree, value, parse(code)), ast.unparse(value), code, "precision", says, "narrow")


def late(a: Anatomy, edit: Edit, step: int) -> Edit | None:
    """The same fault from a step on; None where it has no lines of its own to be late in."""
    before, after = a.body, function_of(edit.tree).body
    if len(before) != len(after) or edit.start:
        return None
    tree = a.tree
    for old, new in zip(before, after, strict=True):
        if ast.unparse(old) != ast.unparse(new):
            if not isinstance(old, ast.Assign) or not isinstance(new, ast.Assign):
                return None
            code = f"where(t > {step - 1}, {ast.unparse(new.value)}, {ast.unparse(old.value)})"
            tree = rebuilt(tree, old.value, parse(code))
    says, code = f"from step {step} on {edit.says}", f"{edit.code} from step {step} on"
    return Edit(tree, edit.paper, code, edit.kind, says, f"late {edit.operator}")


def reset_at(a: Anatomy, name: str, step: int) -> Edit:
    """A memory set back to its first value at one step."""
    line = f"{name} = where((t - {step}) ** 2 < 1, 0 * {name} + {a.rule.start.get(name, 0)}, {name})"
    says = f"{name} is set back to its first value at step {step}"
    shown = f"{name} = {a.rule.start.get(name, 0)} where t = {step}"
    return Edit(_after_unpacking(a.tree, line), name, shown, "state-initialisation", says, "reset")


__all__ = ["edits", "late", "reset_at"]
