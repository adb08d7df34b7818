"""What `math` and NumPy do to a traced number: its value by the library, its term by a rule.

C reads the double of a traced number and drops the term, so the functions are wrapped.  One
that has no rule here raises UnknownOperation as soon as a traced number comes near it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
import torch

from verify.lift import curves, elements
from verify.lift.record import UnknownOperation, literal
from verify.lift.trace import Traced, TracedBool, TracedFloat, apply, to_float, to_int, traced

ORIGINAL = {name: f for name, f in vars(math).items() if callable(f)}


def _product(values, start=1):
    for v in values:
        start = start * v
    return start


def _logarithm(x, base=None):
    """log(x), or log(x) / log(base); a plain number is a literal."""
    x = x if isinstance(x, Traced) else TracedFloat(x, literal(x))
    result = apply(elements.log, ORIGINAL["log"], x)
    return result if base is None else result / _logarithm(base)


def _root_of_squares(values):
    return MATH["sqrt"](sum(v * v for v in values))


def _clip(x, low, high):
    return apply(_clipped, lambda v, a, b: min(max(v, a), b), x, low, high)


def _clipped(x, low, high):
    return elements.minimum(elements.maximum(x, low), high)


def _asked(name: str, rule: Callable, x) -> bool:
    """A question about a number: answered by its value, and recorded."""
    return bool(traced(ORIGINAL[name](x.value), rule(x.term)))


MATH: dict[str, Callable] = {
    "sqrt": partial(apply, elements.root, math.sqrt),
    "pow": partial(apply, elements.power, math.pow),
    "exp": partial(apply, elements.exp, math.exp),
    "expm1": partial(apply, lambda t: elements.exp(t) - 1, math.expm1),
    "log": _logarithm,
    "log1p": partial(apply, lambda t: elements.log(1 + t), math.log1p),
    "log2": partial(apply, lambda t: elements.log_base(t, 2), math.log2),
    "log10": partial(apply, lambda t: elements.log_base(t, 10), math.log10),
    "fabs": lambda x: to_float(abs(x)),
    "floor": lambda x: x.__floor__(),
    "ceil": lambda x: x.__ceil__(),
    "trunc": to_int,
    "sin": partial(apply, curves.sine, math.sin),
    "cos": partial(apply, curves.cosine, math.cos),
    "tan": partial(apply, lambda t: elements.divide(curves.sine(t), curves.cosine(t)), math.tan),
    "asin": partial(apply, curves.arcsine, math.asin),
    "atan": partial(apply, curves.arctangent, math.atan),
    "atan2": partial(apply, curves.arctangent_of, math.atan2),
    "sinh": partial(apply, curves.hyperbolic_sine, math.sinh),
    "cosh": partial(apply, curves.hyperbolic_cosine, math.cosh),
    "tanh": partial(apply, curves.tanh, math.tanh),
    "erf": partial(apply, curves.error_function, math.erf),
    "erfc": partial(apply, lambda t: 1 - curves.error_function(t), math.erfc),
    "hypot": lambda *xs: _root_of_squares(xs),
    "dist": lambda p, q: _root_of_squares([a - b for a, b in zip(p, q, strict=True)]),
    "cbrt": partial(apply, lambda t: elements.power(t, literal(Fraction(1, 3))), math.cbrt),
    "copysign": partial(apply, curves.copysign, math.copysign),
    "fmod": partial(apply, curves.fmod, math.fmod),
    "degrees": partial(apply, lambda t: elements.divide(180 * t, curves.circle(t)), math.degrees),
    "radians": partial(apply, lambda t: t * curves.circle(t) / 180, math.radians),
    "prod": _product,
    "fsum": sum,
    "isnan": partial(_asked, "isnan", elements.is_nan),
    "isinf": partial(_asked, "isinf", elements.is_infinite),
    "isfinite": partial(_asked, "isfinite", elements.is_real),
}
_LIBRARIES = frozenset({"mpmath", "numpy", "sympy", "flint", "z3", "scipy", "verify"})  # they compute for themselves
_IRRATIONAL = frozenset({"sqrt", "exp", "log", "log2", "log10", "log1p", "expm1"})
_SAME = "sqrt exp log log2 log10 log1p expm1 fabs isnan isinf isfinite floor ceil prod"
_SAME += " sin cos tan sinh cosh tanh hypot copysign fmod degrees radians cbrt"
NUMPY: dict[str, Callable] = {name: MATH[name] for name in _SAME.split()} | {
    "arctan": MATH["atan"],
    "arctan2": MATH["atan2"],
    "arcsin": MATH["asin"],
    "power": MATH["pow"],
    "float_power": MATH["pow"],
    "abs": MATH["fabs"],
    "absolute": MATH["fabs"],
    "square": lambda x: x**2,
    "reciprocal": lambda x: 1 / x,
    "negative": lambda x: -x,
    "sign": partial(apply, elements.sign, lambda v: float(np.sign(v))),
    "maximum": partial(apply, elements.maximum, max),
    "minimum": partial(apply, elements.minimum, min),
    "clip": _clip,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "true_divide": lambda x, y: x / y,
    "sum": sum,
}


def wrapper(function: Callable, where: str, calls: dict[str, Callable]) -> Callable:
    """A function of numbers that keeps terms, or says that it cannot."""
    name = function.__name__
    rule = calls.get(name)

    def call(*args, **kwargs):
        if not (carries(args) or carries(list(kwargs.values()))):
            result = function(*args, **kwargs)
            ours = (
                name in _IRRATIONAL and sys._getframe(1).f_globals.get("__name__", "").split(".")[0] not in _LIBRARIES
            )
            return _exactly(result, rule, args) if ours else result
        args, kwargs = opened(args), {k: opened(v) for k, v in kwargs.items()}
        if not any(isinstance(x, Traced) for x in flat([*args, *kwargs.values()])):
            return function(*args, **kwargs)
        if rule is None or kwargs:
            raise UnknownOperation(f"{where}.{name}", "it would drop the term of a traced number")
        return rule(*args)

    return call


def _exactly(result, rule, args):
    """A root or logarithm of a plain number is that number, not the decimals of its double."""
    plain = all(isinstance(x, int | float) for x in args)
    if not plain or not isinstance(result, float) or not math.isfinite(result) or result == int(result):
        return result
    return rule(*(TracedFloat(float(x), literal(x)) for x in args))


def carries(x) -> bool:
    """May an argument carry a term, itself or in its lists?"""
    return any(map(carries, x)) if isinstance(x, list | tuple) else isinstance(x, Traced | torch.Tensor)


def opened(x):
    """A tensor of one element as the number in it, a truth value as 0 or 1."""
    if isinstance(x, list | tuple):
        return type(x)(map(opened, x))
    if isinstance(x, torch.Tensor) and x.numel() == 1:
        x = x.item()
    return x.number() if isinstance(x, TracedBool) else x


def flat(items):
    """The members of nested lists."""
    for item in items:
        if isinstance(item, list | tuple):
            yield from flat(item)
        else:
            yield item
