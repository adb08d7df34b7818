"""Monotone functions by what they are made of.

A function grows on an interval where its derivative is positive by its form; where it is known
to grow by a claim that this one uses; or where it is put together from such functions: sums,
products and quotients of functions that are not negative, roots, powers.  An infinite product
grows where its factors do.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

from verify.check.defined import undefined_beside
from verify.check.evidence import Evidence, Step, unknown
from verify.check.identity import prove_identity
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.series import Expansion
from verify.exact import Exact, exact, substitute, symbols
from verify.fold import Unsupported
from verify.statement import AtMost, Claim, Limit, Monotone, Verdict, claims

_CANNOT = (Unsupported, TooManyGenerators, DividesByZero)
_WORD = {1: "grows", -1: "falls"}
_ARROW = {1: r"\uparrow", -1: r"\downarrow"}
_in_progress: list[str] = []


class Known:
    """What the claims that a claim uses say, as far as they are proved without hypotheses of their own."""

    def __init__(self, claim: Claim):
        from verify.check.prove import bound_variable, prove

        self.directions: dict[Exact, tuple[int, str]] = {}
        self.limits: dict[Exact, tuple[Exact, str]] = {}
        self.facts: list[Exact] = []
        _in_progress.append(claim.id)
        for lemma in (claims[id] for id in claim.uses if id not in _in_progress):
            if lemma.given is None and not lemma.false and prove(lemma).verdict is Verdict.PROVED:
                for relation in lemma.relations(lemma.symbols()):
                    self._learn(relation, lemma, bound_variable)
        _in_progress.pop()
        self.facts += [self._beyond(term) for term in self.directions if term in self.limits]

    def _learn(self, relation, lemma: Claim, bound_variable) -> None:
        match relation:
            case AtMost(left, right, _, strict):
                self.facts.append(exact(left) < exact(right) if strict else exact(left) <= exact(right))
            case Monotone(of, over, rising):
                x = bound_variable(of, over, lemma.domains)
                self.directions[exact(of(x))] = (1 if rising else -1, lemma.id)
            case Limit(of, "oo", value, over):
                x = bound_variable(of, over, lemma.domains)
                self.limits[exact(of(x))] = (exact(value), lemma.id)

    def _beyond(self, term: Exact) -> Exact:
        """A function that grows to a limit stays below it."""
        value = self.limits[term][0]
        return term < value if self.directions[term][0] == 1 else value < term


class Structure:
    """In which direction terms move with x; `steps` says how it is known."""

    def __init__(self, x: Exact, claim: Claim, given: tuple = ()):
        self.x, self.claim, self.given = x, claim, given
        self.steps: list[Step] = []

    @cached_property
    def known(self) -> Known:
        return Known(self.claim)

    def __call__(self, term: Exact) -> int | None:
        """1 where strictly growing, -1 where strictly falling, 0 where constant, None where open."""
        if self.x.args[0] not in symbols(term):
            return 0
        if term is self.x:
            return 1
        found = self._by_slope(term) or self._by_lemma(term)
        rule = getattr(self, "on_" + term.op, None)
        if not found and rule and (found := rule(*term.args)):
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
        direction = {"+": 1, "-": -1}.get(slope.sign()) if slope is not None else None
        if direction:
            self._say(term, direction, f"It {_WORD[direction]}, for its derivative has that sign by its form.", "series")
        return direction

    def _by_lemma(self, term: Exact) -> int | None:
        direction, id = self.known.directions.get(term, (None, ""))
        if direction:
            self._say(term, direction, f"It {_WORD[direction]} by {id}.", id)
        return direction

    def _positive(self, term: Exact, strict: bool = False) -> bool:
        from verify.check.prove import visible_sign

        return visible_sign(term, (*self.given, *self.known.facts), strict) is not None

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


def by_structure(term: Exact, x: Exact, relation: Monotone, claim: Claim, given: tuple) -> Evidence:
    """The direction that shows in the parts of the function."""
    structure = Structure(x, claim, given)
    if structure(term) != (1 if relation.rising else -1):
        return unknown("monotone", "no derivative or difference whose sign is visible, and no structure that shows it")
    return Evidence("monotone", Verdict.PROVED, "by its structure", tuple(structure.steps))


def by_product(term: Exact, x: Exact, relation: Monotone, claim: Claim, given: tuple) -> Evidence:
    """f(x) = factor(x) f(x + shift), so f is the product of all factors and of its positive limit.

    For x < y the quotient f(x) / f(y) is the product of factor(x + k s) / factor(y + k s), none of them
    above 1 where the factor grows, times a quotient that tends to 1: it is below 1.
    """
    from verify.check.prove import expand, visible_sign

    factor, wanted = exact(relation.factor(x)), 1 if relation.rising else -1
    domains = claim.domains | {x.args[0]: x.args[1]}
    again = prove_identity(term, factor * substitute(term, {x: x + relation.shift}), domains, given, claim.id)
    structure = Structure(x, claim, given)
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
    says = f"It is the infinite product of such factors, all positive, and of its positive limit; so it {_WORD[wanted]}."
    product = Step(says, term, _ARROW[wanted], "", ("product",))
    return Evidence("product", Verdict.PROVED, f"infinite product; {again.detail}", (*again.steps, *structure.steps, product), again.conditions)
