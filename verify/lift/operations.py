"""What torch's elementwise functions do to terms: one rule for each name.

A rule has torch's signature, gets arrays of elements where torch gets tensors (and single
elements where it gets numbers) and returns an array.  In-place, reflected, `out=` and
`_foreach_` forms come to the same rule; verify/lift/torch.py sees to that.  This file and
verify/lift/reduce.py are the place to teach the lifter a new operation.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from verify.lift import curves, elements, integers
from verify.lift.elements import array, each
from verify.lift.record import UnknownOperation, literal


def add(input, other, *, alpha=1):
    return array(input) + array(scaled(other, alpha))


def sub(input, other, *, alpha=1):
    return array(input) - array(scaled(other, alpha))


def rsub(input, other, *, alpha=1):
    return sub(other, input, alpha=alpha)


def scaled(x, factor):
    """factor * x, which is x itself for the factor 1."""
    return x if is_one(factor) else array(factor) * array(x)


def is_one(x) -> bool:
    """Is it the literal 1?"""
    return elements.known(x) == 1 if not isinstance(x, np.ndarray) else False


def mul(input, other):
    return array(input) * array(other)


def div(input, other, *, rounding_mode=None):
    quotient = each(elements.divide, input, other)
    if rounding_mode == "floor":
        return each(integers.floor, quotient)
    if rounding_mode == "trunc":
        return each(curves.truncated, quotient)
    if rounding_mode is not None:
        raise UnknownOperation(f"div(rounding_mode={rounding_mode!r})")
    return quotient


def power(input, exponent):
    return each(elements.power, input, exponent)


def lerp(input, end, weight):
    return array(input) + array(weight) * (array(end) - array(input))


def addcmul(input, tensor1, tensor2, *, value=1):
    return array(input) + array(scaled(tensor1, value)) * array(tensor2)


def addcdiv(input, tensor1, tensor2, *, value=1):
    return array(input) + each(elements.divide, scaled(tensor1, value), tensor2)


def _in_any_order(rule, factor: str, tensors: int):
    """The rule, which also takes torch's older order of arguments: the factor before the tensors."""

    def ordered(input, *args, **kwargs):
        if len(args) > tensors:
            return rule(input, *args[1:], **{factor: args[0]})
        return rule(input, *args, **kwargs)

    return ordered


def clamp(input, min=None, max=None):
    low = input if min is None else each(elements.maximum, input, min)
    return low if max is None else each(elements.minimum, low, max)


def where(condition, input, other):
    return each(elements.where, condition, input, other)


def masked_fill(input, mask, value):
    return where(mask, value, input)


def copy(input, other, non_blocking=False):
    return other


def fill(input, value):
    return value


def constant(tensor, val):
    """torch.nn.init.constant_"""
    return val


def zero(input):
    return literal(0)


def relu(input, inplace=False):
    if inplace:
        raise UnknownOperation("relu(inplace=True)", "write torch.relu_ instead")
    return each(elements.maximum, input, literal(0))


def nan_to_num(input, nan=0.0, posinf=None, neginf=None):
    if all(e is elements.exact(True) or e is True for e in each(elements.is_real, input).flat):
        return input
    raise UnknownOperation("nan_to_num", "an element is not finite")


def bitwise(rule):
    """An operation on bits, which is logic on truth values; on integers it has no rule."""

    def checked(*operands):
        if all(elements.is_condition(e) for x in operands for e in array(x).flat):
            return each(rule, *operands)
        raise UnknownOperation("bitwise operation", "only truth values are lifted, not the bits of integers")

    return checked


def exclusive(a, b):
    """Exactly one of two conditions."""
    return elements.either(elements.both(a, elements.opposite(b)), elements.both(elements.opposite(a), b))


_of_one, _of_two = curves.of_one, curves.of_two


def _comparison(op: str):
    return _of_two(partial(elements.compare, op))


RULES = {
    "add": _in_any_order(add, "alpha", 1), "sub": _in_any_order(sub, "alpha", 1), "rsub": rsub, "mul": mul, "div": div,
    "addcmul": _in_any_order(addcmul, "value", 2), "addcdiv": _in_any_order(addcdiv, "value", 2), "lerp": lerp,
    "pow": power, "clamp": clamp,
    "clamp_min": lambda input, min: clamp(input, min), "clamp_max": lambda input, max: clamp(input, None, max),
    "maximum": _of_two(elements.maximum), "minimum": _of_two(elements.minimum),
    "floor_divide": _of_two(integers.quotient), "remainder": _of_two(integers.remainder),
    "sqrt": _of_one(elements.root), "rsqrt": _of_one(lambda x: elements.divide(1, elements.root(x))),
    "square": _of_one(lambda x: x**2), "reciprocal": _of_one(lambda x: elements.divide(1, x)),
    "abs": _of_one(abs), "neg": _of_one(lambda x: -x), "positive": _of_one(lambda x: x),
    "sign": _of_one(elements.sign),
    "exp": _of_one(elements.exp), "expm1": _of_one(lambda x: elements.exp(x) - 1),
    "exp2": _of_one(lambda x: elements.maker(x)(2) ** x),
    "log": _of_one(elements.log), "log1p": _of_one(lambda x: elements.log(1 + x)),
    "log2": _of_one(lambda x: elements.log_base(x, 2)), "log10": _of_one(lambda x: elements.log_base(x, 10)),
    "floor": _of_one(integers.floor), "ceil": _of_one(lambda x: -integers.floor(-x)),
    "relu": relu,
    "copy": copy, "clone": lambda input: input, "fill": fill, "constant": constant, "zero": zero, "nan_to_num": nan_to_num,
    "isfinite": _of_one(elements.is_real), "isnan": _of_one(elements.is_nan), "isinf": _of_one(elements.is_infinite),
} | {op: _comparison(op) for op in ("lt", "le", "gt", "ge", "eq", "ne")} | curves.RULES  # fmt: skip

# Rules that see conditions as they are; for all others a condition is the number 1 or 0.
LOGICAL = {
    "where": where, "masked_fill": masked_fill,
    "logical_not": _of_one(elements.opposite), "logical_xor": _of_two(exclusive),
    "logical_and": _of_two(elements.both), "logical_or": _of_two(elements.either),
    "bitwise_not": bitwise(elements.opposite), "bitwise_xor": bitwise(exclusive),
    "bitwise_and": bitwise(elements.both), "bitwise_or": bitwise(elements.either),
}  # fmt: skip

# Other names of the same operation; torch's own spellings, and Python's for operators.
ALIASES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "truediv": "div",
    "floordiv": "floor_divide", "mod": "remainder", "absolute": "abs", "negative": "neg", "pos": "positive",
    "sgn": "sign", "clip": "clamp", "float_power": "pow", "fmax": "maximum", "fmin": "minimum",
    "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "not_equal": "ne",
    "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "invert": "bitwise_not",
} | curves.ALIASES  # fmt: skip
