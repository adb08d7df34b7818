"""The search for a counterexample: Hypothesis draws, mpmath simulates, Arb convicts.

Each example is run on 50-digit numbers.  An apparent counterexample is decided again on
balls at the same exact point, and only a ball that excludes the claim refutes it; so no
tolerance decides a verdict.  Where balls cannot follow, the example is decided at twice the
digits.  A claim with an integral is run on balls, and mpmath's own quadrature decides.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from functools import cache

import mpmath

from verify.check.evidence import Evidence, unknown
from verify.check.points import BITS, into, point, sequences, simple_points
from verify.check.violation import differs, exceeds, violation
from verify.exact import Exact, exact, negation, symbol, walk
from verify.fold import Fold, Undecided, Unsupported
from verify.rule import Rule
from verify.statement import AtMost, Claim, Equal, Holds, Verdict
from verify.systems import Balls, Multiprecision

DIGITS = 50
UNDEFINED = (ArithmeticError, ValueError)


class Violation(Exception):
    """A relation that fails at a point; the message shows both sides."""


def sample(claim: Claim, about: Rule | None = None, examples: int = 100) -> Evidence:
    """Simple points first; then Hypothesis looks for a counterexample among the claim's own domains, and shrinks it."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    examples = examples // 4 if integrates(claim) else examples
    seen, found = _simple(claim, about, examples // 4)
    skipped = 0

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(st.fixed_dictionaries({n: d.values() for n, d in claim.domains.items()}))
    def search(values):
        nonlocal seen, skipped
        answer = examine(claim, values, about)
        seen, skipped = seen + (answer is not None), skipped + (answer is None)
        if answer:
            found.append((values, answer))
            raise Violation(answer)

    try:
        if not found:
            search()
    except Violation:
        pass
    if found:
        values, text = found[-1]
        if integrates(claim) and not _violated(claim, values, Multiprecision, about, DIGITS // 2):
            return unknown("sample", f"{show(values)}: {text}; but mpmath's own quadrature finds no violation")
        return Evidence("sample", Verdict.REFUTED, f"{show(values)}: {text}", counterexample=values)
    if not seen:
        return unknown("sample", f"vacuous: none of {skipped} examples meets the hypotheses and is defined")
    return Evidence("sample", Verdict.SAMPLED, f"{seen} examples at {DIGITS} digits")


def _simple(claim: Claim, about, count: int) -> tuple[int, list]:
    """How many simple points agree, and the first that does not."""
    seen = 0
    for values in simple_points(claim.domains, count):
        answer = examine(claim, values, about)
        if answer:
            return seen, [(values, answer)]
        seen += answer is not None
    return seen, []


def examine(claim: Claim, values: dict, about: Rule | None = None) -> str | None:
    """ "" where the claim holds at the point, the violation where it fails, None where it says nothing."""
    system = Balls if integrates(claim) else Multiprecision
    try:
        with _precision(DIGITS):
            numbers = sequences(into(values, system), claim.domains)
            if not all(bool(c) for c in claim.hypotheses(numbers)):
                return None
            text = violation(claim, numbers, system, about)
    except UNDEFINED:
        return _branch_by_branch(claim, values, about)
    return text if not text or integrates(claim) or _convicts(claim, values, about) else ""


def _convicts(claim: Claim, values: dict, about) -> bool:
    """Do balls agree, or for want of balls twice the digits?"""
    try:
        return _certainly_violated(claim, values, about)
    except Undecided:
        return False
    except (AttributeError, TypeError, Unsupported, *UNDEFINED):
        pass  # only numbers can follow, not terms
    try:
        return _violated(claim, values, Balls, about)
    except (AttributeError, TypeError, *UNDEFINED):
        return _violated(claim, values, Multiprecision, about, 2 * DIGITS)


def _branch_by_branch(claim: Claim, values: dict, about) -> str | None:
    """A violation where Python itself divides by 0, in a branch that is not taken or in a slack; else None."""
    try:
        return (
            "the relation fails, of each case the branch that applies"
            if _certainly_violated(claim, values, about)
            else None
        )
    except (AttributeError, TypeError, Unsupported, *UNDEFINED):
        return None


def _certainly_violated(claim: Claim, values: dict, about) -> bool:
    """The relations as terms, on balls that raise Undecided rather than take a branch that may be the wrong one."""
    with _precision(DIGITS):
        fold, symbols = Fold(sequences(into(values, Balls), claim.domains), Balls), claim.symbols()
        if not all(fold(exact(c)) for c in claim.hypotheses(symbols)):
            return False
        return any(_fails(r, fold) for r in claim.relations(symbols, about))


def _fails(relation, fold: Fold) -> bool:
    if isinstance(relation, Equal):
        return any(
            differs(fold(exact(relation.left)), fold(exact(other)), Balls) for other in (*relation.via, relation.right)
        )
    if isinstance(relation, AtMost):
        return exceeds(fold(exact(relation.left)), fold(exact(relation.right)), Balls, relation.strict)
    if isinstance(relation, Holds):
        return fold(negation(exact(relation.condition)))
    raise Unsupported(f"{type(relation).__name__} is not one comparison")


def _violated(claim: Claim, values: dict, system, about, digits: int = DIGITS) -> bool:
    with _precision(digits):
        return bool(violation(claim, sequences(into(values, system), claim.domains), system, about))


@contextmanager
def _precision(digits: int):
    """mpmath at so many digits, balls at their usual bits."""
    import flint

    before, flint.ctx.prec = flint.ctx.prec, BITS
    try:
        with mpmath.workdps(digits):
            yield
    finally:
        flint.ctx.prec = before


@cache
def integrates(claim: Claim) -> bool:
    """Is there an integral in the claim?  Balls compute it thirty times as fast as mpmath."""
    terms = [t for r in claim.relations(claim.symbols()) for t in _terms(r)]
    return any(n.op == "integral" for n in walk(*terms))


def _terms(relation) -> list[Exact]:
    found = []
    for value in vars(relation).values():
        if isinstance(value, tuple):
            found += [v for v in value if isinstance(v, Exact)]
        elif callable(value) and hasattr(relation, "over"):
            found.append(exact(value(symbol("#x", relation.over))))
        elif isinstance(value, Exact):
            found.append(value)
    return found


def show(values: dict) -> str:
    return ", ".join(f"{n} = {_short(v)}" for n, v in values.items())


def _short(value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return str(value)


def approaches(relation, claim: Claim) -> tuple[bool, str]:
    """A few random exact points: does the relation's own limit behave numerically?"""
    chance, seen = random.Random(claim.id), 0
    for _ in range(40):
        text = examine(claim, point(claim.domains, chance))
        if text:
            return False, text
        seen += text == ""
        if seen == 6:
            return True, f"confirmed at {seen} random exact points"
    return seen > 0, f"confirmed at {seen} random exact points"


def exceptions(goal: Exact, domains: dict, given, count: int, seed: str) -> tuple[int, dict | None]:
    """At how many random exact points the goal is defined under its hypotheses, and one where balls show its opposite."""
    import flint

    chance, before, flint.ctx.prec, seen = random.Random(seed), flint.ctx.prec, BITS, 0
    try:
        for _ in range(4 * count):
            at = point(domains, chance)
            answer = _opposite(goal, at, domains, given)
            if answer:
                return seen, at
            seen += answer is False
            if seen == count:
                break
    finally:
        flint.ctx.prec = before
    return seen, None


def _opposite(goal: Exact, at: dict, domains: dict, given) -> bool | None:
    """Do balls show the opposite at this point?  None where the goal says nothing here, or balls cannot follow."""
    try:
        fold = Fold(sequences(into(at, Balls), domains), Balls)
        if not all(bool(fold(c)) for c in given) or not _finite(goal, fold):
            return None
    except (Unsupported, *UNDEFINED):
        return None
    try:
        return bool(fold(negation(goal)))
    except Undecided:
        return False


def _finite(condition: Exact, fold) -> bool:
    """Is what the condition compares defined here?  (A ball of an undefined number is no finite one.)"""
    if condition.op in ("and", "not"):
        return all(_finite(c, fold) for c in condition.args)
    return all(fold(a).is_finite() for a in condition.args if isinstance(a, Exact))
