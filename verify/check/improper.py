"""Integrals that are infinite because of what the integrand does near 0.

Near 0 the function x^(a-1) e^(-k x) is at least a constant times 1/x where a <= 0, and the
integral of 1/x over (e, 1) is -ln e, beyond every bound.
"""

from __future__ import annotations

from verify import numbers
from verify.check import binders
from verify.check.algebra import Normal
from verify.check.evidence import Evidence, Step, unknown
from verify.exact import exact
from verify.statement import Claim, Infinite, Verdict


def prove_infinite(relation: Infinite, claim: Claim, given: tuple = ()) -> Evidence:
    """Positive terms weight x^(a-1) e^(-k x), one of them with a <= 0."""
    from verify.check.sample import approaches

    whole = numbers.integral(relation.of, exact(0), None, exact(0))
    normal = Normal()
    for condition in given:
        normal.assume(condition)
    terms = binders.gamma_terms(normal, *whole.args[:2])
    if any(weight.sign() != "+" for weight, _, _ in terms):
        return unknown("improper", "the integrand is no sum of positive terms by its form")
    if all(normal.positive(power).rational() != 0 for _, power, _ in terms):
        return unknown("improper", "no term of the integrand has a pole of order 1 or more at 0 by its form")
    confirmed, detail = approaches(relation, claim)
    says = "Near 0 the integrand is at least a constant times 1/x, whose integral has no bound."
    step = Step(says, whole, "=", r"\infty", ("normal form",))
    return Evidence(
        "improper", Verdict.PROVED if confirmed else Verdict.UNKNOWN, f"pole at 0; numerically {detail}", (step,)
    )
