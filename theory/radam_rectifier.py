r"""
# When RAdam divides, and by how much

RAdam divides by the root of the second moment from the first step on at which the average is
worth more than four gradients.  There the rectifier $r_t$ sets in at 0, and it grows to 1 as
the average gets longer.

## Main results
- `rectified_at_last`    : there is such a step exactly where $\beta_2 > 3/5$
- `first_rectified_step` : with $\beta_2 \ge 0.9$ it is the fifth, and the sixth under the threshold 5
- `rectifier_grows`      : $r_t$ grows with the length, from 0 to 1

## References
- [L20] Liu, Jiang, He, Chen, Liu, Gao, Han.  On the variance of the adaptive learning rate and
  beyond.  ICLR 2020.
"""

from theory.radam import length, longest, rectifier_squared
from verify import Above, Between, Natural, Positive, Unit, claim, equal, increasing, less, limit, sign, sqrt

# When the step is rectified ----------------------------------------------------------------


@claim("radam/length-below-longest", catalogue="R14", cites="L20 section 4.1")
def length_below_longest(beta2: Unit, t: Positive):
    """The length is below rho_infinity at every step."""
    return less(length(t, beta2), longest(beta2), slack=2 * t * beta2**t / (1 - beta2**t))


@claim(
    "radam/rectified-at-last",
    catalogue="R14",
    cites="L20 Algorithm 2",
    uses=("radam/length-tends-to-longest", "radam/length-below-longest"),
)
def rectified_at_last(beta2: Unit):
    """The limit that the lengths stay below exceeds 4 exactly where beta2 > 3/5, and 5 exactly where beta2 > 2/3."""
    return (
        equal(sign(longest(beta2) - 4), sign(5 * beta2 - 3)),
        equal(sign(longest(beta2) - 5), sign(3 * beta2 - 2)),
    )


@claim(
    "radam/first-rectified-step",
    catalogue="R14",
    cites="L20 Algorithm 2; PyTorch's RAdam for the threshold 5",
    uses=("radam/length-grows",),
    given=lambda beta2: 10 * beta2 >= 9,
)
def first_rectified_step(beta2: Unit):
    """With beta2 of at least 9/10, the fifth length is the first above 4 and the sixth the first above 5."""
    return less(length(4, beta2), 4), less(4, length(5, beta2)), less(length(5, beta2), 5), less(5, length(6, beta2))


@claim(
    "radam/rectified-at-three-fifths",
    catalogue="R14",
    cites="L20 Algorithm 2",
    false=True,
    given=lambda beta2: 5 * beta2 <= 3,
)
def rectified_at_three_fifths(beta2: Unit):
    """With beta2 of at most 3/5 the length comes to exceed 4."""
    return less(4, longest(beta2))


@claim(
    "radam/first-step-at-threshold-five",
    catalogue="R14",
    cites="PyTorch's RAdam",
    false=True,
    given=lambda beta2: 10 * beta2 >= 9,
)
def first_step_at_threshold_five(beta2: Unit):
    """The fifth step is rectified under the threshold 5 as well."""
    return less(5, length(5, beta2))


# The rectifier -----------------------------------------------------------------------------


@claim("radam/rectifier-grows", catalogue="R15", cites="L20 section 4.2")
def rectifier_grows(rho_inf: Above(4)):
    """The rectifier grows with the length."""

    def slope(rho):
        return rho_inf * (rho**2 - 8) / (rho**2 * (rho_inf - 4) * (rho_inf - 2))

    return increasing(lambda rho: rectifier_squared(rho, rho_inf), over=Above(4), slope=slope)


@claim("radam/rectifier-below-one", catalogue="R15", cites="L20 section 4.2", given=lambda rho, rho_inf: rho < rho_inf)
def rectifier_below_one(rho: Above(4), rho_inf: Above(4)):
    """The rectifier lies between 0 and 1 while the average is shorter than the longest."""
    slack = (rho_inf - rho) * (rho * rho_inf - 8) / ((rho_inf - 4) * (rho_inf - 2) * rho)
    squared = rectifier_squared(rho, rho_inf)
    return less(0, squared, slack=squared), less(squared, 1, slack=slack)


@claim("radam/rectifier-starts-at-zero", catalogue="R15", cites="L20 section 4.2")
def rectifier_starts_at_zero(rho_inf: Above(4)):
    """The rectifier leaves 0 as the length leaves 4, and is 1 at rho_infinity."""
    return (
        limit(lambda rho: rectifier_squared(rho, rho_inf), to=4, equals=0, over=Above(4)),
        equal(rectifier_squared(rho_inf, rho_inf), 1),
    )


@claim("radam/rectifier-tends-to-one", catalogue="R15", cites="L20 section 4.2")
def rectifier_tends_to_one(beta2: Between("3/5", 1)):
    """In the long run the rectifier is 1, and RAdam is Adam."""
    return limit(lambda t: sqrt(rectifier_squared(length(t, beta2), longest(beta2))), to="oo", equals=1, over=Natural)


@claim("radam/rectifier-grows-from-two", catalogue="R15", cites="L20 section 4.2, without rho > 4", false=True)
def rectifier_grows_from_two(rho_inf: Above(4)):
    """The square of the rectifier grows with the length on all of (2, 4)."""
    return increasing(lambda rho: rectifier_squared(rho, rho_inf), over=Between(2, 4))
