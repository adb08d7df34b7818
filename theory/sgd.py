r"""
# Gradient descent

The parameter moves against the gradient, by the learning rate times the gradient.  With
gradients of random batches this is stochastic gradient descent; every other rule is
compared with it.

## References
- [RM51] Robbins, Monro.  A stochastic approximation method.  Annals of Mathematical Statistics 22, 1951.
"""

from verify import NonNegative, Positive, Reading, Rule


def sgd_step(x, g, memory, t, *, lr: Positive):
    """RM51, equation (6), with a constant step."""
    x = x - lr * g
    return x, ()


sgd = Rule(
    name="sgd",
    source="Robbins, Monro 1951",
    step=sgd_step,
    readings=(
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="x = x - lr * g",
            code="g = g + weight_decay * x\nx = x - lr * g",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)
