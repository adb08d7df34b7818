r"""
# NAdam

Nesterov's look-ahead inside Adam: the step mixes the mean of the gradients, as the next
momentum will weigh it, with the newest gradient.  The momentum rises from beta1 / 2 to
beta1, and the product of all momenta so far takes the place of beta1^t in the correction.
The weights of the two parts add up to 1 in none of the three forms that are in use.

## Main results
- `weight_of_constant_momentum` : under a constant gradient optax's form steps further than the learning rate
- `weight_of_timm`              : and so does timm's
- `first_step`                  : and the first step of torch's

## References
- [Doz16] Dozat.  Incorporating Nesterov momentum into Adam.  ICLR workshop 2016.
"""

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
    less,
    sign,
    sqrt,
)


def step(
    x,
    g,
    memory,
    t,
    *,
    lr: Positive,
    beta1: HalfOpen,
    beta2: HalfOpen,
    eps: NonNegative,
    momentum_decay: NonNegative,
    base: Unit,
):
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
    memory=dict(m=Real, v=NonNegative, product=NonNegative),
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
            "float32-product",
            "the product of the momenta is kept in float32, whatever the parameter's type",
            code="product in float32",
            kind="precision",
            narrow="product",
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


# Under a constant gradient --------------------------------------------------------------------------


constant_momentum, timm = nadam.read_as("constant-mu"), nadam.read_as("nadamw-timm")
unused = {"momentum_decay": 0, "base": 1}  # what a constant momentum does without


def steady_step(run, g, t, *, beta1, beta2, **rest):
    """The t-th step under the constant gradient g, without eps."""
    memory = g * (1 - beta1 ** (t - 1)), g**2 * (1 - beta2 ** (t - 1))
    _, x = run([g], memory=memory, first=t, beta1=beta1, beta2=beta2, eps=0, **rest)
    return x


@claim(
    "nadam/weight-of-constant-momentum",
    about=constant_momentum,
    catalogue="A27",
    cites="Doz16, with mu_t = beta1, as in optax",
)
def weight_of_constant_momentum(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """With a constant momentum, each part corrected by its own power, the step exceeds lr, if less and less."""
    excess = beta1**t * (1 - beta1) ** 2 / ((1 - beta1**t) * (1 - beta1 ** (t + 1)))
    step = steady_step(run, g, t, lr=lr, beta1=beta1, beta2=beta2, **unused)
    return equal(step, -lr * sign(g) * (1 + excess))


@claim("nadam/weight-of-timm", about=timm, catalogue="A27", cites="timm, NAdamW")
def weight_of_timm(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """With both parts corrected by 1 - beta1^t, the step exceeds lr by (1 - beta1^(t+1)) / (1 - beta1^t)."""
    step = steady_step(run, g, t, lr=lr, beta1=beta1, beta2=beta2, **unused)
    return equal(step, -lr * sign(g) * (1 - beta1 ** (t + 1)) / (1 - beta1**t))


@claim(
    "nadam/weight-one",
    about=constant_momentum,
    catalogue="A27",
    cites="the same, as if the weights added up to 1",
    false=True,
)
def weight_one(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """Under a constant gradient the step is lr."""
    return equal(steady_step(run, g, t, lr=lr, beta1=beta1, beta2=beta2, **unused), -lr * sign(g))


def momentum_at(t, beta1, momentum_decay, base):
    """mu_t."""
    return beta1 * (1 - base ** (t * momentum_decay) / 2)


@claim("nadam/first-step", about=nadam, catalogue="A28", cites="torch.optim.NAdam")
def first_step(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, momentum_decay: Positive, base: Unit):
    """Without eps the first step is lr (1 + mu_2 (1 - beta1) / (1 - mu_1 mu_2)), which is more than lr."""
    _, x = run([g], memory=(0, 0, 1), lr=lr, beta1=beta1, beta2=beta2, eps=0, momentum_decay=momentum_decay, base=base)
    first, second = (momentum_at(t, beta1, momentum_decay, base) for t in (1, 2))
    excess = second * (1 - beta1) / (1 - first * second)
    return equal(x, -lr * sign(g) * (1 + excess)), less(0, excess)


@claim("nadam/first-step-is-lr", about=nadam, catalogue="A28", cites="the same, as for Adam", false=True)
def first_step_is_lr(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, base: Unit):
    """Without eps the first step is lr."""
    _, x = run([g], lr=lr, beta1=beta1, beta2=beta2, eps=0, momentum_decay=1, base=base)
    return equal(x, -lr * sign(g))
