r"""
# AdEMAMix: a fast and a slow average

One average of the gradients cannot both follow the newest and remember the oldest.
AdEMAMix keeps two, and adds the slow one $\alpha$ times.  The slow one is not repaired for its
start at zero, so that it comes in gradually.

## Main results
- `constant_gradient`   : under a constant gradient the step grows from 1 to $1 + \alpha$ learning rates
- `adam_without_slow`   : with $\alpha = 0$ it is AdamW

## References
- [P24] Pagliardini, Ablin, Grangier.  The AdEMAMix optimizer: better, faster, older.  2024.
"""

from theory.adam import decays
from theory.adamw import adamw
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
    claim,
    equal,
    exp,
    limit,
    log,
    magnitude,
    minimum,  # noqa: F401 (named in a reading)
    sign,
    sqrt,
)


def half_life(t, beta1, beta3, warmup):
    """P24's warm-up of beta3 from beta1: its half-life grows in proportion to t."""
    part = t / warmup
    return exp(log(beta1) * log(beta3) / ((1 - part) * log(beta3) + part * log(beta1)))


def ademamix_step(
    x,
    g,
    memory,
    t,
    *,
    lr: Positive,
    beta1: HalfOpen,
    beta2: HalfOpen,
    beta3: HalfOpen,
    alpha: NonNegative,
    eps: NonNegative,
    weight_decay: NonNegative,
):
    """P24, Algorithm 1, with constant alpha and beta3."""
    m1, m2, v = memory
    m1 = beta1 * m1 + (1 - beta1) * g
    m2 = beta3 * m2 + (1 - beta3) * g
    v = beta2 * v + (1 - beta2) * g**2
    m1_hat = m1 / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x = x - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * x)
    return x, (m1, m2, v)


ademamix = Rule(
    name="ademamix",
    source="Pagliardini et al. 2024, Algorithm 1",
    step=ademamix_step,
    memory=dict(m1=Real, m2=Real, v=NonNegative),
    readings=(
        Reading(
            "eps-hat",
            "eps is added to the root before its bias is corrected",
            paper="sqrt(v_hat) + eps",
            code="(sqrt(v) + eps) / sqrt(1 - beta2**t)",
            kind="epsilon-placement",
        ),
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(v_hat) + eps",
            code="sqrt(v_hat + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "slow-corrected",
            "the slow average is corrected for its start at zero too",
            paper="alpha * m2",
            code="alpha * m2 / (1 - beta3**t)",
            kind="bias-correction",
        ),
        Reading(
            "uncorrected",
            "no bias is corrected",
            paper="m1_hat = m1 / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)",
            code="m1_hat = m1\nv_hat = v",
            kind="bias-correction",
        ),
        Reading(
            "schedules",
            "alpha and beta3 are warmed up over alpha_warmup and beta3_warmup steps",
            paper="m1, m2, v = memory",
            code="""\
m1, m2, v = memory
alpha = minimum(t * alpha / alpha_warmup, alpha)
beta3 = minimum(half_life(t, beta1, beta3, beta3_warmup), beta3)
""",
            kind="schedule",
            adds=dict(alpha_warmup=Natural, beta3_warmup=Natural),
        ),
        Reading(
            "schedules-together",
            "alpha and beta3 are warmed up over the same number of steps",
            paper="m1, m2, v = memory",
            code="""\
m1, m2, v = memory
alpha = minimum(t * alpha / t_alpha_beta3, alpha)
beta3 = minimum(half_life(t, beta1, beta3, t_alpha_beta3), beta3)
""",
            kind="schedule",
            adds=dict(t_alpha_beta3=Natural),
        ),
        decays(
            "l2",
            "weight decay is added to the gradient",
            paper="x = x - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * x)",
            code="x = x - lr * (m1_hat + alpha * m2) / (sqrt(v_hat) + eps)",
            more=(("m1, m2, v = memory", "m1, m2, v = memory\ng = g + weight_decay * x"),),
        ),
        decays(
            "decay-without-lr",
            "the parameter decays by weight_decay, whatever the learning rate",
            paper="x - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * x)",
            code="x - weight_decay * x - lr * (m1_hat + alpha * m2) / (sqrt(v_hat) + eps)",
        ),
        decays(
            "decay-after",
            "the parameter decays after the step",
            paper="x = x - lr * ((m1_hat + alpha * m2) / (sqrt(v_hat) + eps) + weight_decay * x)",
            code="x = x - lr * (m1_hat + alpha * m2) / (sqrt(v_hat) + eps)\nx = x - lr * weight_decay * x",
        ),
    ),
)


# A constant gradient ----------------------------------------------------------------------------------


def step_under_constant(run, g, t, **hyper):
    """What step t adds to the parameter where every gradient was g, without eps and decay."""
    filled = lambda beta: 1 - beta ** (t - 1)
    memory = (filled(hyper["beta1"]) * g, filled(hyper["beta3"]) * g, filled(hyper["beta2"]) * g**2)
    _, x = run([g], memory=memory, first=t, eps=0, weight_decay=0, **hyper)
    return x


@claim("ademamix/constant-gradient", about=ademamix, catalogue="M20", cites="P24 section 3", uses=("ema/weights",))
def constant_gradient(
    run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, beta3: Unit, alpha: NonNegative, t: Natural
):
    """Under a constant gradient step t is 1 + alpha (1 - beta3^t) learning rates, and tends to 1 + alpha of them."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, beta3=beta3, alpha=alpha)
    closed = lambda t: 1 + alpha * (1 - beta3**t)
    return (
        equal(step_under_constant(run, g, t, **hyper), -lr * sign(g) * closed(t)),
        limit(closed, to="oo", equals=1 + alpha, over=Natural),
    )


@claim(
    "ademamix/constant-gradient-at-once",
    about=ademamix,
    catalogue="M20",
    cites="P24, both averages corrected",
    false=True,
)
def constant_gradient_at_once(
    run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, beta3: Unit, alpha: Positive, t: Natural
):
    """Under a constant gradient every step is 1 + alpha learning rates."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, beta3=beta3, alpha=alpha)
    return equal(magnitude(step_under_constant(run, g, t, **hyper)), lr * (1 + alpha))


# Without the slow average -----------------------------------------------------------------------------


def beside_adamw(run, x, g, m, v, t, alpha, **hyper):
    """One step without the slow average's past, and AdamW's."""
    _, mixed = run([g], x=x, memory=(m, 0, v), first=t, beta3=hyper["beta1"], alpha=alpha, **hyper)
    _, plain = adamw.run([g], x=x, memory=(m, v), first=t, **hyper)
    return mixed, plain


@claim("ademamix/adamw", about=ademamix, cites="P24 section 3, at alpha = 0")
def adam_without_slow(
    run,
    x: Real,
    g: Real,
    m: Real,
    v: NonNegative,
    lr: Positive,
    beta1: Unit,
    beta2: Unit,
    eps: Positive,
    weight_decay: NonNegative,
    t: Natural,
):
    """Where the slow average does not count, a step is AdamW's."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay)
    return equal(*beside_adamw(run, x, g, m, v, t, 0, **hyper))


@claim("ademamix/adamw-always", about=ademamix, cites="P24 section 3, for every alpha", false=True)
def adam_always(
    run, x: Real, g: NonZero, m: Real, v: NonNegative, lr: Positive, beta1: Unit, beta2: Unit, eps: Positive
):
    """With a slow average that starts at zero, the first step is AdamW's."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps, weight_decay=0)
    return equal(*beside_adamw(run, x, g, m, v, 1, 1, **hyper))
