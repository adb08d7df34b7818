"""Fractions of polynomials over generators that know their own algebra.

A generator stands for a symbol or for an operation that polynomials cannot spell: a root,
an absolute value, a power with a symbolic exponent, a sum to a symbolic bound, the truth
of a condition.  Some obey a relation (a root squares to its radicand), and every
polynomial is kept reduced by these.  Then a fraction is zero exactly when its numerator is
the zero polynomial, and nothing has been simplified by guesswork.

Polynomials are FLINT's (fmpq_mpoly): exact rationals throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt
from typing import Any

import flint

from verify.check.corners import sign_by_coefficients

LARGEST = 4_000  # terms of a polynomial; beyond it a proof is given up rather than waited for
LARGEST_ON_THE_WAY = 5 * LARGEST  # before relations have made it smaller
CAPACITY = 96  # generators of one proof; FLINT packs exponents, unused ones cost little


class TooManyGenerators(RuntimeError):
    """The proof needs more generators than the ring holds."""


class DividesByZero(ZeroDivisionError):
    """A divisor is identically zero."""


@dataclass(frozen=True)
class Generator:
    """One variable of the ring.

    low/high bound its value (None: unbounded), and `open_low`/`open_high` say where it stays away
    from the bound; `nonzero` where it cannot vanish.  `square` is the polynomial that its square
    equals, `idempotent` marks a truth value, and `loose` the bound indices that it depends on;
    `parts` are the operands of what it stands for.
    """

    index: int
    key: object
    low: Fraction | None = None
    high: Fraction | None = None
    nonzero: bool = False
    square: Any = None
    idempotent: bool = False
    loose: frozenset = field(default_factory=frozenset)
    integer: bool = False
    parts: tuple = ()
    open_low: bool = False
    open_high: bool = False

    @property
    def reaches_low(self) -> bool:
        """Can it equal its lower bound?"""
        return self.low is not None and not (self.open_low or (self.low == 0 and self.nonzero))

    @property
    def reaches_high(self) -> bool:
        """Can it equal its upper bound?"""
        return self.high is not None and not (self.open_high or (self.high == 0 and self.nonzero))


class Ring:
    """The polynomial ring of one proof; generators are added as they are met."""

    def __init__(self, capacity: int = CAPACITY):
        self.context = flint.fmpq_mpoly_ctx.get([f"a{i}" for i in range(capacity)], flint.Ordering.lex)
        self.letters = self.context.gens()
        self.generators: list[Generator] = []
        self.by_key: dict[object, Generator] = {}
        self.zero, self.one = self.polynomial(0), self.polynomial(1)

    def polynomial(self, q) -> flint.fmpq_mpoly:
        q = Fraction(q)
        return self.context.constant(flint.fmpq(q.numerator, q.denominator))

    def constant(self, q) -> Quotient:
        return Quotient(self, self.polynomial(q), self.one)

    def generator(self, key, **facts) -> Generator:
        """The generator for a key, made with these facts where it is new."""
        if key not in self.by_key:
            if len(self.generators) == len(self.letters):
                raise TooManyGenerators(f"more than {len(self.letters)} generators")
            self.by_key[key] = Generator(len(self.generators), key, **facts)
            self.generators.append(self.by_key[key])
        return self.by_key[key]

    def thaw(self, frozen):
        """The polynomial of a hashable picture (see `freeze`)."""
        width = len(self.letters)
        return self.context.from_dict(
            {tuple(dict(m).get(i, 0) for i in range(width)): flint.fmpq(*map(int, c.split("/"))) for m, c in frozen}
        )

    def letter(self, generator: Generator):
        return self.letters[generator.index]

    def quotient(self, generator: Generator) -> Quotient:
        return Quotient(self, self.letter(generator), self.one)

    def used(self, polynomial) -> list[Generator]:
        """The generators that occur, latest first."""
        degrees = polynomial.degrees()
        return [g for g in reversed(self.generators) if degrees[g.index] > 0]

    def loose(self, polynomial) -> frozenset:
        return frozenset().union(*(g.loose for g in self.used(polynomial)))

    def reduce(self, polynomial):
        """The polynomial with every relation of its generators applied."""
        for g in self.used(polynomial):
            if (g.square is not None or g.idempotent) and polynomial.degrees()[g.index] > 1:
                polynomial = self._reduce_one(polynomial, g)
        return polynomial

    def _reduce_one(self, polynomial, g: Generator):
        out = self.zero
        for k, c in self.coefficients(polynomial, g).items():
            if g.idempotent:
                out += c * (self.letter(g) if k else self.one)
            else:
                out += c * g.square ** (k // 2) * self.letter(g) ** (k % 2)
            within(out, LARGEST_ON_THE_WAY)
        return self.reduce(out)

    def coefficients(self, polynomial, g: Generator) -> dict[int, object]:
        """The coefficients with respect to one generator, by its exponent."""
        parts: dict[int, dict] = {}
        for exponents, c in polynomial.to_dict().items():
            k = exponents[g.index]
            rest = (*exponents[: g.index], 0, *exponents[g.index + 1 :])
            parts.setdefault(k, {})[rest] = c
        return {k: self.context.from_dict(d) for k, d in parts.items()}

    def factor(self, polynomial) -> tuple[Fraction, list[tuple[object, int]]]:
        """A rational constant and irreducible factors with multiplicities."""
        constant, factors = polynomial.factor()
        q = Fraction(int(constant.p), int(constant.q))
        return q, [(f, int(m)) for f, m in factors]

    # Signs ---------------------------------------------------------------------------

    def sign(self, polynomial) -> str | None:
        """ "+" where positive by its form, "0+" where non-negative, "-", "0-", "0", or None where open."""
        if polynomial.is_zero():
            return "0"
        return sign_by_coefficients(*self._over_positive_letters(polynomial))

    def firm(self, polynomial) -> bool:
        """Is it a product of generators of which none can vanish?"""
        return len(polynomial) == 1 and all(g.nonzero for g in self.used(polynomial))

    def _over_positive_letters(self, polynomial):
        """Rewrite bounded generators over u >= 0, so that signs can be read off coefficients.

        x in [a, b] becomes (a + b u) / (1 + u), x >= a becomes a + u; the positive denominator is
        dropped.  Generators without bounds stay, and count by the parity of their exponents.  Also
        returned: which of the letters may be 0, and which infinite, with their degree there.
        """
        free, zeros, tops = set(), set(), {}
        for g in self.used(polynomial):
            if g.reaches_low or (g.low is None and g.reaches_high):
                zeros.add(g.index)
            if g.low is not None and g.reaches_high:
                tops[g.index] = polynomial.degrees()[g.index]
            if g.low is None and g.high is None:
                free.add(g.index)
                zeros |= set() if g.nonzero else {g.index}
            elif not (g.low == 0 and g.high is None):
                polynomial = self._substitute_bounds(polynomial, g)
        return polynomial, free, zeros, tops

    def _substitute_bounds(self, polynomial, g: Generator):
        u, out = self.letter(g), self.zero
        low = self.polynomial(g.low) if g.low is not None else None
        high = self.polynomial(g.high) if g.high is not None else None
        parts = self.coefficients(polynomial, g)
        top = max(parts)
        for k, c in parts.items():
            if low is not None and high is not None:
                out += c * (low + high * u) ** k * (self.one + u) ** (top - k)
            else:
                out += c * ((low + u) if low is not None else (high - u)) ** k
        return out


def within(polynomial, most: int) -> None:
    """TooManyGenerators where a polynomial has become too large to go on with."""
    if len(polynomial) > most:
        raise TooManyGenerators(f"a polynomial of more than {most} terms")


def freeze(polynomial) -> frozenset:
    """A hashable picture of a polynomial."""
    return frozenset(
        (tuple((i, int(e)) for i, e in enumerate(m) if e), str(c)) for m, c in polynomial.to_dict().items()
    )


class Quotient:
    """A fraction of reduced polynomials, in lowest terms, its denominator monic."""

    __slots__ = ("den", "num", "ring")

    def __init__(self, ring: Ring, num, den, raw: bool = False):
        self.ring = ring
        if not raw and den is not ring.one:
            num, den = _lowest_terms(ring, num, den)
        self.num, self.den = num, den

    @property
    def key(self):
        """Hashable, and the same for quotients of one form."""
        return freeze(self.num), freeze(self.den)

    def __add__(self, other: Quotient) -> Quotient:
        if self.den == other.den:
            return self._make(self.num + other.num, self.den)
        return self._make(self.num * other.den + other.num * self.den, self.den * other.den)

    def __sub__(self, other: Quotient) -> Quotient:
        return self + (-other)

    def __neg__(self) -> Quotient:
        return Quotient(self.ring, -self.num, self.den, raw=True)

    def __mul__(self, other: Quotient) -> Quotient:
        return self._make(self.num * other.num, self.den * other.den)

    def __truediv__(self, other: Quotient) -> Quotient:
        if other.num.is_zero():
            raise DividesByZero("division by an expression that is identically zero")
        return self._make(self.num * other.den, self.den * other.num)

    def __pow__(self, n: int) -> Quotient:
        if n < 0:
            return self.ring.constant(1) / self**-n
        return self._make(self.num**n, self.den**n)

    def _make(self, num, den) -> Quotient:
        within(num, LARGEST)
        within(den, LARGEST)
        return Quotient(self.ring, self.ring.reduce(num), self.ring.reduce(den))

    def is_zero(self) -> bool:
        return self.num.is_zero()

    def rational(self) -> Fraction | None:
        """Its value where it is a rational number."""
        if not (self.num.is_constant() and self.den.is_constant()):
            return None
        if self.num.is_zero():
            return Fraction(0)
        p, q = self.num.leading_coefficient(), self.den.leading_coefficient()
        return Fraction(int(p.p), int(p.q)) / Fraction(int(q.p), int(q.q))

    @property
    def loose(self) -> frozenset:
        return self.ring.loose(self.num) | self.ring.loose(self.den)

    def sign(self) -> str | None:
        """The sign that its form shows (see Ring.sign); None where it is open."""
        above, below = self.ring.sign(self.num), self.ring.sign(self.den)
        if above is None or below is None or above == "0":
            return above if above == "0" else None
        firm = "0" if "0" in above + below else ""
        return firm + ("+" if above[-1] == below[-1] else "-")


def _lowest_terms(ring: Ring, num, den):
    if den.is_zero():
        raise DividesByZero("division by an expression that is identically zero")
    if num.is_zero():
        return ring.zero, ring.one
    common = num.gcd(den)
    if not common.is_one():
        num, den = num // common, den // common
    lead = den.leading_coefficient()
    return (num, den) if lead == 1 else (num / lead, den / lead)


def square_part(n: int) -> tuple[int, int]:
    """n = a^2 b with b free of the squares of small primes; (a, b)."""
    outer, p = 1, 2
    while p * p <= n and p < 10_000:
        while n % (p * p) == 0:
            n, outer = n // (p * p), outer * p
        p += 1
    root = isqrt(n)
    return (outer * root, 1) if root * root == n else (outer, n)
