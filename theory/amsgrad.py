r"""
# AMSGrad

AMSGrad divides by the largest second moment so far, so that its denominator can never
shrink.  The paper corrects no bias; where an implementation does, the property that gave
the method its proof depends on whether it corrects before or after the maximum.

## Main results
- `denominator_grows`    : AMSGrad's denominator never shrinks
- `corrected_denominator`: corrected after the maximum, as torch does, it shrinks

## References
- [RKK18] Reddi, Kale, Kumar.  On the convergence of Adam and beyond.  ICLR 2018.
"""

from verify import (
    HalfOpen,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    at_most,
    claim,
    magnitude,
    maximum,
    sqrt,
)


def step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """RKK18, Algorithm 2: w is the largest v so far."""
    m, v, w = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    w = maximum(w, v)
    x = x - lr * m / (sqrt(w) + eps)
    return x, (m, v, w)


amsgrad = Rule(
    name="amsgrad",
    source="Reddi, Kale, Kumar 2018, Algorithm 2",
    step=step,
    memory=dict(m=Real, v=NonNegative, w=NonNegative),
    readings=(
        Reading(
            "max-then-corrected",
            "the maximum is over the raw second moments, and is corrected afterwards",
            paper="sqrt(w)",
            code="sqrt(w / (1 - beta2**t))",
            kind="max-order",
            more=(("lr * m", "lr * (m / (1 - beta1**t))"),),
        ),
        Reading(
            "max-of-corrected",
            "the maximum is over the corrected second moments",
            paper="maximum(w, v)",
            code="maximum(w, v / (1 - beta2**t))",
            kind="max-order",
            more=(("lr * m", "lr * (m / (1 - beta1**t))"),),
        ),
        Reading(
            "corrected-m-only",
            "only the first moment's bias is corrected",
            paper="lr * m",
            code="lr * (m / (1 - beta1**t))",
            kind="bias-correction",
        ),
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(w) + eps",
            code="sqrt(w + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="m, v, w = memory",
            code="m, v, w = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
        Reading(
            "decoupled",
            "the parameter decays by lr weight_decay before the step",
            paper="m, v, w = memory",
            code="m, v, w = memory\nx = x - lr * weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)


def denominators(run, g1, g2, **how):
    """What two successive gradients are divided by, where beta1, eps = 0 and lr = 1."""
    x0, x1, x2 = run([g1, g2], lr=1, beta1=0, eps=0, **how)
    return g1 / (x0 - x1), g2 / (x1 - x2)


@claim("amsgrad/denominator-grows", about=amsgrad, catalogue="A29", cites="RKK18 Algorithm 2")
def denominator_grows(run, g1: NonZero, g2: NonZero, v: NonNegative, w: NonNegative, beta2: Unit, t: Natural):
    """The denominator never shrinks, whatever came before."""
    before, after = denominators(run, g1, g2, memory=(0, v, w), first=t, beta2=beta2)
    return at_most(before, after)


@claim(
    "amsgrad/lengths-grow",
    about=amsgrad,
    catalogue="A29",
    cites="RKK18 section 3, Gamma_t",
    given=lambda lr, next_lr: next_lr <= lr,
    uses=("amsgrad/denominator-grows",),
)
def lengths_grow(
    run,
    g1: NonZero,
    g2: NonZero,
    v: NonNegative,
    w: NonNegative,
    lr: Positive,
    next_lr: Positive,
    beta2: Unit,
    t: Natural,
):
    """With a rate that does not rise, Gamma_t, the change of the denominator divided by the rate, is not negative."""
    before, after = denominators(run, g1, g2, memory=(0, v, w), first=t, beta2=beta2)
    return at_most(before / lr, after / next_lr)


@claim(
    "amsgrad/corrected-denominator-grows",
    about=amsgrad.read_as("max-then-corrected"),
    catalogue="A29",
    cites="torch.optim.Adam(amsgrad=True)",
    given=lambda g1, g2: magnitude(g2) < magnitude(g1),
    false=True,
)
def corrected_denominator(run, g1: NonZero, g2: NonZero, beta2: Unit):
    """Corrected after the maximum, the denominator never shrinks."""
    before, after = denominators(run, g1, g2, beta2=beta2)
    return at_most(before, after)


@claim(
    "amsgrad/denominator-of-corrected-grows",
    about=amsgrad.read_as("max-of-corrected"),
    catalogue="A29",
    cites="optax.amsgrad",
)
def denominator_of_corrected(run, g1: NonZero, g2: NonZero, v: NonNegative, w: NonNegative, beta2: Unit, t: Natural):
    """Corrected before the maximum, the square of the denominator never shrinks either."""
    before, after = denominators(run, g1, g2, memory=(0, v, w), first=t, beta2=beta2)
    return at_most(before**2, after**2)
