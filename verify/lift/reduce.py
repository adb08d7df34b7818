"""What torch's reductions and products do to terms.

Sums run from the left, as written; torch may add in another order, which changes rounding
only.  A reduction that answers with positions (argmax, sort, max over a dimension) has no
rule: which element wins depends on the symbols.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce

import numpy as np

from verify.lift import elements
from verify.lift.elements import array, each
from verify.lift.record import UnknownOperation, literal


def _axes(dim, rank: int) -> tuple[int, ...]:
    """torch's `dim` as non-negative axes; None and () mean all, and a number has none."""
    dims = tuple(dim) if isinstance(dim, list | tuple) else () if dim is None else (dim,)
    return tuple(d % rank for d in dims) if rank and dims else tuple(range(rank))


def along(rule, x, dim, keepdim: bool, start=None) -> np.ndarray:
    """Combine elements from the left over the given dimensions (all, for None)."""
    x = array(x)
    axes = _axes(dim, x.ndim)
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    rows = np.transpose(x, rest + axes).reshape(tuple(x.shape[a] for a in rest) + (-1,))
    out = np.empty(rows.shape[:-1], dtype=object)
    for i in np.ndindex(*out.shape):
        out[i] = reduce(rule, rows[i]) if start is None or rows.shape[-1] else start
    return out.reshape(tuple(1 if a in axes else x.shape[a] for a in range(x.ndim))) if keepdim else out


def sum_(input, dim=None, keepdim=False, *, axis=None, dtype=None):
    return along(lambda a, b: a + b, input, dim if axis is None else axis, keepdim, literal(0))


def count(input, dim) -> int:
    """How many elements each result of a reduction has."""
    shape = array(input).shape
    return math.prod(shape[a] for a in _axes(dim, len(shape)))


def mean(input, dim=None, keepdim=False, *, dtype=None):
    return each(elements.divide, sum_(input, dim, keepdim), literal(count(input, dim)))


def prod(input, dim=None, keepdim=False, *, dtype=None):
    return along(lambda a, b: a * b, input, dim, keepdim, literal(1))


def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    if isinstance(dim, bool):  # var(unbiased)
        dim, unbiased = None, dim
    free = count(input, dim) - (correction if correction is not None else int(unbiased))
    return sum_((array(input) - mean(input, dim, True)) ** 2, dim, keepdim) / literal(free)


def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    where = None if isinstance(dim, bool) else dim
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, where, keepdim)


def std_mean(*args, **kwargs):
    spread, middle = var_mean(*args, **kwargs)
    return each(elements.root, spread), middle


def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    return each(elements.root, var(input, dim, unbiased, keepdim, correction=correction))


def extreme(name: str):
    """max and min: over everything, over a dimension, or of two tensors."""
    rule = getattr(elements, name)

    def largest(input, other=None, dim=None, keepdim=False):
        if isinstance(other, np.ndarray):
            return each(rule, input, other)
        axis = other if dim is None else dim
        return along(rule, input, None, False) if axis is None else _placed(along(rule, input, axis, keepdim))

    return largest


def _placed(values) -> tuple:
    """Values of winners beside their positions, which depend on the symbols and have no terms."""
    return values, each(lambda _: elements.unset(), values)


def amax(input, dim=None, keepdim=False):
    return along(elements.maximum, input, dim, keepdim)


def amin(input, dim=None, keepdim=False):
    return along(elements.minimum, input, dim, keepdim)


def any_(input, dim=None, keepdim=False):
    return along(elements.either, each(elements.condition, input), dim, keepdim, elements.condition(literal(0)))


def all_(input, dim=None, keepdim=False):
    return along(elements.both, each(elements.condition, input), dim, keepdim, elements.condition(literal(1)))


def norm(input, p=2, dim=None, keepdim=False, dtype=None):
    """The p-norm of the elements as one vector."""
    if p is None or p == "fro" or elements.known(p) == 2:
        return each(elements.root, sum_(array(input) ** 2, dim, keepdim))
    if isinstance(p, str):
        raise UnknownOperation(f"norm(p={p!r})")
    sizes = each(abs, input)
    if (end := _end(p)) is not None:
        return (amax if end > 0 else amin)(sizes, dim, keepdim)
    q = elements.known(p)
    if q is None or q <= 0:
        raise UnknownOperation(f"norm(p={p})")
    total = sum_(sizes if q == 1 else each(elements.power, sizes, literal(q)), dim, keepdim)
    return total if q == 1 else each(elements.power, total, literal(1 / Fraction(q)))


def _end(p) -> int | None:
    """1 or -1 where p is an infinity."""
    try:
        return {float("inf"): 1, float("-inf"): -1}.get(float(p))
    except TypeError:
        return {"infinity": 1, "neg": -1}.get(p.op) if hasattr(p, "op") else None


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None):
    return norm(x, ord, dim, keepdim)


def linalg_norm(input, ord=None, dim=None, keepdim=False, *, dtype=None):
    matrix = len(_axes(dim, array(input).ndim)) == 2
    if matrix and ord not in (None, "fro"):
        raise UnknownOperation(f"linalg.norm(ord={ord}) of a matrix", "singular values are not lifted")
    return norm(input, 2 if ord is None else ord, dim, keepdim)


def matrix_norm(input, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    if ord != "fro":
        raise UnknownOperation(f"matrix_norm(ord={ord!r})", "only the Frobenius norm is lifted")
    return norm(input, 2, dim, keepdim)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """The inner product of the two unit vectors; each norm is at least eps (ATen, Distance.cpp)."""
    eps = literal(eps) if isinstance(eps, float) else eps
    x1, x2 = np.broadcast_arrays(array(x1), array(x2))
    a, b = (each(elements.divide, x, each(elements.maximum, norm(x, 2, dim, True), eps)) for x in (x1, x2))
    return sum_(a * b, dim)


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """x over its norm, which is at least eps (torch.nn.functional.normalize)."""
    eps = literal(eps) if isinstance(eps, float) else eps
    return each(elements.divide, input, each(elements.maximum, norm(input, p, dim, True), eps))


def dot(input, other):
    return sum_(array(input) * array(other))


def matmul(input, other):
    return array(array(input) @ array(other))


def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    product = matmul(mat1, mat2)
    return array(beta) * array(input) + array(alpha) * product


def addr(input, vec1, vec2, *, beta=1, alpha=1):
    return array(beta) * array(input) + array(alpha) * outer(vec1, vec2)


def outer(input, vec2):
    return np.multiply.outer(array(input), array(vec2))


def einsum(equation, *operands):
    arrays = operands[0] if len(operands) == 1 and isinstance(operands[0], list | tuple) else operands
    return array(np.einsum(equation, *map(array, arrays)))


def trace(input):
    return sum_(np.diagonal(array(input)))


def running(rule):
    """The results of a rule on the first, the first two, ... elements along a dimension."""
    accumulate = np.frompyfunc(rule, 2, 1).accumulate
    return lambda input, dim, *, dtype=None: array(accumulate(array(input), axis=dim, dtype=object))


def softmax(input, dim, _stacklevel=3, dtype=None):
    sizes = each(elements.exp, input - amax(input, dim, True))
    return each(elements.divide, sizes, sum_(sizes, dim, True))


def logsumexp(input, dim, keepdim=False):
    top = amax(input, dim, True)
    total = each(elements.log, sum_(each(elements.exp, input - top), dim, keepdim))
    return total + (top if keepdim else amax(input, dim))


def diff(input, n=1, dim=-1, prepend=None, append=None):
    ends = [array(input) if part is None else array(part) for part in (prepend, input, append) if part is not None]
    return np.diff(np.concatenate(ends, dim), n, dim)


def count_nonzero(input, dim=None):
    return sum_(each(lambda x: elements.number(elements.condition(x)), input), dim)


RULES = {
    "sum": sum_, "mean": mean, "prod": prod, "var": var, "std": std, "cumsum": running(lambda a, b: a + b),
    "cumprod": running(lambda a, b: a * b), "cummax": lambda input, dim: _placed(running(elements.maximum)(input, dim)),
    "cummin": lambda input, dim: _placed(running(elements.minimum)(input, dim)),
    "aminmax": lambda input, *, dim=None, keepdim=False: (amin(input, dim, keepdim), amax(input, dim, keepdim)),
    "var_mean": var_mean, "std_mean": std_mean,
    "softmax": softmax, "log_softmax": lambda input, dim, *args, dtype=None: each(elements.log, softmax(input, dim)),
    "logsumexp": logsumexp, "diff": diff, "trace": trace,
    "max": extreme("maximum"), "min": extreme("minimum"), "amax": amax, "amin": amin,
    "norm": norm, "linalg_vector_norm": vector_norm, "linalg_norm": linalg_norm, "linalg_matrix_norm": matrix_norm,
    "cosine_similarity": cosine_similarity, "normalize": normalize,
    "dist": lambda input, other, p=2: norm(array(input) - array(other), p),
    "dot": dot, "vdot": dot, "inner": lambda input, other: array(np.inner(array(input), array(other))),
    "matmul": matmul, "mm": matmul, "mv": matmul, "bmm": matmul, "outer": outer, "einsum": einsum,
    "addmm": addmm, "addmv": addmm, "baddbmm": addmm, "addr": addr,
}  # fmt: skip
LOGICAL = {"any": any_, "all": all_, "count_nonzero": count_nonzero}
ALIASES = {"ger": "outer", "linalg_matmul": "matmul", "nansum": "sum", "nanmean": "mean"}
