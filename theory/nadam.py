r"""
# NAdam

Nesterov's look-ahead inside Adam: the step mixes the mean of the gradients, as the next
momentum will weigh it, with the newest gradient.  The momentum rises from beta1 / 2 to
beta1, and the product of all momenta so far takes the place of beta1^t in the correction.

## Main results

## References
- [Doz16] Dozat.  Incorporating Nesterov momentum into Adam.  ICLR workshop 2016.
"""

from verify import Between, HalfOpen, NonNegative, Positive, Reading, Real, Rule, Unit, sqrt


def step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: NonNegative, momentum_decay: NonNegative, base: Unit):
    """Doz16, Algorithm 2, in torch's form; `product` is mu_1 ... mu_t."""
    m, v, product = memory
    mu = beta1 * (1 - base ** (t * momentum_decay) / 2)
    mu_next = beta1 * (1 - base ** ((t + 1) * momentum_decay) / 2)
    product = product * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_hat = v / (1 - beta2**t)
    ahead = mu_next * m / (1 - product * mu_next)
    now = (1 - mu) * g / (1 - product)
    x = x - lr * (ahead + now) / (sqrt(v_hat) + eps)
    return x, (m, v, product)


nadam = Rule(
    name="nadam",
    source="Dozat 2016, Algorithm 2, in torch's form",
    step=step,
    memory=dict(m=Real, v=NonNegative, product=Between(0, 1, closed=True)),
    start=dict(product=1),
    constants=dict(base="0.96"),
    readings=(
        Reading(
            "dozat-alg-2",
            "the mean of the gradients uses mu_t, and beta2 also multiplies the second moment",
            paper="m = beta1 * m + (1 - beta1) * g",
            code="m = mu * m + (1 - mu) * g",
            kind="moment-recurrence",
            more=(("v / (1 - beta2**t)", "beta2 * v / (1 - beta2**t)"),),
        ),
        Reading(
            "constant-mu",
            "the momentum is beta1 throughout, and each part is corrected by its own power of it",
            paper="mu = beta1 * (1 - base ** (t * momentum_decay) / 2)",
            code="mu = beta1",
            kind="schedule",
            more=(
                ("mu_next = beta1 * (1 - base ** ((t + 1) * momentum_decay) / 2)", "mu_next = beta1"),
                ("product = product * mu", "product = beta1**t"),
            ),
            memory=dict(product=None),
        ),
        Reading(
            "nadamw-timm",
            "the momentum is beta1 throughout, and both parts are corrected by 1 - beta1^t",
            paper="mu = beta1 * (1 - base ** (t * momentum_decay) / 2)",
            code="mu = beta1",
            kind="schedule",
            more=(
                ("mu_next = beta1 * (1 - base ** ((t + 1) * momentum_decay) / 2)", "mu_next = beta1"),
                ("product = product * mu", "product = beta1**t"),
                ("1 - product * mu_next", "1 - product"),
            ),
            memory=dict(product=None),
        ),
        Reading(
            "eps-hat",
            "eps is added to the root before its bias is corrected",
            paper="sqrt(v_hat) + eps",
            code="(sqrt(v) + eps) / sqrt(1 - beta2**t)",
            kind="epsilon-placement",
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="m, v, product = memory",
            code="m, v, product = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
        Reading(
            "decoupled",
            "the parameter decays by lr weight_decay before the step",
            paper="m, v, product = memory",
            code="m, v, product = memory\nx = x - lr * weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)
