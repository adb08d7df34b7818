r"""
# AdaMax

Adam with the root of a mean of squares replaced by a largest value: the exponent 2 of the
norm is sent to infinity.

## Main results

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
"""

from verify import HalfOpen, NonNegative, Positive, Reading, Real, Rule, magnitude, maximum


def step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen):
    """KB15, Algorithm 2."""
    m, u = memory
    m = beta1 * m + (1 - beta1) * g
    u = maximum(beta2 * u, magnitude(g))
    return x - lr / (1 - beta1**t) * m / u, (m, u)


adamax = Rule(
    name="adamax",
    source="Kingma, Ba 2015, Algorithm 2",
    step=step,
    memory=dict(m=Real, u=NonNegative),
    readings=(
        Reading(
            "guard",
            "eps is added to the size of the gradient, inside the maximum",
            paper="magnitude(g)",
            code="magnitude(g) + eps",
            kind="epsilon-placement",
            adds=dict(eps=NonNegative),
        ),
        Reading(
            "eps-added",
            "eps is added to the largest value",
            paper="lr / (1 - beta1**t) * m / u",
            code="lr / (1 - beta1**t) * m / (u + eps)",
            kind="epsilon-placement",
            adds=dict(eps=NonNegative),
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="m, u = memory",
            code="m, u = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)
