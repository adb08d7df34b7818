"""Normal forms of sums, maxima and integrals over an index.

A sum to a symbolic bound is linear: every factor without its index is pulled out, every
monomial with it becomes one generator, and the last terms beyond the bare bound are
peeled off, so `sum to t+1` minus `sum to t` is the last term and inductions become
polynomial identities.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial, reduce

from verify.check.ring import Quotient
from verify.exact import Exact, exact, substitute
from verify.fold import Unsupported


def total(normal, node: Exact) -> Quotient:
    """Sum of the body for index = low .. high."""
    body, index, low, high = node.args
    if (known := _known_range(low, high)) is not None:
        return sum((normal(substitute(body, {index: exact(j)})) for j in known), normal.ring.constant(0))
    shift, base = split_bound(normal, high, low)
    result = bare_total(normal, normal(body), index.args[0], normal(low), normal(base))
    for j in range(1, shift + 1):
        result = result + normal(substitute(body, {index: base + j}))
    for j in range(0, shift, -1):
        result = result - normal(substitute(body, {index: base + j}))
    return result


def _known_range(low: Exact, high: Exact) -> range | None:
    if low.op == high.op == "number" and high.args[0] - low.args[0] <= 64:
        return range(int(low.args[0]), int(high.args[0]) + 1)
    return None


def split_bound(normal, high: Exact, low: Exact) -> tuple[int, Exact]:
    """high = base + shift with an integer shift, where the sum to base is not below empty."""
    at = normal(high)
    constant = at.num.to_dict().get((0,) * at.ring.context.nvars()) if at.den.is_constant() else None
    shift = Fraction(int(constant.p), int(constant.q)) if constant is not None else Fraction(0)
    if shift.denominator != 1 or not shift or at.rational() is not None:
        return 0, high
    base = high - int(shift)
    room = normal(base) - normal(low) + at.ring.constant(1)
    fits = room.sign() in ("+", "0+", "0") and (at - normal(low) + at.ring.constant(1)).sign() in ("+", "0+", "0")
    return (int(shift), base) if fits else (0, high)


def bare_total(normal, body: Quotient, index: str, low: Quotient, high: Quotient) -> Quotient:
    ring = normal.ring
    outer, inner = _split_denominator(ring, body.den, index)
    result = ring.constant(0)
    for exponents, c in body.num.to_dict().items():
        free = tuple(0 if index in _loose(ring, i) else e for i, e in enumerate(exponents))
        bound = tuple(e if index in _loose(ring, i) else 0 for i, e in enumerate(exponents))
        weight = Quotient(ring, ring.context.from_dict({free: c}), ring.one)
        summand = Quotient(ring, ring.context.from_dict({bound: 1}), inner)
        result = result + weight * _sum_atom(normal, summand, index, low, high)
    return result / Quotient(ring, outer, ring.one)


def _loose(ring, i: int) -> frozenset:
    return ring.generators[i].loose if i < len(ring.generators) else frozenset()


def _split_denominator(ring, den, index: str):
    """The denominator's factors without and with the index."""
    constant, factors = ring.factor(den)
    outer, inner = ring.polynomial(constant), ring.one
    for f, m in factors:
        if index in ring.loose(f):
            inner = inner * f**m
        else:
            outer = outer * f**m
    return outer, inner


def _sum_atom(normal, summand: Quotient, index: str, low: Quotient, high: Quotient) -> Quotient:
    ring = normal.ring
    count = high - low + ring.constant(1)
    if summand.rational() is not None and count.sign() in ("+", "0+", "0"):  # below that the sum is empty, and 0
        return count * summand
    ratio = _ratio(ring, summand, index) if normal.geometric and count.sign() in ("+", "0+", "0") else None
    if ratio is not None and (ratio - ring.constant(1)).sign() in ("+", "-"):
        return (normal.power(ratio, high + ring.constant(1)) - normal.power(ratio, low)) / (ratio - ring.constant(1))
    loose = (summand.loose - {index}) | low.loose | high.loose
    shown = summand.sign()
    filled = shown == "+" and (high - low).sign() in ("+", "0+", "0")
    facts = {"low": Fraction(0), "nonzero": filled} if shown in ("+", "0+") else {}
    return ring.quotient(ring.generator(("total", summand.key, low.key, high.key), loose=loose, **facts))


def _ratio(ring, summand: Quotient, index: str) -> Quotient | None:
    """The c for which the summand is c**index; None where it has another form."""
    if len(summand.num) != 1 or len(summand.den) != 1:
        return None
    result = ring.constant(1)
    for polynomial, sign in ((summand.num, 1), (summand.den, -1)):
        for g in ring.used(polynomial):
            power = isinstance(g.key, tuple) and g.key[0] == "pow" and index not in g.parts[0].loose
            if not power or not _is_index(ring, g.parts[1], index):
                return None
            result = result * g.parts[0] ** (sign * int(polynomial.degrees()[g.index]))
    return result


def _is_index(ring, exponent: Quotient, index: str) -> bool:
    used = ring.used(exponent.num)
    named = len(used) == 1 and isinstance(used[0].key, Exact) and used[0].key.args[0] == index
    return named and exponent.den.is_one() and exponent.num == ring.letter(used[0])


def greatest(normal, node: Exact) -> Quotient:
    """Maximum of the body over index = low .. high; positive factors without the index come out."""
    body, index, low, high = node.args
    if (known := _known_range(low, high)) is not None:
        return reduce(partial(_larger, normal), (normal(substitute(body, {index: exact(j)})) for j in known))
    shift, base = split_bound(normal, high, low + 1)
    if shift < 0:
        shift, base = 0, high
    result = bare_greatest(normal, normal(body), index.args[0], normal(low), normal(base))
    for j in range(1, shift + 1):
        result = _larger(normal, result, normal(substitute(body, {index: base + j})))
    return result


def _larger(normal, a: Quotient, b: Quotient) -> Quotient:
    return (a + b + normal.absolute(a - b)) * normal.ring.constant(Fraction(1, 2))


def bare_greatest(normal, body: Quotient, index: str, low: Quotient, high: Quotient) -> Quotient:
    ring = normal.ring
    constant, factors = normal._factors(body)
    outer, inner = ring.constant(abs(constant)), ring.constant(1 if constant > 0 else -1)
    for f, m in factors:
        part = Quotient(ring, f, ring.one) ** m
        if index not in ring.loose(f) and ring.sign(f) in ("+", "0+"):
            outer = outer * part
        else:
            inner = inner * part
    if index not in inner.loose:
        return outer * inner
    facts = {"low": Fraction(0)} if inner.sign() in ("+", "0+") else {}
    key, loose = ("greatest", inner.key, low.key, high.key), (inner.loose - {index}) | low.loose | high.loose
    return outer * ring.quotient(ring.generator(key, loose=loose, parts=(inner, index, low, high), **facts))


def integral(normal, node: Exact) -> Quotient:
    """Integrals of x^(a-1) e^(-k x) over (0, oo) are Gamma(a) / k^a, for a > 0 and k > 0.

    This is the definition of Gamma; every other integral stays opaque.
    """
    body, index, low, high = node.args
    if normal(low).rational() != 0 or high.op != "infinity":
        raise Unsupported("the normal form knows integrals from 0 to infinity only")
    terms = gamma_terms(normal, body, index)
    return sum((weight * _gamma_of(normal, power, rate) for weight, power, rate in terms), normal.ring.constant(0))


def gamma_terms(normal, body: Exact, index: Exact) -> list[tuple[Quotient, Quotient, Quotient]]:
    """The integrand as a sum of weight x^(power - 1) e^(-rate x)."""
    form, ring = normal(body), normal.ring
    outer, inner = _split_denominator(ring, form.den, index.args[0])
    terms = [_gamma_form(normal, exponents, c, inner, index) for exponents, c in form.num.to_dict().items()]
    return [(weight / Quotient(ring, outer, ring.one), power, rate) for weight, power, rate in terms]


def _gamma_of(normal, power: Quotient, rate: Quotient) -> Quotient:
    """The integral of x^(power - 1) e^(-rate x), convergent where both are positive."""
    if any(normal.positive(q).rational() != 1 for q in (power, rate)):
        raise Unsupported("the integral does not converge by the form of its exponents")
    return normal.gamma_of(power) / normal.power(rate, power)


def _gamma_form(normal, exponents, c, inner, index):
    """Weight, power a and rate k of one monomial c x^(a-1) e^(-k x)."""
    ring = normal.ring
    x = normal(index)
    weight, power, rate = ring.context.from_dict({(0,) * len(exponents): c}), ring.constant(1), ring.constant(0)
    factors = [(ring.generators[i], int(e)) for i, e in enumerate(exponents) if e]
    _, below = ring.factor(inner)
    for f, m in below:
        (g,) = ring.used(f) if len(f) == 1 else (None,)
        factors.append((g, -m))
    for g, e in factors:
        a, k = _exponent_of(normal, g, x)
        if a is None:
            weight = weight * ring.letter(g) ** e
        else:
            power, rate = power + a * ring.constant(e), rate + k * ring.constant(e)
    return Quotient(ring, weight, ring.one), power, rate


def _exponent_of(normal, g, x: Quotient):
    """The generator as x^a e^(-k x): (a, k), or (None, None) where it is free of x."""
    ring = normal.ring
    if g is None:
        raise Unsupported("the integrand has a denominator that is not a power of the variable")
    if not g.loose & x.loose:
        return None, None
    if ring.quotient(g).key == x.key:
        return ring.constant(1), ring.constant(0)
    kind = g.key[0] if isinstance(g.key, tuple) else None
    if kind == "sqrt" and g.square == x.num:
        return ring.constant(Fraction(1, 2)), ring.constant(0)
    if kind == "pow" and g.parts[0].key == x.key and not g.parts[1].loose & x.loose:
        return g.parts[1], ring.constant(0)
    if kind == "pow" and g.parts[0].key == ring.quotient(ring.by_key["e"]).key:
        rate = -g.parts[1] / x
        if not rate.loose & x.loose:
            return ring.constant(0), rate
    raise Unsupported("the integrand is not a sum of terms x^(a-1) e^(-k x)")
