"""Whole numbers: which elements are integers whatever their symbols are, and what becomes of the others."""

from __future__ import annotations

from fractions import Fraction

from verify.exact import Exact, exact, function, is_number
from verify.lift.elements import both, compare, divide, maker, where

_HALF = Fraction(1, 2)


def floor(x):
    """The largest integer that is not above x."""
    if is_number(x):
        return exact(x.args[0].__floor__())
    if isinstance(x, Exact):
        return x if integral(x) else function("floor", x)
    import mpmath

    return mpmath.floor(x)


def truncated(x):
    """The integer part, towards zero."""
    if integral(x):
        return x
    return where(compare("ge", x, 0), floor(x), -floor(-x))


def nearest_integer(x):
    """The nearest integer, ties to even."""
    if integral(x):
        return x
    up = floor(x + maker(x)(_HALF))
    tie = compare("eq", up - x, maker(x)(_HALF))
    odd = compare("eq", remainder(up, 2), 1)
    return where(both(tie, odd), up - 1, up)


def quotient(a, b):
    """Python's a // b."""
    return floor(divide(a, b))


def remainder(a, b):
    """Python's a % b."""
    return a - b * floor(divide(a, b))


def integral(x) -> bool:
    """Is the element an integer whatever its symbols are? Built from integers only."""
    if not isinstance(x, Exact):
        return isinstance(x, int) or bool(x == floor(x))
    match x.op:
        case "number":
            return x.args[0].denominator == 1
        case "symbol":
            return bool(getattr(x.args[1], "integer", False))
        case "floor" | "sign":
            return True
        case "neg" | "abs" | "add" | "sub" | "mul" | "max" | "min":
            return all(map(integral, x.args))
        case "where":
            return integral(x.args[1]) and integral(x.args[2])
        case "pow":
            return is_number(x.args[1]) and x.args[1].args[0] >= 0 and all(map(integral, x.args))
    return False
