r"""
# RAdam: rectified Adam

Adam divides by a root of an average of squared gradients.  Early on that average has seen
few gradients, and its inverse root varies wildly.  RAdam measures how many gradients the
average is worth, its length $\rho_t$, and shrinks the step so that the variance stays that
of an infinitely long run; while $\rho_t \le 4$ it does not divide at all.

## Main results
- `length_by_centre_of_mass` : $\rho_t$ is the window whose centre of mass is that of the average
- `length_grows`             : $\rho_t$ starts at 1 and grows towards $\rho_\infty$
- `length_below_t`           : an average that forgets is worth less than it has seen

## References
- [LH19] Loshchilov, Hutter.  Decoupled weight decay regularization.  ICLR 2019.
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from verify import (
    Above,
    HalfOpen,
    Later,
    Natural,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    claim,
    equal,
    exp,
    increasing,
    less,
    limit,
    sqrt,
    total,
    where,
)


def longest(beta2):
    """rho_infinity, the length of an average that has run for ever."""
    return 2 / (1 - beta2) - 1


def length(t, beta2):
    """rho_t, how many gradients the average of t gradients is worth."""
    return longest(beta2) - 2 * t * beta2**t / (1 - beta2**t)


def rectifier_squared(rho, rho_inf):
    """r_t^2, the variance at length rho_inf over the variance at length rho, to first order."""
    return (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)


def step(x, g, memory, t, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen):
    """Liu et al. 2020, Algorithm 2."""
    m, v = memory
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    rho_t = length(t, beta2)
    r = sqrt(rectifier_squared(rho_t, longest(beta2)))
    rectified = x - lr * r * m_hat / sqrt(v_hat)
    early = x - lr * m_hat
    return where(rho_t > 4, rectified, early), (m, v)


radam = Rule(
    "radam",
    "Liu et al. 2020, Algorithm 2",
    step,
    memory={"m": Real, "v": NonNegative},
    readings=(
        Reading("threshold-5", "the step is rectified where rho_t > 5", "rho_t > 4", "rho_t > 5", kind="threshold"),
        Reading(
            "threshold-5-or-equal",
            "the step is rectified where rho_t >= 5",
            "rho_t > 4",
            "rho_t >= 5",
            kind="threshold",
        ),
        Reading(
            "eps-hat",
            "eps is added to the root of v before the root is corrected",
            "sqrt(v_hat)",
            "((sqrt(v) + eps) / sqrt(1 - beta2**t))",
            kind="epsilon-placement",
            adds={"eps": NonNegative},
        ),
        Reading(
            "no-early-step", "nothing moves while the step is not rectified", "x - lr * m_hat", "x", kind="threshold"
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            "m, v = memory",
            "m, v = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds={"weight_decay": NonNegative},
        ),
        Reading(
            "decoupled",
            "the parameter decays by lr weight_decay before the step (LH19)",
            "m, v = memory",
            "m, v = memory\nx = x - lr * weight_decay * x",
            kind="decay-coupling",
            adds={"weight_decay": NonNegative},
        ),
    ),
)


# The length of an average ------------------------------------------------------------------


def weight_of_lags(beta, t):
    """The sum of beta^k over the lags k of t gradients."""
    return total(lambda k: beta**k, 0, t - 1)


def moment_of_lags(beta, t):
    """The sum of k beta^k over the lags k of t gradients."""
    return total(lambda k: k * beta**k, 0, t - 1)


def centre_of_window(n):
    """The mean lag of a plain mean of the last n gradients."""
    return (n - 1) / 2


@claim("radam/centre-of-window", catalogue="R11", cites="L20 section 4.1")
def centre_of_mean(n: Natural):
    """The lags of a plain mean of n gradients are (n - 1) / 2 on average."""
    return equal(total(lambda k: k, 0, n - 1) / n, centre_of_window(n))


@claim("radam/length", catalogue="R11", cites="L20 section 4.1")
def length_by_centre_of_mass(beta: Unit, t: Natural):
    """The average of t gradients has the centre of mass of a plain mean of rho_t gradients."""
    weights = (1 - beta**t) / (1 - beta)
    moments = beta * (1 - beta**t) / (1 - beta) ** 2 - t * beta**t / (1 - beta)
    return equal(
        moment_of_lags(beta, t) / weight_of_lags(beta, t),
        centre_of_window(length(t, beta)),
        via=[moments / weights, beta / (1 - beta) - t * beta**t / (1 - beta**t)],
    )


@claim("radam/length-without-the-two", catalogue="R11", cites="L20 section 4.1, the factor 2 forgotten", false=True)
def length_without_the_two(beta: Unit, t: Natural):
    """The length of the average is 2 / (1 - beta) - 1 - t beta^t / (1 - beta^t)."""
    found = longest(beta) - t * beta**t / (1 - beta**t)
    return equal(moment_of_lags(beta, t) / weight_of_lags(beta, t), centre_of_window(found))


def coth(x):
    """The hyperbolic cotangent of a positive number."""
    return (1 + exp(-2 * x)) / (1 - exp(-2 * x))


def hyperbolic_length(t, L):
    """rho_t at beta = exp(-L)."""
    return coth(L / 2) + t - t * coth(t * L / 2)


@claim("radam/length-hyperbolic", catalogue="R12", cites="own, from L20 section 4.1")
def length_hyperbolic(L: Positive, t: Positive):
    """With beta = exp(-L) the length is a difference of hyperbolic cotangents."""
    return equal(length(t, exp(-L)), hyperbolic_length(t, L)), equal(longest(exp(-L)), coth(L / 2))


@claim("radam/length-starts-at-one", catalogue="R12", cites="L20 section 4.1")
def length_starts_at_one(beta: Unit):
    """An average of one gradient is worth one gradient, and the longest is worth (1 + beta) / (1 - beta)."""
    return equal(length(1, beta), 1), equal(longest(beta), (1 + beta) / (1 - beta))


@claim("radam/length-forgets-nothing", catalogue="R12", cites="own")
def length_forgets_nothing(t: Natural):
    """As beta tends to 1, the average of t gradients is worth t of them."""
    return limit(lambda beta: length(t, beta), to=1, equals=t, over=Unit)


@claim("radam/length-lost", catalogue="R12", cites="own")
def length_lost(t: Natural):
    """With beta = exp(-L) the average loses (t^2 - 1) L / 6 gradients, to first order in L."""
    return limit(lambda L: (t - hyperbolic_length(t, L)) / L, to=0, equals=(t**2 - 1) / 6, over=Positive)


@claim("radam/length-tends-to-longest", catalogue="R12", cites="L20 section 4.1")
def length_tends_to_longest(beta: Unit):
    """The length tends to rho_infinity."""
    return limit(lambda t: length(t, beta), to="oo", equals=longest(beta), over=Natural)


@claim("radam/length-grows", catalogue="R12", cites="own", uses=("radam/length-hyperbolic",))
def length_grows(L: Positive):
    """The length grows with t."""

    def slope(t):
        return (t * L - 1 + exp(-t * L)) / ((exp(t * L) + exp(-t * L)) / 2 - 1)

    return increasing(lambda t: hyperbolic_length(t, L), over=Positive, slope=slope)


@claim("radam/length-below-t", catalogue="R12", cites="own")
def length_below_t(beta: Unit, t: Later):
    """The average of t > 1 gradients is worth less than t of them, since it forgets."""
    forgotten = total(lambda k: (1 - beta**k) * (1 - beta ** (t - k)), 1, t - 1) / (1 - beta**t)
    return less(length(t, beta), t, slack=forgotten)


@claim("radam/length-above-t", catalogue="R12", cites="own", false=True)
def length_above_t(beta: Unit, t: Above(1)):
    """The average of more than one gradient is worth more gradients than it has seen."""
    return less(t, length(t, beta))
