"""Arrays of float64 numbers that know how far rounding may have taken them from the truth.

The same idea as verify/check/rounding_ball.py, for many elements at once: a value, and a radius in which
the true value and every correctly rounding computer's lie.  Each operation carries the radii of its operands
to first order or better, and adds one rounding of its result; powers are allowed the roundings of repeated
multiplication, sums those of any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from verify import numbers
from verify.fold import Undecided
from verify.systems import Concrete

ROUNDING = 2.0**-53
FUNCTION = 8  # roundings of pow, exp and log, as libraries document them (verify/check/rounding_ball.py)


@dataclass(frozen=True, eq=False)
class Question:
    """A comparison, element by element: its outcome, and whether rounding leaves it open."""

    holds: np.ndarray
    open: np.ndarray

    def __and__(self, other):
        o = other if isinstance(other, Question) else Question(np.asarray(other), np.asarray(False))
        no = (~self.holds & ~self.open) | (~o.holds & ~o.open)
        return Question(self.holds & o.holds, (self.open | o.open) & ~no)

    def __bool__(self):
        """One answer for all elements; Undecided where rounding leaves it open, or they differ."""
        if self.open.any() or self.holds.any() != self.holds.all():
            raise Undecided("rounding leaves a comparison open")
        return bool(self.holds.all())

    def __invert__(self):
        return Question(~self.holds, self.open)

    def __or__(self, other):
        return ~(~self & ~(other if isinstance(other, Question) else Question(np.asarray(other), np.asarray(False))))

    __rand__, __ror__ = __and__, __or__


class Enclosed:
    """Values and radii: two floats, or two arrays of one shape."""

    __slots__ = ("radius", "value")
    __array_ufunc__ = None  # arrays leave operators to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value, radius=0.0):
        self.value, self.radius = value, radius

    def __repr__(self):
        return f"{self.value} +- {self.radius}"

    def __add__(self, other):
        if isinstance(other, int) and other == 0:
            return self
        b = _lift(other)
        return _rounded(self.value + b.value, self.radius + b.radius)

    def __sub__(self, other):
        b = _lift(other)
        return _rounded(self.value - b.value, self.radius + b.radius)

    def __rsub__(self, other):
        return _lift(other) - self

    def __mul__(self, other):
        if isinstance(other, int) and other in (0, 1):
            return self if other else Enclosed(self.value * 0.0, self.radius * 0.0)
        a, b = self, _lift(other)
        return _rounded(a.value * b.value, abs(a.value) * b.radius + (abs(b.value) + b.radius) * a.radius)

    def __truediv__(self, other):
        a, b = self, _lift(other)
        quotient = _divided(a.value, b.value)
        room = abs(b.value) - b.radius
        return _rounded(quotient, _divided(a.radius + abs(quotient) * b.radius, _positive(room)))

    def __rtruediv__(self, other):
        return _lift(other) / self

    def __pow__(self, other):
        return self * self if isinstance(other, int) and other == 2 else _power(self, _lift(other))

    def __rpow__(self, other):
        return _power(_lift(other), self)

    def __matmul__(self, other):
        value, sizes = self.value @ other.value, abs(self.value) @ abs(other.value)
        spread = abs(self.value) @ other.radius + self.radius @ (abs(other.value) + other.radius)
        return _rounded(value, spread + sizes * ROUNDING * self.value.shape[-1])

    # fmt: off
    def __neg__(self): return Enclosed(-self.value, self.radius)
    def __pos__(self): return self
    def __int__(self): return int(self.value)
    def __abs__(self): return Enclosed(abs(self.value), self.radius)
    def __lt__(self, other): return _ask(np.less, self, other)
    def __le__(self, other): return _ask(np.less_equal, self, other)
    def __gt__(self, other): return _ask(np.greater, self, other)
    def __ge__(self, other): return _ask(np.greater_equal, self, other)
    def __eq__(self, other): return _ask(np.equal, self, other)
    def __ne__(self, other): return _ask(np.not_equal, self, other)
    def __getitem__(self, i): return Enclosed(self.value[i], self.radius[i])
    # fmt: on

    __radd__, __rmul__ = __add__, __mul__

    # What rules ask of arrays ----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        return np.size(self.value)

    @property
    def T(self) -> Enclosed:
        return Enclosed(self.value.T, self.radius.T)

    def reshape(self, *shape) -> Enclosed:
        return Enclosed(np.reshape(self.value, _shape(shape)), np.reshape(self.radius, _shape(shape)))

    def sum(self, axis=None, keepdims: bool = False) -> Enclosed:
        """A sum of n terms errs by at most n roundings of the sum of their sizes, in whatever order."""
        total = lambda x: np.sum(x, axis=axis, keepdims=keepdims)
        value = total(self.value)
        count = self.size / max(1, np.size(value))
        return Enclosed(value, total(self.radius) + total(abs(self.value)) * ROUNDING * count)

    def mean(self, axis=None, keepdims: bool = False) -> Enclosed:
        total = self.sum(axis, keepdims)
        return total / (self.size // max(1, total.size))


def _shape(shape: tuple):
    return shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape


def enclosed(number) -> Enclosed:
    """A known number as the machine holds it: rounded where it is not representable."""
    value = float(number)
    return Enclosed(value, 0.0 if Fraction(value) == Fraction(number) else abs(value) * ROUNDING)


def _lift(x) -> Enclosed:
    if isinstance(x, Enclosed):
        return x
    return Enclosed(float(x), 0.0) if isinstance(x, int) and abs(x) < 2**53 else enclosed(x)


def _rounded(value, radius) -> Enclosed:
    return Enclosed(value, radius + abs(value) * ROUNDING)


def _divided(a, b):
    """a / b, infinite or no number where b is 0, as arrays have it."""
    return a / b if isinstance(b, np.ndarray) or b else float(np.divide(a, b)) if np.ndim(a) == 0 else np.divide(a, b)


def _positive(x):
    """Zero in place of what is negative: a divisor that may be 0 gives no bound."""
    return np.maximum(x, 0.0) if isinstance(x, np.ndarray) else max(x, 0.0)


def _power(base: Enclosed, exponent: Enclosed) -> Enclosed:
    """First order in both operands, and the roundings of a library's pow or of a product of so many factors."""
    known = isinstance(base.value, float) and isinstance(exponent.value, float)
    if known and base.value == 0 and exponent.value >= 1 and exponent.radius == 0:
        return Enclosed(0.0, base.radius**exponent.value)
    plain = known and base.value > 0
    value = base.value**exponent.value if plain else np.power(base.value, exponent.value)
    log = math.log(base.value) if plain else np.log(np.where(np.asarray(base.value) > 0, base.value, 1.0))
    slope = abs(exponent.value) * _divided(base.radius, abs(base.value)) if np.any(base.radius) else 0.0
    count = np.maximum(FUNCTION, abs(exponent.value))
    return Enclosed(value, abs(value) * (2 * slope + abs(log) * exponent.radius + count * ROUNDING))


def _ask(compare, a: Enclosed, other) -> Question:
    b = _lift(other)
    reach = np.asarray(a.radius + b.radius)
    return Question(np.asarray(compare(a.value, b.value)), (np.abs(a.value - b.value) <= reach) & (reach > 0))


class EnclosedArrays(Concrete):
    """The number system of `Enclosed` numbers (see verify/systems.py)."""

    rank = 4

    @staticmethod
    def number(value, like=None):
        return value if isinstance(value, Enclosed) else _lift(value)

    @staticmethod
    def size(a):
        return Enclosed(float(a.size), 0.0)

    @staticmethod
    def dot(a, b):
        return (a * b).sum()

    @staticmethod
    def sqrt(x):
        low = np.sqrt(_positive(x.value - x.radius))
        root = np.sqrt(np.where(np.asarray(x.value + x.radius) >= 0, _positive(x.value), np.nan))
        near = np.maximum(root - low, np.sqrt(_positive(x.value + x.radius)) - root)
        unsure = (np.asarray(x.radius) > 0) & (np.asarray(x.value - x.radius) < 0)  # a computer may find no root at all
        return _rounded(root, np.where(np.asarray(x.radius) == 0, 0.0, np.where(unsure, np.inf, near)))

    @staticmethod
    def round(x, bits):
        """A narrower type's rounding may fall to either side of the true value's."""
        mantissa, exponent = np.frexp(x.value)
        value = np.ldexp(np.round(np.ldexp(mantissa, int(bits))), exponent - int(bits))
        return Enclosed(value, x.radius + (abs(x.value) + x.radius) * 2.0 ** -int(bits))

    @staticmethod
    def exp(x):
        value = np.exp(x.value)
        return Enclosed(value, value * (np.expm1(x.radius) + FUNCTION * ROUNDING))

    @staticmethod
    def log(x):
        value = np.log(x.value)
        return Enclosed(value, _divided(x.radius, _positive(x.value - x.radius)) + abs(value) * FUNCTION * ROUNDING)

    @staticmethod
    def sign(x):
        return Enclosed(
            np.sign(x.value), np.where(np.abs(x.value) <= x.radius, np.where(np.asarray(x.radius) > 0, 2.0, 0.0), 0.0)
        )

    @staticmethod
    def maximum(a, b):
        a, b = _lift(a), _lift(b)
        return Enclosed(np.maximum(a.value, b.value), np.maximum(a.radius, b.radius))

    @staticmethod
    def minimum(a, b):
        a, b = _lift(a), _lift(b)
        return Enclosed(np.minimum(a.value, b.value), np.maximum(a.radius, b.radius))

    @staticmethod
    def where(condition, a, b):
        """The branch taken; both, where rounding leaves it open."""
        a, b = _lift(a), _lift(b)
        if not isinstance(condition, Question):
            condition = Question(np.asarray(condition), np.asarray(False))
        value = np.where(condition.holds, a.value, b.value)
        radius = np.where(condition.holds, a.radius, b.radius)
        if condition.open.any():
            hull = np.maximum(abs(a.value - value) + a.radius, abs(b.value - value) + b.radius)
            radius = np.where(condition.open, hull, radius)
        return Enclosed(value, radius)


for _kind in (Enclosed, Question):
    numbers.register(_kind, EnclosedArrays)
