"""One operation on one number of a lift, be it an exact term or an mpmath number.

torch's functions and Python's operators both come down to these.  Conditions are terms
where the numbers are terms, and plain truth values where the numbers are known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from math import isqrt

import numpy as np

from verify import numbers
from verify.exact import CONDITIONS, Exact, exact, is_number, negation
from verify.exact import compare as _compare
from verify.lift.record import current, literal, multiprecision

_SWAPPED = {"gt": "lt", "ge": "le"}
_HALF = Fraction(1, 2)


def each(rule: Callable, *arrays) -> np.ndarray:
    """The rule applied to elements of arrays (or single elements), with broadcasting."""
    return array(np.frompyfunc(rule, len(arrays), 1)(*arrays))


def array(x) -> np.ndarray:
    """An object array, 0-d for a single element."""
    return x if isinstance(x, np.ndarray) and x.dtype == object else np.array(x, dtype=object)


def maker(like) -> Callable:
    """How literals become numbers of the kind of `like`."""
    return exact if isinstance(like, Exact) else multiprecision


def is_condition(x) -> bool:
    return isinstance(x, bool | np.bool_) or (isinstance(x, Exact) and x.op in CONDITIONS)


def is_constant(x) -> bool:
    """Is the element free of symbols, so that its value says all?"""
    if isinstance(x, Exact) and x.op in ("sqrt", "exp", "log"):
        return is_constant(x.args[0])
    return isinstance(x, bool) or (isinstance(x, Exact) and x.op in ("number", "true", "false", "infinity"))


def compare(op: str, a, b):
    """The condition a `op` b, for lt le gt ge eq ne."""
    if isinstance(a, Exact) or isinstance(b, Exact):
        a, b = number(exact(a)), number(exact(b))
        if (known := _beside_infinity(op, a, b)) is not None:
            return known
        return _compare(_SWAPPED[op], b, a) if op in _SWAPPED else _compare(op, a, b)
    return bool(getattr(operator, op)(a, b))


def _beside_infinity(op: str, a: Exact, b: Exact):
    """A comparison with an infinity: every other term is a real number."""
    p, q = _end(a), _end(b)
    return exact(getattr(operator, op)(p, q)) if p or q else None


def _end(x: Exact) -> int:
    """1 for infinity, -1 for its opposite, 0 for a real."""
    if x.op == "neg" and x.args[0].op == "infinity":
        return -1
    return int(x.op == "infinity")


def condition(x):
    """An element read as a truth value."""
    return x if is_condition(x) else compare("ne", x, 0)


def number(x):
    """An element read as a number: a condition is 1 where it holds, else 0; Python's integers are literals."""
    if isinstance(x, int | np.bool_):
        return current().number(int(x))
    return where(x, exact(1), exact(0)) if is_condition(x) else x


def opposite(x):
    """The condition that x does not hold."""
    return negation(condition(x)) if isinstance(x, Exact) else not x


def both(a, b):
    return condition(a) & condition(b)


def either(a, b):
    return condition(a) | condition(b)


def where(c, a, b):
    c = condition(c)
    if not isinstance(c, Exact):
        return a if c else b
    a, b = exact(a), exact(b)
    if is_condition(a) and is_condition(b):
        return (c & a) | (~c & b)
    return a if a is b else numbers.where(c, number(a), number(b))


def maximum(a, b):
    return _extreme("maximum", a, b, -1)


def minimum(a, b):
    return _extreme("minimum", a, b, 1)


def _extreme(name: str, a, b, neutral: int):
    """The larger or smaller; an infinity on the far side changes nothing, equal terms are one."""
    if a is b or (isinstance(b, Exact) and _end(b) == neutral):
        return a
    if isinstance(a, Exact) and _end(a) == neutral:
        return b
    if is_number(a) and is_number(b):
        return exact({"maximum": max, "minimum": min}[name](a.args[0], b.args[0]))
    return getattr(numbers, name)(number(a), number(b))  # what a clamp leaves may be its own Python integer


def power(a, b):
    """a**b; the exponents 1/2 and -1/2 are roots, which every prover knows."""
    if is_number(a, 1):
        return a
    exponent = known(b)
    if exponent == _HALF:
        return root(a)
    if exponent == -_HALF:
        return divide(1, root(a))
    return a**b


def root(x):
    """The square root; of a literal that is a square, its root."""
    q = x.args[0] if is_number(x) else None
    if q is not None and q >= 0:
        top, bottom = (_integer_root(n) for n in (q.numerator, q.denominator))
        if top is not None and bottom is not None:
            return exact(Fraction(top, bottom))
    return numbers.sqrt(x)


def _integer_root(n: int) -> int | None:
    return isqrt(n) if isqrt(n) ** 2 == n else None


def known(x) -> Fraction | None:
    """The rational that an element is known to be: a literal, or an mpf that is one exactly."""
    if isinstance(x, int | Fraction):
        return Fraction(x)
    if is_number(x):
        return x.args[0]
    if isinstance(x, Exact):
        return None
    return Fraction(float(x)) if float(x) == x and abs(float(x)) < 2**53 else None


def sign(x):
    """-1, 0 or 1."""
    if is_number(x):
        return exact((x.args[0] > 0) - (x.args[0] < 0))
    return numbers.sign(x)


def divide(a, b):
    """a / b as the code's floats divide: x/0 is an infinity, and what is divided by that is 0.

    A literal 0 over a term is 0 where the term is not 0, and that is recorded as a condition.
    """
    if not (isinstance(a, Exact) or isinstance(b, Exact)):
        return _float_division(a, b)
    if isinstance(b, Exact) and _end(b):
        return exact(0)
    if isinstance(b, Exact) and b.op == "div" and is_number(b.args[1], 0):
        return _assuming(b.args[0], exact(0))
    if is_number(exact(a), 0) and not is_number(b):
        return _assuming(b, exact(0))
    return a / b


def _assuming(x: Exact, result: Exact) -> Exact:
    """The result under the condition that x is not 0 (else the code's value is not a number)."""
    current().ask(compare("ne", x, 0), True)
    return result


def _float_division(a, b):
    """Division of known numbers; by zero it gives an infinity, 0/0 is not a number."""
    import mpmath

    if b != 0:
        return a / b
    return mpmath.mpf("nan") if a == 0 else mpmath.sign(a) * mpmath.inf


def exp(x):
    """The exponential; of n log(b), which is how code spells it to save a power, b**n."""
    if isinstance(x, Exact) and x.op == "log":
        return x.args[0]
    if isinstance(x, Exact) and x.op == "mul" and any(a.op == "log" for a in x.args):
        n, power = x.args if x.args[1].op == "log" else x.args[::-1]
        return power.args[0] ** n
    return exact(1) if is_number(x, 0) else numbers.exp(x)


def log(x):
    return exact(0) if is_number(x, 1) else numbers.log(x)


def log_base(x, base):
    return divide(log(x), log(maker(x)(base)))


def is_real(x):
    """Is it a finite number? A term that is not an infinity is."""
    if isinstance(x, Exact):
        return exact(not _end(x) and x.op != "nan")
    import mpmath

    return bool(mpmath.isfinite(x))


def is_infinite(x):
    return exact(bool(_end(x))) if isinstance(x, Exact) else abs(x) == float("inf")


def is_nan(x):
    return exact(x.op == "nan") if isinstance(x, Exact) else bool(x != x)


def unset():
    """The content of memory that nothing was written to, and of what no term says; to compute with it is an error."""
    return Exact("uninitialised") if current().number is exact else multiprecision(float("nan"))


def is_unset(x) -> bool:
    return x.op == "uninitialised" if isinstance(x, Exact) else not isinstance(x, bool | int) and bool(x != x)


def constants(values) -> np.ndarray:
    """An array of plain numbers as elements."""
    values = np.asarray(values)
    flat = np.array([literal(v) for v in values.reshape(-1).tolist()] + [None], dtype=object)[:-1]
    return flat.reshape(values.shape)
