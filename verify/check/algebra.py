"""The normal form of an exact term, and with it a proof or a failure to prove an identity.

`simplify` decides nothing.  Here a term becomes a quotient of polynomials over
generators (verify/check/ring.py): roots are split into irreducible factors of known sign,
`b**(t+1)` becomes `b * b**t`, sums lose whatever does not depend on their index and are
brought to a common last term, `max` becomes an absolute value, and inner products are
expanded as bilinear forms.  Two terms whose difference normalises to 0 are equal wherever
both are defined; the divisors met on the way are kept as the conditions of that.
"""

from __future__ import annotations

import operator
from fractions import Fraction

from verify import numbers
from verify.check.ring import Quotient, Ring, freeze, square_part
from verify.domain import Sequence, Vector
from verify.exact import Exact, divisors, exact, substitute
from verify.fold import Unsupported

HALF = Fraction(1, 2)


class Normal:
    """Normal forms over one ring.  `facts` are conditions known to hold (see `assume`).

    With `geometric`, sums of powers of a base that cannot be 1 are carried out.
    """

    def __init__(self, geometric: bool = False):
        self.ring, self.geometric = Ring(), geometric
        self.memo: dict[Exact, Quotient] = {}
        self.facts: dict[int, bool] = {}
        self.vectors: dict[object, int] = {}

    def __call__(self, node: Exact) -> Quotient:
        found = self.memo.get(node)
        if found is None:
            rule = _RULES.get(node.op, Normal._opaque)
            found = self.memo[node] = rule(self, node)
        return found

    def equal(self, a: Exact, b: Exact) -> bool:
        """Are the two terms equal wherever both are defined?  (False: not shown.)"""
        return a is b or (self(a) - self(b)).is_zero()

    def same(self, a: Quotient, b: Quotient) -> bool:
        return a.key == b.key or (a - b).is_zero()

    # Leaves --------------------------------------------------------------------------

    def _number(self, node):
        return self.ring.constant(node.args[0])

    def _symbol(self, node):
        name, domain = node.args
        if isinstance(domain, (Vector, Sequence)):
            raise Unsupported(f"{name} is a vector; only dot({name}, ...) is a number")
        loose = frozenset({name}) if name.startswith("#") else frozenset()
        return self.ring.quotient(self.ring.generator(node, **_bounds(domain), loose=loose))

    def _call(self, node):
        name, domain, index = node.args
        at = self(index)
        return self.ring.quotient(self.ring.generator(("call", name, at.key), **_bounds(domain), loose=at.loose))

    def _opaque(self, node):
        """An operation without algebra of its own: equal operands give equal values, no more."""
        parts = [self(a) for a in node.args if isinstance(a, Exact)]
        key = (node.op, *(p.key for p in parts), *(a for a in node.args if not isinstance(a, Exact)))
        positive = {"low": Fraction(0), "nonzero": True} if node.op in ("gamma", "pi") else {}
        return self.ring.quotient(self.ring.generator(key, **positive, loose=frozenset().union(*(p.loose for p in parts))))

    # Roots, absolute values, signs ------------------------------------------------------

    def root(self, x: Quotient) -> Quotient:
        """The square root, split into factors of known sign and one radical of the rest."""
        if x.is_zero():
            return x
        constant, factors = self._factors(x)
        outside, inside, rest = self.ring.constant(1), self.ring.constant(1), self.ring.one
        for f, m in factors:
            known = self.ring.sign(f)
            if known in ("-", "0-"):
                f, known, constant = -f, "+", -constant if m % 2 else constant
            outside = outside * self._absolute(f) ** ((m - m % 2) // 2)
            if m % 2 and known in ("+", "0+"):
                inside = inside * self._radical(f)
            elif m % 2:
                rest = rest * f
        return outside * inside * self._constant_root(constant, rest)

    def _constant_root(self, constant: Fraction, rest) -> Quotient:
        outer, inner = square_part(abs(constant.numerator) * constant.denominator)
        factor = self.ring.constant(Fraction(outer, constant.denominator))
        inner = inner if constant > 0 else -inner
        if rest.is_constant():
            return factor if inner == 1 else factor * self._radical(self.ring.polynomial(inner))
        return factor * self._radical(rest * self.ring.polynomial(inner))

    def _radical(self, polynomial) -> Quotient:
        """The generator whose square is the polynomial; equal radicands share one."""
        facts = {"low": Fraction(0), "square": polynomial, "nonzero": self.ring.sign(polynomial) == "+"}
        return self.ring.quotient(self.ring.generator(("sqrt", freeze(polynomial)), **facts, loose=self.ring.loose(polynomial)))

    def _factors(self, x: Quotient) -> tuple[Fraction, list]:
        """Constant and factors of a quotient; the denominator's have odd multiplicity raised.

        a/b = a b / b^2, so that every radicand is a polynomial.
        """
        above, top = self.ring.factor(x.num)
        below, bottom = self.ring.factor(x.den)
        return above / below, top + [(f, -m) for f, m in bottom]

    def _absolute(self, polynomial) -> Quotient:
        known = self.ring.sign(polynomial)
        if known is not None:
            return Quotient(self.ring, polynomial if "+" in known or known == "0" else -polynomial, self.ring.one)
        polynomial = polynomial if polynomial.leading_coefficient() > 0 else -polynomial
        firm = len(polynomial) == 1 and all(g.nonzero for g in self.ring.used(polynomial))
        facts = {"low": Fraction(0), "nonzero": firm, "square": self.ring.reduce(polynomial * polynomial)}
        return self.ring.quotient(self.ring.generator(("abs", freeze(polynomial)), **facts, loose=self.ring.loose(polynomial)))

    def absolute(self, x: Quotient) -> Quotient:
        if x.is_zero():
            return x
        constant, factors = self._factors(x)
        result = self.ring.constant(abs(constant))
        for f, m in factors:
            result = result * self._absolute(f) ** m
        return result

    def _max(self, node):
        a, b = map(self, node.args)
        wide = self.absolute(a - b)
        half = self.ring.constant(HALF)
        return (a + b + wide) * half if node.op == "max" else (a + b - wide) * half

    def _sign(self, node):
        """sign(x) = [x > 0] - [x < 0]; x/|x| where x cannot vanish."""
        x = self(node.args[0])
        shown = x.sign()
        if shown in ("+", "-", "0"):
            return self.ring.constant({"+": 1, "-": -1, "0": 0}[shown])
        if all(g.nonzero for g in self.ring.used(x.num)) and len(x.num) == 1:
            return x / self.absolute(x)
        return self.positive(x) - self.positive(-x)

    # Powers --------------------------------------------------------------------------

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
        return self._atoms(base, self.ring.constant(n), 1)

    def _atoms(self, base: Quotient, exponent: Quotient, n: int) -> Quotient:
        """(base ** exponent) ** n, the base split into factors where that is legal."""
        constant, factors = self._positive_factors(base)
        whole = all(g.integer for g in self.ring.used(exponent.num)) and exponent.den.is_constant() and _integral(exponent.num)
        if not (whole or (constant > 0 and all(self.ring.sign(f) in ("+", "0+") for f, _ in factors))):
            return self._atom(base, exponent) ** n
        parts = [(Quotient(self.ring, f, self.ring.one), m) for f, m in factors]
        parts += [(self.ring.constant(constant), 1)] if constant != 1 else []  # whole, so that 0.96**t is seen to be below 1
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
        return self.ring.quotient(self.ring.generator(key, **facts, loose=base.loose | exponent.loose, parts=(base, exponent)))

    def _power_below(self, base: Quotient):
        """The generator b**c that the base is, so that (b**c)**d = b**(c d), with b > 0, or b >= 0 and c > 0; else None."""
        g = self._single(base, "pow")
        if g is None:
            return None
        below, power = g.parts[0].sign(), g.parts[1].sign()
        return g if below == "+" or (below == "0+" and power == "+") else None

    def _power_of_largest(self, base: Quotient, exponent: Quotient) -> Quotient | None:
        """The largest of non-negative terms, raised to a positive power, is the largest of the powers."""
        g = self._single(base, "greatest")
        if g is None or g.low is None or exponent.sign() != "+":
            return None
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

    # Conditions ------------------------------------------------------------------------

    def positive(self, x: Quotient) -> Quotient:
        """The truth value of x > 0."""
        shown = x.sign()
        if shown in ("+", "-", "0", "0-"):
            return self.ring.constant(1 if shown == "+" else 0)
        polynomial = self._sign_form(x)
        g = self.ring.generator(("positive", freeze(polynomial)), idempotent=True, low=Fraction(0), loose=x.loose)
        known = self.facts.get(g.index)
        return self.ring.quotient(g) if known is None else self.ring.constant(int(known))

    def _sign_form(self, x: Quotient):
        """A polynomial with the sign of x, positive factors dropped, squares of unknown sign kept once."""
        constant, factors = self._factors(x)
        result = self.ring.polynomial(1 if constant > 0 else -1)
        for f, m in factors:
            known = self.ring.sign(f)
            if known == "-":
                result = -result if m % 2 else result
            elif known != "+":
                result = result * f ** (m % 2 or 2)
        return result

    def _zero(self, x: Quotient) -> Quotient:
        """The truth value of x = 0."""
        shown = x.sign()
        if shown in ("+", "-", "0"):
            return self.ring.constant(int(shown == "0"))
        return self.ring.constant(1) - self.positive(x) - self.positive(-x)

    def condition(self, node: Exact) -> Quotient:
        """The truth value of a condition, as a 0-1 quantity."""
        one = self.ring.constant(1)
        match node.op:
            case "true" | "false":
                return self.ring.constant(int(node.op == "true"))
            case "lt":
                return self._below(*node.args)
            case "le":
                return one - self._below(*node.args[::-1])
            case "eq" | "ne":
                zero = self._zero(self(node.args[0]) - self(node.args[1]))
                return zero if node.op == "eq" else one - zero
            case "and":
                return self.condition(node.args[0]) * self.condition(node.args[1])
            case "not":
                return one - self.condition(node.args[0])
        return self._opaque(node)

    def _below(self, a: Exact, b: Exact) -> Quotient:
        """The truth value of a < b; max(p, q) < b where p < b and q < b, so that no difference of p and q is taken."""
        one = self.ring.constant(1)
        less = lambda p, q: self.positive(self(q) - self(p))
        if a.op == "max" or b.op == "min":
            return self._all(less(p, q) for p in operands(a, "max") for q in operands(b, "min"))
        if a.op == "min" or b.op == "max":
            return one - self._all(one - less(p, q) for p in operands(a, "min") for q in operands(b, "max"))
        return less(a, b)

    def _all(self, truths) -> Quotient:
        """The truth value of a conjunction."""
        open_ones = {t.key: t for t in truths if t.rational() != 1}
        if any(t.is_zero() for t in open_ones.values()):
            return self.ring.constant(0)
        if len(open_ones) < 2:
            return next(iter(open_ones.values()), self.ring.constant(1))
        loose = frozenset().union(*(t.loose for t in open_ones.values()))
        g = self.ring.generator(("all", frozenset(open_ones)), idempotent=True, low=Fraction(0), loose=loose)
        known = self.facts.get(g.index)
        return self.ring.quotient(g) if known is None else self.ring.constant(int(known))

    def _where(self, node):
        c = self.condition(node.args[0])
        if c.rational() is not None:
            return self(node.args[1] if c.rational() else node.args[2])
        a, b = self(node.args[1]), self(node.args[2])
        return b + c * (a - b)

    def assume(self, condition: Exact) -> None:
        """Take a condition as known from here on (made before terms are normalised)."""
        shape = self.condition(condition)
        one = self.ring.constant(1)
        for x, truth in ((shape, True), (one - shape, False)):
            used = self.ring.used(x.num)
            if len(used) == 1 and used[0].idempotent and x.num == self.ring.letter(used[0]):
                self.facts[used[0].index] = truth
                self.memo.clear()

    # Binders and inner products: verify/check/binders.py --------------------------------

    def _binder(self, node):
        from verify.check import binders

        return getattr(binders, node.op)(self, node)

    # What the coefficients of a linear combination need (see binders.combination)

    add = staticmethod(operator.add)
    mul = staticmethod(operator.mul)

    def inverse(self, x: Quotient) -> Quotient:
        return self.ring.constant(1) / x

    def gradient(self, name: str, w: Exact) -> dict:
        from verify.check import binders

        return {binders.gradient_at(name, binders.combination(self, w)): self.ring.constant(1)}


def _bounds(domain) -> dict:
    ends = {"open_low": domain.open_low, "open_high": domain.open_high}
    return {"low": domain.low, "high": domain.high, "nonzero": domain.sign is not None or domain.nonzero, "integer": domain.integer, **ends}


def operands(node: Exact, op: str) -> list[Exact]:
    """What a nest of one operation is made of; the node itself where it is another."""
    return [node] if node.op != op else [leaf for a in node.args for leaf in operands(a, op)]


def _integral(polynomial) -> bool:
    return all(c.q == 1 for c in polynomial.coeffs())


def _constant_part(x: Quotient) -> Fraction:
    """The constant term, where the denominator is constant; else 0."""
    if not x.den.is_constant():
        return Fraction(0)
    c = x.num.to_dict().get((0,) * x.ring.context.nvars())
    return Fraction(int(c.p), int(c.q)) if c is not None else Fraction(0)


def _power_facts(base: Quotient, exponent: Quotient) -> dict:
    """Bounds of base ** exponent: at most 1 for a base in [0, 1) and no negative exponent, at least 1 for a base above 1."""
    one, sign, rises = base.ring.constant(1), base.sign(), exponent.sign()
    if sign not in ("+", "0+"):
        return {}
    facts = {"low": Fraction(0), "nonzero": sign == "+"}
    if rises in ("+", "0+") and (one - base).sign() in ("+", "0+"):
        return facts | {"high": Fraction(1), "open_high": rises == (one - base).sign() == "+"}
    if rises in ("+", "0+") and (base - one).sign() == "+":
        return {"low": Fraction(1), "nonzero": True, "open_low": rises == "+"}
    return facts


_RULES = {
    "number": Normal._number,
    "symbol": Normal._symbol,
    "call": Normal._call,
    "add": lambda self, n: self(n.args[0]) + self(n.args[1]),
    "sub": lambda self, n: self(n.args[0]) - self(n.args[1]),
    "mul": lambda self, n: self(n.args[0]) * self(n.args[1]),
    "div": lambda self, n: self(n.args[0]) / self(n.args[1]),
    "neg": lambda self, n: -self(n.args[0]),
    "sqrt": lambda self, n: self.root(self(n.args[0])),
    "abs": lambda self, n: self.absolute(self(n.args[0])),
    "max": Normal._max,
    "min": Normal._max,
    "sign": Normal._sign,
    "pow": Normal._pow,
    "exp": Normal._exp,
    "gamma": lambda self, n: self.gamma_of(self(n.args[0])),
    "where": Normal._where,
    "lt": lambda self, n: self.condition(n),
    "le": lambda self, n: self.condition(n),
    "eq": lambda self, n: self.condition(n),
    "ne": lambda self, n: self.condition(n),
    "and": lambda self, n: self.condition(n),
    "not": lambda self, n: self.condition(n),
    "total": Normal._binder,
    "greatest": Normal._binder,
    "integral": Normal._binder,
    "dot": Normal._binder,
    "apply": Normal._binder,
}


def proves_equal(a: Exact, b: Exact, given: tuple[Exact, ...] = ()) -> bool:
    """Does the normal form show a = b, under these conditions, wherever both are defined?"""
    normal = Normal()
    for condition in given:
        normal.assume(condition)
    return normal.equal(a, b)


__all__ = ["Normal", "divisors", "exact", "numbers", "proves_equal", "substitute"]
