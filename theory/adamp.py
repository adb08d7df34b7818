r"""
# AdamP and SGDP

Weights that a normalisation follows matter only by their direction: the loss does not
change when they are scaled.  Their gradient is orthogonal to them, so plain steps can only
make them longer, and momentum more so, until the steps turn them no more.  Where the
gradient is seen to be nearly orthogonal to the weights, these rules take the radial part
out of the step.

## References
- [HCO21] Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha.  AdamP: slowing down the slowdown for momentum optimizers on
  scale-invariant weights.  ICLR 2021.
- The theorems stand in theory/scale_invariance.py, theory/norm_growth.py and theory/projection.py.
"""

from verify import (  # noqa: F401 (readings name some)
    HalfOpen,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    dimensions,
    dot,
    dot_rows,
    largest,
    magnitude,
    maximum,
    rows,
    size,
    sqrt,
    where,
)


def cosine(a, b, inner=dot, least=None):
    """The cosine of the angle between a and b without its sign; no length is taken below `least`."""
    lengths = [sqrt(inner(v, v)) for v in (a, b)]
    if least is not None:
        lengths = [maximum(length, least) for length in lengths]
    return magnitude(inner(a, b)) / (lengths[0] * lengths[1])


def tangential(w, p, inner=dot):
    """The part of p that is orthogonal to w."""
    return p - inner(w, p) / inner(w, w) * w


def clamped(least):
    """The cosine with no length below `least`."""
    return lambda a, b, inner=dot: cosine(a, b, inner, least)


def softened(eps):
    """The projection with eps added to the length of w."""

    def project(w, p, inner=dot):
        unit = w / (sqrt(inner(w, w)) + eps)
        return p - inner(unit, p) * unit

    return project


def sgdp_step(x, g, memory, t, *, lr: Positive, momentum: HalfOpen, delta: Positive):
    """HCO21, Algorithm 1."""
    (b,) = memory
    b = momentum * b + g
    p = b
    watched = g
    orthogonal = cosine(x, watched) < delta / sqrt(size(x))
    q = where(orthogonal, tangential(x, p), p)
    x = x - lr * q
    return x, (b,)


def adamp_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative, delta: Positive):
    """HCO21, Algorithm 2."""
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    scale = sqrt(v) + eps
    p = m / scale
    watched = g
    orthogonal = cosine(x, watched) < delta / sqrt(size(x))
    q = where(orthogonal, tangential(x, p), p)
    x = x - lr * q
    return x, (m, v)


# Readings: where both appear, those of the projection are named in this order ----------------------

_PROJECTION = """\
orthogonal = cosine(x, watched) < delta / sqrt(size(x))
q = where(orthogonal, tangential(x, p), p)
"""

projection_readings = (
    Reading(
        "vectors-unprojected",
        "tensors of at most one dimension are left alone",
        paper=_PROJECTION,
        code="""\
orthogonal, q = False, p
if dimensions(x) > 1:
    orthogonal = cosine(x, watched) < delta / sqrt(size(x))
    q = where(orthogonal, tangential(x, p), p)
""",
        kind="projection",
    ),
    Reading(
        "channel-first",
        "each channel is projected by itself where all are nearly orthogonal to their gradients, else the whole tensor",
        paper=_PROJECTION,
        code="""\
orthogonal = cosine(x, watched) < delta / sqrt(size(x))
q = where(orthogonal, tangential(x, p), p)
by_channel = largest(cosine(x, watched, dot_rows)) < delta / sqrt(size(rows(x)[0]))
q = where(by_channel, tangential(x, p, dot_rows), q)
orthogonal = by_channel | orthogonal
""",
        kind="projection",
    ),
    Reading(
        "eps-in-norms",
        "eps is added to the length of the weights that are projected from, and no length in the cosine is below eps",
        paper="tangential",
        code="softened(eps)",
        kind="epsilon-placement",
        more=(("cosine", "clamped(eps)"),),
        adds=dict(eps=NonNegative),
    ),
    Reading(
        "cosine-of-update",
        "the step's own angle to the weights decides, not the gradient's",
        paper="watched = g",
        code="watched = p",
        kind="projection",
    ),
)


def decay_ratio(rate: str) -> Reading:
    """Weights decay, but by a smaller rate where the step is projected."""
    return Reading(
        "decay-ratio",
        "the weights decay before the step, wd_ratio times as much where the step is projected",
        paper="x = x - lr * q",
        code=f"x = x - {rate} * where(orthogonal, wd_ratio, 1) * x\nx = x - lr * q",
        kind="decay-coupling",
        adds=dict(weight_decay=NonNegative, wd_ratio=NonNegative),
    )


sgdp = Rule(
    name="sgdp",
    source="Heo et al. 2021, Algorithm 1",
    step=sgdp_step,
    memory=dict(b=Real),
    constants=dict(delta="0.1"),
    elementwise=False,
    readings=(
        Reading(
            "dampening",
            "the gradient enters the buffer weighted by 1 - dampening",
            paper="momentum * b + g",
            code="momentum * b + (1 - dampening) * g",
            kind="momentum-form",
            adds=dict(dampening=HalfOpen),
        ),
        Reading(
            "nesterov",
            "the step looks ahead: the gradient plus momentum times the buffer",
            paper="p = b",
            code="p = g + momentum * b",
            kind="momentum-form",
        ),
        *projection_readings,
        Reading(
            "buffer-projected",
            "the buffer itself is projected, and is kept so for the next step",
            paper="return x, (b,)",
            code="return x, (q,)",
            kind="projection",
        ),
        decay_ratio("lr * weight_decay / (1 - momentum)"),
    ),
)

adamp = Rule(
    name="adamp",
    source="Heo et al. 2021, Algorithm 2",
    step=adamp_step,
    memory=dict(m=Real, v=NonNegative),
    constants=dict(delta="0.1"),
    elementwise=False,
    readings=(
        Reading(
            "bias-corrected",
            "both averages are corrected for their start at zero",
            paper="scale = sqrt(v) + eps",
            code="scale = (1 - beta1**t) * (sqrt(v / (1 - beta2**t)) + eps)",
            kind="bias-correction",
        ),
        Reading(
            "nesterov",
            "the step looks ahead: the first average is moved once more towards the gradient",
            paper="p = m / scale",
            code="p = (beta1 * m + (1 - beta1) * g) / scale",
            kind="momentum-form",
        ),
        *projection_readings,
        decay_ratio("lr * weight_decay"),
    ),
)
