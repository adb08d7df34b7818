"""A tiny theory that tries to break out of LaTeX, and what tests of the report share."""

from __future__ import annotations

import pytest

from verify import theories
from verify.statement import claims

HOSTILE = r"\input{/etc/passwd} \end{document} } { $ & # % _ ^ ~ \\[1em] --  ``x'' é 𝔸 √ρ₁ \write18{ls}"
THEORY = r'''
r"""
# A tiny theory of $x^2$ and \input{/etc/passwd}

One number is squared.  It says $\input{secret}$ and $x^a^b$, 100 % of `a_b`, and sqrt(K_t) lr.

## Main results
- `square_of_sum` : the square of a sum
- `never_said`    : not there

## References
- [TT99] Tiny & Tinier.  On {squares} \& 50 % more.  1999.
"""
from verify import (
    Natural, NonNegative, Positive, Reading, Real, Rule, Sequence, Unit, at_most, claim, equal, increasing, limit, total,
)


def step(x, g, memory, t, *, lr: Positive, beta: Unit):
    (m,) = memory
    m = beta * m + (1 - beta) * g
    x = x - lr * m
    return x, (m,)


def branching(x, g, memory, t, *, lr: Positive):
    if t == 1:
        return x, ()
    return x - lr * g, ()


reading = Reading("heavy_&_ball", "the \\gradient & 100 % of it", paper="(1 - beta) * g", code="g", kind="other")
tiny = Rule("tiny", "TT99, Algorithm 1 & more", step, memory=dict(m=Real), constants=dict(beta="0.9"), readings=(reading,))
loopy = Rule("loopy", "TT99", branching)


@claim("tiny/square_of_sum", catalogue="T%01", cites="TT99 section 2 & 3", about=tiny)
def square_of_sum(run, a: Real, b: Real):
    """The square of a sum exceeds a^2 + b^2 by \\cross_term & 100 % of 2 a b."""
    cross_term = 2 * a * b
    whole = (a + b) ** 2
    return equal(whole, a**2 + cross_term + b**2)


@claim("tiny/long", cites="own", uses=("tiny/square_of_sum",))
def long(a: Real, b: Real, c: Real, d: Real, e: Real):
    """A sum that is longer than a line."""
    power = (a + b + c + d + e) ** 2
    squares = a**2 + b**2 + c**2 + d**2 + e**2
    mixed = a * b + a * c + a * d + a * e + b * c + b * d + b * e + c * d + c * e + d * e
    inner = lambda x: x * (a + b + c + d + e)
    return equal(power, squares + 2 * mixed), equal(inner(a) + inner(b) + inner(c) + inner(d) + inner(e), power)


@claim("tiny/positive", cites="own")
def positive(a: Real):
    """A square is not negative."""
    return at_most(0, a**2, slack=a**2)


@claim("tiny/negative", catalogue="T%01", cites="the same, upside down", false=True)
def negative(a: Positive):
    """A square is not positive."""
    return at_most(a**2, 0)


@claim("tiny/limit", cites="own")
def tends(beta: Unit):
    """As t grows, beta^t vanishes."""
    return limit(lambda t: beta**t, to="oo", equals=0, over=Natural)
'''


@pytest.fixture
def forget():
    """What a test registers is forgotten after it."""
    theories.load()  # once only, so that what it registers must stay
    before = dict(claims)
    yield
    claims.clear()
    claims.update(before)
