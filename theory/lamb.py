r"""
# LAMB: Adam's direction, each tensor at its own length

Adam's update of a tensor, decay included, is scaled to the length of the tensor itself, so
that every tensor turns by about the same angle, whatever the size of its gradients.  This is
what lets batches of tens of thousands train at large rates.

## Main results
- `relative_step`   : a step moves a tensor by the learning rate times its length
- `scale_free`      : an update c times as long makes the same step
- `turning`         : a step orthogonal to the tensor turns it by an angle whose tangent is the learning rate

## References
- [Y20] You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh.  Large batch optimization for deep
  learning: training BERT in 76 minutes.  ICLR 2020.
"""

from theory.adam import decays
from theory.adamp import tangential
from verify import (
    HalfOpen,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Vector,
    claim,
    dot,
    equal,
    maximum,  # noqa: F401 (named in a reading)
    minimum,  # noqa: F401 (named in a reading)
    norm,
    sqrt,
    where,
)


def lamb_step(
    x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative, weight_decay: NonNegative
):
    """Y20, Algorithm 2 (version 3 and later), with phi the identity; per tensor."""
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    r = m_hat / (sqrt(v_hat) + eps) + weight_decay * x
    length = norm(x)
    trust = where(norm(r) > 0, length / norm(r), 0)
    x = x - lr * trust * r
    return x, (m, v)


lamb = Rule(
    name="lamb",
    source="You et al. 2020, Algorithm 2, version 3 and later",
    step=lamb_step,
    memory=dict(m=Real, v=NonNegative),
    constants=dict(max_grad_norm="1", longest="10"),
    elementwise=False,
    readings=(
        Reading(
            "uncorrected",
            "no bias is corrected (versions 1 and 2 of the paper)",
            paper="m_hat = m / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)",
            code="m_hat = m\nv_hat = v",
            kind="bias-correction",
        ),
        Reading(
            "ratio-one-at-zero",
            "the ratio is 1 where the tensor or its update is zero",
            paper="where(norm(r) > 0, length / norm(r), 0)",
            code="where((norm(r) > 0) & (length > 0), length / norm(r), 1)",
            kind="norm-scope",
        ),
        Reading(
            "clipped-norm",
            "the length of the tensor counts only up to 10",
            paper="length = norm(x)",
            code="length = minimum(norm(x), longest)",
            kind="norm-scope",
            adds=dict(longest=Positive),
        ),
        Reading(
            "normalised-gradient",
            "the gradient is divided by its length first",
            paper="m, v = memory",
            code="m, v = memory\ng = g / norm(g)",
            kind="norm-scope",
        ),
        Reading(
            "clipped-gradient",
            "the gradient is first cut to the length max_grad_norm, where it is longer",
            paper="m, v = memory",
            code="m, v = memory\ng = g / maximum(norm(g) / max_grad_norm, 1)",
            kind="norm-scope",
            adds=dict(max_grad_norm=Positive),
        ),
        Reading(
            "sum-buffer",
            "the gradient enters the first moment with weight 1",
            paper="beta1 * m + (1 - beta1) * g",
            code="beta1 * m + g",
            kind="momentum-form",
        ),
        decays(
            "decoupled",
            "the tensor decays by lr weight_decay before its length is taken, and not through the update",
            paper="r = m_hat / (sqrt(v_hat) + eps) + weight_decay * x",
            code="x = x - lr * weight_decay * x\nr = m_hat / (sqrt(v_hat) + eps)",
        ),
        decays(
            "decay-without-lr",
            "the tensor decays by weight_decay before its length is taken, and not through the update",
            paper="r = m_hat / (sqrt(v_hat) + eps) + weight_decay * x",
            code="x = x - weight_decay * x\nr = m_hat / (sqrt(v_hat) + eps)",
        ),
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="r = m_hat / (sqrt(v_hat) + eps) + weight_decay * x",
            code="r = m_hat / (sqrt(v_hat) + eps)",
            more=(("m, v = memory", "m, v = memory\ng = g + weight_decay * x"),),
        ),
        Reading(
            "ratio-one-without-decay",
            "the ratio is 1 where nothing decays",
            paper="x = x - lr * trust * r",
            code="trust = where(weight_decay > 0, trust, 1)\nx = x - lr * trust * r",
            kind="norm-scope",
        ),
        Reading(
            "ratio-at-most-one",
            "the ratio is cut to 1",
            paper="lr * trust",
            code="lr * minimum(trust, 1)",
            kind="norm-scope",
        ),
        Reading(
            "eps-in-ratio",
            "eps is added to the length of the update",
            paper="length / norm(r)",
            code="length / (norm(r) + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "rate-corrected",
            "the learning rate is divided by 1 - beta1^t",
            paper="x - lr * trust * r",
            code="x - lr / (1 - beta1**t) * trust * r",
            kind="bias-correction",
        ),
    ),
)


# One step of a tensor x along an update r -------------------------------------------------------------


def adapted(x, r, lr):
    """What LAMB subtracts from x."""
    return lr * norm(x) / norm(r) * r


Tensor = Vector(nonzero=True)


@claim("lamb/relative-step", catalogue="M09", cites="Y20 section 3.1")
def relative_step(x: Tensor, r: Tensor, lr: Positive):
    """A step is as long as the tensor times the learning rate."""
    return equal(norm(adapted(x, r, lr)), lr * norm(x))


@claim("lamb/absolute-step", catalogue="M09", cites="Y20 section 3.1, without the length of the tensor", false=True)
def absolute_step(x: Tensor, r: Tensor, lr: Positive):
    """A step is as long as the learning rate."""
    return equal(norm(adapted(x, r, lr)), lr)


@claim("lamb/scale-free", catalogue="M09", cites="Y20 section 3.1")
def scale_free(x: Tensor, r: Tensor, u: Vector(), c: Positive, lr: Positive):
    """An update c times as long makes the same step, seen from any vector u."""
    return equal(dot(u, adapted(x, c * r, lr)), dot(u, adapted(x, r, lr)))


@claim(
    "lamb/turning",
    catalogue="M09",
    cites="own, from Y20 section 3.1",
    given=lambda x, u: dot(x, u) ** 2 < dot(x, x) * dot(u, u),
)
def turning(x: Tensor, u: Tensor, lr: Positive):
    """A step orthogonal to the tensor turns it by the arctangent of lr."""
    after = x - adapted(x, tangential(x, u), lr)
    return equal(dot(x, after), dot(x, x)), equal(dot(after, after), (1 + lr**2) * dot(x, x))


@claim(
    "lamb/turning-without-growth",
    catalogue="M09",
    cites="own, the tangent taken for the angle",
    given=lambda x, u: dot(x, u) ** 2 < dot(x, x) * dot(u, u),
    false=True,
)
def turning_without_growth(x: Tensor, u: Tensor, lr: Positive):
    """A step orthogonal to the tensor keeps its length."""
    after = x - adapted(x, tangential(x, u), lr)
    return equal(dot(after, after), dot(x, x))
