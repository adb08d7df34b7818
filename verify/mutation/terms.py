"""Terms and factors: left out, doubled, with a turned sign; squares, roots, sizes and signs that are missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from verify.mutation.anatomy import Anatomy, Site, names, operand, parse, target
from verify.mutation.edit import Edit, exchange

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def edits(a: Anatomy) -> Iterator[Edit]:
    """Every change of one term or factor."""
    for site in a.sites:
        match site.node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                yield from _dropped(a, site, left, _SIGNS[type(op)], right)
                yield from _doubled(a, site, left, _SIGNS[type(op)], right)
                yield from _turned(a, site, left, op, right)
            case ast.Call(func=ast.Name(id=name), args=[inside, *_]):
                yield from _bare(a, site, name, inside)
            case ast.UnaryOp(op=ast.USub(), operand=inside):
                yield exchange(a, site, inside, "sign", "a sign is turned", _turned_kind(a, site, inside))


def _dropped(a: Anatomy, site: Site, left, sign: str, right) -> Iterator[Edit]:
    text = operand
    yield exchange(a, site, left, "drop", f"`{sign} {text(right)}` is missing", part=right)
    if sign in "+*":
        yield exchange(a, site, right, "drop", f"`{text(left)} {sign}` is missing", part=left)
    if sign == "-" and not a.is_correction(site.node):
        says = f"`{text(left)} -` is missing"
        yield exchange(a, site, right, "drop", says, part=site.node)
    if sign == "/":
        says = f"the division by `{text(right)}` is done twice"
        yield exchange(a, site, ast.BinOp(site.node, ast.Div(), right), "double", says, part=right)


def _doubled(a: Anatomy, site: Site, left, sign: str, right) -> Iterator[Edit]:
    if sign == "*" and isinstance(right, ast.Name) and a.is_number(site.node):
        says = f"`{right.id}` is multiplied in twice"
        yield exchange(a, site, ast.BinOp(site.node, ast.Mult(), right), "double", says, part=right)
    if sign not in "+-":
        return
    two = parse("2")
    for side, other in ((left, right), (right, left)):
        if not isinstance(side, ast.Constant) and target(site.statement) != ast.unparse(side):
            twice = ast.BinOp(two, ast.Mult(), side)
            sides = (twice, other) if side is left else (other, twice)
            new = ast.BinOp(sides[0], site.node.op, sides[1])
            says, whole = f"`{ast.unparse(side)}` is counted twice", _is_step(site) and "x" not in names(side)
            yield exchange(a, site, new, "double", says, "schedule" if whole else "", side)


def _turned(a: Anatomy, site: Site, left, op, right) -> Iterator[Edit]:
    if isinstance(op, ast.Add | ast.Sub):
        opposite = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
        new = ast.BinOp(left, opposite, right)
        yield exchange(a, site, new, "sign", "a sign is turned", _turned_kind(a, site, right), right)
    if isinstance(op, ast.Pow) and isinstance(left, ast.BinOp):
        yield from _moved_exponent(a, site, left, right)
    if isinstance(op, ast.Pow) and ast.unparse(right) == "2":
        size, plain = ast.Call(ast.Name("magnitude", ast.Load()), [left], []), left
        says = "the magnitude stands for the square"
        yield exchange(a, site, size, "square", says)
        yield exchange(a, site, plain, "square", "the square is missing")


def _moved_exponent(a: Anatomy, site: Site, base: ast.BinOp, exponent) -> Iterator[Edit]:
    """The exponent on a part of its base alone."""
    says, raised = "the exponent is on a part of its base alone", lambda e: ast.BinOp(e, ast.Pow(), exponent)
    kind = "schedule" if a.is_number(site.node) else ""
    yield exchange(a, site, ast.BinOp(base.left, base.op, raised(base.right)), "exponent", says, kind)
    if isinstance(base.right, ast.BinOp):
        inner = ast.BinOp(base.right.left, base.right.op, raised(base.right.right))
        yield exchange(a, site, ast.BinOp(base.left, base.op, inner), "exponent", says, kind)


def _turned_kind(a: Anatomy, site: Site, part) -> str:
    """A turned sign of the whole update is a wrong direction; elsewhere the place says what it is."""
    decay = a.kind(site, part) == "decay-coupling"
    return "direction" if _is_step(site) and not decay else ""


def _is_step(site: Site) -> bool:
    """Is it the whole right side of a line that sets the point?"""
    return target(site.statement) == "x" and len(site.above) == 1


def _bare(a: Anatomy, site: Site, name: str, inside) -> Iterator[Edit]:
    missing = {"sqrt": "the root is missing", "magnitude": "the magnitude is missing", "sign": "the sign is missing"}
    if name in missing:
        yield exchange(a, site, inside, "root" if name == "sqrt" else "square", missing[name])
    if name == "magnitude":
        yield exchange(a, site, ast.BinOp(inside, ast.Pow(), parse("2")), "square", "the square stands for the size")


__all__ = ["edits"]
