r"""
# How far Adam can step

The paper bounds Adam's step approximately by the learning rate.  The exact bound is a
Cauchy-Schwarz inequality between the weights of the two averages: the step is at most
$\sqrt{K_t}$ times the learning rate, gradients that grow like $(\beta_2 / \beta_1)^i$ reach
it, and it tends to $\sqrt{52.86} = 7.27$ at the usual betas.  Only $\beta_1 = \beta_2$ gives 1.

## Main results
- `step_bound`         : the t-th step is at most sqrt(K_t) lr
- `step_bound_attained`: and gradients like $(\beta_2 / \beta_1)^i$ attain it
- `limit_of_bound`     : K_t tends to its least upper bound K
- `paper_bound_exceeded`, `second_step_exceeds_lr`: the paper's bounds are none wherever the betas differ
- `equal_betas`        : with equal betas the step is at most lr

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [Z22] Zhang, Chen, Shi, Sun, Luo.  Adam can converge without any modification on update rules.  NeurIPS 2022.
"""

from theory.adam import adam, move
from theory.ema import corrected, squares
from verify import (
    Later,
    Natural,
    NonZero,
    Positive,
    Real,
    Sequence,
    Unit,
    at_most,
    claim,
    equal,
    less,
    limit,
    magnitude,
    total,
)


def weight(beta, t, i):
    """The weight of the i-th of t values in the corrected average."""
    return (1 - beta) * beta ** (t - i) / (1 - beta**t)


def gain(beta1, beta2, t):
    """K_t, the largest value of m_hat^2 / v_hat: the sum of a_i^2 / b_i over the weights of the two."""
    powers = total(lambda i: (beta1**2 / beta2) ** (t - i), 1, t)
    return weight(beta1, t, t) ** 2 / weight(beta2, t, t) * powers


def gain_in_closed_form(beta1, beta2, t):
    """K_t with its geometric sum carried out."""
    ratio = beta1**2 / beta2
    return weight(beta1, t, t) ** 2 / weight(beta2, t, t) * (1 - ratio**t) / (1 - ratio)


def greatest_gain(beta1, beta2):
    """K, the least upper bound of K_t."""
    return (1 - beta1) ** 2 / ((1 - beta2) * (1 - beta1**2 / beta2))


def growing(beta1, beta2):
    """The gradients that make the longest step."""
    return lambda i: (beta2 / beta1) ** i


def betas_are_usual(beta1, beta2):
    """The condition under which K is finite."""
    return beta1**2 < beta2


def betas_differ(beta1, beta2):
    return betas_are_usual(beta1, beta2), magnitude(beta1 - beta2) > 0


# The bound --------------------------------------------------------------------------------------


@claim(
    "adam/step-bound",
    about=adam,
    catalogue="A13",
    cites="own; Cauchy-Schwarz; sharpens KB15 section 2.1",
    uses=("adam/moments",),
)
def step_bound(run, g: Sequence(Real), lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """Without eps the t-th step is at most sqrt(K_t) lr, and less unless the gradients grow like (beta2 / beta1)^i."""
    step = move(run, g, t, lr=lr, beta1=beta1, beta2=beta2, eps=0)
    K = gain(beta1, beta2, t)
    m_hat, v_hat = corrected(g, beta1, t), corrected(squares(g), beta2, t)
    best = lambda i: m_hat / K * weight(beta1, t, i) / weight(beta2, t, i)
    missing = corrected(lambda i: (g(i) - best(i)) ** 2, beta2, t)
    return at_most(step**2, K * lr**2, slack=K * lr**2 * missing / v_hat)


@claim(
    "adam/step-bound-attained",
    about=adam,
    catalogue="A13",
    cites="own; equality in Cauchy-Schwarz",
    uses=("adam/moments",),
)
def step_bound_attained(run, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """Gradients that grow like (beta2 / beta1)^i make a step of exactly sqrt(K_t) lr."""
    step = move(run, growing(beta1, beta2), t, lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(step**2, gain(beta1, beta2, t) * lr**2)


@claim(
    "adam/step-bound-spike", about=adam, catalogue="A13", cites="the same, for a gradient after t - 1 zeros", false=True
)
def step_bound_spike(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Later):
    """A single gradient after zeros makes a step of sqrt(K_t) lr."""
    _, x = run([g], memory=(0, 0), first=t, lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return equal(x**2, gain(beta1, beta2, t) * lr**2)


# For ever ---------------------------------------------------------------------------------------


@claim("adam/gain-in-closed-form", catalogue="A14", cites="own; geometric sum", given=betas_are_usual)
def closed_gain(beta1: Unit, beta2: Unit, t: Natural):
    """K_t is a quotient of powers of the betas."""
    return equal(gain(beta1, beta2, t), gain_in_closed_form(beta1, beta2, t))


@claim(
    "adam/limit-of-bound",
    catalogue="A14",
    cites="own; cf. Z22, where beta1 < sqrt(beta2)",
    given=betas_are_usual,
    uses=("adam/gain-in-closed-form",),
)
def limit_of_bound(beta1: Unit, beta2: Unit, t: Natural):
    """K_t never exceeds K = 1 + (beta1 - beta2)^2 / ((1 - beta2)(beta2 - beta1^2)), and tends to it."""
    K = greatest_gain(beta1, beta2)
    missing = (beta2**t - beta1**t) ** 2 / (beta2**t * (1 - beta1**t) ** 2)
    return (
        equal(K, 1 + (beta1 - beta2) ** 2 / ((1 - beta2) * (beta2 - beta1**2))),
        at_most(gain_in_closed_form(beta1, beta2, t), K, slack=K * missing),
        limit(lambda t: gain_in_closed_form(beta1, beta2, t), to="oo", equals=K, over=Natural),
    )


@claim(
    "adam/limit-of-bound-unsquared",
    catalogue="A14",
    cites="the same, a square forgotten",
    given=lambda beta1, beta2: (betas_are_usual(beta1, beta2), beta2 < beta1),
    false=True,
)
def limit_of_bound_unsquared(beta1: Unit, beta2: Unit):
    """K is 1 + (beta1 - beta2) / ((1 - beta2)(beta2 - beta1^2))."""
    return equal(greatest_gain(beta1, beta2), 1 + (beta1 - beta2) / ((1 - beta2) * (beta2 - beta1**2)))


# The paper's bounds -----------------------------------------------------------------------------


@claim(
    "adam/paper-bound-exceeded",
    catalogue="A15",
    cites="KB15 section 2.1: 'approximately bounded'",
    given=betas_differ,
    uses=("adam/limit-of-bound",),
)
def paper_bound_exceeded(beta1: Unit, beta2: Unit):
    """Where the betas differ, K exceeds 1, and (1 - beta1)^2 / (1 - beta2) by the factor 1 / (1 - beta1^2 / beta2)."""
    K = greatest_gain(beta1, beta2)
    paper = (1 - beta1) ** 2 / (1 - beta2)
    return (
        less(1, K, slack=(beta1 - beta2) ** 2 / ((1 - beta2) * (beta2 - beta1**2))),
        less(paper, K, slack=paper * beta1**2 / (beta2 - beta1**2)),
        equal(K, paper / (1 - beta1**2 / beta2)),
    )


def gain_of_two(beta1, beta2):
    """K_2."""
    return (1 + beta1**2 / beta2) * (1 + beta2) / (1 + beta1) ** 2


@claim(
    "adam/second-step-exceeds-lr",
    about=adam,
    catalogue="A15",
    cites="KB15 section 2.1: 'approximately bounded'",
    given=lambda beta1, beta2: magnitude(beta1 - beta2) > 0,
)
def second_step_exceeds_lr(run, lr: Positive, beta1: Unit, beta2: Unit):
    """Where the betas differ, the second step can exceed lr: after the gradients beta1 and beta2 it is sqrt(K_2) lr."""
    _, x1, x2 = run([beta1, beta2], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    K = gain_of_two(beta1, beta2)
    return (
        equal((x2 - x1) ** 2, K * lr**2),
        less(1, K, slack=(beta1 - beta2) ** 2 / (beta2 * (1 + beta1) ** 2)),
    )


@claim("adam/paper-bound-short-memory", catalogue="A15", cites="own; z3", given=lambda beta1, beta2: beta2 <= beta1**2)
def paper_bound_short_memory(beta1: Unit, beta2: Unit):
    """Where K is infinite, the paper's bound is lr, so that the second step exceeds it there as well."""
    return at_most((1 - beta1) ** 2 / (1 - beta2), 1)


@claim(
    "adam/paper-bound",
    about=adam,
    catalogue="A15",
    cites="KB15 section 2.1, read as a bound",
    given=lambda beta1, beta2: ((1 - beta1) ** 2 <= 1 - beta2, magnitude(beta1 - beta2) > 0),
    false=True,
)
def paper_bound(run, lr: Positive, beta1: Unit, beta2: Unit):
    """Where 1 - beta1 <= sqrt(1 - beta2) no step exceeds lr, as the second after the gradients beta1 and beta2."""
    _, x1, x2 = run([beta1, beta2], lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return at_most((x2 - x1) ** 2, lr**2)


# Equal betas ------------------------------------------------------------------------------------


@claim("adam/equal-betas", about=adam, catalogue="A16", cites="own; Jensen", uses=("adam/moments", "ema/weights"))
def equal_betas(run, g: Sequence(Real), lr: Positive, beta: Unit, t: Natural):
    """With equal betas and without eps no step exceeds lr, for then K_t = 1."""
    step = move(run, g, t, lr=lr, beta1=beta, beta2=beta, eps=0)
    m_hat, v_hat = corrected(g, beta, t), corrected(squares(g), beta, t)
    spread = corrected(lambda i: (g(i) - m_hat) ** 2, beta, t)
    return at_most(step**2, lr**2, slack=lr**2 * spread / v_hat), equal(gain(beta, beta, t), 1)


@claim("adam/squared-betas", catalogue="A16", cites="the same, with beta1 = beta2^2", false=True)
def squared_betas(beta: Unit, t: Later):
    """K_t = 1 also where beta1 = beta2^2."""
    return equal(gain(beta**2, beta, t), 1)
