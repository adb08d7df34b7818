"""More that is known never loses a proof: claims that hold for wide domains are proved for narrower ones too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from claims_cases import stated

from verify import (
    HalfOpen,
    NonNegative,
    NonZero,
    Positive,
    Real,
    Unit,
    Vector,
    dot,
    equal,
    magnitude,
    maximum,
    root_mean_square,
    sign,
    size,
    sqrt,
    where,
)
from verify.check.algebra import Normal
from verify.check.identity import same_form
from verify.check.prove import prove
from verify.fold import Unsupported
from verify.statement import Verdict

NARROWER = {Real: (NonZero, Positive), NonNegative: (Positive,), HalfOpen: (Unit,), NonZero: (Positive,)}


def signed_step(g: Real, lr: Positive, momentum: HalfOpen):
    """A positive factor leaves a sign alone."""
    return equal(sign((1 - momentum) * g) * lr, lr * sign(g))


def signed_quotient(g: Real, h: NonNegative):
    """A positive divisor leaves a sign alone."""
    return equal(sign(g / (1 + h)), sign(g))


def signed_product(g: Real, h: Real, momentum: HalfOpen):
    """The factor may be a product's."""
    return equal(sign(g * h - momentum * g * h), sign(h * g))


def sign_as_conditions(g: Real):
    """A sign is the difference of two conditions."""
    return equal(sign(g), where(g > 0, g / g, 0) - where(g < 0, g / g, 0))


def sign_of_a_product_as_conditions(g: Real, h: Real):
    """So is that of a product."""
    return equal(sign(g * h), where(g * h > 0, 1, 0) - where(g * h < 0, 1, 0))


def sign_of_a_cube(g: Real):
    """Odd powers keep a sign."""
    return equal(sign(g) * sign(g) ** 2, sign(g**3) * sign(g) ** 2)


def largest_and_size(g: Real, h: Real):
    """The larger is half of sum and distance."""
    return equal(2 * maximum(g, h), g + h + magnitude(g - h))


def root_of_a_square(g: Real, h: NonNegative):
    """A root of a square is a size."""
    return equal(sqrt(g * g * h), magnitude(g) * sqrt(h))


def size_of_a_number(x: Real, lr: Positive, g: Real):
    """For a number the root of the mean of squares is its size."""
    return equal(root_mean_square(x - lr * g) * size(x), magnitude(x - lr * g))


def product_of_numbers(x: Real, y: Real):
    """For numbers the inner product is the product."""
    return equal(dot(x + y, x - y), x**2 - y**2)


TRUE = [signed_step, signed_quotient, signed_product, sign_as_conditions, sign_of_a_product_as_conditions]
TRUE += [sign_of_a_cube, largest_and_size, root_of_a_square, size_of_a_number, product_of_numbers]


def narrowed(claim):
    """The claim itself, and with each of its domains made narrower."""
    yield claim
    for name, domain in claim.domains.items():
        for narrower in NARROWER.get(domain, ()):
            yield replace(claim, domains={**claim.domains, name: narrower})
    yield replace(claim, domains={n: NARROWER.get(d, (d,))[0] for n, d in claim.domains.items()})


@pytest.mark.parametrize("state", TRUE)
def test_a_narrower_domain_loses_no_proof(state):
    for claim in narrowed(stated(state)):
        found = prove(claim)
        assert found.verdict is Verdict.PROVED, (claim.domains, found.detail)


def test_a_condition_without_a_normal_form_loses_no_proof():
    x, y = Real.symbol("x"), Real.symbol("y")
    several = size(Vector().symbol("w")) > 1
    with pytest.raises(Unsupported):
        Normal().assume(several)
    assert same_form((x + y) ** 2, x**2 + 2 * x * y + y**2, (several,))
