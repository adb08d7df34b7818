"""Arrays of numbers that know their rounding (verify/check/rounding_ball.py)."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import flint
import numpy as np

from verify import numbers
from verify.check.rounding_ball import Arithmetic, Rounded, grown, rounded


class RoundedArray(np.ndarray):
    """An array of `Rounded` numbers; it knows that a machine may add up a sum in any order."""


class RoundedArrays:
    """The number system of such arrays: elementwise, but for the inner product."""

    rank = 4
    symbolic = staticmethod(lambda x: False)

    @staticmethod
    def dot(a, b):
        """A sum of n terms errs by at most n - 1 roundings of the sum of their sizes, in whatever order."""
        terms = list((a * b).flat)
        arithmetic = terms[0].arithmetic
        total = reduce(lambda p, q: p + q, (t.ball for t in terms))
        sizes = reduce(lambda p, q: p + q, (abs(t.ball).upper() for t in terms))
        slack = grown(sizes, arithmetic, max(1, len(terms))).radius
        return Rounded(total + slack * flint.arb(0, 1), arithmetic)

    @staticmethod
    def size(a):
        return rounded(Fraction(a.size), a.flat[0].arithmetic)


def _each(name: str, operands: int):
    function = np.frompyfunc(getattr(numbers, name), operands, 1)
    return staticmethod(lambda *args: function(*args).view(RoundedArray))


for _name, _operands in (
    ("sqrt", 1),
    ("sign", 1),
    ("exp", 1),
    ("log", 1),
    ("maximum", 2),
    ("minimum", 2),
    ("where", 3),
):
    setattr(RoundedArrays, _name, _each(_name, _operands))

numbers.register(RoundedArray, RoundedArrays)


def array(values, arithmetic: Arithmetic) -> RoundedArray:
    """Known numbers as an array of the machine's."""
    return np.array([rounded(Fraction(v), arithmetic) for v in values], dtype=object).view(RoundedArray)
