r"""
# AdaBelief: divided by how far a gradient is from what was believed

Adam divides by the size of the gradients, AdaBelief by how far they are from their own
average: where they keep coming as expected the step grows, where they surprise it shrinks.
The average is refreshed first, so that each gradient is compared with a belief that already
knows it.  eps enters twice, once in each refreshed variance and once beside its root.

## Main results
- `first_step`          : the first step is the learning rate divided by $\beta_1$
- `constant_gradient`   : a constant gradient leaves a variance that dies out, so the steps grow
- `variance_of_noise`   : of noise with variance 1 it sees $2 \beta_1^2 / (1 + \beta_1)$

## References
- [Z20] Zhuang, Tang, Ding, Tatikonda, Dvornek, Papademetris, Duncan.  AdaBelief optimizer: adapting stepsizes by the
  belief in observed gradients.  NeurIPS 2020.
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from theory.adam import decays
from theory.radam import length, longest, rectifier_squared  # noqa: F401 (named in a reading)
from verify import (
    AtLeast,
    HalfOpen,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    claim,
    equal,
    limit,
    maximum,  # noqa: F401 (named in a reading)
    sign,
    sqrt,
    total,
    unfolds,
    where,  # noqa: F401 (named in a reading)
)


def adabelief_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """Z20, Algorithm 2."""
    m, s = memory
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * (g - m) ** 2 + eps
    m_hat = m / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    scale = sqrt(s_hat) + eps
    x = x - lr * m_hat / scale
    return x, (m, s)


RECTIFIED = """\
rho_t = length(t, beta2)
r = sqrt(rectifier_squared(rho_t, longest(beta2)))
scale = (sqrt(s) + eps) / sqrt(1 - beta2**t)
x = where(rho_t >= n_sma_threshold, x - lr * r * m_hat / scale, x - lr * m_hat)
"""

adabelief = Rule(
    name="adabelief",
    source="Zhuang et al. 2020, Algorithm 2",
    step=adabelief_step,
    memory=dict(m=Real, s=NonNegative),
    constants=dict(n_sma_threshold="5"),
    readings=(
        Reading(
            "eps-inside-only",
            "eps is added to the variance and not to its root",
            paper="sqrt(s_hat) + eps",
            code="sqrt(s_hat)",
            kind="epsilon-placement",
        ),
        Reading(
            "eps-outside-only",
            "eps is added to the root of the variance and not to the variance",
            paper="beta2 * s + (1 - beta2) * (g - m) ** 2 + eps",
            code="beta2 * s + (1 - beta2) * (g - m) ** 2",
            kind="epsilon-placement",
        ),
        Reading(
            "amsgrad",
            "the largest variance so far stands for the variance",
            paper="s_hat = s / (1 - beta2**t)",
            code="w = maximum(w, s)\ns_hat = w / (1 - beta2**t)",
            kind="max-order",
            memory=dict(w=NonNegative),
        ),
        Reading(
            "rectified",
            "the step is rectified as RAdam's in its authors' code: where rho_t >= 5, eps beside the uncorrected root",
            paper="scale = sqrt(s_hat) + eps\nx = x - lr * m_hat / scale",
            code=RECTIFIED,
            kind="schedule",
            adds=dict(n_sma_threshold=AtLeast(5)),
        ),
        Reading(
            "threshold-4",
            "the rectified step is taken where rho_t > 4, as RAdam's paper has it",
            paper="rho_t >= n_sma_threshold",
            code="rho_t > 4",
            kind="threshold",
        ),
        Reading(
            "threshold-5",
            "the rectified step is taken where rho_t > 5",
            paper="rho_t >= n_sma_threshold",
            code="rho_t > 5",
            kind="threshold",
        ),
        Reading(
            "no-early-step",
            "nothing moves while the step is not rectified",
            paper="x - lr * r * m_hat / scale, x - lr * m_hat",
            code="x - lr * r * m_hat / scale, x",
            kind="threshold",
        ),
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="m, s = memory",
            code="m, s = memory\ng = g + weight_decay * x",
        ),
        decays(
            "decoupled",
            "the parameter decays by lr weight_decay before the step",
            paper="m, s = memory",
            code="m, s = memory\nx = x - lr * weight_decay * x",
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay before the step, whatever the learning rate",
            paper="m, s = memory",
            code="m, s = memory\nx = x - weight_decay * x",
        ),
        decays(
            "decay-after",
            "the parameter decays by lr weight_decay after the step",
            paper="return x, (m, s)",
            code="return x - lr * weight_decay * x, (m, s)",
        ),
    ),
)


# A constant gradient --------------------------------------------------------------------------------


@claim("adabelief/first-step", about=adabelief, cites="Z20 Algorithm 2")
def first_step(run, g: NonZero, lr: Positive, beta1: Unit, beta2: HalfOpen):
    """Without eps the first step is lr / beta1 in the direction of the sign, where Adam's is lr."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr / beta1 * sign(g))


@claim("adabelief/first-step-of-adam", about=adabelief, cites="Z20 Algorithm 2, read as Adam", false=True)
def first_step_of_adam(run, g: NonZero, lr: Positive, beta1: Unit, beta2: HalfOpen):
    """Without eps the first step is lr in the direction of the sign."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr * sign(g))


def after(m, s, g, t, beta1, beta2):
    """The memories after one more gradient, without eps."""
    _, memory = adabelief.step(0, g, (m, s), t, lr=beta1, beta1=beta1, beta2=beta2, eps=0)
    return memory


def surprise(g, beta1, t):
    """How far a constant gradient is from its own average of t members."""
    return beta1**t * g


def variance(g, beta1, beta2, t):
    """The average of the squared surprises."""
    return (1 - beta2) * total(lambda i: beta2 ** (t - i) * surprise(g, beta1, i) ** 2, 1, t)


@claim("adabelief/surprise", catalogue="M01", cites="Z20 section 2.2")
def surprise_dies_out(g: Real, beta1: Unit, beta2: Unit, t: Natural):
    """Under a constant gradient g the average is beta1^t g away from it after t steps."""
    closed = lambda t: g - surprise(g, beta1, t)
    return unfolds(lambda m, t: after(m, 0, g, t, beta1, beta2)[0], closed, start=0, t=t)


@claim("adabelief/constant-gradient", catalogue="M01", cites="Z20 section 2.2", uses=("adabelief/surprise",))
def constant_gradient(g: Real, beta1: Unit, beta2: Unit, t: Natural):
    """Under a constant gradient the variance is the average of beta1^(2i) g^2, without eps."""

    def step(s, t):
        return after(g - surprise(g, beta1, t - 1), s, g, t, beta1, beta2)[1]

    return unfolds(step, lambda t: variance(g, beta1, beta2, t), start=0, t=t)


@claim(
    "adabelief/constant-gradient-before",
    catalogue="M01",
    cites="Z20 section 2.2, with the surprise taken before the average is refreshed",
    uses=("adabelief/surprise",),
    false=True,
)
def constant_gradient_before(g: NonZero, beta1: Unit, beta2: Unit, t: Natural):
    """Under a constant gradient the variance is the average of beta1^(2i - 2) g^2, without eps."""

    def step(s, t):
        return after(g - surprise(g, beta1, t - 1), s, g, t, beta1, beta2)[1]

    return unfolds(step, lambda t: variance(g, beta1, beta2, t) / beta1**2, start=0, t=t)


def closed_variance(g, beta1, beta2, t):
    """The same without a sum, where beta2 is not beta1^2."""
    return (1 - beta2) * beta1**2 * (beta2**t - beta1 ** (2 * t)) / (beta2 - beta1**2) * g**2


@claim(
    "adabelief/closed-variance",
    catalogue="M01",
    cites="own, from Z20 section 2.2",
    uses=("adabelief/constant-gradient",),
    given=lambda beta1, beta2: beta1**2 < beta2,
)
def variance_dies_out(g: Real, beta1: Unit, beta2: Unit, t: Natural):
    """Under a constant gradient the variance is a difference of powers that tends to zero: the steps grow without end."""
    closed = lambda t: closed_variance(g, beta1, beta2, t)
    return equal(variance(g, beta1, beta2, t), closed(t)), limit(closed, to="oo", equals=0, over=Natural)


# Noise ----------------------------------------------------------------------------------------------


def seen(beta1, t):
    """The variance of g - m at step t, for independent gradients of variance 1: the squared weights of t gradients."""
    newest = 1 - (1 - beta1)
    return newest**2 + total(lambda k: ((1 - beta1) * beta1**k) ** 2, 1, t - 1)


def closed_seen(beta1, t):
    """The same without a sum."""
    return beta1**2 * (1 + (1 - beta1) * (1 - beta1 ** (2 * t - 2)) / (1 + beta1))


@claim("adabelief/variance-of-noise", catalogue="M02", cites="own, from Z20 section 2")
def variance_of_noise(beta1: Unit, t: Natural):
    """Of independent gradients with variance 1, without eps, it sees 2 beta1^2 / (1 + beta1) in the long run."""
    whole = 2 * beta1**2 / (1 + beta1)
    return equal(seen(beta1, t), closed_seen(beta1, t)), limit(
        lambda t: closed_seen(beta1, t), to="oo", equals=whole, over=Natural
    )


@claim("adabelief/variance-of-noise-unbiased", catalogue="M02", cites="Z20 section 2, read literally", false=True)
def variance_of_noise_unbiased(beta1: Unit):
    """Of independent gradients with variance 1, without eps, it sees 1 in the long run."""
    return limit(lambda t: closed_seen(beta1, t), to="oo", equals=1, over=Natural)
