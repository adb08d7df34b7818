"""Points at which a comparison turns: on the equality itself, and to either side of it.

Drawn points never hit v = g^2 and seldom t > 5000, and code may be wrong just there.  For each
comparison of a program, each maximum, sign and floor among them, the equality is solved for each of
its symbols in exact rational arithmetic, where it is linear in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from math import floor, isqrt

from verify.exact import Exact, exact, is_number, substitute, symbols, walk
from verify.fold import Fold, Undefined, Unsupported
from verify.systems import Concrete

PAIRS = 12  # comparisons of a program that are looked at
SYMBOLS = 4  # of each, those that are solved for
LATEST = 100  # step beyond which powers are too long to be written out
_PAIRED = ("lt", "le", "eq", "ne", "max", "min")
_SINGLE = {"sign": 0, "floor": 1}


class Rationals(Concrete):
    """Fractions; what leaves them is refused."""

    number = staticmethod(lambda value, like=None: Fraction(value))
    sign = staticmethod(lambda x: Fraction((x > 0) - (x < 0)))
    maximum = staticmethod(max)
    minimum = staticmethod(min)
    floor = staticmethod(lambda x: Fraction(floor(x)))

    @staticmethod
    def sqrt(x: Fraction) -> Fraction:
        if not isinstance(x, Fraction):
            raise Unsupported("a power with a fraction for exponent is not rational")
        root = Fraction(isqrt(max(x.numerator, 0)), isqrt(x.denominator))
        if root * root != x:
            raise Unsupported(f"the root of {x} is not rational")
        return root


def exactly(term: Exact, point: dict) -> Fraction | bool | None:
    """The value of a term at a rational point, where it is rational; None elsewhere."""
    if point.get("t", 0) > LATEST:
        return None
    whole = {s: exact(point[name]) for name, s in symbols(term).items() if getattr(s.args[1], "integer", False)}
    try:
        found = Fold(point, Rationals)(substitute(term, whole))
    except (Unsupported, Undefined, ArithmeticError, ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, Fraction | bool) else None  # a power with a rational exponent is a float


def turns(terms: list[Exact], points: list[dict]) -> list[dict]:
    """Around each point, those at which something that is compared turns."""
    found = []
    for a, b in islice(_pairs(terms), PAIRS):
        for symbol in islice(symbols(a, b).values(), SYMBOLS):
            for point in points:
                root = _root(a - b, symbol.args[0], point)
                values = [] if root is None else _around(root, symbol.args[1])
                found += [point | {symbol.args[0]: value} for value in values]
    return found


def _pairs(terms: list[Exact]) -> Iterator[tuple[Exact, Exact]]:
    """What is compared with what, each pair once."""
    seen = set()
    for node in walk(*terms):
        pair = _compared(node)
        if pair and pair not in seen and not all(map(is_number, pair)):
            seen.add(pair)
            yield pair


def _compared(node: Exact) -> tuple:
    """What an operation compares; a rounding holds whole numbers up to a power of two."""
    if node.op == "round":
        return node.args[0], exact(2) ** node.args[1]
    if node.op in _SINGLE:
        return node.args[0], exact(_SINGLE[node.op])
    return node.args if node.op in _PAIRED else ()


def _root(gap: Exact, name: str, point: dict) -> Fraction | None:
    """The value of a symbol at which a term that is linear in it vanishes, if it is."""
    at = lambda value: exactly(gap, point | {name: Fraction(value)})
    found = [value for value in map(at, (1, 2, 3)) if value is not None]
    slopes = {b - a for a, b in pairwise(found)}
    if len(found) < 3 or len(slopes) > 1 or slopes == {0}:
        return None
    return 1 - found[0] / Fraction(slopes.pop())


def _around(root: Fraction, domain) -> list[Fraction]:
    """The root, and numbers to either side; of a natural number its neighbours."""
    if getattr(domain, "integer", False):
        near = [Fraction(floor(root) + k) for k in (-1, 0, 1, 2)] + [Fraction(2 * floor(root) + 1)]
    else:
        near = [root, *(root * k for k in (Fraction(7, 8), Fraction(9, 8), 2, Fraction(1, 2)))]
        near += [] if root else [Fraction(1, 8), Fraction(-1, 8)]
    return [value for value in dict.fromkeys(near) if domain.contains(value)]
