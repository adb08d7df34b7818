"""Powers, exponentials and gamma functions in normal form.

`b**(t+1)` becomes `b * b**t`: the exponent's constant part is split off, every other term
of it is a generator, and the base is taken apart where that is legal.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

from verify.check.ring import Quotient, Ring
from verify.exact import Exact


class Powers:
    """The part of `Normal` that knows powers (see verify/check/algebra.py)."""

    # what the whole provides
    __call__: ClassVar[Callable[[Any, Exact], Quotient]]
    ring: Ring
    root: Callable[[Quotient], Quotient]
    _factors: Callable[[Quotient], tuple[Fraction, list]]

    def _pow(self, node):
        base, exponent = self(node.args[0]), self(node.args[1])
        return self.power(base, exponent)

    def power(self, base: Quotient, exponent: Quotient) -> Quotient:
        """base ** exponent; the exponent's constant part is split off, each other term is a generator."""
        n = exponent.rational()
        if n is not None:
            return self._rational_power(base, n)
        if base.is_zero() and exponent.sign() == "+":
            return base
        if not exponent.den.is_constant():
            return self._atoms(base, exponent, 1)
        result = self.ring.constant(1)
        for exponents, c in exponent.num.to_dict().items():
            c = Fraction(int(c.p), int(c.q))
            monomial = Quotient(self.ring, self.ring.context.from_dict({exponents: 1}), self.ring.one)
            if monomial.num.is_constant():
                result = result * self._rational_power(base, c)
            else:
                part = monomial * self.ring.constant(Fraction(1, c.denominator))
                result = result * self._atoms(base, part, c.numerator)
        return result

    def _rational_power(self, base: Quotient, n: Fraction) -> Quotient:
        if n.denominator == 1 and abs(n) <= 64:
            return base ** int(n)
        if n.denominator == 2 and abs(n) <= 64:
            return self.root(base) ** n.numerator
        if n.denominator in (4, 8, 16):  # a root of a root, however it was written
            return self._rational_power(self.root(base), 2 * n)
        return self._atoms(base, self.ring.constant(n), 1)

    def _atoms(self, base: Quotient, exponent: Quotient, n: int) -> Quotient:
        """(base ** exponent) ** n, the base split into factors where that is legal."""
        constant, factors = self._positive_factors(base)
        whole = (
            all(g.integer for g in self.ring.used(exponent.num))
            and exponent.den.is_constant()
            and _integral(exponent.num)
        )
        if not (whole or (constant > 0 and all(self.ring.sign(f) in ("+", "0+") for f, _ in factors))):
            return self._atom(base, exponent) ** n
        parts = [(Quotient(self.ring, f, self.ring.one), m) for f, m in factors]
        parts += (
            [(self.ring.constant(constant), 1)] if constant != 1 else []
        )  # whole, so that 0.96**t is seen to be below 1
        result = self.ring.constant(1)
        for f, m in parts:
            result = result * self._atom(f, exponent) ** (m * n)
        return result

    def _positive_factors(self, x: Quotient) -> tuple[Fraction, list]:
        """Constant and factors of a quotient, factors that are negative by their form turned round."""
        constant, factors = self._factors(x)
        turned = [(-f, m) if self.ring.sign(f) in ("-", "0-") else (f, m) for f, m in factors]
        odd = sum(m for (f, m), (g, _) in zip(factors, turned, strict=True) if f != g) % 2
        return (-constant if odd else constant), turned

    def _atom(self, base: Quotient, exponent: Quotient) -> Quotient:
        if base.rational() == 1:
            return base
        inner = self._power_below(base)
        if inner is not None:
            return self.power(inner.parts[0], inner.parts[1] * exponent)
        if (found := self._power_of_largest(base, exponent)) is not None:
            return found
        facts = _power_facts(base, exponent)
        key = ("pow", base.key, exponent.key)
        return self.ring.quotient(
            self.ring.generator(key, **facts, loose=base.loose | exponent.loose, parts=(base, exponent))
        )

    def _power_below(self, base: Quotient):
        """The generator b**c that the base is, so that (b**c)**d = b**(c d): b > 0, or b >= 0 and c > 0; else None."""
        g = self._single(base, "pow")
        if g is None:
            return None
        below, power = g.parts[0].sign(), g.parts[1].sign()
        return g if below == "+" or (below == "0+" and power == "+") else None

    def _power_of_largest(self, base: Quotient, exponent: Quotient) -> Quotient | None:
        """The largest of non-negative terms, raised to a positive power, is the largest of the powers."""
        g = self._single(base, "greatest")
        if g is None or g.low is None or exponent.sign() != "+" or g.parts[1] in exponent.loose:
            return None  # an index around it may have the same name as its own
        from verify.check.binders import bare_greatest

        body, index, low, high = g.parts
        return bare_greatest(self, self.power(body, exponent), index, low, high)

    def _single(self, x: Quotient, kind: str):
        """The generator of a kind that x is; None where x is something else."""
        used = self.ring.used(x.num) if x.den.is_one() else []
        single = len(used) == 1 and x.num == self.ring.letter(used[0])
        return used[0] if single and isinstance(used[0].key, tuple) and used[0].key[0] == kind else None

    def _exp(self, node):
        e = self.ring.quotient(self.ring.generator("e", low=Fraction(2), nonzero=True, open_low=True))
        return self.power(e, self(node.args[0]))

    def gamma_of(self, x: Quotient) -> Quotient:
        """Gamma(x + n) = x (x + 1) ... Gamma(x): the constant part is brought into (0, 1]."""
        constant = _constant_part(x)
        shift = int(-(-constant // 1)) - 1
        result, base = self.ring.constant(1), x - self.ring.constant(shift)
        for k in range(shift):
            result = result * (base + self.ring.constant(k))
        for k in range(0, shift, -1):
            result = result / (base + self.ring.constant(k - 1))
        facts = {"low": Fraction(0), "nonzero": True} if base.sign() == "+" else {}
        return result * self.ring.quotient(self.ring.generator(("gamma", base.key), loose=base.loose, **facts))


def _integral(polynomial) -> bool:
    return all(c.q == 1 for c in polynomial.coeffs())


def _constant_part(x: Quotient) -> Fraction:
    """The constant term, where the denominator is constant; else 0."""
    if not x.den.is_constant():
        return Fraction(0)
    c = x.num.to_dict().get((0,) * x.ring.context.nvars())
    return Fraction(int(c.p), int(c.q)) if c is not None else Fraction(0)


def _power_facts(base: Quotient, exponent: Quotient) -> dict:
    """Bounds of base ** exponent: at most 1 for a base in [0, 1), at least 1 for one above 1 (exponent >= 0)."""
    one, sign, rises = base.ring.constant(1), base.sign(), exponent.sign()
    if sign not in ("+", "0+"):
        return {}
    facts = {"low": Fraction(0), "nonzero": sign == "+"}
    if rises in ("+", "0+") and (one - base).sign() in ("+", "0+"):
        return facts | {"high": Fraction(1), "open_high": rises == (one - base).sign() == "+"}
    if rises in ("+", "0+") and (base - one).sign() == "+":
        return {"low": Fraction(1), "nonzero": True, "open_low": rises == "+"}
    return facts
