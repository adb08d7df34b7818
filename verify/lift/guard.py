"""Is every term still the term of its value?

The lifted terms, evaluated at the point at which the code ran, must give the code's own
numbers up to rounding.  If they do not, the code computed past the lifter, and nothing may
be concluded from its terms.  The allowance is generous on purpose: this guard finds lost
expressions; how large a rounding error may be is a matter of a rounding bound, which it is not.
"""

from __future__ import annotations

import sys
from math import isfinite

import mpmath
import numpy as np

from verify.exact import CONDITIONS, Exact, walk
from verify.fold import Fold, Undefined, Unsupported
from verify.lift.record import LostExpression, brief
from verify.systems import Multiprecision

ALLOWANCE = 1e-6  # of the largest value in the slot; float64 rounding is ten orders below it
DIGITS = 40


class Stored(Multiprecision):
    """mpmath's numbers with floor, which only code has."""

    @staticmethod
    def floor(x):
        return mpmath.floor(x)


def evaluator(point: dict) -> Fold:
    """A fold over terms at a point (name -> rational or mpf); use it under one mpmath precision."""
    return Fold(
        {name: Multiprecision.number(v) if not isinstance(v, mpmath.mpf) else v for name, v in point.items()}, Stored
    )


def agree(path: tuple, terms: np.ndarray, values: np.ndarray, point: dict) -> None:
    """Compare the terms of a slot with its values; LostExpression names the slot."""
    scale = max((abs(v) for v in values.reshape(-1) if isfinite(v)), default=0.0)
    with mpmath.workdps(DIGITS):
        fold = evaluator(point)
        for term, value in zip(terms.reshape(-1), values.reshape(-1), strict=True):
            expected = _evaluate(fold, term)
            if not _near(expected, float(value), scale, _allowance(term)):
                raise LostExpression(_message(path, term, expected, value))


def _evaluate(fold: Fold, term):
    """The value of a term, None where it has none at this point."""
    if not isinstance(term, Exact):
        return term
    if term.op == "uninitialised":
        return None
    try:
        return fold(term)
    except (Undefined, ZeroDivisionError):
        return None
    except Unsupported:
        if term.op in ("infinity", "neg", "nan"):
            return None
        raise


def _near(expected, value: float, scale: float, allowance: float) -> bool:
    if expected is None:
        return True
    if isinstance(expected, bool):
        return expected == bool(value)
    if not isfinite(value):
        return (
            not abs(expected) <= sys.float_info.max
        )  # the code's number ran over, and the term's is too large as well
    return abs(expected - value) <= allowance * max(scale, abs(expected))


def _allowance(term) -> float:
    """Wider where the code stores narrow types: their rounding may fall to either side of a tie."""
    if not isinstance(term, Exact) or term.op in CONDITIONS:
        return ALLOWANCE
    bits = [int(n.args[1].args[0]) for n in walk(term) if n.op == "round"]
    return max(ALLOWANCE, 16 * 2.0 ** -min(bits)) if bits else ALLOWANCE


def _message(path: tuple, term, expected, value) -> str:
    given = expected if isinstance(expected, bool) else mpmath.nstr(expected, 12)
    return (
        f"{'.'.join(map(str, path))}: the term gives {given} and the code {float(value):.12g}; "
        f"the term is {brief(term)}; the code computed past the lifter (in NumPy, C or compiled code), "
        "so look for the operation that dropped the term"
    )
