"""The kinds of number that one text runs on: one class each.

A system answers the few operations of verify/numbers.py for its numbers.  `rank` decides
who answers when kinds meet (arrays before their elements).  What a system cannot answer
exactly it refuses: a ball that straddles zero has no sign, so `sign` returns a ball that
covers both answers, and `where` on an undecided comparison the hull of its branches.

Libraries are imported by the class that needs them, when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from verify import exact
from verify.domain import Integer, Positive


class Terms:
    """Exact terms: every operation is a node of the program."""

    rank = 2
    below = staticmethod(lambda a, b: exact.exact(a) < b)
    sqrt = staticmethod(lambda x: exact.function("sqrt", x))
    sign = staticmethod(lambda x: exact.function("sign", x))
    maximum = staticmethod(lambda a, b: exact.function("max", a, b))
    minimum = staticmethod(lambda a, b: exact.function("min", a, b))
    exp = staticmethod(lambda x: exact.function("exp", x))
    log = staticmethod(lambda x: exact.function("log", x))
    gamma = staticmethod(lambda x: exact.function("gamma", x))
    round = staticmethod(lambda x, bits: exact.function("round", x, bits))
    dot = staticmethod(lambda a, b: exact.function("dot", a, b))
    pi = staticmethod(lambda like: exact.Exact("pi"))
    size = staticmethod(lambda a: exact.function("size", a))
    number = staticmethod(lambda value, like: exact.exact(value))
    symbolic = staticmethod(lambda x: isinstance(x, exact.Exact) and x.op != "number")

    @staticmethod
    def where(condition, a, b):
        condition = exact.exact(condition)
        if condition.op in ("true", "false"):
            return exact.exact(a if condition is exact.TRUE else b)
        return exact.function("where", condition, a, b)

    @staticmethod
    def total(term, low, high):
        return exact.bind("total", term, low, high, Integer)

    @staticmethod
    def greatest(term, low, high):
        return exact.bind("greatest", term, low, high, Integer)

    @staticmethod
    def integral(integrand, low, high, like):
        return exact.bind("integral", integrand, low, exact.Exact("infinity") if high is None else high, Positive)


class Concrete:
    """What systems of known numbers share: an inner product is a product, a size is one."""

    rank = 1
    symbolic = staticmethod(lambda x: False)
    below = staticmethod(lambda a, b: a < b)
    dot = staticmethod(lambda a, b: a * b)
    number: Callable

    @classmethod
    def size(cls, a):
        return cls.number(1, a)

    @staticmethod
    def where(condition, a, b):
        return a if condition else b


class Multiprecision(Concrete):
    """mpmath's numbers, at the precision of the context in force."""

    import mpmath as mp

    sqrt = staticmethod(lambda x: Multiprecision._real(Multiprecision.mp.sqrt, x, x >= 0))
    sign = staticmethod(mp.sign)
    maximum = staticmethod(max)
    minimum = staticmethod(min)
    exp = staticmethod(mp.exp)
    log = staticmethod(lambda x: Multiprecision._real(Multiprecision.mp.log, x, x > 0))
    gamma = staticmethod(mp.gamma)
    sin, cos, atan, erf = (staticmethod(f) for f in (mp.sin, mp.cos, mp.atan, mp.erf))
    pi = staticmethod(lambda like: +Multiprecision.mp.pi)

    @staticmethod
    def _real(function, x, inside: bool):
        """The function where it is real, else nan: the branch of a `where` that is not taken may leave the reals."""
        return function(x) if inside else Multiprecision.mp.nan

    @staticmethod
    def round(x, bits):
        with Multiprecision.mp.workprec(int(bits)):
            return +x

    @staticmethod
    def number(value, like=None):
        q = Fraction(value)
        return Multiprecision.mp.mpf(q.numerator) / q.denominator

    @staticmethod
    def integral(integrand, low, high, like=None):
        """Tanh-sinh quadrature after x = low + exp(-u), which tames an integrable pole at the lower end.

        An independent evaluation, not an enclosure: it is compared, never trusted alone.
        """
        mp = Multiprecision.mp
        span = 1 if high is None else high - low
        near = mp.quad(lambda u: span * mp.exp(-u) * integrand(low + span * mp.exp(-u)), [0, mp.inf])
        return near if high is not None else near + mp.quad(lambda x: integrand(low + x), [1, 8, mp.inf])


class Balls(Concrete):
    """Arb balls: every result encloses the true value."""

    import flint

    sqrt = staticmethod(lambda x: x.sqrt())
    exp = staticmethod(lambda x: x.exp())
    log = staticmethod(lambda x: x.log())
    gamma = staticmethod(lambda x: x.gamma())
    sin, cos = staticmethod(lambda x: x.sin()), staticmethod(lambda x: x.cos())
    atan, erf = staticmethod(lambda x: x.atan()), staticmethod(lambda x: x.erf())
    pi = staticmethod(lambda like: Balls.flint.arb.pi())
    sign = staticmethod(lambda x: x.sgn())
    floor = staticmethod(lambda x: x.floor())
    maximum = staticmethod(lambda a, b: Balls.flint.arb.max(Balls.number(a), Balls.number(b)))
    minimum = staticmethod(lambda a, b: Balls.flint.arb.min(Balls.number(a), Balls.number(b)))

    @staticmethod
    def compare(op: str, a, b) -> bool:
        """The certain answer to a < b, a <= b, a = b or a != b.  Raises Undecided where the balls overlap."""
        from verify.fold import COMPARE, Undecided

        opposite = {"lt": "le", "le": "lt"}
        if op in opposite:
            yes, no = COMPARE[op](a, b), COMPARE[opposite[op]](b, a)
        else:
            same, apart = a == b, a != b
            yes, no = (same, apart) if op == "eq" else (apart, same)
        if not (yes or no):
            raise Undecided(f"{a} and {b} overlap")
        return bool(yes)

    @staticmethod
    def round(x, bits):
        """Rounding rises with its argument, so it takes the ends of a ball to the ends of the result."""
        ends = [Balls._nearest(end, int(Balls.number(bits).unique_fmpz())) for end in (x.lower(), x.upper())]
        return ends[0] if ends[0] == ends[1] else ends[0].union(ends[1])

    @staticmethod
    def _nearest(end, bits: int):
        """The end of a ball, a binary fraction, with so many bits; ties to even."""
        mantissa, exponent = (int(part) for part in end.mid().man_exp())
        scale = Fraction(2) ** (abs(mantissa).bit_length() - bits)
        return Balls.number(round(mantissa / scale) * scale * Fraction(2) ** exponent)

    @staticmethod
    def integral(integrand, low, high, like=None):
        """Here alone the error is estimated and not enclosed (verify/quadrature.py): it persuades, and never convicts."""
        from verify.quadrature import integrate

        return integrate(integrand, Balls.number(low), None if high is None else Balls.number(high))

    @staticmethod
    def number(value, like=None):
        if isinstance(value, Balls.flint.arb):
            return value
        q = Fraction(value)
        return Balls.flint.arb(Balls.flint.fmpq(q.numerator, q.denominator))


class Formulas:
    """z3 reals.  Its division is total, so divisors are required non-zero by the prover."""

    rank = 1
    import z3

    below = staticmethod(lambda a, b: a < b)
    symbolic = staticmethod(lambda x: False)
    sign = staticmethod(
        lambda x: Formulas.z3.If(
            x > 0, Formulas.number(1), Formulas.z3.If(x < 0, Formulas.number(-1), Formulas.number(0))
        )
    )
    maximum = staticmethod(lambda a, b: Formulas.z3.If(a >= b, a, b))
    minimum = staticmethod(lambda a, b: Formulas.z3.If(a <= b, a, b))
    where = staticmethod(lambda c, a, b: Formulas.z3.If(c, a, b))

    @staticmethod
    def number(value, like=None):
        q = Fraction(value)
        return Formulas.z3.Q(q.numerator, q.denominator)


class Symbolic:
    """SymPy expressions."""

    rank = 1
    import sympy

    below = staticmethod(lambda a, b: a < b)
    symbolic = staticmethod(lambda x: not getattr(x, "is_number", True))
    sqrt = staticmethod(sympy.sqrt)
    sign = staticmethod(sympy.sign)
    maximum = staticmethod(sympy.Max)
    minimum = staticmethod(sympy.Min)
    exp = staticmethod(sympy.exp)
    log = staticmethod(sympy.log)
    gamma = staticmethod(sympy.gamma)
    pi = staticmethod(lambda like: Symbolic.sympy.pi)
    where = staticmethod(lambda c, a, b: Symbolic.sympy.Piecewise((a, c), (b, True)))

    @staticmethod
    def number(value, like=None):
        q = Fraction(value)
        return Symbolic.sympy.Rational(q.numerator, q.denominator)


class Arrays:
    """NumPy object arrays whose elements are numbers of another system."""

    rank = 3
    import numpy as np

    symbolic = staticmethod(lambda x: False)

    @staticmethod
    def _each(name):
        from verify import numbers

        return Arrays.np.frompyfunc(getattr(numbers, name), {"where": 3, "maximum": 2, "minimum": 2}.get(name, 1), 1)

    below = staticmethod(lambda a, b: Arrays.np.less(a, b, dtype=object))
    sqrt = staticmethod(lambda x: Arrays._each("sqrt")(x))
    sign = staticmethod(lambda x: Arrays._each("sign")(x))
    exp = staticmethod(lambda x: Arrays._each("exp")(x))
    log = staticmethod(lambda x: Arrays._each("log")(x))
    maximum = staticmethod(lambda a, b: Arrays._each("maximum")(a, b))
    minimum = staticmethod(lambda a, b: Arrays._each("minimum")(a, b))
    where = staticmethod(lambda c, a, b: Arrays._each("where")(c, a, b))

    @staticmethod
    def round(x, bits):
        from verify.numbers import rounded

        return Arrays.np.frompyfunc(lambda element: rounded(element, bits), 1, 1)(x)

    @staticmethod
    def dot(a, b):
        return (a * b).sum()

    @staticmethod
    def size(a):
        from verify import numbers

        like = a.flat[0]
        return numbers.system(like).number(a.size, like)
