"""Where a variable lives: one object for the prover, the sampler, the ball and the reader.

The annotation `beta: Unit` gives four things that must never disagree: the symbol that
the provers reason about, the values that Hypothesis draws, the ball that covers them,
and the "for all beta in (0, 1)" of the report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from verify.exact import Exact, symbol

WIDE = Fraction(1000)  # how far the sampler and the ball reach where a domain is unbounded


@dataclass(frozen=True)
class Domain:
    """An interval of reals or of integers, perhaps without zero.

    `low`/`high` of None mean unbounded; `open_low`/`open_high` say whether the end is left
    out.  `latex` is how a report writes the set.  counted: code repeats something so often, so
    the number is never a symbol: it keeps the value that it has.
    """

    latex: str
    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False
    nonzero: bool = False
    integer: bool = False
    reach: Fraction = WIDE
    counted: bool = False

    def symbol(self, name: str) -> Exact:
        return symbol(name, self)

    def contains(self, x) -> bool:
        """Is the exact rational x in the domain?"""
        below = self.low is not None and (x < self.low or (self.open_low and x == self.low))
        above = self.high is not None and (x > self.high or (self.open_high and x == self.high))
        return not (below or above or (self.nonzero and x == 0) or (self.integer and x != int(x)))

    @property
    def window(self) -> tuple[Fraction, Fraction]:
        """The bounded part in which values are drawn."""
        low = self.low if self.low is not None else (-self.reach if self.high is None else self.high - self.reach)
        high = self.high if self.high is not None else max(self.reach, low + self.reach)
        return low, high

    def values(self):
        """A Hypothesis strategy for exact rationals in the domain."""
        from hypothesis import strategies as st

        low, high = self.window
        if self.integer:
            return st.integers(int(low), int(high)).map(Fraction).filter(self.contains)
        return st.fractions(low, high, max_denominator=1000).filter(self.contains)

    def ball(self):
        """One Arb ball that covers the window."""
        import flint

        low, high = self.window
        middle, radius = (low + high) / 2, (high - low) / 2
        rational = lambda q: flint.arb(flint.fmpq(q.numerator, q.denominator))
        return rational(middle) + rational(radius) * flint.arb(0, 1)

    @property
    def sign(self) -> int | None:
        """1 where every member is > 0, -1 where < 0, None where the sign is open."""
        if self.low is not None and (self.low > 0 or (self.low == 0 and (self.open_low or self.nonzero))):
            return 1
        if self.high is not None and (self.high < 0 or (self.high == 0 and (self.open_high or self.nonzero))):
            return -1
        return None

    @property
    def nonnegative(self) -> bool:
        return self.low is not None and self.low >= 0


@dataclass(frozen=True)
class Sequence:
    """A real sequence indexed by 1, 2, ...; `g(i)` is its i-th member.

    Sampled as a list of at most `members` values, repeated without end.
    """

    of: Domain
    members: int = 6

    @property
    def latex(self) -> str:
        members = rf"({self.of.latex})" if " " in self.of.latex else self.of.latex
        return members + r"^{\mathbb{N}}"

    def symbol(self, name: str):
        return lambda index: Exact("call", name, self.of, _exact(index))

    def values(self):
        from hypothesis import strategies as st

        return st.lists(self.of.values(), min_size=1, max_size=self.members).map(tuple)


@dataclass(frozen=True)
class Vector:
    """A vector of a real inner-product space of any finite dimension.

    As a symbol it is one term: `dot` of such symbols is a symmetric bilinear form, so what
    is proved with it holds in every dimension.  Sampled in the dimensions 1 to 5.
    """

    latex: str = r"\mathbb{R}^d"
    nonzero: bool = False

    def symbol(self, name: str) -> Exact:
        return symbol(name, self)

    def values(self, dimension: int = 3):
        from hypothesis import strategies as st

        lists = st.lists(Real.values(), min_size=dimension, max_size=dimension).map(tuple)
        return lists.filter(any) if self.nonzero else lists


@dataclass(frozen=True)
class Smooth:
    """A smooth real function F of a vector: `F(w)` is its value, `F.gradient(w)` its gradient there.

    As a symbol it obeys the chain rule and no other law.  Sampled as <a, w> + <b, w>^2 + <c, w>^3.
    """

    latex: str = r"C^\infty(\mathbb{R}^d)"

    def symbol(self, name: str) -> SmoothSymbol:
        return SmoothSymbol(name)

    def values(self, dimension: int = 3):
        from hypothesis import strategies as st

        return st.lists(st.integers(-9, 9).map(Fraction), min_size=3 * dimension, max_size=3 * dimension).map(tuple)


@dataclass(frozen=True)
class SmoothSymbol:
    """A smooth function of which nothing is known but its name."""

    name: str

    def __call__(self, w) -> Exact:
        return Exact("apply", self.name, _exact(w))

    def gradient(self, w) -> Exact:
        return Exact("gradient", self.name, _exact(w))


def _exact(value):
    from verify.exact import exact

    return exact(value)


def AtLeast(k: int) -> Domain:
    """The integers k, k + 1, ..."""
    return Domain(rf"\mathbb{{Z}}_{{\ge {k}}}", low=Fraction(k), integer=True, reach=Fraction(30))


def Above(a) -> Domain:
    """The reals greater than a."""
    a = Fraction(a)
    return Domain(rf"({a}, \infty)", low=a, open_low=True, reach=Fraction(60))


def From(a) -> Domain:
    """The reals that are at least a."""
    a = Fraction(a)
    return Domain(rf"[{a}, \infty)", low=a, reach=Fraction(60))


def Between(low, high, closed: bool = False) -> Domain:
    """The open (or closed) interval from low to high."""
    low, high = Fraction(low), Fraction(high)
    ends = "[]" if closed else "()"
    return Domain(f"{ends[0]}{low}, {high}{ends[1]}", low, high, open_low=not closed, open_high=not closed)


ZERO, ONE = Fraction(0), Fraction(1)
Real = Domain(r"\mathbb{R}")
NonZero = Domain(r"\mathbb{R} \setminus \{0\}", nonzero=True)
Positive = Domain(r"\mathbb{R}_{>0}", low=ZERO, open_low=True)
NonNegative = Domain(r"\mathbb{R}_{\ge 0}", low=ZERO)
Unit = Domain("(0, 1)", ZERO, ONE, open_low=True, open_high=True)
HalfOpen = Domain("[0, 1)", ZERO, ONE, open_high=True)
Integer = Domain(r"\mathbb{Z}", integer=True)
Natural = replace(AtLeast(1), latex=r"\mathbb{N}")
Count = replace(AtLeast(1), latex=r"\mathbb{N}", counted=True)
Later = replace(AtLeast(2), latex=r"\mathbb{Z}_{\ge 2}")
