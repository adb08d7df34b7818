"""Numbers that know how far a computer's answer may be from the truth.

A `Rounded` number is a ball that contains both the true value and whatever a machine has
computed for it.  Every operation first acts on the balls exactly, then the ball grows by
one rounding at the machine's precision; evaluating a claim's own text on such numbers
gives a ball in which the machine's result must lie.  That ball is the tolerance of a
comparison, and nobody chooses it.

Operations whose result is known to be exact (negation, absolute value, a choice, a factor
of 1, a sum with 0, a whole number that fits) do not grow the ball.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import flint
import numpy as np

from verify import numbers
from verify.systems import Concrete

SPARE = 80  # bits beyond the machine's, so that the ball's own arithmetic does not show


@dataclass(frozen=True)
class Arithmetic:
    """A machine's arithmetic with correctly rounded + - * / and sqrt, and libraries for the rest.

    bits: of the significand.  functions: the error of pow, exp, log and log-gamma in roundings
    (half units in the last place).  smallest: the spacing of its smallest numbers, as a power of two.
    """

    bits: int
    functions: int = 8
    smallest: int | None = None


# The C and CUDA libraries document at most 2 units in the last place for pow, 1 for exp and log
# and 4 for lgamma in double precision: 4 units are 8 roundings.
BINARY64 = Arithmetic(53, smallest=-1074)


def multiprecision(bits: int) -> Arithmetic:
    """mpmath at so many bits: its functions are computed with guard bits, and are good to 4 units."""
    return Arithmetic(bits)


class Undecided:
    """The outcome of a comparison of balls that overlap: a machine may find either."""

    def __bool__(self):
        raise ValueError("the comparison depends on rounding")

    def __and__(self, other):
        return False if other is False else self

    def __or__(self, other):
        return True if other is True else self

    def __invert__(self):
        return self

    __rand__, __ror__ = __and__, __or__


UNDECIDED = Undecided()


class Rounded:
    """A ball around a number, and the arithmetic that rounds it."""

    __slots__ = ("arithmetic", "ball")

    def __init__(self, ball, arithmetic: Arithmetic):
        self.ball, self.arithmetic = ball, arithmetic

    @property
    def radius(self):
        return self.ball.rad()

    def unique_fmpz(self):
        return self.ball.unique_fmpz()

    def __repr__(self):
        return self.ball.str(15)

    # fmt: off
    def __add__(self, other): return _apply(lambda a, b: a + b, self, other, neutral=0)
    def __sub__(self, other): return _apply(lambda a, b: a - b, self, other)
    def __rsub__(self, other): return _apply(lambda a, b: b - a, self, other)
    def __mul__(self, other): return _apply(lambda a, b: a * b, self, other, neutral=1)
    def __truediv__(self, other): return _apply(lambda a, b: a / b, self, other)
    def __rtruediv__(self, other): return _apply(lambda a, b: b / a, self, other)
    def __pow__(self, other): return _apply(_power, self, other, self.arithmetic.functions)
    def __rpow__(self, other): return _apply(lambda a, b: _power(b, a), self, other, self.arithmetic.functions)
    def __neg__(self): return Rounded(-self.ball, self.arithmetic)
    def __pos__(self): return self
    def __abs__(self): return Rounded(abs(self.ball), self.arithmetic)
    def __lt__(self, other): return _compare(self, other, lambda a, b: a < b, lambda a, b: a >= b)
    def __le__(self, other): return _compare(self, other, lambda a, b: a <= b, lambda a, b: a > b)
    def __gt__(self, other): return _compare(self, other, lambda a, b: a > b, lambda a, b: a <= b)
    def __ge__(self, other): return _compare(self, other, lambda a, b: a >= b, lambda a, b: a < b)
    def __eq__(self, other): return _compare(self, other, lambda a, b: a == b, lambda a, b: a != b)
    def __ne__(self, other): return _compare(self, other, lambda a, b: a != b, lambda a, b: a == b)
    # fmt: on

    __radd__, __rmul__ = __add__, __mul__
    __hash__ = None  # type: ignore[assignment]


def _power(base, exponent):
    n = exponent.unique_fmpz()
    return base ** (exponent if n is None else flint.fmpz(n))


def _lift(x, arithmetic: Arithmetic):
    return x if isinstance(x, Rounded) else rounded(Fraction(x), arithmetic)


def _apply(operation, a, b, roundings: int = 1, neutral=None):
    if isinstance(b, np.ndarray):
        return NotImplemented
    b = _lift(b, a.arithmetic)
    if neutral is not None and (a.ball == neutral or b.ball == neutral):
        return b if a.ball == neutral else a
    return grown(operation(a.ball, b.ball), a.arithmetic, roundings)


def _compare(a, b, surely, surely_not):
    b = _lift(b, a.arithmetic)
    if surely(a.ball, b.ball):
        return True
    return False if surely_not(a.ball, b.ball) else UNDECIDED


def rounded(q: Fraction, arithmetic: Arithmetic) -> Rounded:
    """A known number as the machine holds it: rounded where it is not representable."""
    return grown(flint.arb(flint.fmpq(q.numerator, q.denominator)), arithmetic)


def grown(ball, arithmetic: Arithmetic, roundings: int = 1) -> Rounded:
    """The ball after so many roundings to nearest, each of relative size 2^-bits."""
    if roundings == 1 and _representable(ball, arithmetic):
        return Rounded(ball, arithmetic)
    size = abs(ball).upper() * flint.arb(2) ** -arithmetic.bits
    if arithmetic.smallest is not None:
        size += flint.arb(2) ** arithmetic.smallest  # below that, roundings are no longer relative
    return Rounded(ball + size * roundings * (1 + flint.arb(2) ** -20) * flint.arb(0, 1), arithmetic)


def _representable(ball, arithmetic: Arithmetic) -> bool:
    """Is the ball one number that the machine can hold?"""
    if not ball.is_exact() or not ball.is_finite():
        return False
    mantissa, _ = ball.mid().man_exp()
    return int(mantissa).bit_length() <= arithmetic.bits


class RoundedBalls(Concrete):
    """The number system of `Rounded` numbers (see verify/systems.py)."""

    rank = 2

    @staticmethod
    def number(value, like):
        return value if isinstance(value, Rounded) else rounded(Fraction(value), like.arithmetic)

    @staticmethod
    def sqrt(x):
        return grown(x.ball.sqrt(), x.arithmetic)

    @staticmethod
    def exp(x):
        return grown(x.ball.exp(), x.arithmetic, x.arithmetic.functions)

    @staticmethod
    def log(x):
        return grown(x.ball.log(), x.arithmetic, x.arithmetic.functions)

    @staticmethod
    def gamma(x):
        """As exp(log-gamma(x)), which is how tensors take it; mpmath's own is closer."""
        return RoundedBalls.exp(grown(x.ball.lgamma(), x.arithmetic, x.arithmetic.functions))

    @staticmethod
    def sign(x):
        return Rounded(x.ball.sgn(), x.arithmetic)

    @staticmethod
    def pi(like):
        return grown(flint.arb.pi(), like.arithmetic)

    @staticmethod
    def maximum(a, b):
        return _choice(flint.arb.max, a, b)

    @staticmethod
    def minimum(a, b):
        return _choice(flint.arb.min, a, b)

    @staticmethod
    def where(condition, a, b):
        if condition is UNDECIDED:
            return _choice(flint.arb.union, a, b)
        return a if condition else b

    @staticmethod
    def integral(integrand, low, high, like):
        """mpmath's quadrature, with the error that mpmath itself estimates."""
        value, error = _quadrature(integrand, low, high, like)
        return grown(
            from_digits(value) + abs(from_digits(error)) * flint.arb(0, 1), like.arithmetic, like.arithmetic.functions
        )


def _choice(of, a, b):
    like = a if isinstance(a, Rounded) else b
    return Rounded(of(_lift(a, like.arithmetic).ball, _lift(b, like.arithmetic).ball), like.arithmetic)


def _quadrature(integrand, low, high, like):
    """The same substitution as verify/systems.py's, with its error estimate."""
    import mpmath as mp

    at = lambda x: _middle(integrand(Rounded(from_digits(x), like.arithmetic)))
    low, high = (_middle(_lift(x, like.arithmetic)) if x is not None else None for x in (low, high))
    span = 1 if high is None else high - low
    pieces = [mp.quad(lambda u: span * mp.exp(-u) * at(low + span * mp.exp(-u)), [0, mp.inf], error=True)]
    if high is None:
        pieces.append(mp.quad(lambda x: at(low + x), [1, 8, mp.inf], error=True))
    return sum(v for v, _ in pieces), sum(e for _, e in pieces)


def from_digits(x):
    """An mpmath number as an exact ball."""
    import mpmath as mp

    sign, mantissa, exponent, _ = mp.mpf(x)._mpf_
    return flint.arb(int(mantissa) * (-1) ** sign) * flint.arb(2) ** exponent


def _middle(x: Rounded):
    import mpmath as mp

    mantissa, exponent = x.ball.mid().man_exp()
    return mp.ldexp(int(mantissa), int(exponent))


numbers.register(Rounded, RoundedBalls)


class precision:
    """A block in which balls are computed with bits to spare."""

    def __init__(self, arithmetic: Arithmetic):
        self.bits = arithmetic.bits + SPARE

    def __enter__(self):
        self.before, flint.ctx.prec = flint.ctx.prec, self.bits

    def __exit__(self, *error):
        flint.ctx.prec = self.before
