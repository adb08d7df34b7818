"""The few operations that Python's own operators do not spell.

`+ - * / **` already work on every kind of number used here: exact terms, multiprecision
floats, balls, z3 reals, SymPy expressions and tensors.  This file adds `sqrt`,
`magnitude`, `sign`, `maximum`, `where`, `dot`, `total` and their like.  Each asks the
number's own *system* (verify/systems.py) for the operation, so a new kind of number is one
new class there and nothing here.

Plain Python numbers belong to no system: `sqrt(2)` is refused, since it would be a
binary fraction before anyone could ask for the root of two.
"""

from functools import reduce
from importlib import import_module

# Top-level module of a number's type -> where its system is defined; loaded on first use,
# so that nobody pays for torch or z3 who does not compute with them.
_WHERE = {
    "verify.exact": ("verify.systems", "Terms"),
    "mpmath": ("verify.systems", "Multiprecision"),
    "flint": ("verify.systems", "Balls"),
    "z3": ("verify.systems", "Formulas"),
    "sympy": ("verify.systems", "Symbolic"),
    "numpy": ("verify.systems", "Arrays"),
    "torch": ("verify.tensors", "Tensors"),
}
_systems: dict[type, object] = {}


class Undefined(ZeroDivisionError, ValueError):
    """The term divides by zero, or leaves the reals, at this point."""


class NoSystem(TypeError):
    """Plain Python numbers, where a number of some system is needed."""


def register(kind: type, system) -> None:
    """Say which system the numbers of a type belong to."""
    _systems[kind] = system


def system(*values):
    """The number system that the arguments share; arrays come before their elements."""
    found = [s for v in values if (s := _system_of(type(v))) is not None]
    if not found:
        kinds = ", ".join(sorted({type(v).__name__ for v in values}))
        raise NoSystem(f"{kinds}: a plain Python number has no system; compute with arguments of the rule or the claim")
    return max(found, key=lambda s: s.rank)


def _system_of(kind: type):
    for base in kind.__mro__:
        if base in _systems:
            return _systems[base]
    for base in kind.__mro__:
        place = _WHERE.get(base.__module__) or _WHERE.get(base.__module__.split(".")[0])
        if place:
            return _systems.setdefault(kind, getattr(import_module(place[0]), place[1]))
    return None


def sqrt(x):
    """The non-negative square root."""
    return system(x).sqrt(x)


def magnitude(x):
    """The absolute value."""
    return abs(x)


def sign(x):
    """-1, 0 or 1."""
    return system(x).sign(x)


def maximum(a, b):
    """The larger of two numbers, elementwise on arrays."""
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else system(a, b).maximum(a, b)


def minimum(a, b):
    """The smaller of two numbers, elementwise on arrays."""
    return min(a, b) if isinstance(a, int) and isinstance(b, int) else system(a, b).minimum(a, b)


def rounded(x, bits: int):
    """The nearest number with that many significant bits, ties to even: what a narrower type holds, elementwise."""
    return system(x).round(x, bits)


def below(a, b):
    """The condition a < b, elementwise on arrays (whose own `<` asks for truth values)."""
    return system(a, b).below(a, b)


def where(condition, a, b):
    """`a` where the condition holds, else `b`; the branch not taken may be undefined."""
    if isinstance(condition, bool):
        return a if condition else b
    return system(condition, a, b).where(condition, a, b)


def exp(x):
    """The exponential function."""
    return system(x).exp(x)


def log(x):
    """The natural logarithm of a positive number."""
    return system(x).log(x)


def gamma(x):
    """Euler's gamma function of a positive number."""
    return system(x).gamma(x)


def beta_function(a, b):
    """Euler's beta function, B(a, b) = gamma(a) gamma(b) / gamma(a + b)."""
    return gamma(a) * gamma(b) / gamma(a + b)


def number(n: int, like):
    """The integer n in the system of `like`; what has a system already stays what it is."""
    return system(like).number(n, like) if isinstance(n, int) else n


def pi(like):
    """The number pi, in the system of `like`."""
    return system(like).pi(like)


def dot(a, b):
    """The inner product of two arrays of one shape: the sum of all products."""
    return system(a, b).dot(a, b)


def norm(a):
    """The Euclidean norm over all elements."""
    return sqrt(dot(a, a))


def size(a):
    """How many elements an array has, as a number of its own system."""
    return system(a).size(a)


def dimensions(a) -> int:
    """How many indices an array has; 0 for a number."""
    return getattr(a, "ndim", 0)


def rows(a):
    """An array as a matrix, with one row for each index of its first axis."""
    return a.reshape(a.shape[0], -1)


def dot_rows(a, b):
    """The inner product of each pair of rows, shaped so that it multiplies the rows."""
    return (rows(a) * rows(b)).sum(axis=1).reshape(-1, *[1] * (a.ndim - 1))


def row_sums(a):
    """The sum of each row, shaped so that it meets the rows; of several matrices, each by itself."""
    return a.sum(-1)[..., None]


def column_sums(a):
    """The sum of each column, shaped so that it meets the columns."""
    return a.sum(-2)[..., None, :]


def first_matrix(a):
    """Of several matrices the first; a matrix, a vector and a number are their own."""
    return a[(0,) * (dimensions(a) - 2)] if dimensions(a) > 2 else a


def root_mean_square(a):
    """The root of the mean of the squares of all elements."""
    return norm(a) / sqrt(size(a))


def largest(a):
    """The largest element of an array; a number is its own."""
    return reduce(maximum, a.reshape(-1)) if dimensions(a) else a


def matmul(a, b):
    """The matrix product."""
    return a @ b


def transpose(a):
    """The transposed matrix."""
    return a.T


def whole(x) -> int:
    """The Python integer that a number of any system is, for use as an index."""
    found = x.unique_fmpz() if hasattr(x, "unique_fmpz") else int(x)
    if found is None or ((isinstance(x, float) or hasattr(x, "_mpf_")) and found != x):
        raise ValueError(f"{x} is no integer; an index, or the bound of a sum, must be one")
    return int(found)


def total(term, low, high):
    """The sum of `term(i)` for the integers i from `low` to `high`; 0 where there are none."""
    kind = system(low, high)
    if kind.symbolic(low) or kind.symbolic(high):
        return kind.total(term, low, high)
    return sum((term(kind.number(i, high)) for i in range(whole(low), whole(high) + 1)), kind.number(0, high))


def greatest(term, low, high):
    """The largest of `term(i)` for the integers i from `low` to `high`, of which there is at least one."""
    kind = system(low, high)
    if kind.symbolic(low) or kind.symbolic(high):
        return kind.greatest(term, low, high)
    found = [term(kind.number(i, high)) for i in range(whole(low), whole(high) + 1)]
    if not found:
        raise ValueError(f"the largest of no terms: from {low} to {high}")
    return reduce(maximum, found)


def integral(integrand, low, high, like):
    """The integral of `integrand(x)` from `low` to `high`; `high=None` means infinity.

    `like` is any number of the system in which to integrate.
    """
    return system(like).integral(integrand, low, high, like)
