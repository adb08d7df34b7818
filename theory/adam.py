r"""
# Adam

Adam divides a moving mean of the gradients by the root of a moving mean of their squares,
both repaired for having started at zero.  So its first step is the learning rate, and its
steps do not depend on the scale of the gradients.

## Main results
- `moments_are_averages`    : the two memories are moving averages
- `first_step`              : the first step is the learning rate
- `scale_invariance`        : gradients c times as large act like eps / c
- `efficient_order`         : the corrections can be moved into the learning rate, eps with them

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [LH19] Loshchilov, Hutter.  Decoupled weight decay regularization.  ICLR 2019.
"""

from theory.ema import average, squares
from verify import (
    Above,
    HalfOpen,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Sequence,
    Unit,
    claim,
    equal,
    magnitude,
    sign,
    sqrt,
    unfolds,
)


def adam_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """KB15, Algorithm 1."""
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x = x - lr * m_hat / (sqrt(v_hat) + eps)
    return x, (m, v)


# Readings, shared with AdamW -----------------------------------------------------------------------

epsilon_readings = (
    Reading(
        "eps-inside",
        "eps is added under the root",
        paper="sqrt(v_hat) + eps",
        code="sqrt(v_hat + eps)",
        kind="epsilon-placement",
    ),
    Reading(
        "eps-hat",
        "eps is added to the root before its bias is corrected (KB15 section 2, the efficient form)",
        paper="sqrt(v_hat) + eps",
        code="(sqrt(v) + eps) / sqrt(1 - beta2**t)",
        kind="epsilon-placement",
    ),
)

correction_readings = (
    Reading(
        "exponent-plus-one",
        "the bias is corrected as if one more step had been made",
        paper="1 - beta1**t",
        code="1 - beta1 ** (t + 1)",
        kind="step-index",
        more=(("1 - beta2**t", "1 - beta2 ** (t + 1)"),),
    ),
    Reading(
        "uncorrected",
        "no bias is corrected",
        paper="m_hat = m / (1 - beta1**t)",
        code="m_hat = m",
        kind="bias-correction",
        more=(("v_hat = v / (1 - beta2**t)", "v_hat = v"),),
    ),
    Reading(
        "corrected-m-only",
        "only the first moment's bias is corrected",
        paper="v_hat = v / (1 - beta2**t)",
        code="v_hat = v",
        kind="bias-correction",
    ),
    Reading(
        "corrected-v-only",
        "only the second moment's bias is corrected",
        paper="m_hat = m / (1 - beta1**t)",
        code="m_hat = m",
        kind="bias-correction",
    ),
)


def decays(id: str, says: str, **how) -> Reading:
    """A reading that differs in how the weights decay."""
    return Reading(id, says, kind="decay-coupling", adds=dict(weight_decay=NonNegative), **how)


adam = Rule(
    name="adam",
    source="Kingma, Ba 2015, Algorithm 1",
    step=adam_step,
    memory=dict(m=Real, v=NonNegative),
    readings=(
        *epsilon_readings,
        *correction_readings,
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="m, v = memory",
            code="m, v = memory\ng = g + weight_decay * x",
        ),
        decays(
            "decoupled",
            "the parameter decays by lr weight_decay before the step (AdamW)",
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

# What the memories hold ---------------------------------------------------------------------------


def moments(g, t, beta1, beta2):
    """Adam's memories after the gradients g(1), ..., g(t)."""
    return average(g, beta1, t), average(squares(g), beta2, t)


def move(run, g, t, *, beta1, beta2, **rest):
    """What the t-th step adds to the parameter."""
    _, x = run([g(t)], memory=moments(g, t - 1, beta1, beta2), first=t, beta1=beta1, beta2=beta2, **rest)
    return x


@claim("adam/moments", catalogue="A01", cites="KB15 Algorithm 1 and section 3, equation (1)", uses=("ema/closed-form",))
def moments_are_averages(g: Sequence(Real), lr: Positive, beta1: Unit, beta2: Unit, eps: Positive, t: Natural):
    """Adam's memories are moving averages of the gradients and of their squares."""

    def after(m, v, t):
        _, memory = adam.step(0, g(t), (m, v), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        return memory

    return (
        unfolds(lambda m, t: after(m, 0, t)[0], lambda t: moments(g, t, beta1, beta2)[0], start=0, t=t),
        unfolds(lambda v, t: after(0, v, t)[1], lambda t: moments(g, t, beta1, beta2)[1], start=0, t=t),
    )


uncorrected = adam.read_as("uncorrected")


# One step -----------------------------------------------------------------------------------------


@claim("adam/first-step", about=adam, catalogue="A10", cites="KB15 Algorithm 1")
def first_step(run, g: NonZero, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative):
    """The first step is lr g / (|g| + eps) whatever the betas: lr in the direction of the sign where eps = 0."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    _, pure = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr * g / (magnitude(g) + eps)), equal(pure, -lr * sign(g))


@claim(
    "adam/first-step-one-late",
    about=adam.read_as("exponent-plus-one"),
    catalogue="A10",
    cites="source 3, which corrects by 1 - beta^(t+1)",
    given=lambda beta1, beta2: beta2 < 2 * beta1 + beta1**2,
    false=True,
)
def first_step_one_late(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit):
    """Corrected by 1 - beta^(t+1), the first step is lr in the direction of the sign."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x, -lr * sign(g))


@claim("adam/scale-invariance", about=adam, catalogue="A11", cites="KB15 section 2.1", uses=("adam/moments",))
def scale_invariance(
    run, g: Sequence(Real), c: Positive, lr: Positive, beta1: Unit, beta2: Unit, eps: Positive, t: Natural
):
    """Gradients c times as large move the parameter as the old ones do with eps / c: by the same where eps = 0."""
    scaled = lambda i: c * g(i)
    hyper = {"lr": lr, "beta1": beta1, "beta2": beta2}
    return (
        equal(move(run, scaled, t, eps=eps, **hyper), move(run, g, t, eps=eps / c, **hyper)),
        equal(move(run, scaled, t, eps=0, **hyper), move(run, g, t, eps=0, **hyper)),
    )


@claim(
    "adam/scale-invariance-with-eps",
    about=adam,
    catalogue="A11",
    cites="KB15 section 2.1, read without its eps",
    false=True,
)
def scale_invariance_with_eps(
    run, g: Sequence(Positive), c: Above(1), lr: Positive, beta1: Unit, beta2: Unit, eps: Positive, t: Natural
):
    """Gradients c times as large move the parameter by the same, whatever eps."""
    hyper = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps}
    return equal(move(run, lambda i: c * g(i), t, **hyper), move(run, g, t, **hyper))


@claim("adam/efficient-order", about=adam, catalogue="A24", cites="KB15 section 2, last paragraph")
def efficient_order(
    run, x: Real, g: Real, m: Real, v: NonNegative, lr: Positive, beta1: Unit, beta2: Unit, eps: Positive, t: Natural
):
    """The corrections can be moved into the learning rate, if eps is multiplied by sqrt(1 - beta2^t)."""
    hyper = {"x": x, "memory": (m, v), "first": t, "beta1": beta1, "beta2": beta2}
    root = sqrt(1 - beta2**t)
    _, as_stated = run([g], lr=lr, eps=eps, **hyper)
    _, efficient = uncorrected.run([g], lr=lr * root / (1 - beta1**t), eps=eps * root, **hyper)
    _, eps_hat = adam.read_as("eps-hat").run([g], lr=lr, eps=eps * root, **hyper)
    return equal(as_stated, efficient), equal(as_stated, eps_hat)


@claim(
    "adam/efficient-order-same-eps",
    about=adam,
    catalogue="A24",
    cites="KB15 section 2, last paragraph, with one eps for both",
    false=True,
)
def efficient_order_same_eps(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, eps: Positive):
    """The corrections can be moved into the learning rate with the same eps."""
    hyper = {"beta1": beta1, "beta2": beta2, "eps": eps}
    _, as_stated = run([g], lr=lr, **hyper)
    _, efficient = uncorrected.run([g], lr=lr * sqrt(1 - beta2) / (1 - beta1), **hyper)
    return equal(as_stated, efficient)
