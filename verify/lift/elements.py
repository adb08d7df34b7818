"""One operation on one number of a lift, be it an exact term or an mpmath number.

torch's functions and Python's operators both come down to these.  Conditions are terms
where the numbers are terms, and plain truth values where the numbers are known.  The last
part settles a result in the type in which the code stores it: a type narrower than float64
is a rounding node of the program, never the identity.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from verify import numbers
from verify.exact import CONDITIONS, Exact, compare as _compare, exact, function, is_number, negation
from verify.lift.record import UnknownOperation, current, literal, multiprecision

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
    """An element read as a number: a condition is 1 where it holds, else 0."""
    if not is_condition(x):
        return x
    if not isinstance(x, Exact):
        return current().number(int(x))
    return where(x, exact(1), exact(0))


def opposite(x):
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
    return getattr(numbers, name)(a, b)


def power(a, b):
    """a**b; the exponents 1/2 and -1/2 are roots, which every prover knows."""
    exponent = known(b)
    if exponent == _HALF:
        return root(a)
    if exponent == -_HALF:
        return 1 / root(a)
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
    from math import isqrt

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
    return compare_sign(x.args[0], x) if is_number(x) else numbers.sign(x)


def compare_sign(q: Fraction, like: Exact) -> Exact:
    return exact((q > 0) - (q < 0))


def floor(x):
    """The largest integer that is not above x."""
    if isinstance(x, Exact):
        return exact(x.args[0].__floor__()) if is_number(x) else x if integral(x) else function("floor", x)
    import mpmath

    return mpmath.floor(x)


def quotient(a, b):
    """Python's a // b."""
    return floor(a / b)


def remainder(a, b):
    """Python's a % b."""
    return a - b * floor(a / b)


def exp(x):
    return exact(1) if is_number(x, 0) else numbers.exp(x)


def log(x):
    return exact(0) if is_number(x, 1) else numbers.log(x)


def log_base(x, base):
    return log(x) / log(maker(x)(base))


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


def whole(x):
    """An element stored in an integer type, which must not cut anything off."""
    x = number(x)
    if not integral(x):
        raise UnknownOperation("conversion to an integer type", f"`{x}` is not an integer for all its symbols")
    return x


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
    if integral(x):
        current().note(f"exact while |{x}| < 2^{bits}")
        return True
    return False


def constants(values) -> np.ndarray:
    """An array of plain numbers as elements."""
    values = np.asarray(values)
    flat = np.array([literal(v) for v in values.reshape(-1).tolist()] + [None], dtype=object)[:-1]
    return flat.reshape(values.shape)
