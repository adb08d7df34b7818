r"""
# RMSProp and AdaDelta

Both divide by a moving root mean square of the gradient, so that old gradients are
forgotten.  AdaDelta also multiplies by that of its own past steps, which gives the step
the unit of the parameter.

## Main results
- `uncorrected_adam`: RMSProp is Adam with beta1 = 0 and without correction
- `first_step`      : its first step is lr / sqrt(1 - alpha), ten times lr at the usual alpha
- `spread_is_positive` : the centred mean square is not negative
- `adadelta_first_step`, `adadelta_without_eps` : AdaDelta lives on its eps

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [Hin12] Hinton.  Neural networks for machine learning, lecture 6e.  2012.
- [Zei12] Zeiler.  ADADELTA: an adaptive learning rate method.  arXiv 1212.5701, 2012.
"""

from theory.adam import uncorrected
from theory.ema import average, squares
from verify import (
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
    at_most,
    claim,
    equal,
    sign,
    sqrt,
)


def rmsprop_step(x, g, memory, t, *, lr: Positive, alpha: HalfOpen, eps: NonNegative):
    """Hin12, with torch's place for eps: v is the moving mean square."""
    (v,) = memory
    v = alpha * v + (1 - alpha) * g**2
    spread = v
    scale = sqrt(spread) + eps
    d = g / scale
    return x - lr * d, (v,)


def adadelta_step(x, g, memory, t, *, lr: Positive, rho: HalfOpen, eps: NonNegative):
    """Zei12, Algorithm 1: v and u are the moving mean squares of gradients and of steps."""
    v, u = memory
    v = rho * v + (1 - rho) * g**2
    d = sqrt(u + eps) / sqrt(v + eps) * g
    u = rho * u + (1 - rho) * d**2
    return x - lr * d, (v, u)


rmsprop = Rule(
    name="rmsprop",
    source="Hinton 2012, lecture 6e, in torch's form",
    step=rmsprop_step,
    memory=dict(v=NonNegative),
    readings=(
        Reading(
            "centred",
            "the squared mean of the gradients is taken off the mean square",
            paper="spread = v",
            code="mean = alpha * mean + (1 - alpha) * g\nspread = v - mean**2",
            kind="moment-recurrence",
            memory=dict(mean=Real),
        ),
        Reading(
            "bias-corrected",
            "the mean square is divided by 1 - alpha^t",
            paper="spread = v",
            code="spread = v / (1 - alpha**t)",
            kind="bias-correction",
        ),
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(spread) + eps",
            code="sqrt(spread + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "momentum-on-scaled",
            "a momentum buffer of the scaled gradients is what moves",
            paper="d = g / scale",
            code="b = momentum * b + g / scale\nd = b",
            kind="momentum-form",
            adds=dict(momentum=NonNegative),
            memory=dict(b=Real),
        ),
        Reading(
            "lr-in-buffer",
            "a momentum buffer of the steps is what moves: the learning rate is inside it",
            paper="d = g / scale",
            code="b = momentum * b + lr * g / scale\nd = b",
            kind="momentum-form",
            more=(("lr * d", "d"),),
            adds=dict(momentum=NonNegative),
            memory=dict(b=Real),
        ),
        Reading(
            "v0-one",
            "the mean square starts at 1",
            kind="state-initialisation",
            start=dict(v=1),
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="v = alpha * v + (1 - alpha) * g**2",
            code="g = g + weight_decay * x\nv = alpha * v + (1 - alpha) * g**2",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)

adadelta = Rule(
    name="adadelta",
    source="Zeiler 2012, Algorithm 1",
    step=adadelta_step,
    memory=dict(v=NonNegative, u=NonNegative),
    readings=(
        Reading(
            "lr-in-accumulator",
            "the accumulator of the steps sees them with the learning rate",
            paper="d**2",
            code="(lr * d) ** 2",
            kind="moment-recurrence",
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="v, u = memory",
            code="v, u = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)


@claim("rmsprop/uncorrected-adam", about=rmsprop, catalogue="A26", cites="KB15 section 5")
def uncorrected_adam(run, x: Real, g: Real, v: NonNegative, lr: Positive, alpha: Unit, eps: Positive, t: Natural):
    """RMSProp is Adam with beta1 = 0 and without correction."""
    _, ours = run([g], x=x, memory=(v,), first=t, lr=lr, alpha=alpha, eps=eps)
    _, adams = uncorrected.run([g], x=x, memory=(0, v), first=t, lr=lr, beta1=0, beta2=alpha, eps=eps)
    return equal(ours, adams)


@claim("rmsprop/first-step", about=rmsprop, catalogue="A26", cites="Hin12; KB15 section 5")
def first_step(run, g: NonZero, lr: Positive, alpha: Unit):
    """Without eps the first step is lr / sqrt(1 - alpha) in the direction of the sign."""
    _, x = run([g], lr=lr, alpha=alpha, eps=0)
    return equal(x, -lr * sign(g) / sqrt(1 - alpha))


@claim(
    "rmsprop/first-step-is-lr", about=rmsprop, catalogue="A26", cites="the same, as if it were corrected", false=True
)
def first_step_is_lr(run, g: NonZero, lr: Positive, alpha: Unit):
    """Without eps the first step is lr in the direction of the sign."""
    _, x = run([g], lr=lr, alpha=alpha, eps=0)
    return equal(x, -lr * sign(g))


@claim(
    "rmsprop/momentum-of-adam",
    about=rmsprop.read_as("momentum-on-scaled"),
    catalogue="A26",
    cites="KB15 section 5",
    given=lambda g1, g2, alpha: (1 - alpha) * g1**2 < g2**2,
    false=True,
)
def momentum_of_adam(run, g1: NonZero, g2: NonZero, lr: Positive, momentum: Unit, alpha: Unit):
    """A momentum of scaled gradients is a scaled momentum of gradients: RMSProp with momentum is uncorrected Adam."""
    *_, ours = run([g1, g2], lr=lr, momentum=momentum, alpha=alpha, eps=0)
    *_, adams = uncorrected.run([g1, g2], lr=lr / (1 - momentum), beta1=momentum, beta2=alpha, eps=0)
    return equal(ours, adams)


@claim(
    "rmsprop/spread-is-positive", catalogue="A42", cites="Graves 2013; torch, centered=True", uses=("ema/closed-form",)
)
def spread_is_positive(g: Sequence(Real), alpha: Unit, t: Natural):
    """The centred mean square is not negative: it is the spread about the mean, and alpha^t times the mean's square."""
    mean = average(g, alpha, t)
    spread = average(lambda i: (g(i) - mean) ** 2, alpha, t) + alpha**t * mean**2
    return at_most(mean**2, average(squares(g), alpha, t), slack=spread)


@claim(
    "rmsprop/spread-is-positive-two-rates",
    catalogue="A42",
    cites="the same, with a rate for each average",
    given=lambda rho, alpha: 1 - alpha < (1 - rho) ** 2,
    false=True,
)
def spread_is_positive_two_rates(g: NonZero, rho: Unit, alpha: Unit):
    """The squared mean is at most the mean square also where the two forget at different rates."""
    return at_most(((1 - rho) * g) ** 2, (1 - alpha) * g**2)


@claim("adadelta/first-step", about=adadelta, catalogue="A41", cites="Zei12, Algorithm 1")
def adadelta_first_step(run, g: Real, lr: Positive, rho: Unit, eps: Positive):
    """The first step is lr g sqrt(eps) / sqrt((1 - rho) g^2 + eps): of the order of sqrt(eps)."""
    _, x = run([g], lr=lr, rho=rho, eps=eps)
    return (
        equal(x, -lr * g * sqrt(eps) / sqrt((1 - rho) * g**2 + eps)),
        at_most(x**2, lr**2 * eps / (1 - rho), slack=(lr * eps) ** 2 / ((1 - rho) * ((1 - rho) * g**2 + eps))),
    )


@claim("adadelta/without-eps", about=adadelta, catalogue="A41", cites="Zei12, Algorithm 1")
def adadelta_without_eps(run, x: Real, g: NonZero, v: NonNegative, lr: Positive, rho: Unit, t: Natural):
    """Without eps nothing ever moves, since what has not moved has no mean square of steps."""
    _, after = run([g], x=x, memory=(v, 0 * v), first=t, lr=lr, rho=rho, eps=0)
    return equal(after, x)


@claim(
    "adadelta/first-step-is-lr",
    about=adadelta,
    catalogue="A41",
    cites="the same, as for Adam",
    given=lambda rho, eps: eps < 1 - rho,
    false=True,
)
def adadelta_first_step_is_lr(run, g: NonZero, lr: Positive, rho: Unit, eps: Unit):
    """The first step is lr in the direction of the sign."""
    _, x = run([g], lr=lr, rho=rho, eps=eps)
    return equal(x, -lr * sign(g))
