r"""
# The variance of RAdam's adaptive rate

Let the gradients be independent normal variables with mean 0 and variance $\sigma^2$, and let
$\psi$ be one over the root of the mean of $\rho$ squared gradients.  Then $X = \rho \tau^2 / (2 \psi^2)$, with
$\tau = 1 / \sigma$, has the Gamma density $x^{\rho / 2 - 1} e^{-x} / \Gamma(\rho / 2)$, and every moment of $\psi$ is a
value of the Gamma function.  The variance is finite from $\rho > 2$ on (the paper states it for
$\rho > 4$), and it falls as $\rho$ grows: that is why RAdam waits.

## Main results
- `moments`           : all moments of $\psi$, and by `infinite_moments` when they are infinite
- `variance_of_psi`   : the variance of $\psi$ in closed form (Theorem 1)
- `variance_falls`    : it decreases in $\rho$, since it is a product of decreasing functions
- `first_order`       : the approximation from which the rectifier is made

## References
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from verify import (
    Above, Natural, Positive, Real, Sequence, Unit,
    at_most, beta_function, claim, decreasing, equal, exp, gamma, increasing, infinite, integral, less, limit, pi, sqrt, total, unfolds,
)

# From gradients to the Gamma density -------------------------------------------------------


def gradient_density(g, sigma):
    """The density of one gradient."""
    return exp(-(g**2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi(sigma)))


def gradient_at(x, sigma):
    """The positive gradient at which g^2 / (2 sigma^2) is x."""
    return sigma * sqrt(2 * x)


def gradient_slope(x, sigma):
    """dg / dx there."""
    return sigma / sqrt(2 * x)


def gamma_density(x, a):
    """The Gamma density of shape a."""
    return x ** (a - 1) * exp(-x) / gamma(a)


@claim("radam/substitution", catalogue="R01", cites="L20 section 3.1")
def substitution(sigma: Positive):
    """The gradient at which g^2 / (2 sigma^2) is x grows with x, at the rate sigma / sqrt(2 x)."""
    return increasing(lambda x: gradient_at(x, sigma), over=Positive, slope=lambda x: gradient_slope(x, sigma))


@claim("radam/one-gradient", catalogue="R01", cites="L20 section 3.1", uses=("radam/substitution",))
def one_gradient(x: Positive, sigma: Positive):
    """For one gradient, X = g^2 / (2 sigma^2) has the Gamma density of shape 1/2."""
    both_signs = 2 * gradient_density(gradient_at(x, sigma), sigma) * gradient_slope(x, sigma)
    return equal(both_signs, gamma_density(x, x**0 / 2), via=[exp(-x) / sqrt(pi(x) * x)])


@claim("radam/transform", catalogue="R01", cites="L20 section 3.2; Laplace transforms of independent sums multiply")
def transform(a: Positive, b: Positive, s: Positive):
    """The Laplace transform of the Gamma density of shape a is (1 + s)^-a, so sums of shapes a and b have shape a + b."""

    laplace = integral(lambda x: exp(-s * x) * gamma_density(x, a), 0, None, like=s)
    return equal(laplace, (1 + s) ** (-a)), equal((1 + s) ** (-a) * (1 + s) ** (-b), (1 + s) ** (-(a + b)))


# Moments -----------------------------------------------------------------------------------


def psi_squared(x, rho, tau):
    """The square of psi at X = x."""
    return rho * tau**2 / (2 * x)


def mean(of, rho):
    """The mean of a function of X."""
    return integral(lambda x: of(x) * x ** (rho / 2 - 1) * exp(-x), 0, None, like=rho) / gamma(rho / 2)


def mean_of_psi(rho, tau):
    """E psi."""
    return mean(lambda x: sqrt(psi_squared(x, rho, tau)), rho)


def mean_of_power(p, rho, tau):
    """E psi^(2 p)."""
    return mean(lambda x: psi_squared(x, rho, tau) ** p, rho)


@claim("radam/moments", catalogue="R01", cites="L20 section 3.2; the moments of a scaled inverse chi-squared variable", given=lambda p, rho: 2 * p < rho)
def moments(p: Real, rho: Positive, sigma: Positive):
    """The moment E psi^(2 p) is finite for p < rho / 2, and a quotient of gamma functions."""
    tau = 1 / sigma
    return equal(mean_of_power(p, rho, tau), tau ** (2 * p) * (rho / 2) ** p * gamma(rho / 2 - p) / gamma(rho / 2))


@claim("radam/mean-square", catalogue="R01", cites="L20 section 3.2")
def mean_square(rho: Above(2), sigma: Positive):
    """The mean of psi^2 is rho / (rho - 2) times 1 / sigma^2."""
    return equal(mean_of_power(1, rho, 1 / sigma), rho / ((rho - 2) * sigma**2))


@claim("radam/mean-square-minus-one", catalogue="R01", cites="L20 section 3.2, one degree of freedom off", false=True)
def mean_square_minus_one(rho: Above(2), sigma: Positive):
    """The mean of psi^2 is rho / (rho - 1) times 1 / sigma^2."""
    return equal(mean_of_power(1, rho, 1 / sigma), rho / ((rho - 1) * sigma**2))


def infinite_moment(p, rho, sigma):
    """E psi^(2 p) is infinite."""
    return infinite(lambda x: psi_squared(x, rho, 1 / sigma) ** p * gamma_density(x, rho / 2))


@claim("radam/infinite-moments", catalogue="R02", cites="own; L20 states Theorem 1 for rho > 4", uses=("radam/moments",), given=lambda p, rho: rho <= p)
def infinite_moments(p: Positive, rho: Positive, sigma: Positive):
    """The moment E psi^p is infinite for p >= rho: psi needs rho > 1, psi^2 rho > 2 and psi^4 rho > 4."""
    return infinite_moment(p / 2, rho, sigma)


@claim("radam/average-comparable", catalogue="R02", cites="own", uses=("radam/infinite-moments",))
def average_comparable(g: Sequence(Real), beta: Unit, t: Natural):
    """An exponential average lies between two multiples of the plain sum of squares, so its moments are finite for the same t."""
    squares = total(lambda i: g(i) ** 2, 1, t)
    average = (1 - beta) * total(lambda i: beta ** (t - i) * g(i) ** 2, 1, t) / (1 - beta**t)
    newest, oldest = (1 - beta) / (1 - beta**t), (1 - beta) * beta ** (t - 1) / (1 - beta**t)
    above_oldest = (1 - beta) * total(lambda i: (beta ** (t - i) - beta ** (t - 1)) * g(i) ** 2, 1, t) / (1 - beta**t)
    below_newest = (1 - beta) * total(lambda i: (1 - beta ** (t - i)) * g(i) ** 2, 1, t) / (1 - beta**t)
    return at_most(oldest * squares, average, slack=above_oldest), at_most(average, newest * squares, slack=below_newest)


@claim("radam/variance-needs-four", catalogue="R02", cites="L20 Theorem 1, its stated domain", false=True, given=lambda rho: rho <= 4)
def variance_needs_four(rho: Above(2), sigma: Positive):
    """The mean of psi^2 is infinite for rho <= 4."""
    return infinite_moment(1, rho, sigma)


@claim("radam/first-step-mean", catalogue="R03", cites="L20 section 3.1", uses=("radam/substitution",))
def first_step_mean(x: Positive, sigma: Positive):
    """At the first step the mean of 1 / |g| is an integral of exp(-x) / x, and infinite."""
    inverse = 2 * gradient_density(gradient_at(x, sigma), sigma) * gradient_slope(x, sigma) / gradient_at(x, sigma)
    return equal(inverse, exp(-x) / x / (sqrt(2 * pi(x)) * sigma)), infinite(lambda x: exp(-x) / x)


@claim("radam/first-step-square", catalogue="R03", cites="L20 section 3.1, which prints the integral of the mean", uses=("radam/substitution",))
def first_step_square(x: Positive, sigma: Positive):
    """At the first step the mean of 1 / g^2 is an integral of exp(-x) / x^(3/2), and infinite."""
    inverse = 2 * gradient_density(gradient_at(x, sigma), sigma) * gradient_slope(x, sigma) / gradient_at(x, sigma) ** 2
    return equal(inverse, exp(-x) / (x * sqrt(x)) / (2 * sqrt(pi(x)) * sigma**2)), infinite(lambda x: exp(-x) / (x * sqrt(x)))


@claim("radam/first-step-square-as-printed", catalogue="R03", cites="L20 section 3.1, as printed", false=True)
def first_step_square_as_printed(x: Unit, sigma: Positive):
    """At the first step the mean of 1 / g^2 is an integral of exp(-x) / x."""
    inverse = 2 * gradient_density(gradient_at(x, sigma), sigma) * gradient_slope(x, sigma) / gradient_at(x, sigma) ** 2
    return equal(inverse, exp(-x) / x / (2 * sqrt(pi(x)) * sigma**2))


# The variance ------------------------------------------------------------------------------


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
    """For rho > 2 the variance of psi is tau^2 (rho / (rho - 2) - rho 2^(2 rho - 5) / pi B((rho - 1) / 2, (rho - 1) / 2)^2)."""
    tau = 1 / sigma
    square = rho * tau**2 / 2 * gamma(rho / 2 - 1) / gamma(rho / 2)
    first = tau * sqrt(rho / 2) * gamma((rho - 1) / 2) / gamma(rho / 2)
    return equal(variance_from_moments(rho, tau), variance(rho, tau), via=[square - first**2, variance_by_gamma(rho, tau)])


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
    return less(0, shortfall(rho), slack=rho * (rho - 2) / (rho - 1) ** 2), less(shortfall(rho), 1, slack=1 / (rho - 1) ** 2)


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


@claim("radam/variance-falls", catalogue="R06", cites="L20 appendix, Theorem 1; the proof is our own", uses=("radam/variance-product", "radam/ratio-grows", "radam/ratio-below-one"))
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
    return equal(mean_of_power(2, rho, tau) - mean_of_power(1, rho, tau) ** 2, variance_of_square(rho, tau), via=[fourth - second**2])


@claim("radam/first-order", catalogue="R08", cites="L20 section 4.2; Wolter 2007 for the delta method", uses=("radam/mean-square", "radam/variance-of-square"))
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
    return equal(variance_of_square(rho, tau) / (4 * rho * tau**2 / (rho - 2)), rho * tau**2 / (2 * (rho - 1) * (rho - 4)))
