r"""
# RAdam: rectified Adam

Adam divides by a root of an average of squared gradients.  Early on that average has seen
few gradients, and its inverse root varies wildly.  RAdam measures how many gradients the
average is worth, its length $\rho_t$, and shrinks the step so that the variance stays that
of an infinitely long run; while $\rho_t \le 4$ it does not divide at all.

## Main results
- `length_by_centre` : $\rho_t$ is the window with the same centre of mass

## References
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from verify import HalfOpen, NonNegative, Positive, Reading, Real, Rule, sqrt, where


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
    memory=dict(m=Real, v=NonNegative),
    readings=(
        Reading("threshold-5", "the step is rectified where rho_t > 5", "rho_t > 4", "rho_t > 5", kind="threshold"),
        Reading("threshold-5-or-equal", "the step is rectified where rho_t >= 5", "rho_t > 4", "rho_t >= 5", kind="threshold"),
        Reading(
            "eps-hat",
            "eps is added to the root of v before the root is corrected",
            "sqrt(v_hat)",
            "((sqrt(v) + eps) / sqrt(1 - beta2**t))",
            kind="epsilon-placement",
            adds=dict(eps=NonNegative),
        ),
        Reading("no-early-step", "nothing moves while the step is not rectified", "x - lr * m_hat", "x", kind="threshold"),
    ),
)
