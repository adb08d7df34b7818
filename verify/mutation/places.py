"""Places: where eps, a correction, a decay, a maximum or the learning rate enters, and what a branch does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from verify.mutation.anatomy import Anatomy, Site, names, parse, rebuilt, target
from verify.mutation.edit import Edit, exchange


def edits(a: Anatomy) -> Iterator[Edit]:
    """Every change of one place."""
    for site in a.sites:
        yield from _of_epsilon(a, site)
        yield from _of_correction(a, site)
        yield from _factored(a, site)
        yield from _of_extremum(a, site)
        yield from _of_branch(a, site)
    yield from _missing_corrections(a)
    yield from _extra_corrections(a)
    yield from _of_decay(a)
    yield from _inner_rate(a)


# eps ----------------------------------------------------------------------------------------------


def _of_epsilon(a: Anatomy, site: Site) -> Iterator[Edit]:
    match site.node:
        case ast.BinOp(left=ast.Call(func=ast.Name(id="sqrt"), args=[inside]) as root, op=ast.Add(), right=eps):
            if "eps" in names(eps) and not names(eps) & a.data:
                yield from _moved(a, site, ast.unparse(root), ast.unparse(inside), ast.unparse(eps))
        case ast.Call(func=ast.Name(id="sqrt"), args=[ast.BinOp(left=inside, op=ast.Add(), right=eps)]):
            if names(eps) == {"eps"}:
                says = "eps is added to the root, not under it"
                yield exchange(a, site, parse(f"sqrt({ast.unparse(inside)}) + eps"), "eps", says, "epsilon-placement")


def _moved(a: Anatomy, site: Site, root: str, inside: str, eps: str) -> Iterator[Edit]:
    places = [
        (f"sqrt({inside} + {eps})", "eps is added under the root"),
        (f"sqrt({inside} + {eps}**2)", "the square of eps is added under the root"),
        (f"sqrt({inside} + {eps}) + {eps}", "eps is added under the root as well"),
        (f"maximum({root}, {eps})", "eps is the least value of the root, not a part of the sum"),
        (f"{root} * (1 + {eps})", "eps is a factor of the root"),
    ]
    if (divided := _quotient(a, site.statement, inside)) is not None:
        raw, correction = divided
        places += [(f"(sqrt({raw}) + {eps}) / sqrt({correction})", "eps is added before the bias is corrected")]
    elif memory := next((m for m in a.rule.memory if m in names(parse(inside)) and a.fades_by(m)), None):
        correction = f"(1 - {a.fades_by(memory)}**t)"
        places += [(f"{root} + {eps} * sqrt{correction}", "eps is scaled as if the bias were corrected afterwards")]
    for code, says in places:
        yield exchange(a, site, parse(code), "eps", says, "epsilon-placement")


def _quotient(a: Anatomy, before: ast.stmt, text: str) -> tuple[str, str] | None:
    """Memory and correction of what is under a root, also where it has a name of its own."""
    node = parse(text)
    if isinstance(node, ast.Name):
        lines = a.lines[: a.lines.index(before)]
        node = next((s.value for s in reversed(lines) if target(s) == node.id), node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and a.is_number(node.right):
        return ast.unparse(node.left), ast.unparse(node.right)
    return None


# Corrections --------------------------------------------------------------------------------------


def _of_correction(a: Anatomy, site: Site) -> Iterator[Edit]:
    match site.node:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if a.is_correction(right):
            text, c, kind = ast.unparse(left), ast.unparse(right), "bias-correction"
            if names(left) & a.data:
                yield exchange(
                    a, site, parse(f"({text}) * ({c})"), "correction", f"multiplied by `{c}`, not divided", kind
                )
                says = f"the root of `{c}` is what is divided by"
                yield exchange(a, site, parse(f"({text}) / sqrt({c})"), "correction", says, kind)


def _factored(a: Anatomy, site: Site) -> Iterator[Edit]:
    """A correction by a product that holds one factor too many."""
    if not a.is_correction(site.node):
        return
    product: Any = site.node.right
    for name in sorted(a.in_time - {"t", target(site.statement)}):
        new = ast.BinOp(site.node.left, ast.Sub(), ast.BinOp(product, ast.Mult(), ast.Name(name, ast.Load())))
        says = f"`{name}` is multiplied into the correction once more"
        yield exchange(a, site, new, "correction", says, "bias-correction")


def _missing_corrections(a: Anatomy) -> Iterator[Edit]:
    """All corrections left out at once."""
    tree, gone = a.tree, []
    for site in a.sites:
        match site.node:
            case ast.BinOp(left=left, op=ast.Div(), right=right) if a.is_correction(right):
                tree = rebuilt(tree, site.node, left)
                gone.append(ast.unparse(right))
    if len(gone) > 1:
        says = f"no bias is corrected: the divisions by `{'` and `'.join(gone)}` are missing"
        yield Edit(tree, ", ".join(gone), "1", "bias-correction", says, "correction")


def _extra_corrections(a: Anatomy) -> Iterator[Edit]:
    """A memory that the rule does not correct, corrected where the update reads it, or in its buffer."""
    for memory, refresh in a.refreshes.items():
        beta, lines = a.fades_by(memory), a.lines
        if not beta or memory not in a.data:
            continue
        correction = f"(1 - {beta}**t)"
        value: Any = refresh.value
        inplace = rebuilt(a.tree, value, parse(f"({ast.unparse(value)}) / {correction}"))
        says = f"{memory} is corrected in its own buffer, so that the correction is compounded"
        yield Edit(
            inplace, ast.unparse(value), f"({ast.unparse(value)}) / {correction}", "bias-correction", says, "correction"
        )
        later = lines[lines.index(refresh) + 1 :]
        for site in (s for s in a.sites if s.statement in later and ast.unparse(s.node) == memory):
            says = f"{memory} is corrected where it should not be, or once more"
            yield exchange(a, site, parse(f"({memory} / {correction})"), "correction", says, "bias-correction")


# Decay --------------------------------------------------------------------------------------------


def _of_decay(a: Anatomy) -> Iterator[Edit]:
    """Where weights decay: into the gradient, later, earlier, without the learning rate."""
    if "weight_decay" not in a.hyper:
        return
    for line in a.lines:
        if target(line) == "x" and ast.unparse(line.value) == "x - lr * weight_decay * x":
            yield from _of_own_line(a, line)
    for site in a.sites:
        match site.node:
            case ast.BinOp(left=left, op=ast.Add(), right=right) if "weight_decay" in names(right):
                if names(left) & a.data - {"x"}:
                    yield from _of_sum(a, site, left, right)


def _of_own_line(a: Anatomy, line: ast.stmt) -> Iterator[Edit]:
    text, gone = ast.unparse(line), rebuilt(a.tree, line, [])
    last = gone.body[0].body[-1]
    make = lambda tree, code, says: Edit(tree, text, code, "decay-coupling", says, "decay")
    coupled = "g = g + weight_decay * x"
    yield make(rebuilt(a.tree, line, ast.parse(coupled).body), coupled, "weight decay is added to the gradient")
    without = "x = x - weight_decay * x"
    yield make(rebuilt(a.tree, line, ast.parse(without).body), without, "the learning rate is missing in the decay")
    after = [*ast.parse(text).body, last]
    yield make(rebuilt(gone, last, after), f"{text} (last)", "the parameter decays after the step, not before")


def _of_sum(a: Anatomy, site: Site, left, right) -> Iterator[Edit]:
    """`lr * (u + weight_decay * x)`: the decay moved into the gradient."""
    unpack = next((s for s in a.body if ast.unparse(getattr(s, "value", None) or s) == "memory"), None)
    tree = rebuilt(a.tree, site.node, left)
    coupled = "g = g + weight_decay * x"
    added = ast.parse(coupled).body
    tree = rebuilt(tree, unpack, [unpack, *added]) if unpack else rebuilt(tree, a.body[0], [*added, a.body[0]])
    says = "weight decay is added to the gradient"
    yield Edit(tree, ast.unparse(site.node), coupled, "decay-coupling", says, "decay")


# Extremes, branches, buffers ----------------------------------------------------------------------


def _of_extremum(a: Anatomy, site: Site) -> Iterator[Edit]:
    match site.node:
        case ast.Call(func=ast.Name(id="maximum" | "minimum" as name), args=[one, other]):
            for side in (one, other):
                says = f"no {name}: `{ast.unparse(side)}` alone is taken"
                yield exchange(a, site, side, "maximum", says)
            opposite = {"maximum": "minimum", "minimum": "maximum"}[name]
            new = ast.Call(ast.Name(opposite, ast.Load()), [one, other], [])
            yield exchange(a, site, new, "maximum", f"the {opposite} stands for the {name}")
            if isinstance(other, ast.Name) and (beta := a.fades_by(other.id)):
                code = f"{name}({ast.unparse(one)}, {other.id} / (1 - {beta}**t))"
                yield exchange(
                    a, site, parse(code), "maximum", f"the {name} is taken after the correction", "max-order"
                )


def _of_branch(a: Anatomy, site: Site) -> Iterator[Edit]:
    match site.node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _STRICT:
            for other in _STRICT[type(op)]:
                new = ast.Compare(left, [other()], [right])
                says = f"`{ast.unparse(new)}` is asked for `{ast.unparse(site.node)}`"
                yield exchange(a, site, new, "branch", says, "threshold")
        case ast.Call(func=ast.Name(id="where"), args=[condition, yes, no]):
            kind = a.kind(site, site.node)
            kind = kind if kind in ("projection", "norm-scope", "schedule") else "threshold"
            if _is_first_step(condition):
                kind = "state-initialisation"
            for side, when in ((yes, "always"), (no, "never")):
                says = f"the branch `{ast.unparse(condition)}` is {when} taken"
                yield exchange(a, site, side, "branch", says, kind)


def _is_first_step(condition: ast.expr) -> bool:
    """Does a condition tell the first step from the later ones?"""
    return ast.unparse(condition) in ("t > 1", "t >= 2", "equal(t, 1)")


_STRICT = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
}


def _inner_rate(a: Anatomy) -> Iterator[Edit]:
    """The learning rate inside of a buffer: the same while it is constant, and not otherwise."""
    for memory, refresh in a.refreshes.items():
        match refresh.value:
            case ast.BinOp(left=kept, op=ast.Add(), right=fresh) if memory in names(kept) and a.fades_by(memory):
                tree = rebuilt(a.tree, fresh, parse(f"lr * ({ast.unparse(fresh)})"))
                tree = _without_rate(tree, a, memory)
                if tree is not None:
                    paper, code = ast.unparse(refresh), f"{memory} = {ast.unparse(kept)} + lr * ({ast.unparse(fresh)})"
                    says = f"the learning rate is inside of {memory}, which is the same only while it is constant"
                    yield Edit(tree, paper, code, "momentum-form", says, "inner-rate")


def _without_rate(tree: ast.Module, a: Anatomy, memory: str) -> ast.Module | None:
    """The update `x - lr * memory` without its learning rate."""
    for site in a.sites:
        if target(site.statement) == "x" and ast.unparse(site.node) == f"lr * {memory}":
            return rebuilt(tree, site.node, ast.Name(memory, ast.Load()))
    return None


__all__ = ["edits"]
