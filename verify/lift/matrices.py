"""What torch's products, powers and inverses of matrices do to terms.

All are written out in the elements, so they are meant for the small shapes at which code
that mixes elements is lifted.  Decompositions whose factors are not unique (singular
values, eigenvectors) have no rule.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from verify.lift import elements
from verify.lift.elements import array, each
from verify.lift.record import UnknownOperation, literal
from verify.lift.reduce import matmul, norm, sum_

LARGEST = 4  # a determinant of n by n has n! terms


def kron(input, other):
    return array(np.kron(array(input), array(other)))


def tensordot(a, b, dims=2, out=None):
    dims = dims if isinstance(dims, int) else tuple(map(tuple, dims))
    return array(np.tensordot(array(a), array(b), dims))


def product(*matrices):
    """A chain of matrices, from the left."""
    many = matrices[0] if len(matrices) == 1 and isinstance(matrices[0], list | tuple) else matrices
    return reduce(matmul, many)


def power(input, n):
    n = int(elements.known(n))  # type: ignore[arg-type]
    base = inverse(input) if n < 0 else array(input)
    one = np.broadcast_to(elements.constants(np.eye(base.shape[-1])), base.shape)
    return reduce(matmul, [base] * abs(n)) if n else one


def vecdot(x, y, *, dim=-1):
    return sum_(array(x) * array(y), dim)


def cross(input, other, dim=-1):
    a, b = (np.moveaxis(x, dim, -1) for x in np.broadcast_arrays(array(input), array(other)))
    cells = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.moveaxis(np.stack(cells, -1), -1, dim)


def linear(input, weight, bias=None):
    result = matmul(input, np.swapaxes(array(weight), -1, -2) if array(weight).ndim > 1 else weight)
    return result if bias is None else result + array(bias)


def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return array(beta) * array(input) + array(alpha) * sum_(matmul(batch1, batch2), 0)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """The norm of x1 - x2 + eps along the last dimension (torch.nn.functional.pairwise_distance)."""
    eps = literal(eps) if isinstance(eps, float) else eps
    return norm(array(x1) - array(x2) + eps, p, -1, keepdim)


def norm_except_dim(v, pow=2, dim=0):
    others = tuple(a for a in range(array(v).ndim) if a != dim)
    return norm(v, pow, others if dim >= 0 else None, dim >= 0)


def renorm(input, p, dim, maxnorm):
    """Slices along a dimension, scaled down to maxnorm where their p-norm is larger (with torch's 1e-7 below)."""
    input, maxnorm = array(input), literal(maxnorm) if isinstance(maxnorm, float) else maxnorm
    sizes = norm(input, p, tuple(a for a in range(input.ndim) if a != dim % input.ndim), True)
    small = literal(1e-7)
    scale = lambda n: elements.where(
        elements.compare("gt", n, maxnorm), elements.divide(maxnorm, n + small), literal(1)
    )
    return input * each(scale, sizes)


def _each_matrix(rule):
    """A rule for one matrix, applied to a batch of them."""

    def batched(input, *others):
        input = array(input)
        if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
            raise UnknownOperation("determinant", "the matrix is not square")
        if input.shape[-1] > LARGEST:
            raise UnknownOperation("determinant", f"only matrices of at most {LARGEST} rows are written out")
        cells = [array(rule(input[i])) for i in np.ndindex(*input.shape[:-2])]
        return np.stack(cells).reshape(input.shape[:-2] + cells[0].shape)

    return batched


def _determinant(m):
    if m.shape[0] == 1:
        return m[0, 0]
    minors = [_determinant(_without(m, 0, j)) for j in range(m.shape[0])]
    terms = [m[0, j] * d if j % 2 == 0 else -(m[0, j] * d) for j, d in enumerate(minors)]
    return reduce(lambda a, b: a + b, terms)


def _without(m, i, j):
    return np.delete(np.delete(m, i, 0), j, 1)


def _inverse(m):
    """The transposed cofactors over the determinant."""
    whole, n = _determinant(m), m.shape[0]
    if n == 1:
        return each(elements.divide, literal(1), m)
    cell = lambda i, j: _determinant(_without(m, j, i)) * literal((-1) ** (i + j))
    return np.array([[elements.divide(cell(i, j), whole) for j in range(n)] for i in range(n)], dtype=object)


def _cholesky(m):
    """The lower triangle whose product with its transpose is m (of which only the lower part is read)."""
    n = m.shape[0]
    low = np.full((n, n), literal(0), dtype=object)
    for i in range(n):
        for j in range(i + 1):
            rest = reduce(lambda a, k: a - low[i, k] * low[j, k], range(j), m[i, j])
            low[i, j] = elements.root(rest) if i == j else elements.divide(rest, low[j, j])
    return low


determinant, inverse, lower_root = (_each_matrix(rule) for rule in (_determinant, _inverse, _cholesky))


def solve(A, B, *, left=True):
    return matmul(inverse(A), B) if left else matmul(B, inverse(A))


def cholesky(input, upper=False):
    low = lower_root(input)
    return np.swapaxes(low, -1, -2) if upper else low


RULES = {
    "kron": kron, "tensordot": tensordot, "chain_matmul": product, "linalg_multi_dot": product, "matrix_power": power,
    "linalg_vecdot": vecdot, "linalg_cross": cross, "linear": linear, "addbmm": addbmm,
    "pairwise_distance": pairwise_distance, "norm_except_dim": norm_except_dim, "renorm": renorm,
    "det": determinant, "inverse": inverse, "linalg_solve": solve, "cholesky": cholesky,
}  # fmt: skip
ALIASES = {
    "linalg_matrix_power": "matrix_power", "linalg_det": "det", "linalg_inv": "inverse", "linalg_cholesky": "cholesky",
    "frobenius_norm": "norm",
}  # fmt: skip
