r"""
# AMSGrad

AMSGrad divides by the largest second moment so far, so that its denominator can never
shrink.  The paper corrects no bias; where an implementation does, the property that gave
the method its proof depends on whether it corrects before or after the maximum.

## Main results

## References
- [RKK18] Reddi, Kale, Kumar.  On the convergence of Adam and beyond.  ICLR 2018.
"""

from verify import HalfOpen, NonNegative, Positive, Reading, Real, Rule, maximum, sqrt


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
