"""Stirling's series: gamma functions of a x + c as x grows, for the series of verify/check/series.py.

Gamma(m + c) = Gamma(m) m^c exp(sum over k of (-1)^(k+1) (B_(k+1)(c) - B_(k+1)) / (k (k+1) m^k)),
with Bernoulli's polynomials B and m = a x (DLMF 5.11.8).  Gamma(m) outgrows every power of x, so
it stands as a letter of its own, and a term has a series only where these letters cancel: each
sum must be one of terms with the same growth.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import flint

from verify.check.algebra import Normal
from verify.check.ring import Quotient, freeze
from verify.exact import Exact, symbols
from verify.fold import Unsupported


def gamma(expansion, argument: Exact):
    """The series of Gamma(argument), times the letter that stands for Gamma(m)."""
    normal, at = expansion.normal, expansion(expansion.x)
    if at.low != -expansion.unit:
        raise Unsupported("a gamma function has a series only where its argument grows without bound")
    a, c = linear(normal, argument, expansion.x)
    letter = normal.ring.quotient(normal.ring.generator(("growth", a.key), low=Fraction(0), nonzero=True))
    front = letter * normal.power(a, normal.ring.constant(c))
    zero, steps = normal.ring.constant(0), range(expansion.count)
    tail = _exponential([_coefficient(k, c) for k in steps])
    powers = [normal.ring.constant(tail[i // expansion.unit]) / a ** (i // expansion.unit) for i in steps]
    terms = [front * p if i % expansion.unit == 0 else zero for i, p in zip(steps, powers, strict=True)]
    return expansion.make(-expansion.unit * c, terms)


def linear(normal: Normal, argument: Exact, x: Exact) -> tuple[Quotient, Fraction]:
    """The argument as a x + c, with a > 0 by its form and a rational c with denominator 1 or 2."""
    form, (letter,) = normal(argument), normal.ring.used(normal(x).num)
    parts = normal.ring.coefficients(form.num, letter) if form.den.is_constant() else {}
    if not parts or set(parts) - {0, 1} or 1 not in parts:
        raise Unsupported(f"a gamma function of {argument!r}, which is not linear in {x!r}")
    below = Quotient(normal.ring, normal.ring.one, form.den)
    a, c = (Quotient(normal.ring, parts.get(k, normal.ring.zero), normal.ring.one) * below for k in (1, 0))
    shift = c.rational()
    if a.sign() != "+" or shift is None or shift.denominator > 2:
        raise Unsupported(f"a gamma function of {argument!r}: no positive slope, or a shift that is no half-integer")
    return a, shift


def _coefficient(k: int, c: Fraction) -> Fraction:
    if k == 0:
        return Fraction(0)
    bernoulli = flint.fmpq_poly.bernoulli_poly(k + 1)
    gap = bernoulli(flint.fmpq(c.numerator, c.denominator)) - bernoulli(0)
    return Fraction(int(gap.p), int(gap.q)) * (-1) ** (k + 1) / (k * (k + 1))


def _exponential(c: list[Fraction]) -> list[Fraction]:
    """The exponential f of the series c without constant term obeys f' = c' f."""
    result = [Fraction(1)]
    for n in range(1, len(c)):
        result.append(sum((k * c[k] * result[n - k] for k in range(1, n + 1)), Fraction(0)) / n)
    return result


def require_balance(term: Exact, x: Exact) -> None:
    """Raises Unsupported unless the letters for Gamma(m) cancel in the term, and within each of its sums."""
    if _growth(term, x, Normal()):
        raise Unsupported(f"the gamma functions in {term!r} do not balance")


def _growth(node: Exact, x: Exact, normal: Normal) -> dict:
    """The exponent of each letter in a term."""
    if x.args[0] not in symbols(node):
        return {}
    if node.op == "gamma":
        return {freeze(linear(normal, node.args[0], x)[0].num): Fraction(1)}
    inner = [_growth(a, x, normal) for a in node.args if isinstance(a, Exact)]
    match node.op:
        case "mul" | "div":
            return _product(inner[0], inner[1], 1 if node.op == "mul" else -1)
        case "pow" if node.args[1].op == "number":
            return {g: n * node.args[1].args[0] for g, n in inner[0].items()}
        case "sqrt":
            return {g: n / 2 for g, n in inner[0].items()}
        case "add" | "sub" | "neg":
            if any(growth != inner[0] for growth in inner):
                raise Unsupported(f"a sum of terms that grow unlike powers of each other: {node!r}")
            return inner[0]
    if any(inner):
        raise Unsupported(f"`{node.op}` of a term that grows like a gamma function")
    return {}


def _product(a: dict, b: dict, sign: int) -> dict:
    total = Counter(a)
    for g, n in b.items():
        total[g] += sign * n
    return {g: n for g, n in total.items() if n}
