r"""
# Adafactor

Adam's second moment costs as much memory as the parameters.  For a matrix Adafactor keeps
only the sums of its rows and of its columns, and puts their product over the total in its
place: exact where the moment has rank one, and right in every row's and every column's sum
always.  Steps are relative to the size of the parameter, and no update is larger than its
clipping threshold allows.

## Main results
- `rank_one`          : where the second moment has rank one, nothing is lost
- `rows_are_kept`     : the sums of the rows are kept always
- `weights_of_decay`  : with the decay $1 - 1/t$ the second moment is the plain mean, with no correction of its bias

## References
- [SS18] Shazeer, Stern.  Adafactor: adaptive learning rates with sublinear memory cost.  ICML 2018.
"""

from verify import (  # noqa: F401 (readings name some)
    Between,
    From,
    Natural,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Sequence,
    claim,
    column_sums,
    dimensions,
    equal,
    first_matrix,
    maximum,
    minimum,
    number,
    root_mean_square,
    row_sums,
    size,
    sqrt,
    total,
    unfolds,
)


def step(
    x,
    g,
    memory,
    t,
    *,
    lr: Positive,
    beta2_decay: Between(-2, 0, closed=True),
    eps1: NonNegative,
    eps2: NonNegative,
    d: From(1),
):
    """SS18, Algorithm 4 (matrices) and Algorithm 5 (vectors), with the decay and relative step of section 9."""
    R, C, V = memory
    decay = 1 - t**beta2_decay
    rho = minimum(lr, 1 / sqrt(number(t, lr)))
    alpha = maximum(eps2, root_mean_square(x)) * rho
    squares = g**2 + eps1
    if dimensions(x) > 1:
        R = decay * R + (1 - decay) * row_sums(squares)
        C = decay * C + (1 - decay) * column_sums(squares)
        estimate = R * C / column_sums(R)
    else:
        V = decay * V + (1 - decay) * squares
        estimate = V
    u = g / sqrt(estimate)
    u = u / maximum(1, root_mean_square(u) / d)
    x = x - alpha * u
    return x, (R, C, V)


def rows_of(x):
    """A number for each row of a matrix; of a vector, as many as it has."""
    return row_sums(x) if dimensions(x) > 1 else x


def columns_of(x):
    """A number for each column of a matrix; of a vector, as many as it has."""
    return column_sums(x) if dimensions(x) > 1 else x


adafactor = Rule(
    name="adafactor",
    source="Shazeer, Stern 2018, Algorithms 4 and 5",
    step=step,
    memory=dict(R=NonNegative, C=NonNegative, V=NonNegative),
    shaped=dict(R=rows_of, C=columns_of),
    shapes=((2, 2), (4,)),
    constants=dict(lr="0.01", beta2_decay="-0.8", eps1="1e-30", eps2="0.001", d="1"),
    elementwise=False,
    readings=(
        Reading(
            "eps-clamped",
            "eps1 is not added to the squares: it bounds the mean of the rows from below, and the root of the estimate",
            paper="g**2 + eps1",
            code="g**2",
            kind="epsilon-placement",
            more=(
                ("R * C / column_sums(R)", "R * C / maximum(column_sums(R), eps1 * size(first_matrix(x)))"),
                ("g / sqrt(estimate)", "g / sqrt(maximum(estimate, eps1**2))"),
            ),
        ),
        Reading(
            "decoupled",
            "the parameter decays by lr weight_decay",
            paper="x = x - alpha * u",
            code="x = x - lr * weight_decay * x - alpha * u",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
        Reading(
            "no-relative-step",
            "the learning rate is lr itself, and does not fall like 1 / sqrt(t)",
            paper="minimum(lr, 1 / sqrt(number(t, lr)))",
            code="lr",
            kind="schedule",
        ),
        Reading(
            "no-parameter-scale",
            "steps are not relative to the size of the parameter",
            paper="maximum(eps2, root_mean_square(x)) * rho",
            code="rho",
            kind="schedule",
        ),
        Reading(
            "unclipped",
            "the update is not clipped",
            paper="u / maximum(1, root_mean_square(u) / d)",
            code="u",
            kind="threshold",
        ),
    ),
)


# The estimate ---------------------------------------------------------------------------------------


def estimate(a, b, c, d):
    """What R and C make of the second moment [[a, b], [c, d]]."""
    rows, columns, whole = (a + b, c + d), (a + c, b + d), a + b + c + d
    return tuple(tuple(r * column / whole for column in columns) for r in rows)


@claim("adafactor/rank-one", catalogue="M06", cites="SS18, section 3")
def rank_one(p: Positive, q: Positive, r: Positive, s: Positive):
    """Where the second moment has rank one, its rows and columns give it back."""
    (a, b), (c, d) = estimate(p * r, p * s, q * r, q * s)
    return equal(a, p * r), equal(b, p * s), equal(c, q * r), equal(d, q * s)


@claim("adafactor/exact", catalogue="M06", cites="SS18, section 3, without the condition on the rank", false=True)
def always_exact(a: Positive, b: Positive, c: Positive, d: Positive):
    """The rows and columns of a second moment give it back."""
    return equal(estimate(a, b, c, d)[0][0], a)


@claim("adafactor/rows-are-kept", catalogue="M06", cites="SS18, section 3")
def rows_are_kept(a: Positive, b: Positive, c: Positive, d: Positive):
    """The estimate has the sums of rows and of columns that the second moment has."""
    (p, q), (r, s) = estimate(a, b, c, d)
    return equal(p + q, a + b), equal(r + s, c + d), equal(p + r, a + c), equal(q + s, b + d)


# The decay ------------------------------------------------------------------------------------------


def second_moment(g, power):
    """What a step makes of the moment, where the decay is 1 - t^-power."""
    return lambda v, t: (1 - t**-power) * v + t**-power * g(t) ** 2


@claim("adafactor/weights-of-decay", catalogue="M08", cites="SS18, section 7.2")
def weights_of_decay(g: Sequence(Real), t: Natural):
    """With the decay 1 - 1/t the second moment is the plain mean of the squares, with no correction of its bias."""
    return unfolds(second_moment(g, 1), lambda t: total(lambda i: g(i) ** 2, 1, t) / t, start=g(1) ** 2, t=t, first=1)


@claim("adafactor/faster-decay", catalogue="M08", cites="the same, with the decay 1 - 1/t^2", false=True)
def faster_decay(g: Sequence(Real), t: Natural):
    """With the decay 1 - 1/t^2 the second moment is the plain mean of the squares."""
    return unfolds(second_moment(g, 2), lambda t: total(lambda i: g(i) ** 2, 1, t) / t, start=g(1) ** 2, t=t, first=1)
