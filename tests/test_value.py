"""`optproof theory value`: the bare number, every digit of it guaranteed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from claims_cases import stated

from verify import Above, Natural, NonNegative, Positive, Real, Sequence, Unit, equal, log, sqrt, theories, total, where
from verify import value as values
from verify.errors import Problem
from verify.statement import claims

theories.load()

KNOWN = [  # rho and the variance, from the catalogue of claims
    ("2.5", "2.71526709477768"),
    ("5", "0.25195606140537479317"),
    ("6", "0.17464059926680597752"),
    ("10", "0.075545959275055933497"),
    ("100", "0.0051928157492921841896"),
    ("500", "0.0010075417015241904279"),
]


@pytest.mark.parametrize(("rho", "known"), KNOWN)
def test_value_prints_the_bare_number(optproof, rho, known):
    digits = len(known.replace("0.", "").lstrip("0").replace(".", ""))
    code, out, err = optproof("theory", "value", "radam/variance", f"rho={rho}", "--digits", str(digits))
    assert (code, out, err) == (0, f"{known}\n", "")


@pytest.mark.parametrize("digits", [1, 2, 5, 17, 60])
def test_every_printed_digit_is_right(digits):
    long, short = (values.value(claims["radam/variance"], ["rho=7/2"], n) for n in (120, digits))
    assert abs(Decimal(long) - Decimal(short)) <= Decimal(10) ** -digits  # 0.6312..., rounded, not cut
    assert len(short) == digits + 2


SPELT = [
    (lambda x: x / 3, "1", 20, "0.33333333333333333333"),
    (lambda x: x / 8, "1", 20, "0.125"),
    (lambda x: x / 8, "1", 2, "0.12"),
    (lambda x: 3 * x / 8, "1", 2, "0.38"),
    (lambda x: x - 1, "1", 20, "0"),
    (lambda x: x * 542 / 10**6, "1", 3, "5.42e-4"),
    (lambda x: sqrt(x), "2e-8", 3, "1.41e-4"),
    (lambda x: sqrt(x), "2", 10, "1.414213562"),
    (lambda x: sqrt(x), "4", 10, "2"),
    (lambda x: sqrt(x), "2e20", 5, "1.4142e10"),
    (lambda x: 0 * x - sqrt(x), "2", 4, "-1.414"),
    (lambda x: x * 10**30, "1", 5, "1000000000000000000000000000000"),
    (lambda x: where(5 * x - 3 > 0, 0 * x, sqrt(x)), "3/5", 5, "0.77460"),
]


@pytest.mark.parametrize(("text", "x", "digits", "spelt"), SPELT, ids=[s for *_, s in SPELT])
def test_numbers_are_rounded_once_and_spelt_plainly(text, x, digits, spelt):
    def closed(x: NonNegative):
        """A closed form."""
        return equal(text(x), text(x))

    assert values.value(stated(closed), [f"x={x}"], digits) == spelt


def test_sequences_have_values_too():
    def mean(g: Sequence(Real), t: Natural, b: Unit, c: Above(1)):
        """A mean."""
        return equal(total(g, 1, t) / t, total(g, 1, t) / t)

    assert Fraction(values.value(stated(mean), ["g=1,2,3.5", "t=3", "b=0.5", "c=2"], 4)) == Fraction("2.167")


def test_what_cannot_be_told_from_0_is_no_value():
    """No precision tells log(x) - log(2 x) + log(2) from 0, and the normal form does not see it."""

    def nothing(x: Positive):
        """A hidden zero."""
        return equal(x, log(x) - log(2 * x) + log(2 * x / x))

    with pytest.raises(Problem, match="has no value"):
        values.value(stated(nothing), ["x=3"], 5)
