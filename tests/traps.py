"""False claims, each aimed at one way in which a prover could be fooled.

`TRAPS[engine][what is false] = claim`.  None of them may ever be PROVED; most were, once.
"""

from __future__ import annotations

from verify import (
    Above,
    AtLeast,
    Between,
    HalfOpen,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Real,
    Sequence,
    Unit,
    Vector,
    asymptotic,
    at_most,
    decreasing,
    diverges,
    dot,
    equal,
    equals,
    exp,
    gamma,
    greatest,
    holds,
    increasing,
    infinite,
    integral,
    less,
    limit,
    log,
    magnitude,
    maximum,
    minimum,
    norm,
    pi,
    root_mean_square,
    sign,
    size,
    sqrt,
    total,
    unfolds,
    where,
)
from verify.statement import Claim

CLOSED = Between(0, 1, closed=True)
_count = iter(range(1000))


def trap(state, given=None, uses=(), **domains) -> Claim:
    """The false claim that a lambda states."""
    return Claim(f"trap/{next(_count)}", None, "nobody", state, false=True, given=given, uses=uses, domains=domains)


def one(x):
    """The number 1 in the system of x."""
    return 1 + 0 * x


SIGNS = {
    "1 < t at t = 1": trap(lambda t: less(1, t, slack=t - 1), t=Natural),
    "0 < b at b = 0": trap(lambda b: less(0, b, slack=b), b=HalfOpen),
    "sign b = 1 at b = 0": trap(lambda b: equal(sign(b), 1), b=HalfOpen),
    "sign(a x) = sign(a) sign(x)^3 sign(x)": trap(
        lambda a, x: equal(sign(a * x), sign(a) * sign(x) ** 3 * sign(x)), a=NonZero, x=Real
    ),
    "sign(x^2 a) = sign(a) at x = 0": trap(lambda a, x: equal(sign(x * x * a), sign(a)), a=NonZero, x=Real),
    "sign(a b) = sign(a)": trap(lambda a, b: equal(sign(a * b), sign(a)), a=NonZero, b=NonZero),
    "the mean of a vector's squares is their sum": trap(lambda w: equal(root_mean_square(w), norm(w)), w=Vector()),
    "a vector has one element": trap(lambda w, x: equal(size(w) * x, x), w=Vector(), x=Real),
    "x < 1 at the closed end 1": trap(lambda x: less(x, 1, slack=1 - x), x=CLOSED),
    "0 < x at the closed end 0": trap(lambda x: less(0, x, slack=x), x=CLOSED),
    "1 < exp x at x = 0": trap(lambda x: less(1, exp(x), slack=exp(x) - 1), x=NonNegative),
    "b^t < 1 at t = 0": trap(lambda b, t: less(b**t, 1, slack=1 - b**t), b=Unit, t=AtLeast(0)),
    "0 < (2x - 1)^2 at 1/2": trap(lambda x: less(0, (2 * x - 1) ** 2, slack=(2 * x - 1) ** 2), x=Unit),
    "0 < |w|^2 at w = 0": trap(lambda w: less(0, dot(w, w), slack=dot(w, w)), w=Vector()),
    "b^i < 1 at b = 1": trap(
        lambda b, t: less(total(lambda i: b**i, 1, t), t, slack=total(lambda i: 1 - b**i, 1, t)), b=CLOSED, t=Natural
    ),
    "an empty sum of squares is positive": trap(
        lambda g, t: less(0, *2 * (total(lambda i: g(i) ** 2, 1, t - 1),)), g=Sequence(NonZero), t=Natural
    ),
    "the largest is largest in size": trap(
        lambda g, t: at_most(0, *2 * (total(lambda i: sqrt(greatest(g, 1, t)) ** 4 - g(i) ** 2, 1, t),)),
        g=Sequence(Real),
        t=Natural,
    ),
}

DEFINED = {
    "a slack with a pole where the claim has none": trap(
        lambda x: at_most(
            where(equals(x, 0), one(x), 0 * x), 0, slack=1 / x - 1 / x - where(equals(x, 0), one(x), 0 * x)
        ),
        x=Real,
    ),
    "a slack with a root where the claim has none": trap(lambda x: at_most(0, x, slack=x + sqrt(x) - sqrt(x)), x=Real),
    "a branch that divides by 0 elsewhere": trap(lambda x: holds(where(equals(x, 0), 0 * x, x / x) > 0), x=Real),
    "the same as an inequality": trap(lambda x: at_most(1, where(equals(x, 0), 0 * x, x / x)), x=Real),
    "a branch with a root elsewhere": trap(lambda x: at_most(0, where(x < 0, x, sqrt(x))), x=Real),
    "undefined everywhere": trap(lambda x: at_most(1 / (x - x), 0), x=Real),
    "x/0 <= x/0": trap(lambda x: at_most(x / 0, x / 0), x=Real),
    "0/0 = 1": trap(lambda x: equal((x - x) / (x - x), 1), x=Real),
    "contradictory hypotheses": trap(lambda x: at_most(1, x), given=lambda x: (x < 0) & (x > 0), x=Real),
    "a hypothesis that is Python's ==": trap(lambda x: at_most(1, x), given=lambda x: x == 0, x=Real),
    "a root in the branch for other numbers": trap(
        lambda x: at_most(0, where(equals(x, 0), 0 * x - 1, sqrt(where(equals(x, 0), 0 * x - 1, one(x))))), x=Real
    ),
    "b^(t-1) < 1 + b at b = 0 and t = 1": trap(lambda b, t: holds(b ** (t - 1) < 1 + b), b=HalfOpen, t=Natural),
    "no relation at all": trap(lambda x: (), x=Real),
}

ALGEBRA = {
    "sqrt(x^2) = x": trap(lambda x: equal(sqrt(x**2), x), x=Real),
    "(x^2)^(1/2) = x": trap(lambda x: equal((x**2) ** (one(x) / 2), x), x=Real),
    "(x^2)^(a/2) = x^a": trap(lambda x, a: equal((x**2) ** (a / 2), x**a), x=Real, a=Real),
    "(x^a)^b = x^(ab)": trap(lambda x, a, b: equal((x**a) ** b, x ** (a * b)), x=Real, a=Real, b=Real),
    "sqrt(x^(2t)) = x^t": trap(lambda x, t: equal(sqrt(x ** (2 * t)), x**t), x=Real, t=Natural),
    "sign(x)^2 = 1 at 0": trap(lambda x: equal(sign(x) ** 2, 1), x=Real),
    "log x^2 = 2 log x, and 1 more below 0": trap(
        lambda x: equal(log(x**2), 2 * log(magnitude(x)) + where(x < 0, one(x), 0 * x)), x=Real
    ),
    "exp(x + y) = exp x + exp y": trap(lambda x, y: equal(exp(x + y), exp(x) + exp(y)), x=Real, y=Real),
    "max - min = x - y": trap(lambda x, y: equal(maximum(x, y) - minimum(x, y), x - y), x=Real, y=Real),
    "0 = 1 at 1/2 alone": trap(lambda x: equal(where(equals(2 * x, 1), one(x), 0 * x), 0), x=Unit),
    "x <= 1/2 is x < 1/2": trap(
        lambda x: equal(where(2 * x <= 1, one(x), 0 * x), where(2 * x < 1, one(x), 0 * x)), x=Unit
    ),
    "0 = 1 from the 21st step on": trap(lambda t: equal(where(t > 20, one(t), 0 * t), 0), t=Natural),
    "Gamma(x + 1) = (x + 1) Gamma(x)": trap(lambda x: equal(gamma(x + 1), (x + 1) * gamma(x)), x=Positive),
    "duplication, twice as large": trap(
        lambda x: equal(gamma(x) * gamma(x + one(x) / 2), 2 ** (2 - 2 * x) * sqrt(pi(x)) * gamma(2 * x)), x=Positive
    ),
    "SymPy's positive symbols": trap(
        lambda t, x: equal(gamma(t + 1) * sqrt(x**2), t * gamma(t) * x), t=Natural, x=Real
    ),
    "an exponent that is the variable": trap(
        lambda a: equal(integral(lambda x: x**x * exp(-x), 0, None, like=a), gamma(a + 1)), a=Positive
    ),
    "<w, v>^2 = |w|^2 |v|^2": trap(lambda w, v: equal(dot(w, v) ** 2, dot(w, w) * dot(v, v)), w=Vector(), v=Vector()),
    "|w + v| = |w| + |v|": trap(lambda w, v: equal(norm(w + v), norm(w) + norm(v)), w=Vector(), v=Vector()),
    "w + 1 is w": trap(lambda w, v: equal(dot(w + 1, v), dot(w, v)), w=Vector(), v=Vector()),
    "1 / w is w": trap(lambda w, v, s: equal(dot(s / w, v), dot(w, v) / s), w=Vector(), v=Vector(), s=NonZero),
}

SUMS = {
    "the last term is g(t)": trap(
        lambda g, t: equal(total(g, 1, t + 1) - total(g, 1, t), g(t)), g=Sequence(Real), t=Natural
    ),
    "an empty sum is negative": trap(lambda t: equal(total(one, 1, t - 2), t - 2), t=Natural),
    "an empty sum between variables": trap(lambda t, n: equal(total(one, n, t), t - n + 1), t=Natural, n=Natural),
    "a maximum from i on is free of i": trap(
        lambda g, b, t: equal(
            total(lambda i: greatest(g, i, t) * b**i, 1, t) * t,
            total(lambda i: greatest(g, i, t), 1, t) * total(lambda i: b**i, 1, t),
        ),
        g=Sequence(Real),
        b=Unit,
        t=Natural,
    ),
    "a negative factor leaves a maximum": trap(
        lambda g, c, t: equal(greatest(lambda i: c * g(i), 1, t), c * greatest(g, 1, t)),
        g=Sequence(Real),
        c=Real,
        t=Natural,
    ),
    "the index of an inner sum": trap(
        lambda g, t: equal(total(lambda i: total(g, 1, i), 1, t), total(lambda i: total(lambda j: g(i), 1, i), 1, t)),
        g=Sequence(Real),
        t=Natural,
    ),
    "a geometric sum at ratio 1": trap(
        lambda b, t: equal(
            total(lambda i: b**i, 0, t) * (1 - b), 1 - b ** (t + 1) + where(equals(b, 1), one(b), 0 * b)
        ),
        b=CLOSED,
        t=Natural,
    ),
    "a power of a largest, whose exponent is an index too": trap(
        lambda g, t: equal(
            total(lambda i: greatest(lambda j: magnitude(g(j)), 1, t) ** i, 1, t),
            total(lambda i: greatest(lambda j: magnitude(g(j)) ** j, 1, t), 1, t),
        ),
        g=Sequence(Real),
        t=Natural,
    ),
    "a shifted sequence": trap(
        lambda g, t: equal(total(g, 1, t), total(lambda i: g(i + 1), 1, t)), g=Sequence(Real), t=Natural
    ),
    "hypotheses about t in the induction": trap(
        lambda t: equal(where(t >= 10, one(t), 0 * t), 0), given=lambda t: t >= 10, t=Natural
    ),
    "a recurrence from its fifth step on": trap(
        lambda t: unfolds(lambda x, t: x + 1, lambda t: t + where(t >= 3, 7, 0 * t), start=0, t=t), t=AtLeast(5)
    ),
    "a recurrence whose second value is wrong": trap(
        lambda g, t: unfolds(
            lambda x, s: x + g(s), lambda s: total(g, 1, s) + where(equals(s, 2), one(s), 0 * s), start=0, t=t
        ),
        given=lambda t: t >= 3,
        g=Sequence(Real),
        t=Natural,
    ),
}

LIMITS = {
    "x / (x + a) tends to 0 for a = 0 too": trap(lambda a: limit(lambda x: x / (x + a), to=0, equals=0), a=NonNegative),
    "the same, a divisor in a branch beside it": trap(
        lambda a: limit(lambda x: where(equals(a, 0), 0 * a, 1 / a) * 0 + x / (x + a), to=0, equals=0), a=NonNegative
    ),
    "b^x tends to 1 for b = 0 too": trap(lambda b: limit(lambda x: b**x, to=0, equals=1), b=NonNegative),
    "|x| / x tends to 1 from both sides": trap(lambda: limit(lambda x: magnitude(x) / x, to=0, equals=1, over=NonZero)),
    "1 / x tends to infinity from both sides": trap(lambda: diverges(lambda x: 1 / x, to=0, over=Real)),
    "(-1)^t settles at 1": trap(lambda: limit(lambda t: (-1) ** t * t / t, to="oo", equals=1, over=Natural)),
    "b^t fades for b = 1 too": trap(lambda b: limit(lambda t: b**t, to="oo", equals=0, over=Natural), b=CLOSED),
    "a place outside the domain": trap(lambda: limit(lambda x: x, to=5, equals=5, over=Unit)),
    "infinity in a bounded domain": trap(lambda: limit(lambda x: 1 / x, to="oo", equals=0, over=Unit)),
    "a truncated series is no zero": trap(
        lambda: limit(lambda d: (1 / (1 - d) - (1 + d + d**2 + d**3 + d**4) + d**7) / d**6, to=0, equals=0, over=Unit)
    ),
    "exp of a root": trap(lambda: limit(lambda d: (exp(sqrt(d)) - 1) / d, to=0, equals=0, over=Unit)),
    "a pole at one index of a sum": trap(
        lambda t: limit(lambda d: total(lambda i: d / (d + (i - 1)), 1, t), to=0, equals=0, over=Unit), t=Natural
    ),
    "a variable named like the bound one": trap(
        lambda x: limit((lambda y: lambda x: x - y)(x), to=1, equals=0, over=Unit), x=Unit
    ),
    "bounds that are defined on one side": trap(
        lambda: limit(
            lambda x: where(x > 0, one(x), 0 * x),
            to=0,
            equals=0,
            over=Real,
            between=(lambda x: sqrt(x) - sqrt(x) - x**2, lambda x: sqrt(x) - sqrt(x) + x**2),
        )
    ),
    "x + a x^2 grows like x": trap(lambda a: asymptotic(lambda x: x + a * x**2, lambda x: x, to="oo"), a=Positive),
    "a x grows for every a": trap(lambda a: diverges(lambda x: a * x, to="oo"), a=Real),
    "Gamma(bx) / Gamma(cx)": trap(
        lambda b, c: limit(lambda x: gamma(b * x) / gamma(c * x) / x, to="oo", equals=0), b=Positive, c=Positive
    ),
    "Gamma's own integral is infinite": trap(lambda a: infinite(lambda x: x ** (a - 1) * exp(-x)), a=Positive),
    "1 / sqrt(x) has no integral": trap(lambda a: infinite(lambda x: exp(-a * x) / sqrt(x)), a=Positive),
}

MONOTONE = {
    "1 / x falls across 0": trap(lambda: decreasing(lambda x: 1 / x, over=NonZero, slope=lambda x: -1 / x**2)),
    "1 / (2x - 1) falls across 1/2": trap(
        lambda: decreasing(lambda x: 1 / (2 * x - 1), over=Unit, slope=lambda x: -2 / (2 * x - 1) ** 2)
    ),
    "a jump down on the way up": trap(
        lambda: increasing(lambda x: x - magnitude(2 * x - 1) / (2 * x - 1), over=Unit, slope=one)
    ),
    "1 / (2t - 5) falls across 5/2": trap(lambda: decreasing(lambda t: 1 / (2 * t - 5), over=Natural)),
    "(t - 2)^2 grows from 1 to 2": trap(lambda: increasing(lambda t: (t - 2) ** 2, over=Natural)),
    "(x - 1)^2, a power of what changes its sign": trap(lambda: increasing(lambda x: (x - 1) ** 2, over=Positive)),
    "(x - 2) (x - 3), a product of such": trap(lambda: increasing(lambda x: (x - 2) * (x - 3), over=Above(2))),
    "max(x, 1), which is flat": trap(lambda: increasing(lambda x: maximum(x, 1), over=Positive)),
    "a x with a = 0": trap(lambda a: increasing(lambda x: a * x, over=Positive), a=NonNegative),
    "a product of ones": trap(lambda: increasing(one, over=Positive, factor=one)),
    "a variable named like the bound one": trap(
        lambda x: increasing((lambda y: lambda x: x * (x - 2 * y))(x), over=Unit, slope=lambda x: -2 * x), x=Unit
    ),
}

TRAPS = {
    "signs": SIGNS,
    "definedness": DEFINED,
    "algebra": ALGEBRA,
    "sums": SUMS,
    "limits": LIMITS,
    "monotone": MONOTONE,
}
