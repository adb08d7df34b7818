"""Monotone functions by what they are made of.

A function grows on an interval where its derivative is positive by its form; where it is known
to grow by a claim that this one uses; or where it is put together from such functions: sums,
products and quotients of functions that are not negative, roots, powers.  An infinite product
grows where its factors do.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property

from verify.check.defined import demanded, shown, undefined_beside
from verify.check.evidence import Evidence, Step, unknown
from verify.check.identity import prove_identity
from verify.check.lemmas import Known
from verify.check.limits import bound_variable, expand
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.series import Expansion
from verify.check.signs import visible_sign
from verify.exact import Exact, exact, substitute, symbols
from verify.fold import Unsupported
from verify.statement import Claim, Monotone, Verdict

_CANNOT = (Unsupported, TooManyGenerators, DividesByZero)
_WORD = {1: "grows", -1: "falls"}
_ARROW = {1: r"\nearrow", -1: r"\searrow"}


class Structure:
    """In which direction terms move with x; `steps` says how it is known."""

    def __init__(self, x: Exact, whole: Exact, given: tuple, lemmas: Callable[[], Known]):
        self.x, self.whole, self.given, self.lemmas = x, whole, given, lemmas
        self.steps: list[Step] = []

    @cached_property
    def known(self) -> Known:
        return self.lemmas()

    @cached_property
    def facts(self) -> list[Exact]:
        return self.known.beside((self.whole,), self.given)

    def __call__(self, term: Exact) -> int | None:
        """1 where strictly growing, -1 where strictly falling, 0 where constant, None where open."""
        if self.x.args[0] not in symbols(term):
            return 0
        if term is self.x:
            return 1
        found: int | None = self._by_slope(term) or self._by_lemma(term)
        if found:
            return found
        rule = getattr(self, "on_" + term.op, None)
        found = rule(*term.args) if rule else None
        if found:
            self._say(term, found, f"It {_WORD[found]}, for its parts do.", "structure")
        return found

    def _say(self, term, direction: int, says: str, engine: str) -> None:
        self.steps.append(Step(says, term, _ARROW[direction], "", (engine,)))

    def _by_slope(self, term: Exact) -> int | None:
        try:
            expansion = Expansion(self.x, self.x, 1, order=2, given=self.given)
            slope = expansion(term).coefficient(Fraction(1))
        except _CANNOT:
            return None
        direction = {"+": 1, "-": -1}.get(slope.sign() or "") if slope is not None else None
        if direction:
            self._say(
                term, direction, f"It {_WORD[direction]}, for its derivative has that sign by its form.", "series"
            )
        return direction

    def _by_lemma(self, term: Exact) -> int | None:
        direction, id = self.known.directions.get(term, (None, ""))
        if direction:
            self._say(term, direction, f"It {_WORD[direction]} by {id}.", id)
        return direction

    def _positive(self, term: Exact, strict: bool = False) -> bool:
        return visible_sign(term, (*self.given, *self.facts), strict) is not None

    # Operations ------------------------------------------------------------------------

    def on_neg(self, a):
        found = self(a)
        return None if found is None else -found

    def on_add(self, a, b):
        return _joint(self(a), self(b))

    def on_sub(self, a, b):
        return _joint(self(a), self.on_neg(b))

    def on_mul(self, a, b):
        """A positive constant keeps a direction; two moving factors must not be negative."""
        left, right = self(a), self(b)
        if left == 0 or right == 0:
            still, moving = (a, right) if left == 0 else (b, left)
            return self._scaled(still, moving)
        return _joint(left, right) if self._positive(a) and self._positive(b) else None

    def on_div(self, a, b):
        below = self.on_neg(b)
        if below == 0:
            return self._scaled(b, self(a))
        if below is None or not self._positive(b, strict=True):
            return None
        above = self(a)
        return self._scaled(a, below) if above == 0 else (_joint(above, below) if self._positive(a) else None)

    def _scaled(self, still: Exact, direction: int | None) -> int | None:
        if direction is None:
            return None
        if self._positive(still, strict=True):
            return direction
        return -direction if self._positive(-still, strict=True) else None

    def on_pow(self, base, exponent):
        n = exponent.args[0] if exponent.op == "number" else None
        found = self(base)
        if not n or found is None or not self._positive(base, strict=n < 0):
            return None
        return found if n > 0 else -found

    def on_sqrt(self, a):
        return self(a)

    def on_exp(self, a):
        return self(a)

    def on_log(self, a):
        return self(a)


def _joint(a: int | None, b: int | None) -> int | None:
    if a is None or b is None or a * b == -1:
        return None
    return a or b


def prove_monotone(relation: Monotone, claim: Claim, given: tuple, lemmas: Callable[[], Known]) -> Evidence:
    """By the slope, by the structure of the function, or as an infinite product."""
    x = bound_variable(relation.of, relation.over, claim.domains)
    term = exact(relation.of(x))
    if (gap := _gap(term, x, given)) is not None:
        return unknown("monotone", gap)
    if relation.factor is not None:
        return _by_product(term, exact(relation.factor(x)), x, relation, claim, given, lemmas)
    change = _next_difference(term, x) if relation.over.integer else None
    if relation.slope is not None:
        slope = exact(relation.slope(x))
    elif change is not None:
        slope = change
    else:
        return _by_structure(term, x, relation, given, lemmas)
    stated = relation.slope is None or _slope_is(term, x, slope, change, claim, given)
    if (open_one := undefined_beside((slope,), (term,), given)) is not None:
        return unknown("monotone", f"the slope is defined only where {open_one!r}")
    signed = slope if relation.rising else -slope
    shown = visible_sign(signed, given, strict=True) if stated else None
    if not shown:
        return unknown("monotone", "no derivative or difference whose sign is visible")
    name = ("Its derivative.", "d") if change is None else ("Its next difference.", r"\Delta")
    steps = (
        Step(*name, "=", slope, ("series",)),
        Step("It has one sign on the whole domain.", signed, ">", exact(0), (shown,)),
    )
    return Evidence("monotone", Verdict.PROVED, f"slope of one sign, by {shown}", steps)


def _gap(term: Exact, x: Exact, given) -> str | None:
    """Why a slope of one sign would not make the function monotone: a hole in its domain."""
    over = x.args[1]
    if not over.integer and over.nonzero and over.sign is None:
        return "the domain falls into two parts at 0"
    moving = [c for c in demanded(term) if x.args[0] in symbols(c) and not shown(c, given)]
    return f"the function is defined only where {moving[0]!r}" if moving else None


def _next_difference(term: Exact, x: Exact) -> Exact:
    return substitute(term, {x: x + 1}) - term


def _slope_is(term, x, slope, change, claim, given) -> bool:
    if change is not None:
        return (
            prove_identity(change, slope, claim.domains | {x.args[0]: x.args[1]}, given, claim.id).verdict
            is Verdict.PROVED
        )
    expansion = Expansion(x, x, 1, order=2, given=given)
    first = expansion(term).coefficient(Fraction(1)) or expansion.normal.ring.constant(0)
    return expansion.normal.same(first, expansion.normal(slope))


def _by_structure(term: Exact, x: Exact, relation: Monotone, given: tuple, lemmas) -> Evidence:
    """The direction that shows in the parts of the function."""
    structure = Structure(x, term, given, lemmas)
    if structure(term) != (1 if relation.rising else -1):
        return unknown("monotone", "no derivative or difference whose sign is visible, and no structure that shows it")
    return Evidence("monotone", Verdict.PROVED, "by its structure", tuple(structure.steps))


def _by_product(
    term: Exact, factor: Exact, x: Exact, relation: Monotone, claim: Claim, given: tuple, lemmas
) -> Evidence:
    """f(x) = factor(x) f(x + shift), so f is the product of all factors and of its positive limit.

    For x < y the quotient f(x) / f(y) is the product of factor(x + k s) / factor(y + k s), none of them
    above 1 where the factor grows, times a quotient that tends to 1: it is below 1.
    """
    wanted = 1 if relation.rising else -1
    domains = claim.domains | {x.args[0]: x.args[1]}
    again = prove_identity(term, factor * substitute(term, {x: x + relation.shift}), domains, given, claim.id)
    structure = Structure(x, term, given, lemmas)
    over = x.args[1]
    if again.verdict is not Verdict.PROVED or over.high is not None or over.integer or relation.shift <= 0:
        return unknown("product", "f(x) = factor(x) f(x + shift) is not shown, or x is bounded above")
    if (open_one := undefined_beside((factor,), (term,), given)) is not None:
        return unknown("product", f"the factor is defined only where {open_one!r}")
    if not visible_sign(factor, given, strict=True) or structure(factor) != wanted:
        return unknown("product", "the factor is not positive and monotone by its form")
    _, _, ((_, series),) = expand(relation.of, "oo", x.args[1], claim, given)
    constant = series.coefficient(Fraction(0)) if series.coefficients and series.low == 0 else None
    if constant is None or constant.sign() != "+":
        return unknown("product", "no positive limit at infinity")
    says = (
        f"It is the infinite product of such factors, all positive, and of its positive limit; so it {_WORD[wanted]}."
    )
    product = Step(says, term, _ARROW[wanted], "", ("product",))
    return Evidence(
        "product",
        Verdict.PROVED,
        f"infinite product; {again.detail}",
        (*again.steps, *structure.steps, product),
        again.conditions,
    )
