r"""
# AdaGrad

AdaGrad divides by the root of the sum of all squares so far: a coordinate that has moved
much moves less from now on.  Nothing is ever forgotten, so its steps can only shrink.

## Main results

## References
- [DHS11] Duchi, Hazan, Singer.  Adaptive subgradient methods for online learning and
  stochastic optimization.  JMLR 2011.
"""

from verify import NonNegative, Positive, Reading, Rule, sqrt


def step(x, g, memory, t, *, lr: Positive, eps: NonNegative):
    """DHS11, the diagonal form: s is the sum of all squares."""
    (s,) = memory
    s = s + g**2
    return x - lr * g / (sqrt(s) + eps), (s,)


adagrad = Rule(
    name="adagrad",
    source="Duchi, Hazan, Singer 2011, diagonal AdaGrad",
    step=step,
    memory=dict(s=NonNegative),
    readings=(
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(s) + eps",
            code="sqrt(s + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "lr-decay",
            "the learning rate falls like 1 / (1 + (t - 1) lr_decay)",
            paper="lr * g",
            code="lr / (1 + (t - 1) * lr_decay) * g",
            kind="schedule",
            adds=dict(lr_decay=NonNegative),
        ),
        Reading(
            "initial-accumulator",
            "the sum of squares starts at initial_accumulator_value",
            kind="state-initialisation",
            adds=dict(initial_accumulator_value=NonNegative),
            start=dict(s="initial_accumulator_value"),
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="(s,) = memory",
            code="(s,) = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)
