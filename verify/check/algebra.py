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

from verify.check.exponents import Powers
from verify.check.ring import Quotient, Ring, freeze, square_part
from verify.check.truths import Conditions
from verify.domain import Sequence, Vector
from verify.exact import Exact
from verify.fold import Unsupported

HALF = Fraction(1, 2)


class Normal(Powers, Conditions):
    """Normal forms over one ring.  `facts` are conditions known to hold (see `assume`).

    With `geometric`, sums of powers of a base that cannot be 1 are carried out.  Without `quotients`
    the sign of a number that cannot vanish is the difference of two conditions, as any other's, and not
    x/|x|; `parted` says whether that made a difference.
    """

    def __init__(self, geometric: bool = False, quotients: bool = True):
        self.ring, self.geometric, self.quotients = Ring(), geometric, quotients
        self.parted = False
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
        return self.ring.quotient(
            self.ring.generator(key, **positive, loose=frozenset().union(*(p.loose for p in parts)))
        )

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
            if twice := (m - m % 2) // 2:  # else its square, which may be long, is nobody's business
                outside = outside * self._absolute(f) ** twice
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
        return self.ring.quotient(
            self.ring.generator(("sqrt", freeze(polynomial)), **facts, loose=self.ring.loose(polynomial))
        )

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
        facts = {
            "low": Fraction(0),
            "nonzero": self.ring.firm(polynomial),
            "square": self.ring.reduce(polynomial * polynomial),
        }
        return self.ring.quotient(
            self.ring.generator(("abs", freeze(polynomial)), **facts, loose=self.ring.loose(polynomial))
        )

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
        """sign(x) = [x > 0] - [x < 0], and f/|f| for each factor of x that cannot vanish."""
        x = self(node.args[0])
        shown = x.sign()
        if shown in ("+", "-", "0"):
            return self.ring.constant({"+": 1, "-": -1, "0": 0}[shown])
        firm, rest = self._parted(x) if self.quotients else (self.ring.constant(1), x)
        return firm / self.absolute(firm) * (self.positive(rest) - self.positive(-rest))

    def _parted(self, x: Quotient) -> tuple[Quotient, Quotient]:
        """The factors of a quotient that cannot vanish and have either sign, each once, and the rest; even powers go."""
        constant, factors = self._factors(x)
        firm, rest = self.ring.constant(1), self.ring.constant(constant)
        for f, m in factors:
            if self.ring.sign(f) is not None or not self.ring.firm(f):
                rest = rest * Quotient(self.ring, f, self.ring.one) ** m
            elif m % 2:
                firm = firm * Quotient(self.ring, f, self.ring.one)
            self.parted |= self.ring.sign(f) is None and self.ring.firm(f)
        return firm, rest

    # Binders and inner products: verify/check/binders.py, verify/check/inner.py ----------------

    def _binder(self, node):
        from verify.check import binders

        return getattr(binders, node.op)(self, node)

    def _inner(self, node):
        from verify.check import inner

        return getattr(inner, node.op)(self, node)

    # What the coefficients of a linear combination need (see inner.combination)

    add = staticmethod(operator.add)
    mul = staticmethod(operator.mul)

    def inverse(self, x: Quotient) -> Quotient:
        return self.ring.constant(1) / x

    def gradient(self, name: str, w: Exact) -> dict:
        from verify.check import inner

        return {inner.gradient_at(name, inner.combination(self, w)): self.ring.constant(1)}


def _bounds(domain) -> dict:
    ends = {"open_low": domain.open_low, "open_high": domain.open_high}
    return {
        "low": domain.low,
        "high": domain.high,
        "nonzero": domain.sign is not None or domain.nonzero,
        "integer": domain.integer,
        **ends,
    }


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
    "dot": Normal._inner,
    "size": Normal._inner,
    "apply": Normal._inner,
}


def proves_equal(a: Exact, b: Exact, given: tuple[Exact, ...] = ()) -> bool:
    """Does the normal form show a = b, under these conditions, wherever both are defined?"""
    normal = Normal()
    for condition in given:
        normal.assume(condition)
    return normal.equal(a, b)
