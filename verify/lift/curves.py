"""The elementwise functions that are more than arithmetic, each written out in the numbers' own operations.

Signs and remainders, exponential and hyperbolic functions, the activations of
torch.nn.functional.  A function that cannot be written out (the sine) is an operation of
its own: such a term can be evaluated, and no proof looks into it.
"""

from __future__ import annotations

from fractions import Fraction

from verify.exact import Exact, function
from verify.lift import elements
from verify.lift.elements import (
    compare,
    divide,
    each,
    exp,
    log,
    maker,
    maximum,
    minimum,
    root,
    where,
)
from verify.lift.integers import nearest_integer, truncated
from verify.lift.record import UnknownOperation, literal


def of_one(rule):
    return lambda input: each(rule, input)


def of_two(rule):
    return lambda input, other: each(rule, input, other)


# Signs, remainders and roundings ------------------------------------------------------------------


def round_(input, *, decimals=0):
    if decimals:
        raise UnknownOperation("round(decimals=...)", "only rounding to integers is lifted")
    return each(nearest_integer, input)


def fmod(a, b):
    """The remainder with the sign of a."""
    return a - b * truncated(divide(a, b))


def copysign(a, b):
    """|a| with the sign of b; a zero counts as positive, since no term knows a negative zero."""
    return where(compare("lt", b, 0), -abs(a), abs(a))


def heaviside(a, at_zero):
    return where(compare("eq", a, 0), at_zero, where(compare("lt", a, 0), literal(0), literal(1)))


def hypot(a, b):
    return root(a * a + b * b)


def signbit(x):
    return compare("lt", x, 0)


def is_close(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """|a - b| <= atol + rtol |b|, as torch.isclose."""
    rtol, atol = (literal(e) if isinstance(e, float) else e for e in (rtol, atol))
    return each(lambda a, b: compare("le", abs(a - b), atol + rtol * abs(b)), input, other)


# Exponentials and hyperbolic functions -------------------------------------------------------------


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + e^(beta x)) / beta; torch returns x itself where beta x is above the threshold."""
    beta, threshold = (literal(e) if isinstance(e, float) else e for e in (beta, threshold))
    rule = lambda x: where(compare("gt", beta * x, threshold), x, divide(log(1 + exp(beta * x)), beta))
    return each(rule, input)


def sigmoid(x):
    return divide(1, 1 + exp(-x))


def tanh(x):
    """(e^2x - 1) / (e^2x + 1), the definition."""
    e = exp(2 * x)
    return divide(e - 1, e + 1)


def hyperbolic_sine(x):
    return divide(exp(x) - exp(-x), 2)


def hyperbolic_cosine(x):
    return divide(exp(x) + exp(-x), 2)


def log_of_sum(a, b):
    """log(e^a + e^b), with the larger exponent taken out."""
    top = maximum(a, b)
    return top + log(exp(a - top) + exp(b - top))


def xlogy(a, b):
    """a log b, and 0 where a is 0."""
    return where(compare("eq", a, 0), literal(0), a * log(b))


def logit(input, eps=None):
    low = literal(eps) if isinstance(eps, float) else eps
    kept = input if eps is None else each(lambda x: minimum(maximum(x, low), 1 - low), input)
    return each(lambda x: log(divide(x, 1 - x)), kept)


# Activations ---------------------------------------------------------------------------------------


def activation(rule):
    """A rule of torch.nn.functional, which may be asked to work in place."""

    def checked(input, *args, inplace=False, **kwargs):
        if inplace:
            raise UnknownOperation("inplace=True", "use the function that ends in an underscore")
        args = tuple(literal(a) if isinstance(a, float) else a for a in args)
        kwargs = {k: literal(v) if isinstance(v, float) else v for k, v in kwargs.items()}
        return each(lambda x: rule(x, *args, **kwargs), input)

    return checked


def positive(x, yes, no):
    return where(compare("gt", x, 0), yes, no)


def elu(x, alpha=1):
    return positive(x, x, alpha * (exp(x) - 1))


def celu(x, alpha=1):
    return maximum(x, literal(0)) + minimum(alpha * (exp(divide(x, alpha)) - 1), literal(0))


def leaky(x, negative_slope=Fraction(1, 100)):
    return positive(x, x, literal(negative_slope) * x if isinstance(negative_slope, Fraction) else negative_slope * x)


def hardtanh(x, min_val=-1, max_val=1):
    return minimum(maximum(x, literal(min_val)), literal(max_val))


def threshold(x, threshold, value):
    return where(compare("gt", x, threshold), x, value)


def hardshrink(x, lambd=Fraction(1, 2)):
    return where(compare("gt", abs(x), literal(lambd)), x, literal(0))


def softshrink(x, lambd=Fraction(1, 2)):
    return elements.sign(x) * maximum(abs(x) - literal(lambd), literal(0))


# Functions that stay operations of their own -------------------------------------------------------


def opaque(name: str):
    """A function by its name in mpmath: a node of the program where its argument has symbols."""

    def rule(x):
        if isinstance(x, Exact):
            return literal(0) if elements.known(x) == 0 and name != "cos" else function(name, x)
        import mpmath

        return getattr(mpmath, name)(x)

    return rule


sine, cosine, arctangent, error_function = (opaque(n) for n in ("sin", "cos", "atan", "erf"))


def circle(like):
    """pi, in the numbers' own system."""
    if isinstance(like, Exact):
        return Exact("pi")
    import mpmath

    return +mpmath.pi


def arctangent_of(y, x):
    """The angle of the point (x, y), in (-pi, pi]."""
    pi, half = circle(x), divide(circle(x), maker(x)(2))
    inside = arctangent(divide(y, x))
    left = where(compare("lt", y, 0), inside - pi, inside + pi)
    upright = where(compare("gt", y, 0), half, where(compare("lt", y, 0), -half, literal(0)))
    return where(compare("gt", x, 0), inside, where(compare("lt", x, 0), left, upright))


def arcsine(x):
    return arctangent_of(x, root(1 - x * x))


RULES = {
    "trunc": of_one(truncated), "frac": of_one(lambda x: x - truncated(x)), "round": round_, "fmod": of_two(fmod),
    "copysign": of_two(copysign), "heaviside": of_two(heaviside), "hypot": of_two(hypot), "signbit": of_one(signbit),
    "isclose": is_close,
    "isposinf": of_one(lambda x: elements.both(elements.is_infinite(x), compare("gt", x, 0))),
    "isneginf": of_one(lambda x: elements.both(elements.is_infinite(x), compare("lt", x, 0))),
    "tanh": of_one(tanh), "sigmoid": of_one(sigmoid),
    "sinh": of_one(hyperbolic_sine), "cosh": of_one(hyperbolic_cosine),
    "asinh": of_one(lambda x: log(x + root(x * x + 1))), "acosh": of_one(lambda x: log(x + root(x * x - 1))),
    "atanh": of_one(lambda x: divide(log(divide(1 + x, 1 - x)), 2)),
    "logaddexp": of_two(log_of_sum), "ldexp": of_two(lambda x, n: x * maker(x)(2) ** n),
    "xlogy": of_two(xlogy), "special_xlog1py": of_two(lambda a, b: xlogy(a, 1 + b)), "logit": logit,
    "softplus": softplus, "log_sigmoid": of_one(lambda x: -log(1 + exp(-x))),
    "silu": activation(lambda x: x * sigmoid(x)), "mish": activation(lambda x: x * tanh(log(1 + exp(x)))),
    "elu": activation(elu), "celu": activation(celu), "leaky_relu": activation(leaky),
    "hardtanh": activation(hardtanh), "relu6": activation(lambda x: hardtanh(x, 0, 6)),
    "threshold": activation(threshold), "softsign": of_one(lambda x: divide(x, 1 + abs(x))),
    "hardshrink": activation(hardshrink), "softshrink": activation(softshrink),
    "tanhshrink": of_one(lambda x: x - tanh(x)),
    "sin": of_one(sine), "cos": of_one(cosine), "tan": of_one(lambda x: divide(sine(x), cosine(x))),
    "atan": of_one(arctangent), "atan2": of_two(arctangent_of), "erf": of_one(error_function),
    "erfc": of_one(lambda x: 1 - error_function(x)),
    "asin": of_one(arcsine), "acos": of_one(lambda x: divide(circle(x), maker(x)(2)) - arcsine(x)),
    "deg2rad": of_one(lambda x: x * circle(x) / 180), "rad2deg": of_one(lambda x: divide(x * 180, circle(x))),
}  # fmt: skip

ALIASES = {
    "fix": "trunc", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "arcsin": "asin", "arccos": "acos",
    "logsigmoid": "log_sigmoid", "special_xlogy": "xlogy", "special_expit": "sigmoid", "special_expm1": "expm1",
    "special_exp2": "exp2", "special_log1p": "log1p", "special_erf": "erf", "special_erfc": "erfc",
    "special_logit": "logit", "special_round": "round",
    "_threshold": "threshold",
}  # fmt: skip
