"""Normal forms of inner products, and of values and gradients of smooth functions.

An inner product of vector symbols is a symmetric bilinear form, so what is proved with it holds in
every dimension; of two numbers it is their product.  A smooth function has equal values at
equal places, and no other law but the chain rule (verify/check/series.py).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from verify.check.ring import Quotient
from verify.domain import Vector
from verify.exact import Exact, exact, is_number, walk
from verify.fold import Unsupported


@cache
def is_vector(node: Exact) -> bool:
    """Is the term a vector of an inner-product space?"""
    if node.op == "symbol":
        return isinstance(node.args[1], Vector)
    return node.op == "gradient" or (node.op in ("add", "sub", "mul", "div", "neg") and any(map(is_vector, node.args)))


@cache
def is_scalar(node: Exact) -> bool:
    """Is the term a number for certain: made of numbers alone, one of them a variable?  (A literal may stand for an array.)"""
    return _no_vector(node) and any(n.op in ("symbol", "call") for n in walk(node))


@cache
def _no_vector(node: Exact) -> bool:
    if node.op in ("dot", "apply", "size", "call"):
        return True
    inside = all(_no_vector(a) for a in node.args if isinstance(a, Exact))
    return inside and node.op != "gradient" and not (node.op == "symbol" and is_vector(node))


def size(normal, node: Exact) -> Quotient:
    """How many elements there are: of a number 1; of a literal, which may stand for an array, at least 1."""
    (of,) = node.args
    if is_scalar(of):
        return normal.ring.constant(1)
    if of.op != "number":
        raise Unsupported(f"how many elements {of!r} has is not known")
    return normal.ring.quotient(normal.ring.generator(("size", of), low=Fraction(1), integer=True))


def dot(normal, node: Exact) -> Quotient:
    """A symmetric bilinear form, expanded over the vectors: true in every dimension; of two numbers, their product."""
    if all(map(is_scalar, node.args)):
        return normal(node.args[0]) * normal(node.args[1])
    if any(is_number(a, 0) for a in node.args):
        return normal.ring.constant(0)
    left, right = (combination(normal, a) for a in node.args)
    products = (ca * cb * gram(normal, a, b) for a, ca in left.items() for b, cb in right.items())
    return sum(products, normal.ring.constant(0))


def gram(normal, a, b) -> Quotient:
    """The inner product of two vectors of which nothing more is known."""
    order = normal.vectors
    pair = (a, b) if order.setdefault(a, len(order)) <= order.setdefault(b, len(order)) else (b, a)
    nonzero = isinstance(a, Exact) and a.args[1].nonzero
    facts = {"low": Fraction(0), "nonzero": nonzero} if a == b else {}
    return normal.ring.quotient(normal.ring.generator(("dot", *pair), **facts))


def combination(of, node: Exact) -> dict:
    """A vector term as a linear combination of vectors: symbols, and gradients by their place.

    `of` makes coefficients of terms and calculates with them: a Normal or an Expansion.
    """
    if node.op == "symbol" and isinstance(node.args[1], Vector):
        return {node: of(exact(1))}
    if node.op == "gradient":
        return of.gradient(*node.args)
    if not is_vector(node):
        raise Unsupported(f"{node!r} is a number and no vector")
    parts = [combination(of, a) if is_vector(a) else a for a in node.args]
    match node.op, *(isinstance(p, dict) for p in parts):
        case "add", True, True:
            return _add(of, *parts)
        case "sub", True, True:
            return _add(of, parts[0], _scale(of, parts[1], of(exact(-1))))
        case "neg", True:
            return _scale(of, parts[0], of(exact(-1)))
        case "mul", True, False:
            return _scale(of, parts[0], of(parts[1]))
        case "mul", False, True:
            return _scale(of, parts[1], of(parts[0]))
        case "div", True, False:
            return _scale(of, parts[0], of.inverse(of(parts[1])))
    raise Unsupported(f"{node!r} is no linear combination of vectors")


def _add(of, a: dict, b: dict) -> dict:
    return a | {v: of.add(a[v], c) if v in a else c for v, c in b.items()}


def _scale(of, a: dict, factor) -> dict:
    return {v: of.mul(c, factor) for v, c in a.items()}


def place(coefficients: dict) -> frozenset:
    """What a linear combination is known by; equal combinations have equal places."""
    if any(c.loose for c in coefficients.values()):
        raise Unsupported("a smooth function at a place that depends on a bound index")
    return frozenset((v, c.key) for v, c in coefficients.items() if not c.is_zero())


def apply(normal, node: Exact) -> Quotient:
    """The value of a smooth function: equal at equal places, and no more."""
    name, w = node.args
    return value_at(normal, name, combination(normal, w))


def value_at(normal, name: str, coefficients: dict) -> Quotient:
    return normal.ring.quotient(normal.ring.generator(("apply", name, place(coefficients))))


def gradient_at(name: str, coefficients: dict) -> tuple:
    return ("gradient", name, place(coefficients))
