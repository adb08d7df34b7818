r"""
# ADOPT: a second moment that has not seen the gradient yet

Adam divides each gradient by a root that the gradient itself has entered: gradient and
divisor are correlated, and for a small $\beta_2$ the average step may point the wrong way.  ADOPT
divides by the second moment of the steps before, and averages only then.  The first
gradient goes into the second moment and moves nothing; early steps are clipped.

## Main results
- `unbiased_direction`  : of independent gradients ADOPT's mean step follows the mean, Adam's at $\beta_2 = 0$ the mean sign
- `clipped_step`        : the second call moves by at most $(1 - \beta_1)$ of the learning rate

## References
- [T24] Taniguchi, Harada, Minegishi, Oshima, Jeong, Nagahara, Iiyama, Suzuki, Iwasawa, Matsuo.  ADOPT: modified Adam
  can converge with any $\beta_2$ with the optimal rate.  NeurIPS 2024.
"""

from theory.adam import adam, decays
from verify import (
    Above,
    HalfOpen,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    at_most,
    claim,
    equal,
    magnitude,
    maximum,
    minimum,
    number,
    sqrt,
    where,
)


def clip(u, bound):
    """u, cut to the interval from -bound to bound."""
    return maximum(minimum(u, bound), -bound)


def fourth_root(n):
    """n^(1/4)."""
    return sqrt(sqrt(n))


def adopt_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """T24, Algorithm 2, in its final version; t - 1 counts the calls after the first, which only fills v."""
    m, v = memory
    v = where(t > 1, v, g**2)
    u = g / maximum(sqrt(v), eps)
    c = clip(u, fourth_root(number(t - 1, lr)))
    m = where(t > 1, beta1 * m + (1 - beta1) * c, m)
    x = x - lr * m
    v = beta2 * v + (1 - beta2) * g**2
    return x, (m, v)


adopt = Rule(
    name="adopt",
    source="Taniguchi et al. 2024, Algorithm 2, final version",
    step=adopt_step,
    memory=dict(m=Real, v=NonNegative),
    constants=dict(clip_exp="0.25"),
    readings=(
        Reading(
            "unclipped",
            "nothing is clipped (the first version)",
            paper="c = clip(u, fourth_root(number(t - 1, lr)))",
            code="c = u",
            kind="schedule",
        ),
        Reading(
            "clip-exponent",
            "the bound grows like another power of t",
            paper="fourth_root(number(t - 1, lr))",
            code="(t - 1) ** clip_exp",
            kind="schedule",
            adds=dict(clip_exp=Positive),
        ),
        Reading(
            "clip-one-late",
            "the bound counts the first call too",
            paper="fourth_root(number(t - 1, lr))",
            code="fourth_root(number(t, lr))",
            kind="step-index",
        ),
        Reading(
            "first-weight-one",
            "the first average is the first direction itself (the authors' early code)",
            paper="m = where(t > 1, beta1 * m + (1 - beta1) * c, m)",
            code="m = where(t > 2, beta1 * m + (1 - beta1) * c, where(t > 1, c, m))",
            kind="state-initialisation",
        ),
        Reading(
            "eps-added",
            "eps is added to the root instead of bounding it",
            paper="maximum(sqrt(v), eps)",
            code="(sqrt(v) + eps)",
            kind="epsilon-placement",
        ),
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="m, v = memory",
            code="m, v = memory\ng = g + weight_decay * x",
        ),
        decays(
            "decoupled",
            "the parameter decays by lr weight_decay before each step, the first call left out",
            paper="m, v = memory",
            code="m, v = memory\nx = where(t > 1, x - lr * weight_decay * x, x)",
        ),
        decays(
            "decoupled-from-first",
            "the parameter decays by lr weight_decay before each step, the first call included",
            paper="m, v = memory",
            code="m, v = memory\nx = x - lr * weight_decay * x",
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay before each step, the first call included",
            paper="m, v = memory",
            code="m, v = memory\nx = x - weight_decay * x",
        ),
        decays(
            "decay-after",
            "the parameter decays by lr weight_decay after each step, the first call left out",
            paper="return x, (m, v)",
            code="return where(t > 1, x - lr * weight_decay * x, x), (m, v)",
        ),
    ),
)


# The second call is the first that moves ----------------------------------------------------------------


@claim("adopt/clipped-step", about=adopt, cites="T24 Algorithm 2")
def clipped_step(run, g1: NonZero, g2: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """The first call moves nothing, and the second at most (1 - beta1) lr."""
    _, x1, x2 = run([g1, g2], lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    return equal(x1, 0), at_most(magnitude(x2), (1 - beta1) * lr)


@claim(
    "adopt/unclipped-step", about=adopt.read_as("unclipped"), cites="T24, the first version of Algorithm 2", false=True
)
def unclipped_step(run, g1: NonZero, g2: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """Without clipping, the second call moves at most (1 - beta1) lr."""
    _, _, x2 = run([g1, g2], lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    return at_most(magnitude(x2), (1 - beta1) * lr)


# Independent gradients: C with probability p, else -1 --------------------------------------------------


def expected(step, C, p):
    """The mean of step(g1, g2) over two independent gradients."""
    low = -C / C
    often = p * (p * step(C, C) + (1 - p) * step(C, low))
    return often + (1 - p) * (p * step(low, C) + (1 - p) * step(low, low))


def undisturbed(g1, g2):
    """ADOPT's second call without momentum, clipping and eps, in units of lr."""
    return -g2 / magnitude(g1)


def misled(g1, g2):
    """Adam's second step without momentum and eps, at beta2 = 0, in units of lr."""
    return -g2 / magnitude(g2)


def against_the_mean(C, p):
    """The mean gradient, turned, times the mean of one over the size."""
    return -(p * C - (1 - p)) * (p / C + 1 - p)


@claim("adopt/second-call", about=adopt.read_as("unclipped"), catalogue="C07", cites="T24 Algorithm 1")
def second_call(run, g1: NonZero, g2: NonZero, lr: Positive, beta2: HalfOpen):
    """Without momentum, clipping and eps ADOPT divides the second gradient by the first, Adam at beta2 = 0 by itself."""
    _, _, x = run([g1, g2], lr=lr, beta1=0, beta2=beta2, eps=0)
    _, y1, y2 = adam.run([g1, g2], lr=lr, beta1=0, beta2=0, eps=0)
    return equal(x, lr * undisturbed(g1, g2)), equal(y2 - y1, lr * misled(g1, g2))


@claim("adopt/unbiased-direction", catalogue="C07", cites="T24 section 3", uses=("adopt/second-call",))
def unbiased_direction(C: Above(1), p: Unit):
    """ADOPT's mean step points against the mean gradient, Adam's against the mean sign."""
    return equal(expected(undisturbed, C, p), against_the_mean(C, p)), equal(expected(misled, C, p), 1 - 2 * p)


@claim("adopt/unbiased-direction-of-adam", catalogue="C07", cites="T24 section 3, for Adam", false=True)
def unbiased_direction_of_adam(C: Above(1), p: Unit):
    """Adam's mean step points against the mean gradient."""
    return equal(expected(misled, C, p), against_the_mean(C, p))
