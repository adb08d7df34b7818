r"""
# Muon

A weight matrix is no list of numbers: what matters is what it does to vectors.  Muon
replaces the momentum of a matrix by the nearest matrix that treats all directions alike,
$U V^T$ where the momentum is $U S V^T$.  An odd polynomial of the matrix acts on the
singular values alone, so a few products, the Newton-Schulz iteration, bring them all near
1 without ever computing them.

## Main results
- `singular_values`  : the iteration keeps the directions of a matrix, and takes each singular value through one polynomial
- `either_side`      : a tall matrix may be iterated as it is or transposed, whichever is cheaper

## References
- [Jor24] Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein.  Muon: an optimizer for hidden layers in neural
  networks.  2024.
- [Liu25] Liu et al.  Muon is scalable for LLM training.  2025.
"""

from verify import (  # noqa: F401 (readings name some)
    Count,
    HalfOpen,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    at_most,
    claim,
    equal,
    matmul,
    maximum,
    norm,
    number,
    rounded,
    sqrt,
    transpose,
    whole,
)


def wide(matrix):
    """The matrix or its transpose: the one that has no more rows than columns."""
    return transpose(matrix) if matrix.shape[0] > matrix.shape[1] else matrix


def step(
    x,
    g,
    memory,
    t,
    *,
    lr: Positive,
    momentum: HalfOpen,
    eps: NonNegative,
    ns_coefficient1: Real,
    ns_coefficient2: Real,
    ns_coefficient3: Real,
    ns_steps: Count,
):
    """Jor24, Algorithm 2 and `newtonschulz5`, in Nesterov's form, with the factor of the authors' code for tall matrices."""
    (B,) = memory
    a, b, c = ns_coefficient1, ns_coefficient2, ns_coefficient3
    rows, columns = number(x.shape[0], lr), number(x.shape[1], lr)
    B = momentum * B + g
    ahead = g + momentum * B
    X = wide(ahead)
    length = norm(X)
    divisor = length + eps
    X = X / divisor
    for _ in range(whole(ns_steps)):
        A = matmul(X, transpose(X))
        P = b * A + c * matmul(A, A)
        X = a * X + matmul(P, X)
    O = X if X.shape == x.shape else transpose(X)
    scale = sqrt(maximum(rows, columns) / columns)
    x = x - lr * scale * O
    return x, (B,)


muon = Rule(
    name="muon",
    source="Jordan et al. 2024, Algorithm 2",
    step=step,
    memory=dict(B=Real),
    shapes=((2, 2), (4, 1), (1, 2)),
    constants=dict(
        lr="0.02",
        momentum="0.95",
        eps="1e-7",
        ns_coefficient1="3.4445",
        ns_coefficient2="-4.7750",
        ns_coefficient3="2.0315",
        ns_steps="5",
    ),
    elementwise=False,
    readings=(
        Reading(
            "ema-buffer",
            "the buffer is an average: the gradient enters with the weight 1 - momentum, and so it does ahead",
            paper="momentum * B + g",
            code="momentum * B + (1 - momentum) * g",
            kind="momentum-form",
            more=(("g + momentum * B", "(1 - momentum) * g + momentum * B"),),
        ),
        Reading(
            "eps-clamped",
            "eps is not added to the norm: it bounds it from below",
            paper="length + eps",
            code="maximum(length, eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "decoupled",
            "the parameter decays by lr weight_decay, before it moves",
            paper="x = x - lr * scale * O",
            code="x = x - lr * weight_decay * x - lr * scale * O",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
        Reading(
            "match-rms",
            "the step is as large as Adam's usually is: 0.2 times the root of the longer side (Liu25)",
            paper="sqrt(maximum(rows, columns) / columns)",
            code="sqrt(maximum(rows, columns)) / 5",
            kind="schedule",
        ),
        Reading(
            "bfloat16-iteration",
            "the matrix is rounded to bfloat16, and so is every product of the iteration, as in the authors' code",
            paper="wide(ahead)",
            code="wide(rounded(ahead, 8))",
            kind="precision",
            more=(
                ("norm(X)", "rounded(norm(X), 8)"),
                ("X / divisor", "rounded(X / rounded(divisor, 8), 8)"),
                ("matmul(X, transpose(X))", "rounded(matmul(X, transpose(X)), 8)"),
                ("b * A + c * matmul(A, A)", "rounded(b * A + c * matmul(A, A), 8)"),
                ("a * X + matmul(P, X)", "rounded(a * X + matmul(P, X), 8)"),
            ),
            breaks="dtype",
        ),
    ),
)


# The iteration --------------------------------------------------------------------------------------


def product(P, Q):
    """The product of two matrices of two rows and two columns."""
    return tuple(tuple(p * q + r * s for q, s in zip(*Q, strict=True)) for p, r in P)


def transposed(P):
    """The rows of a matrix as columns."""
    return tuple(zip(*P, strict=True))


def combined(u, P, v, Q):
    """u P + v Q."""
    return tuple(tuple(u * p + v * q for p, q in zip(*rows, strict=True)) for rows in zip(P, Q, strict=True))


def iterated(X, a, b, c):
    """One step of the iteration as the paper multiplies it out: a X + (b A + c A A) X, with A = X X^T."""
    A = product(X, transposed(X))
    return combined(a, X, 1, product(combined(b, A, c, product(A, A)), X))


def polynomial(s, a, b, c):
    """What one step makes of a singular value."""
    return a * s + b * s**3 + c * s**5


def turned(u, first, second):
    """The diagonal matrix of two numbers, turned by the angle whose half has the tangent u."""
    cosine, sine = (1 - u**2) / (1 + u**2), 2 * u / (1 + u**2)
    return ((cosine * first, -sine * second), (sine * first, cosine * second))


@claim("muon/singular-values", catalogue="M17", cites="Jor24, section on Newton-Schulz: NS(U S V^T) = U p(S) V^T")
def singular_values(u: Real, p: Real, q: Real, a: Real, b: Real, c: Real):
    """The iteration keeps the directions of a matrix, and takes each singular value through one polynomial."""
    after = iterated(turned(u, p, q), a, b, c)
    wanted = turned(u, polynomial(p, a, b, c), polynomial(q, a, b, c))
    return tuple(equal(x, y) for row, line in zip(after, wanted, strict=True) for x, y in zip(row, line, strict=True))


@claim("muon/either-side", cites="Jor24, `newtonschulz5`, which transposes tall matrices to save work")
def either_side(p: Real, q: Real, r: Real, s: Real, a: Real, b: Real, c: Real):
    """The iteration of a transposed matrix is the transposed iteration."""
    X = ((p, q), (r, s))
    first, second = transposed(iterated(X, a, b, c)), iterated(transposed(X), a, b, c)
    return tuple(equal(x, y) for row, line in zip(first, second, strict=True) for x, y in zip(row, line, strict=True))


@claim(
    "muon/never-beyond-one",
    catalogue="M13",
    cites="Jor24, the coefficients; they trade this for a steep start",
    false=True,
)
def never_beyond_one(s: Unit):
    """With the paper's coefficients no singular value between 0 and 1 is taken beyond 1."""
    return at_most(polynomial(s, 34445, -47750, 20315) / 10000, 1)


@claim("muon/each-element", catalogue="M17", cites="the same, read element by element", false=True)
def each_element(p: Real, q: Real, r: Real, s: Real, a: Real, b: Real, c: Real):
    """The iteration takes each element of a matrix through one polynomial."""
    return equal(iterated(((p, q), (r, s)), a, b, c)[0][0], polynomial(p, a, b, c))
