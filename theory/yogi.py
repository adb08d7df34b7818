r"""
# Yogi: a second moment that changes by no more than the gradient

Adam pulls its second moment towards the newest square by a part of the distance, so that a
long silence makes it forget in no time and the next step is huge.  Yogi moves it by a part of
the square itself, up or down: what is large falls slowly.

## Main results
- `change`          : the second moment changes by $(1 - \beta_2) g^2$ whatever it was
- `slow_fall`       : one step keeps more than the part $\beta_2$ of it
- `first_step`      : uncorrected, the first step is $(1 - \beta_1) / \sqrt{1 - \beta_2}$ of the learning rate

## References
- [ZRS18] Zaheer, Reddi, Sachan, Kale, Kumar.  Adaptive methods for nonconvex optimization.  NeurIPS 2018.
"""

from theory.adam import decays
from verify import (
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
    less,
    magnitude,
    sign,
    sqrt,
    where,  # noqa: F401 (named in a reading)
)


def yogi_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """ZRS18, Algorithm 2."""
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = v - (1 - beta2) * sign(v - g**2) * g**2
    m_hat = m
    v_hat = v
    x = x - lr * m_hat / (sqrt(v_hat) + eps)
    return x, (m, v)


yogi = Rule(
    name="yogi",
    source="Zaheer et al. 2018, Algorithm 2",
    step=yogi_step,
    memory=dict(m=Real, v=NonNegative),
    constants=dict(initial_accumulator="0.000001"),
    readings=(
        Reading(
            "v0-small",
            "the second moment starts at initial_accumulator (1e-6 where nothing else is said)",
            kind="state-initialisation",
            adds=dict(initial_accumulator=NonNegative),
            start=dict(v="initial_accumulator"),
        ),
        Reading(
            "m0-small",
            "the first moment starts at initial_accumulator too",
            kind="state-initialisation",
            adds=dict(initial_accumulator=NonNegative),
            start=dict(m="initial_accumulator"),
        ),
        Reading(
            "v0-first-square",
            "the second moment starts at the square of the first gradient",
            paper="v = v - (1 - beta2) * sign(v - g**2) * g**2",
            code="v = where(t > 1, v - (1 - beta2) * sign(v - g**2) * g**2, g**2)",
            kind="state-initialisation",
        ),
        Reading(
            "bias-corrected",
            "both moments are corrected as if they had started at zero",
            paper="m_hat = m\nv_hat = v",
            code="m_hat = m / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)",
            kind="bias-correction",
        ),
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(v_hat) + eps",
            code="sqrt(v_hat + eps)",
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
            "the parameter decays by lr weight_decay before the step",
            paper="m, v = memory",
            code="m, v = memory\nx = x - lr * weight_decay * x",
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay before the step, whatever the learning rate",
            paper="m, v = memory",
            code="m, v = memory\nx = x - weight_decay * x",
        ),
        decays(
            "decay-after",
            "the parameter decays by lr weight_decay after the step",
            paper="return x, (m, v)",
            code="return x - lr * weight_decay * x, (m, v)",
        ),
    ),
)


def refreshed(v, g, beta2):
    """The second moment after one gradient."""
    _, (_, after) = yogi.step(0, g, (0, v), 1, lr=beta2, beta1=beta2, beta2=beta2, eps=1)
    return after


@claim("yogi/change", catalogue="M21", cites="ZRS18 section 3", given=lambda v, g: 0 < magnitude(v - g**2))
def change(v: NonNegative, g: Real, beta2: Unit):
    """Where the second moment is not the square already, it changes by (1 - beta2) g^2."""
    changed = magnitude(refreshed(v, g, beta2) - v)
    return at_most(changed, (1 - beta2) * g**2), at_most((1 - beta2) * g**2, changed)


@claim("yogi/change-of-adam", catalogue="M21", cites="ZRS18 section 3, read as Adam's", false=True)
def change_of_adam(v: NonNegative, g: NonZero, beta2: Unit):
    """The second moment changes by the part 1 - beta2 of its distance to the square, as Adam's."""
    return equal(magnitude(refreshed(v, g, beta2) - v), (1 - beta2) * magnitude(v - g**2))


@claim("yogi/slow-fall", catalogue="M21", cites="ZRS18 section 3")
def slow_fall(v: Positive, g: Real, beta2: Unit):
    """One step keeps more than the part beta2 of the second moment, and never less than nothing."""
    return less(beta2 * v, refreshed(v, g, beta2)), at_most(0, refreshed(v, g, beta2))


@claim("yogi/first-step", about=yogi, cites="ZRS18 Algorithm 2")
def first_step(run, g: NonZero, lr: Positive, beta1: HalfOpen, beta2: HalfOpen):
    """Without eps the first step is (1 - beta1) / sqrt(1 - beta2) of the learning rate."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr * (1 - beta1) / sqrt(1 - beta2) * sign(g))


@claim("yogi/first-step-corrected", about=yogi, cites="ZRS18 Algorithm 2, read as if corrected", false=True)
def first_step_corrected(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit):
    """Without eps the first step is the learning rate."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr * sign(g))
