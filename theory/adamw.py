r"""
# AdamW: decoupled weight decay

For plain gradient descent, shrinking the parameter and adding a multiple of it to the
gradient are one and the same.  For Adam they are not, since what is added to the gradient
is divided by the root of the second moment too.  AdamW shrinks the parameter itself.

## Main results
- `decay_of_descent` : for plain descent the two decays agree, if one is divided by the rate

## References
- [LH19] Loshchilov, Hutter.  Decoupled weight decay regularization.  ICLR 2019.
"""

from theory.adam import correction_readings, decays, epsilon_readings
from theory.sgd import sgd
from verify import HalfOpen, NonNegative, NonZero, Positive, Real, Rule, claim, equal, magnitude, sqrt


def adamw_step(
    x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative, weight_decay: NonNegative
):
    """LH19, Algorithm 2, with the decay scaled by the learning rate, as torch has it."""
    m, v = memory
    x = x - lr * weight_decay * x
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x = x - lr * m_hat / (sqrt(v_hat) + eps)
    return x, (m, v)


adamw = Rule(
    name="adamw",
    source="Loshchilov, Hutter 2019, Algorithm 2, in torch's form",
    step=adamw_step,
    memory=dict(m=Real, v=NonNegative),
    readings=(
        *epsilon_readings,
        *correction_readings,
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="x = x - lr * weight_decay * x",
            code="g = g + weight_decay * x",
        ),
        decays(
            "decay-after",
            "the parameter decays after the step",
            paper="x = x - lr * weight_decay * x",
            code="",
            more=(("return x, (m, v)", "return x - lr * weight_decay * x, (m, v)"),),
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay, whatever the learning rate",
            paper="lr * weight_decay * x",
            code="weight_decay * x",
        ),
    ),
)


@claim("adamw/decay-of-descent", about=sgd, catalogue="A30", cites="LH19, Proposition 1")
def decay_of_descent(run, x: Real, g: Real, lr: Positive, decay: NonNegative, penalty: NonNegative):
    """Plain descent with a penalty differs from a decay by (lr penalty - decay) x, so not if penalty = decay / lr."""
    _, penalised = run([g + penalty * x], x=x, lr=lr)
    _, matched = run([g + decay / lr * x], x=x, lr=lr)
    _, descended = run([g], x=(1 - decay) * x, lr=lr)
    return equal(descended - penalised, (lr * penalty - decay) * x), equal(matched, descended)


@claim(
    "adamw/decay-of-descent-same-number",
    about=sgd,
    catalogue="A30",
    cites="LH19, Proposition 1, with one number for both",
    given=lambda lr: magnitude(lr - 1) > 0,
    false=True,
)
def decay_of_descent_same_number(run, x: NonZero, g: Real, lr: Positive, decay: Positive):
    """Plain descent with a penalty in its gradient is a decay by the same number."""
    _, penalised = run([g + decay * x], x=x, lr=lr)
    _, descended = run([g], x=(1 - decay) * x, lr=lr)
    return equal(penalised, descended)
