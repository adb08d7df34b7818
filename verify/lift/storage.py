"""A number as the code stores it: an integer, or a float with so many significant bits.

A type narrower than float64 is a rounding node of the program, never the identity.  What
the type holds exactly (small integers, powers of two, what was rounded to it before) gets
no node; of an integer with symbols, such as a step counter, it is noted how far that holds,
unless the type is so narrow that a counter in it soon stands still.
"""

from __future__ import annotations

from verify.exact import Exact, function
from verify.lift.elements import number
from verify.lift.integers import floor, integral, truncated
from verify.lift.record import brief, current

LONG = 32  # bits of an integer whose end no run reaches
COUNTS = 24  # bits of float32, which holds the counters of real runs; 2^11 steps are nothing


def whole(x, bits: int, signed: bool = True):
    """An element stored in an integer type, which cuts off what is behind the point, and begins anew at its end."""
    x = truncated(number(x))
    if bits >= LONG or not isinstance(x, Exact) or x.op == "number":
        return x
    low, count = -(2 ** (bits - 1)) if signed else 0, 2**bits
    return x - count * floor((x - low) / count)


def rounded(x, bits: int):
    """An element stored in a binary type with that many significant bits."""
    x = number(x)
    if not isinstance(x, Exact):
        return nearest(x, bits)
    return x if _fits(x, bits) else function("round", x, bits)


def nearest(x, bits: int):
    """The nearest number with that many significant bits, ties to even; the exponent is unbounded."""
    import mpmath

    with mpmath.workprec(int(bits)):
        return +x


def _fits(x: Exact, bits: int) -> bool:
    """Does the type hold every value of the term? For integers up to its size, which is noted."""
    match x.op:
        case "number":
            top, bottom = x.args[0].numerator, x.args[0].denominator
            return bottom & (bottom - 1) == 0 and (abs(top) // (top & -top or 1)).bit_length() <= bits
        case "round":
            return x.args[1].args[0] <= bits
        case "neg" | "abs":
            return _fits(x.args[0], bits)
        case "max" | "min":
            return all(_fits(a, bits) for a in x.args)
        case "where":
            return _fits(x.args[1], bits) and _fits(x.args[2], bits)
        case "sign" | "infinity" | "nan":
            return True
    if bits >= COUNTS and integral(x):
        current().note(f"exact while |{brief(x)}| < 2^{bits}")
        return True
    return False
