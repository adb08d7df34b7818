"""One edit of a rule's text: every place that equals a pattern is exchanged.

The tree that is edited stays as it is; what an edit does not touch is shared, so that hundreds
of combinations of readings cost little more than the places that they change.
"""

from __future__ import annotations

import ast
from copy import copy, deepcopy
from functools import cache


def edited(tree: ast.Module, paper: str, code: str) -> ast.Module | None:
    """The tree with each expression, or run of statements, equal to `paper` replaced by `code`; None where none is."""
    pattern, by = _parsed(paper), _parsed(code)
    alone = len(pattern) == len(by) == 1
    if alone and isinstance(pattern[0], ast.Expr) and isinstance(by[0], ast.Expr):
        new = _expression(tree, pattern[0].value, by[0].value)
    else:
        new = _lines(tree, pattern, by)
    return None if new is tree else new


@cache
def _parsed(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def _expression(node: ast.AST, wanted: ast.expr, by: ast.expr):
    """The node with every equal expression replaced; itself where there is none."""
    if type(node) is type(wanted) and same(node, wanted):
        return deepcopy(by)
    return _rebuilt(node, lambda child: _expression(child, wanted, by))


def _lines(node: ast.AST, wanted: list[ast.stmt], by: list[ast.stmt]):
    """The node with every equal run of statements replaced, in any block."""
    new = _rebuilt(node, lambda child: _lines(child, wanted, by))
    for block in ("body", "orelse"):
        lines = getattr(new, block, None)
        if isinstance(lines, list) and (fresh := _exchanged(lines, wanted, by)) is not lines:
            new = copy(new)
            setattr(new, block, fresh)
    return new


def _exchanged(lines: list, wanted: list[ast.stmt], by: list[ast.stmt]) -> list:
    n = len(wanted)
    starts = [i for i in range(len(lines) - n + 1) if all(map(same, lines[i : i + n], wanted))]
    if not starts:
        return lines
    out: list = []
    i = 0
    while i < len(lines):
        found = i in starts
        out += deepcopy(by) if found else [lines[i]]
        i += n if found else 1
    return out


def _rebuilt(node: ast.AST, of_child):
    """The node with its children exchanged; itself where all stay."""
    changed = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            new = of_child(value)
        elif isinstance(value, list) and any(isinstance(v, ast.AST) for v in value):
            new = [of_child(v) if isinstance(v, ast.AST) else v for v in value]
            new = value if all(a is b for a, b in zip(new, value, strict=True)) else new
        else:
            continue
        if new is not value:
            changed[name] = new
    if not changed:
        return node
    out = copy(node)
    for name, value in changed.items():
        setattr(out, name, value)
    return out


def same(a, b) -> bool:
    """Are two trees the same text?"""
    if type(a) is not type(b):
        return False
    if isinstance(a, ast.AST):
        return all(same(getattr(a, f, None), getattr(b, f, None)) for f in a._fields)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b
