"""Proofs of identities: by the normal form, by induction over t, operand by operand, or with gamma functions by SymPy.

Whatever proves an identity, Arb must agree at random exact points before it counts; the
engines share no code.  Induction: both sides agree at the first t, and both change by
the same amount (or the same factor) from t to t + 1; sums lose their last term on the way,
so what is left is an identity between polynomials.
"""

from __future__ import annotations

from verify.check.algebra import Normal
from verify.check.evidence import Evidence, Step, unknown
from verify.check.points import opinion
from verify.check.ring import DividesByZero, Quotient, TooManyGenerators
from verify.domain import Sequence
from verify.exact import Exact, divisors, exact, substitute, symbols, walk
from verify.fold import Unsupported
from verify.statement import Verdict

POINTS = 24


def prove_identity(left, right, domains: dict, given: tuple = (), seed: str = "") -> Evidence:
    """left = right for all values of their symbols, wherever both are defined."""
    left, right = exact(left), exact(right)
    steps = derivation(left, right, given)
    agreed, refuted = opinion(left, right, domains, given, POINTS, seed)
    if refuted is not None:
        return Evidence("identity", Verdict.REFUTED, "the balls of the two sides are apart", counterexample=refuted)
    if steps is None:
        verdict = Verdict.SAMPLED if agreed == POINTS else Verdict.UNKNOWN
        return Evidence("points", verdict, f"no derivation found; equal at {agreed} random exact points")
    if agreed < POINTS:
        return unknown("identity", f"derived, but Arb confirmed only {agreed} of {POINTS} random exact points")
    return Evidence("identity", Verdict.PROVED, _summary(steps, agreed), steps, conditions(left, right))


def _summary(steps, agreed: int) -> str:
    engines = dict.fromkeys(e for s in steps for e in s.engines)
    return f"{', '.join(engines)}; Arb agrees at {agreed} random exact points"


def derivation(left: Exact, right: Exact, given: tuple = ()) -> tuple[Step, ...] | None:
    """The steps that show left = right, or None where none of the ways succeeds."""
    if same_form(left, right, given):
        return (Step(_why_the_same(left, right), left, "=", right, ("normal form",)),)
    for t in _naturals(left, right):
        found = induction(left, right, t, given)
        if found:
            return found
    if same_form(left, right, given, geometric=True):
        says = "Both sides have the same normal form once their geometric sums are carried out."
        return (Step(says, left, "=", right, ("normal form",)),)
    return _operand_by_operand(left, right, given) or _gamma_ratio(left, right)


def _why_the_same(left: Exact, right: Exact) -> str:
    if any(n.op == "integral" for n in walk(left, right)):
        return "The integral of x^(a - 1) e^(-k x) over x > 0 is Gamma(a) / k^a, by Euler's definition of Gamma."
    return "Both sides have the same normal form."


_CONGRUENT = frozenset(["add", "sub", "mul", "div", "neg", "pow", "sqrt", "abs", "exp", "log", "gamma", "max", "min"])


def _operand_by_operand(left: Exact, right: Exact, given: tuple = ()) -> tuple[Step, ...] | None:
    """Terms of one shape are equal where their operands are, each by a derivation of its own."""
    if left.op != right.op or left.op not in _CONGRUENT:
        return None
    pairs = [(a, b) for a, b in zip(left.args, right.args, strict=True) if a is not b]
    if not all(_plausible(a, b, given) for a, b in pairs):
        return None
    steps: tuple[Step, ...] = ()
    for a, b in pairs:
        part = derivation(a, b, given)
        if part is None:
            return None
        steps += part
    return steps


def _plausible(left: Exact, right: Exact, given: tuple) -> bool:
    """Do balls at a few points find no difference?  (So that no proof of a false equation is sought.)"""
    terms = (left, right, *given)
    sequences = {n.args[0]: Sequence(n.args[1]) for n in walk(*terms) if n.op == "call"}
    domains = {name: s.args[1] for name, s in symbols(*terms).items()} | sequences
    return opinion(left, right, domains, given, 2)[1] is None


def same_form(left: Exact, right: Exact, given: tuple = (), geometric: bool = False) -> bool:
    """Does the normal form show the identity (with geometric sums carried out, where so asked)?

    What more is known never hides what less shows: conditions without a normal form are left out,
    and the sign of what cannot vanish is tried as x/|x| and as any other number's.
    """
    for facts in dict.fromkeys((given, ())):
        for quotients in (True, False):
            normal = Normal(geometric, quotients)
            shown = _shows(normal, left, right, facts)
            if shown:
                return True
            if not normal.parted:
                break
        if shown is not None:
            return False
    return False


def _shows(normal: Normal, left: Exact, right: Exact, given: tuple) -> bool | None:
    """Does this normal form show the identity?  None where it cannot be formed."""
    try:
        for condition in given:
            normal.assume(condition)
        return normal.equal(left, right)
    except (Unsupported, TooManyGenerators, DividesByZero):
        return None


def _naturals(*terms: Exact) -> list[Exact]:
    return [s for s in symbols(*terms).values() if getattr(s.args[1], "integer", False) and s.args[1].low is not None]


def induction(left: Exact, right: Exact, t: Exact, given: tuple = ()) -> tuple[Step, ...] | None:
    """Induction over the integer t, by differences or by quotients."""
    first = exact(t.args[1].low)
    given = tuple(c for c in given if t not in symbols(c).values())  # what holds at t + 1 need not have held at t
    at = lambda term, value: substitute(term, {t: value})
    if not same_form(at(left, first), at(right, first)):
        return None
    base = Step(f"At {t!r} = {first!r} both sides agree.", at(left, first), "=", at(right, first), ("normal form",))
    l1, r1 = at(left, t + 1), at(right, t + 1)
    if same_form(l1 - left, r1 - right, given):
        says = f"From {t!r} to {t!r} + 1 both sides change by the same amount: the last term of the sum is peeled off."
        return base, Step(says, l1 - left, "=", r1 - right, ("induction", "normal form"))
    if follows(left - right, l1 - r1):
        says = f"From {t!r} to {t!r} + 1: the last term is peeled off, and the sum that is left is known from {t!r}."
        return base, Step(says, l1, "=", r1, ("induction", "normal form"))
    return None


def follows(hypothesis: Exact, goal: Exact) -> bool:
    """Does goal = 0 follow from hypothesis = 0, by solving the hypothesis for a sum in it?"""
    normal = Normal()
    try:
        known, wanted = normal(hypothesis).num, normal(goal).num
    except (Unsupported, TooManyGenerators, DividesByZero):
        return False
    return any(_eliminate(normal.ring, g, known, wanted) for g in normal.ring.used(known) if _is_sum(g))


def _is_sum(g) -> bool:
    return isinstance(g.key, tuple) and g.key[0] in ("total", "greatest")


def _eliminate(ring, g, known, wanted) -> bool:
    """wanted = 0 once known = p0 + p1 g = 0 is solved for g, which needs a p1 that is 0 at no t."""
    parts = ring.coefficients(known, g)
    if max(parts) != 1 or not all(_zero_at_no_step(ring, f) for f, _ in ring.factor(parts[1])[1]):
        return False
    p0, p1 = parts.get(0, ring.zero), parts[1]
    terms = ring.coefficients(wanted, g)
    top = max(terms, default=0)
    return ring.reduce(sum((c * (-p0) ** k * p1 ** (top - k) for k, c in terms.items()), ring.zero)).is_zero()


def _zero_at_no_step(ring, factor) -> bool:
    """Whatever t is, is the factor other than 0 for nearly all values of the variables?  (Continuity does the rest.)"""
    used = ring.used(factor)
    free = all(isinstance(g.key, Exact) and not g.integer for g in used)
    letter = len(used) == 1 and factor == ring.letter(used[0]) and _seldom_zero(ring, used[0])
    return free or letter or ring.sign(factor) in ("+", "-")


def _seldom_zero(ring, g) -> bool:
    """A member of a sequence, or a sum (maximum) of products of such members and positive factors."""
    if g.integer or not isinstance(g.key, tuple):
        return False
    if g.key[0] not in ("total", "greatest"):
        return g.key[0] == "call"
    summand, low, high = (Quotient(ring, ring.thaw(num), ring.thaw(den)) for num, den in g.key[1:])
    letters = [*ring.used(summand.num), *ring.used(summand.den)]
    single = len(summand.num) == len(summand.den) == 1
    return (
        single
        and all(_seldom_zero(ring, x) or ring.sign(ring.letter(x)) == "+" for x in letters)
        and (high - low).sign() in ("+", "0+", "0")
    )


def _gamma_ratio(left: Exact, right: Exact) -> tuple[Step, ...] | None:
    """Identities between gamma functions: SymPy reduces the quotient of the sides to 1.

    The quotient, since `gammasimp` leaves a hidden zero factor in the difference.
    """
    if not any(n.op == "gamma" for n in walk(left, right)):
        return None
    import sympy

    from verify.fold import evaluate
    from verify.systems import Symbolic

    names = {
        n: sympy.Symbol(n, real=True, positive=True if s.args[1].sign == 1 else None)
        for n, s in symbols(left, right).items()
    }
    try:
        ratio = evaluate(left, names, Symbolic) / evaluate(right, names, Symbolic)
    except Unsupported:
        return None
    if sympy.gammasimp(ratio) != 1:
        return None
    return (
        Step(
            "The quotient of the sides reduces to 1 (duplication and reflection of Gamma).",
            left,
            "=",
            right,
            ("SymPy gammasimp",),
        ),
    )


def conditions(*terms: Exact) -> tuple[Exact, ...]:
    """The divisors whose sign the domains do not settle: the identity holds where they do not vanish."""
    normal, open_ones = Normal(), []
    for d in divisors(*terms):
        try:
            shown = normal(d).sign()
        except (Unsupported, TooManyGenerators, DividesByZero):
            shown = None
        if shown not in ("+", "-"):
            open_ones.append(d)
    return tuple(open_ones)
