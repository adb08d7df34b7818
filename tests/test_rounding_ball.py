"""Derived tolerances: what a machine computes lies in the ball, and what it may not compute does not."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from verify.check.rounding_ball import BINARY64, UNDECIDED, Rounded, precision, rounded
from verify.numbers import magnitude, sqrt, where


@given(st.lists(st.floats(0.1, 100), min_size=2, max_size=12))
def test_any_float64_program_stays_in_its_ball(values):
    """A long program of + - * / and roots, in Python's own float64, against its derived tolerance."""

    def program(values):
        a = values[0]
        for k, v in enumerate(values[1:]):
            a = sqrt_of(a * v) + v / (a + 1) - a * k / 7
            a = magnitude(a) + v
        return a

    sqrt_of = lambda x: sqrt(x) if isinstance(x, Rounded) else x**0.5
    with precision(BINARY64):
        ball = program([rounded(Fraction(v), BINARY64) for v in values]).ball
    assert ball.contains(flint.arb(program(values)))


def test_a_narrower_machine_falls_out_of_the_ball():
    """The specimen: float32 on the way is no rounding of float64."""
    values = [0.1, 0.7, 0.3]
    with precision(BINARY64):
        a, b, c = (rounded(Fraction(v), BINARY64) for v in values)
        ball = (a * b + c).ball
    assert ball.contains(flint.arb(values[0] * values[1] + values[2]))
    assert not ball.contains(flint.arb(float(np.float32(values[0]) * np.float32(values[1]) + np.float32(values[2]))))


def test_exact_steps_cost_no_rounding():
    with precision(BINARY64):
        t = rounded(Fraction(7), BINARY64)
        assert (t * 3 + 1 - 4).ball == 18
        assert (t / 3).ball.rad() > 0
        assert rounded(Fraction(1, 10), BINARY64).ball.rad() > 0


def test_a_choice_that_rounding_could_turn_covers_both():
    with precision(BINARY64):
        third = rounded(Fraction(1, 3), BINARY64)
        assert (third < third * 1) is UNDECIDED
        both = where(third + third < 2 * third, 0 * third, 1 + 0 * third)
        assert both.ball.contains(0)
        assert both.ball.contains(1)
