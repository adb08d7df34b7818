r"""
# Lion: the sign of an interpolated momentum

Lion keeps one average and moves by its sign alone, so that every coordinate moves by the
learning rate.  The average that decides the step weighs the newest gradient more than the
average that is kept.  With its decay, the parameter is pulled into a box of half width
$1 / \lambda$.

## Main results
- `ball`            : outside the box the excess shrinks at every step, inside it stays
- `signum`          : with equal betas Lion moves by the sign of the momentum that it keeps
- `step_length`     : without decay no step is longer than the learning rate

## References
- [C23] Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu, Le.  Symbolic discovery of optimization
  algorithms.  NeurIPS 2023.
- [CLLL24] Chen, Liu, Liang, Liu.  Lion secretly solves a constrained optimization: as Lyapunov predicts.  ICLR 2024.
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
    magnitude,
    sign,
)


def lion_step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, weight_decay: NonNegative):
    """C23, Algorithm 2: beta1 weighs the step, beta2 the memory."""
    (m,) = memory
    c = beta1 * m + (1 - beta1) * g
    x = x - lr * (sign(c) + weight_decay * x)
    m = beta2 * m + (1 - beta2) * g
    return x, (m,)


lion = Rule(
    name="lion",
    source="Chen et al. 2023, Algorithm 2",
    step=lion_step,
    memory=dict(m=Real),
    readings=(
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="x = x - lr * (sign(c) + weight_decay * x)",
            code="x = x - lr * sign(c)",
            more=(("(m,) = memory", "(m,) = memory\ng = g + weight_decay * x"),),
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay, whatever the learning rate",
            paper="x - lr * (sign(c) + weight_decay * x)",
            code="x - weight_decay * x - lr * sign(c)",
        ),
        decays(
            "decay-after",
            "the parameter decays after the step",
            paper="x = x - lr * (sign(c) + weight_decay * x)",
            code="x = x - lr * sign(c)\nx = x - lr * weight_decay * x",
        ),
        Reading(
            "signum",
            "the step follows the sign of the refreshed average, so that only beta2 counts",
            paper="c = beta1 * m + (1 - beta1) * g",
            code="c = beta2 * m + (1 - beta2) * g",
            kind="moment-recurrence",
        ),
    ),
)


def once(run, x, m, g, **hyper):
    """The parameter after one step from x, with the memory m."""
    _, after = run([g], x=x, memory=(m,), **hyper)
    return after


# The box --------------------------------------------------------------------------------------------


@claim(
    "lion/ball",
    about=lion,
    catalogue="M03",
    cites="CLLL24, the box that Lion converges to",
    given=lambda lr, weight_decay: lr * weight_decay < 1,
)
def ball(run, x: Real, m: Real, g: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, weight_decay: Positive):
    """What |x| has above 1 / weight_decay shrinks by the factor 1 - lr weight_decay at least."""
    after = once(run, x, m, g, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay)
    kept = 1 - lr * weight_decay
    return at_most(magnitude(after) - 1 / weight_decay, kept * (magnitude(x) - 1 / weight_decay))


@claim(
    "lion/ball-of-half-the-width",
    about=lion,
    catalogue="M03",
    cites="CLLL24, with half the width",
    given=lambda lr, weight_decay: lr * weight_decay < 1,
    false=True,
)
def ball_of_half_the_width(
    run, x: Real, m: Real, g: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, weight_decay: Positive
):
    """What |x| has above 1 / (2 weight_decay) shrinks by the factor 1 - lr weight_decay at least."""
    after = once(run, x, m, g, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay)
    kept, width = 1 - lr * weight_decay, 1 / (2 * weight_decay)
    return at_most(magnitude(after) - width, kept * (magnitude(x) - width))


# The direction --------------------------------------------------------------------------------------


@claim("lion/signum", about=lion, catalogue="M04", cites="C23 section 4.1")
def signum(run, x: Real, m: Real, g: Real, lr: Positive, beta: HalfOpen, weight_decay: NonNegative):
    """With equal betas the step follows the sign of the average that is kept."""
    hyper = dict(lr=lr, beta1=beta, beta2=beta, weight_decay=weight_decay)
    _, (kept,) = lion.step(x, g, (m,), 1, **hyper)
    return equal(once(run, x, m, g, **hyper), x - lr * (sign(kept) + weight_decay * x))


@claim("lion/signum-for-all-betas", about=lion, catalogue="M04", cites="C23 section 4.1", false=True)
def signum_for_all_betas(run, m: Real, g: Real, lr: Positive, beta1: Unit, beta2: Unit):
    """Whatever the betas, the step follows the sign of the average that is kept."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, weight_decay=0)
    _, (kept,) = lion.step(0, g, (m,), 1, **hyper)
    return equal(once(run, 0, m, g, **hyper), -lr * sign(kept))


@claim("lion/step-length", about=lion, cites="C23 section 3.2, every update has the same magnitude")
def step_length(run, x: Real, m: Real, g: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen):
    """Without decay no step is longer than the learning rate."""
    after = once(run, x, m, g, lr=lr, beta1=beta1, beta2=beta2, weight_decay=0)
    return at_most(magnitude(after - x), lr)


@claim("lion/step-length-with-decay", about=lion, cites="C23 section 3.2, read without its decay", false=True)
def step_length_with_decay(
    run, x: NonZero, m: Real, g: Real, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, weight_decay: Positive
):
    """With decay too, no step is longer than the learning rate."""
    after = once(run, x, m, g, lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay)
    return at_most(magnitude(after - x), lr)


def scaled(run, x, m, g, c, **hyper):
    """The same step with gradients c times as large, now and before, and as it was."""
    return equal(once(run, x, c * m, c * g, **hyper), once(run, x, m, g, **hyper))


@claim("lion/scale-invariance", about=lion, cites="C23 section 3.2")
def scale_invariance(
    run, x: Real, m: Real, g: Real, c: Positive, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, decay: NonNegative
):
    """Gradients c times as large, now and before, move the parameter by the same."""
    return scaled(run, x, m, g, c, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay)


@claim("lion/scale-invariance-turned", about=lion, cites="C23 section 3.2, for c of any sign", false=True)
def scale_invariance_turned(run, x: Real, g: NonZero, c: NonZero, lr: Positive, beta1: HalfOpen, decay: NonNegative):
    """Gradients c times as large, c of any sign, move the parameter by the same."""
    return scaled(run, x, 0, g, c, lr=lr, beta1=beta1, beta2=beta1, weight_decay=decay)
