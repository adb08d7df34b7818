r"""
# The moments of RAdam's adaptive rate

Let the gradients be independent normal variables with mean 0 and variance $\sigma^2$, and let
$\psi$ be one over the root of the mean of $\rho$ squared gradients.  Then $X = \rho \tau^2 / (2 \psi^2)$, with
$\tau = 1 / \sigma$, has the Gamma density $x^{\rho / 2 - 1} e^{-x} / \Gamma(\rho / 2)$, and every moment of $\psi$ is a
value of the Gamma function, as long as it is finite.

## Main results
- `moments`          : $E \psi^{2p}$ for every $p < \rho / 2$
- `infinite_moments` : no other moment is finite
- `first_step_mean`  : at the first step already the mean of $\psi$ is infinite

## References
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from theory.ema import average, squares
from verify import (
    Above,
    Between,
    Natural,
    Positive,
    Real,
    Sequence,
    Unit,
    at_most,
    claim,
    equal,
    exp,
    gamma,
    increasing,
    infinite,
    integral,
    pi,
    sqrt,
    total,
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
    """The Laplace transform of the Gamma density of shape a is (1 + s)^-a, so shapes a and b add up to a + b."""
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


@claim(
    "radam/moments",
    catalogue="R01",
    cites="L20 section 3.2; the moments of a scaled inverse chi-squared variable",
    given=lambda p, rho: 2 * p < rho,
)
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


@claim(
    "radam/infinite-moments",
    catalogue="R02",
    cites="own; L20 states Theorem 1 for rho > 4",
    uses=("radam/moments",),
    given=lambda p, rho: rho <= p,
)
def infinite_moments(p: Positive, rho: Positive, sigma: Positive):
    """The moment E psi^p is infinite for p >= rho: psi needs rho > 1, psi^2 rho > 2 and psi^4 rho > 4."""
    return infinite_moment(p / 2, rho, sigma)


@claim("radam/average-comparable", catalogue="R02", cites="own", uses=("radam/infinite-moments",))
def average_comparable(g: Sequence(Real), beta: Unit, t: Natural):
    """A moving average of squares lies between two multiples of their plain sum, so the same moments are finite."""
    plain, weighted = total(squares(g), 1, t), average(squares(g), beta, t) / (1 - beta**t)
    newest, oldest = (1 - beta) / (1 - beta**t), (1 - beta) * beta ** (t - 1) / (1 - beta**t)
    above_oldest = (1 - beta) * total(lambda i: (beta ** (t - i) - beta ** (t - 1)) * g(i) ** 2, 1, t) / (1 - beta**t)
    below_newest = (1 - beta) * total(lambda i: (1 - beta ** (t - i)) * g(i) ** 2, 1, t) / (1 - beta**t)
    return at_most(oldest * plain, weighted, slack=above_oldest), at_most(weighted, newest * plain, slack=below_newest)


@claim("radam/variance-needs-four", catalogue="R02", cites="L20 Theorem 1, its stated domain", false=True)
def variance_needs_four(rho: Between(2, 4), sigma: Positive):
    """The mean of psi^2 is infinite for 2 < rho < 4, too."""
    return infinite_moment(1, rho, sigma)


# The first step ----------------------------------------------------------------------------


def inverse_power(n, x, sigma):
    """The integrand of E |g|^-n, in x = g^2 / (2 sigma^2)."""
    g = gradient_at(x, sigma)
    return 2 * gradient_density(g, sigma) * gradient_slope(x, sigma) / g**n


def simple_pole(x):
    """exp(-x) / x."""
    return exp(-x) / x


def strong_pole(x):
    """exp(-x) / x^(3/2)."""
    return exp(-x) / (x * sqrt(x))


@claim("radam/first-step-mean", catalogue="R03", cites="L20 section 3.1", uses=("radam/substitution",))
def first_step_mean(x: Positive, sigma: Positive):
    """At the first step the mean of 1 / |g| is a multiple of the integral of exp(-x) / x, and infinite."""
    return equal(inverse_power(1, x, sigma), simple_pole(x) / (sqrt(2 * pi(x)) * sigma)), infinite(simple_pole)


@claim(
    "radam/first-step-square",
    catalogue="R03",
    cites="L20 section 3.1, which prints the integral of the mean",
    uses=("radam/substitution",),
)
def first_step_square(x: Positive, sigma: Positive):
    """At the first step the mean of 1 / g^2 is a multiple of the integral of exp(-x) / x^(3/2), and infinite."""
    return equal(inverse_power(2, x, sigma), strong_pole(x) / (2 * sqrt(pi(x)) * sigma**2)), infinite(strong_pole)


@claim("radam/first-step-square-as-printed", catalogue="R03", cites="L20 section 3.1, as printed", false=True)
def first_step_square_as_printed(x: Unit, sigma: Positive):
    """At the first step the mean of 1 / g^2 is a multiple of the integral of exp(-x) / x."""
    return equal(inverse_power(2, x, sigma), simple_pole(x) / (2 * sqrt(pi(x)) * sigma**2))
