r"""
# The variance of RAdam's adaptive rate

The variance of $\psi$, one over the root of the mean of $\rho$ squared gradients, is finite from
$\rho > 2$ on (the paper states it for $\rho > 4$).  It is $E \psi^2$ times a share, and both fall as
$\rho$ grows; that is why RAdam waits.  What the algorithm uses is its value to first order.

## Main results
- `variance_of_psi` : the variance in closed form (Theorem 1)
- `variance_falls`  : it decreases in $\rho$, as a product of decreasing functions
- `first_order_variance` : the approximation from which the rectifier is made

## References
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
- [W07] Wolter.  Introduction to variance estimation.  Springer 2007.
"""

from theory.radam_moments import mean, mean_of_power, mean_of_psi, psi_squared
from verify import (
    Above,
    Natural,
    Positive,
    beta_function,
    claim,
    decreasing,
    equal,
    gamma,
    increasing,
    less,
    limit,
    pi,
    sqrt,
    unfolds,
)


def variance_from_moments(rho, tau):
    """E psi^2 - (E psi)^2, as integrals."""
    return mean_of_power(1, rho, tau) - mean_of_psi(rho, tau) ** 2


def variance_by_gamma(rho, tau):
    """The variance of psi by gamma functions."""
    return tau**2 * (rho / (rho - 2) - rho / 2 * (gamma((rho - 1) / 2) / gamma(rho / 2)) ** 2)


def variance(rho, tau):
    """The variance of psi in the paper's form."""
    a = (rho - 1) / 2
    return tau**2 * (rho / (rho - 2) - rho * 2 ** (2 * rho - 5) / pi(rho) * beta_function(a, a) ** 2)


@claim("radam/variance", catalogue="R04", cites="L20 Theorem 1 (stated there for rho > 4; it holds for rho > 2)")
def variance_of_psi(rho: Above(2), sigma: Positive):
    """For rho > 2, Var psi = tau^2 (rho / (rho - 2) - rho 2^(2 rho - 5) / pi B((rho - 1) / 2, (rho - 1) / 2)^2)."""
    tau = 1 / sigma
    square = rho * tau**2 / 2 * gamma(rho / 2 - 1) / gamma(rho / 2)
    first = tau * sqrt(rho / 2) * gamma((rho - 1) / 2) / gamma(rho / 2)
    return equal(
        variance_from_moments(rho, tau), variance(rho, tau), via=[square - first**2, variance_by_gamma(rho, tau)]
    )


@claim("radam/variance-doubled-beta", catalogue="R04", cites="L20 Theorem 1 with 2^(2 rho - 4)", false=True)
def variance_doubled_beta(rho: Above(2), sigma: Positive):
    """The Beta term of the variance carries the factor 2^(2 rho - 4)."""
    tau = 1 / sigma
    return equal(variance_from_moments(rho, tau), 2 * variance(rho, tau) - tau**2 * rho / (rho - 2))


# It falls ----------------------------------------------------------------------------------


def gamma_ratio(rho):
    """The share of E psi^2 that is (E psi)^2."""
    return gamma((rho - 1) / 2) ** 2 / (gamma(rho / 2) * gamma(rho / 2 - 1))


def shortfall(rho):
    """One factor of the infinite product for that share."""
    return 1 - 1 / (rho - 1) ** 2


@claim("radam/variance-product", catalogue="R06", cites="own")
def variance_product(rho: Above(2), tau: Positive):
    """The variance is E psi^2 times what is left of 1 beside the share of the squared mean."""
    return equal(variance_by_gamma(rho, tau), tau**2 * (rho / (rho - 2) * (1 - gamma_ratio(rho))))


@claim("radam/partial-products", catalogue="R06", cites="own")
def partial_products(rho: Above(2), n: Natural):
    """After n factors the product lacks the share at rho + 2 n, and nothing else."""

    def step(product, n):
        return product * shortfall(rho + 2 * (n - 1))

    return unfolds(step, lambda n: gamma_ratio(rho) / gamma_ratio(rho + 2 * n), start=1, t=n)


@claim("radam/factors", catalogue="R06", cites="own")
def factors(rho: Above(2)):
    """Every factor lies between 0 and 1."""
    return less(0, shortfall(rho), slack=rho * (rho - 2) / (rho - 1) ** 2), less(
        shortfall(rho), 1, slack=1 / (rho - 1) ** 2
    )


@claim("radam/ratio-limit", catalogue="R06", cites="own; Stirling's series")
def ratio_limit():
    """The share tends to 1."""
    return limit(gamma_ratio, to="oo", equals=1, over=Above(2))


@claim("radam/ratio-grows", catalogue="R06", cites="own", uses=("radam/partial-products", "radam/ratio-limit"))
def ratio_grows():
    """The share grows with rho: it is an infinite product of growing factors."""
    return increasing(gamma_ratio, over=Above(2), factor=shortfall, shift=2)


@claim("radam/ratio-below-one", catalogue="R06", cites="own", uses=("radam/ratio-grows", "radam/ratio-limit"))
def ratio_below_one(rho: Above(2)):
    """The share is below 1, the limit to which it grows."""
    return less(gamma_ratio(rho), 1)


@claim(
    "radam/variance-falls",
    catalogue="R06",
    cites="L20 appendix, Theorem 1; the proof is our own",
    uses=("radam/variance-product", "radam/ratio-grows", "radam/ratio-below-one"),
)
def variance_falls(tau: Positive):
    """The variance of psi decreases in rho, as a product of positive decreasing functions."""
    return decreasing(lambda rho: tau**2 * (rho / (rho - 2) * (1 - gamma_ratio(rho))), over=Above(2))


@claim("radam/variance-rises", catalogue="R06", cites="own", false=True)
def variance_rises(tau: Positive):
    """The variance of psi increases in rho."""
    return increasing(lambda rho: variance_by_gamma(rho, tau), over=Above(2))


# To first order ----------------------------------------------------------------------------


def variance_of_square(rho, tau):
    """The variance of psi^2."""
    return 2 * rho**2 * tau**4 / ((rho - 2) ** 2 * (rho - 4))


def first_order(rho, tau):
    """The variance of psi to first order."""
    return rho * tau**2 / (2 * (rho - 2) * (rho - 4))


@claim("radam/variance-of-square", catalogue="R08", cites="L20 section 4.2")
def variance_of_psi_squared(rho: Above(4), tau: Positive):
    """The variance of psi^2 is 2 rho^2 / ((rho - 2)^2 (rho - 4)), and needs rho > 4."""
    fourth = (rho * tau**2 / 2) ** 2 * gamma(rho / 2 - 2) / gamma(rho / 2)
    second = rho * tau**2 / 2 * gamma(rho / 2 - 1) / gamma(rho / 2)
    return equal(
        mean_of_power(2, rho, tau) - mean_of_power(1, rho, tau) ** 2,
        variance_of_square(rho, tau),
        via=[fourth - second**2],
    )


@claim(
    "radam/first-order",
    catalogue="R08",
    cites="L20 section 4.2; W07 for the delta method",
    uses=("radam/mean-square", "radam/variance-of-square"),
)
def first_order_variance(rho: Above(4), tau: Positive):
    """The tangent to the root at E psi^2 has the variance rho / (2 (rho - 2) (rho - 4)), in units of tau^2."""
    centre = rho * tau**2 / (rho - 2)
    tangent = 1 / (2 * sqrt(centre))
    spread = mean(lambda x: (tangent * (psi_squared(x, rho, tau) - centre)) ** 2, rho)
    return equal(spread, first_order(rho, tau), via=[variance_of_square(rho, tau) / (4 * centre)])


@claim("radam/tangent", catalogue="R08", cites="L20 section 4.2")
def tangent_of_root():
    """The slope of the root at y is 1 / (2 sqrt(y))."""
    return increasing(lambda y: sqrt(y), over=Positive, slope=lambda y: 1 / (2 * sqrt(y)))


@claim("radam/first-order-minus-one", catalogue="R08", cites="L20 section 4.2, one degree of freedom off", false=True)
def first_order_minus_one(rho: Above(4), tau: Positive):
    """The first-order variance has rho - 1 in place of rho - 2."""
    return equal(
        variance_of_square(rho, tau) / (4 * rho * tau**2 / (rho - 2)), rho * tau**2 / (2 * (rho - 1) * (rho - 4))
    )
