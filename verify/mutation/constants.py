"""Constants: a hyperparameter that stands for another or is scaled, and a t that is not the number of the step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction

from verify.mutation.anatomy import Anatomy, Site, names, parse, rebuilt
from verify.mutation.edit import Edit, exchange
from verify.rule import function_of

FACTORS = ("* 2", "/ 2", "* 10", "/ 10", "* 100", "/ 100")
SHIFTS = (
    ("(t + 1)", "t is one too large"),
    ("(t - 1)", "t is one too small"),
    ("(2 * t)", "t counts every step twice"),
    ("where(t > 1, t - 1, 1)", "t is one too small from step 2 on"),
)
STUCK = 256  # where a counter in bfloat16 stands still


def edits(a: Anatomy) -> Iterator[Edit]:
    """Every change of one constant, at one place or everywhere."""
    yield from _swapped_everywhere(a)
    yield from _shifted_everywhere(a)
    for site in a.sites:
        if isinstance(site.node, ast.Name) and site.node.id in a.hyper:
            yield from _of_hyperparameter(a, site, site.node.id)
        elif isinstance(site.node, ast.Name) and site.node.id == "t":
            for text, says in SHIFTS:
                yield exchange(a, site, parse(text), "shift", says, "step-index")
        elif isinstance(site.node, ast.Constant) and isinstance(site.node.value, int) and _compared(site):
            for new in (site.node.value + 1, site.node.value - 1):
                yield exchange(a, site, ast.Constant(new), "branch", f"the number compared is {new}", "threshold")


def _of_hyperparameter(a: Anatomy, site: Site, name: str) -> Iterator[Edit]:
    for other in _like(a, name):
        says = f"{other} stands for {name}"
        kind = a.kind(site, site.node)
        yield exchange(a, site, ast.Name(other, ast.Load()), "swap", says, kind)
    for factor in FACTORS:
        says = f"{name} is {_times(factor)} what it should be"
        yield exchange(a, site, parse(f"({name} {factor})"), "scale", says, _scaled_kind(a, site))
    if name == "lr":
        yield exchange(a, site, parse("lr * t"), "scale", "lr grows with t", "schedule")
        yield exchange(a, site, parse("lr / t"), "scale", "lr falls like 1 / t", "schedule")
        yield exchange(a, site, parse("lr * lr"), "scale", "lr is squared", _scaled_kind(a, site))
        yield exchange(a, site, parse("sqrt(lr)"), "scale", "the root of lr is taken", _scaled_kind(a, site))
    if name == "eps":
        yield exchange(a, site, parse("eps**2"), "scale", "eps is squared", "epsilon-placement")
        yield exchange(a, site, parse("sqrt(eps)"), "scale", "the root of eps is taken", "epsilon-placement")


def _scaled_kind(a: Anatomy, site: Site) -> str:
    """A factor of lr is one of the decay where that is what lr multiplies."""
    near = site.above[0]
    return (
        "decay-coupling" if isinstance(near, ast.BinOp) and "weight_decay" in names(near) else a.kind(site, site.node)
    )


def _times(factor: str) -> str:
    few = {"/ 2": "half of", "/ 10": "a tenth of", "/ 100": "a hundredth of"}
    return few.get(factor, f"{factor.removeprefix('* ')} times")


def _compared(site: Site) -> bool:
    return isinstance(site.above[0], ast.Compare)


def _like(a: Anatomy, name: str) -> list[str]:
    return [n for n, d in a.hyper.items() if d == a.hyper[name] and n != name]


def _swapped_everywhere(a: Anatomy) -> Iterator[Edit]:
    order = list(a.hyper)
    for i, one in enumerate(order):
        for other in (n for n in _like(a, one) if order.index(n) > i):
            tree = _renamed(a.tree, {one: other, other: one})
            says = f"{one} and {other} change places"
            yield Edit(tree, f"{one}, {other}", f"{other}, {one}", "moment-recurrence", says, "swap")


def _shifted_everywhere(a: Anatomy) -> Iterator[Edit]:
    if not any("t" in names(line.value) for line in a.lines):
        return
    for text, says in (*SHIFTS, (f"where(t > {STUCK}, {STUCK}, t)", f"t stands still at {STUCK}")):
        tree = a.tree
        for site in a.sites:
            if isinstance(site.node, ast.Name) and site.node.id == "t":
                tree = rebuilt(tree, site.node, parse(text))
        yield Edit(
            tree, "t", text[1:-1] if text.startswith("(") else text, "step-index", f"{says}, everywhere", "shift"
        )


def _renamed(tree: ast.Module, to: dict[str, str]) -> ast.Module:
    fresh = ast.parse(ast.unparse(tree))
    for node in (n for s in function_of(fresh).body for n in ast.walk(s)):
        if isinstance(node, ast.Name):
            node.id = to.get(node.id, node.id)
    return fresh


def scaled_rate(a: Anatomy, factor: Fraction) -> Edit:
    """The learning rate multiplied by a number, wherever it stands."""
    text, tree = f"(lr * {factor.numerator} / {factor.denominator})", a.tree
    for site in a.sites:
        if isinstance(site.node, ast.Name) and site.node.id == "lr":
            tree = rebuilt(tree, site.node, parse(text))
    return Edit(
        tree,
        "lr",
        f"lr * {factor}",
        "schedule",
        f"the learning rate is {float(factor):g} times what it should be",
        "scale",
    )


__all__ = ["STUCK", "edits", "scaled_rate"]
