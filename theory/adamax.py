r"""
# AdaMax

Adam with the root of a mean of squares replaced by a largest value: the exponent 2 of the
norm is sent to infinity.  The largest value forgets at the rate beta2, so a step can be
longer than the learning rate, against the paper, if only by the factor 1.0091.

## Main results
- `closed_form`       : u is the largest gradient, the older the smaller
- `limit_of_norms`    : Adam's denominator with exponent p tends to u as p grows
- `step_bound`        : a step is at most C_t times the learning rate
- `step_bound_attained`, `limit_of_bound` : gradients that grow like beta2^i attain it, and it tends to C > 1

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
"""

from theory.ema import average
from verify import (
    HalfOpen,
    Later,
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
    greatest,
    less,
    limit,
    magnitude,
    maximum,
    total,
    unfolds,
)


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


def faded(g, beta2, t):
    """The sizes of the gradients as they count at time t."""
    return lambda i: beta2 ** (t - i) * magnitude(g(i))


def largest(g, beta2, t):
    """u_t, the largest of them."""
    return greatest(faded(g, beta2, t), 1, t)


def move(run, g, t, *, beta1, beta2, **rest):
    """What the t-th step adds to the parameter, t > 1."""
    memory = average(g, beta1, t - 1), largest(g, beta2, t - 1)
    _, x = run([g(t)], memory=memory, first=t, beta1=beta1, beta2=beta2, **rest)
    return x


@claim("adamax/closed-form", catalogue="A20", cites="KB15 section 7.1, equation (12), and Algorithm 2")
def closed_form(g: Sequence(Real), lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """The denominator is the largest of all gradients, the older the smaller."""

    def after(u, t):
        _, (_, u) = adamax.step(0, g(t), (0, u), t, lr=lr, beta1=beta1, beta2=beta2)
        return u

    return (
        equal(after(0, 1), magnitude(g(1))),
        unfolds(after, lambda t: largest(g, beta2, t), start=magnitude(g(1)), t=t, first=1),
    )


@claim("adamax/closed-form-undecayed", catalogue="A20", cites="the same, without the decay", false=True)
def closed_form_undecayed(c: NonZero, beta2: Unit, t: Later):
    """The denominator after the gradients c, c / 2, ..., c / t is the largest of them."""
    g = lambda i: c / i

    def after(u, t):
        _, (_, u) = adamax.step(0, g(t), (0, u), t, lr=1, beta1=0, beta2=beta2)
        return u

    return unfolds(after, lambda t: greatest(lambda i: magnitude(g(i)), 1, t), start=magnitude(g(1)), t=t, first=1)


# From Adam to AdaMax --------------------------------------------------------------------------------


def power_sum(g, beta2, p, t):
    """v_t of Adam with the exponent p: the average, with beta2^p for beta2, of the powers of the gradients."""
    return (1 - beta2**p) * total(lambda i: faded(g, beta2, t)(i) ** p, 1, t)


@claim("adamax/limit-of-norms", catalogue="A19", cites="KB15 section 7.1, equations (6) to (11)")
def limit_of_norms(g: Sequence(Real), beta2: Unit, t: Natural):
    """As p grows, v_t^(1/p) tends to u_t: the sum lies between its largest term and t times it."""
    u = largest(g, beta2, t)
    return limit(
        lambda p: power_sum(g, beta2, p, t) ** (1 / p),
        to="oo",
        equals=u,
        between=(lambda p: (1 - beta2**p) ** (1 / p) * u, lambda p: ((1 - beta2**p) * t) ** (1 / p) * u),
    )


@claim("adamax/limit-of-norms-as-sum", catalogue="A19", cites="the same, the sum taken for the largest", false=True)
def limit_of_norms_as_sum(g: Sequence(NonZero), beta2: Unit, t: Later):
    """As p grows, v_t^(1/p) tends to the sum of the gradients' sizes, the older the smaller."""
    return limit(lambda p: power_sum(g, beta2, p, t) ** (1 / p), to="oo", equals=total(faded(g, beta2, t), 1, t))


# How far it can step --------------------------------------------------------------------------------


def bound(beta1, beta2, t):
    """C_t, the largest value of |m_hat| / u after t gradients."""
    return (1 - beta1) / (1 - beta1**t) * total(lambda i: (beta1 / beta2) ** (t - i), 1, t)


def bound_in_closed_form(beta1, beta2, t):
    """C_t with its geometric sum carried out."""
    ratio = beta1 / beta2
    return (1 - beta1) / (1 - beta1**t) * (1 - ratio**t) / (1 - ratio)


def least_upper_bound(beta1, beta2):
    """C, to which C_t tends."""
    return beta2 * (1 - beta1) / (beta2 - beta1)


def betas_are_usual(beta1, beta2):
    return beta1 < beta2


@claim(
    "adamax/step-bound",
    about=adamax,
    catalogue="A21",
    cites="own; sharpens KB15 section 7.1",
    uses=("adamax/closed-form",),
)
def step_bound(run, g: Sequence(Real), lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """The step after t gradients is at most C_(t+1) lr in either direction."""
    step, last = move(run, g, t + 1, lr=lr, beta1=beta1, beta2=beta2), t + 1
    u, C = largest(g, beta2, last), bound(beta1, beta2, last)

    def missing(sign):
        share = lambda i: (beta1 / beta2) ** (last - i) * (u + sign * beta2 ** (last - i) * g(i)) / u
        return lr * (1 - beta1) / (1 - beta1**last) * total(share, 1, last)

    return at_most(step, C * lr, slack=missing(1)), at_most(-step, C * lr, slack=missing(-1))


@claim("adamax/step-bound-attained", about=adamax, catalogue="A21", cites="own", uses=("adamax/closed-form",))
def step_bound_attained(run, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """Gradients that shrink like beta2^i make a step of exactly C_(t+1) lr."""
    step = move(run, lambda i: beta2**i, t + 1, lr=lr, beta1=beta1, beta2=beta2)
    return equal(-step, bound(beta1, beta2, t + 1) * lr)


@claim("adamax/limit-of-bound", catalogue="A21", cites="own; against KB15 section 7.1", given=betas_are_usual)
def limit_of_bound(beta1: Unit, beta2: Unit, t: Natural):
    """C_t stays below C = beta2 (1 - beta1) / (beta2 - beta1) > 1 and tends to it."""
    C, powers = least_upper_bound(beta1, beta2), (beta1 / beta2) ** t
    return (
        equal(bound(beta1, beta2, t), bound_in_closed_form(beta1, beta2, t)),
        at_most(bound_in_closed_form(beta1, beta2, t), C, slack=C * powers * (1 - beta2**t) / (1 - beta1**t)),
        limit(lambda t: bound_in_closed_form(beta1, beta2, t), to="oo", equals=C, over=Natural),
        less(1, C, slack=beta1 * (1 - beta2) / (beta2 - beta1)),
    )


@claim(
    "adamax/paper-bound",
    about=adamax,
    catalogue="A21",
    cites="KB15 section 7.1: |Delta_t| <= alpha",
    false=True,
)
def paper_bound(run, lr: Positive, beta1: Unit, beta2: Unit):
    """No step exceeds the learning rate, as the second after the gradients 1 and beta2."""
    _, x1, x2 = run([1, beta2], lr=lr, beta1=beta1, beta2=beta2)
    return at_most((x2 - x1) ** 2, lr**2)
