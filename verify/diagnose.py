"""Which term differs: the readings of the rule, tried as edits of its text, alone and together.

The smallest set of readings whose trajectories are the code's is proposed; the prover then
decides whether the code *is* the rule under these readings.  Each reading becomes a
deviation that shows the paper's term beside the code's, the first step at which it shows,
and an input that anybody can replay.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import comb

import mpmath

from verify.certificate import Deviation
from verify.conform.faithful import contradicted
from verify.conform.trajectory import Comparison, Difference
from verify.lift.record import LostExpression
from verify.mutate import Mutant
from verify.rule import Reading, ReadingDoesNotApply, Rule, function_of
from verify.snippet import counterexample

MOST_TOGETHER = 5
MOST_TRIED = 1500
CHANGED = 8  # steps in which a hyperparameter is changed twice


def readings_of(rule: Rule, comparison: Comparison) -> Rule | None:
    """The rule under the smallest set of readings that gives the code's trajectories."""
    for variant in _variants(rule, comparison):
        if comparison.matches(variant):
            return variant
    return None


def rivals(rule: Rule, variant: Rule, comparison: Comparison) -> Iterator[Rule]:
    """Other sets of as many readings with the same trajectories."""
    same_size = (v for v in _variants(rule, comparison) if len(v.chosen) == len(variant.chosen))
    return (v for v in same_size if v.chosen != variant.chosen and comparison.matches(v))


def _variants(rule: Rule, comparison: Comparison) -> Iterator[Rule]:
    """The rule under readings that can show, alone and together."""
    ids, tried = [r.id for r in rule.readings if not r.narrow and not _idle(rule, r, comparison)], 0
    for n in range(1, MOST_TOGETHER + 1):
        if tried + comb(len(ids), n) > MOST_TRIED:
            return
        tried += comb(len(ids), n)
        yield from rule.together(ids, n)


def _idle(rule: Rule, reading: Reading, comparison: Comparison) -> bool:
    """Does a reading change nothing here, because the code has no such keyword and the paper's value is 0?"""
    setting = comparison.tracks[0].bench.setting
    zero = lambda name: name not in setting.symbols and not setting.numbers({}, Fraction, added).get(name, 0)  # type: ignore[has-type]
    try:
        added = rule.read_as(reading.id)
        return any(map(zero, reading.adds)) and comparison.alike(rule, added)
    except (ReadingDoesNotApply, ZeroDivisionError):
        return False


def deviations(rule: Rule, variant: Rule, comparison: Comparison) -> tuple[Deviation, ...]:
    """One deviation for each reading of the variant, in the order of their first steps."""
    found = [_of_reading(rule, variant, rule.reading(id), comparison) for id in variant.chosen]
    return tuple(sorted(found, key=lambda d: d.first_step or 10**9))


def _of_reading(rule: Rule, variant: Rule, reading: Reading, comparison: Comparison) -> Deviation:
    """What this reading alone changes: the variant against the variant without it."""
    without = None if "mutant" in variant.chosen else _without(rule, variant, reading.id)
    difference = comparison.first_difference(without) if without else comparison.first_difference(rule)
    return Deviation(
        kind=reading.kind,
        summary=reading.says,
        theory=reading.paper,
        code=reading.code,
        first_step=difference.step if difference else None,
        size=difference.size if difference else None,
        counterexample=counterexample(difference) if difference else None,
        reading=reading.id,
    )


def _without(rule: Rule, variant: Rule, id: str) -> Rule | None:
    try:
        return rule.read_as(*(other for other in variant.chosen if other != id))
    except ReadingDoesNotApply:
        return None


def unexplained(
    rule: Rule,
    comparison: Comparison,
    update: Callable[[int], str],
    narrow: bool,
    mutant: Mutant | None,
    cause: Callable[[Difference], tuple[str, str] | None] = lambda difference: None,
) -> tuple[Deviation, ...]:
    """The deviations of code that follows no known reading: a single fault, beside a reading or alone, or what differs.

    LostExpression where the real class contradicts the lift.  update: what the code computes at a step, as a formula.
    cause: the kind and what it rests on, where no edit fits.
    """
    difference = comparison.first_difference(rule)
    if difference is None:
        return ()
    if contradicted(difference, rule):
        raise LostExpression(f"the lift leaves the rule at step {difference.step}, and the real class stays with it")
    found = _found(difference)
    when = f"first at step {difference.step} ({difference.says}), by {difference.size}"
    shown = difference.step, difference.size, counterexample(difference)
    if mutant:
        return _of_mutant(rule, mutant, comparison, when, shown)
    code = _formula(update, difference.step)
    if narrow:
        return (Deviation("precision", f"a value passes through a narrower type; {when}", source(rule), code, *shown),)
    if comparison.matches(rule, changing=False):
        name = difference.scenario.changes[0][1]
        says = f"an earlier {name} is in the code's memory, which is the same only while {name} is constant"
        return (Deviation("momentum-form", f"{says}; {when}", source(rule), code, *shown),)
    kind, found = cause(difference) or ("other", found)
    return (Deviation(kind, f"{found}; {when}", source(rule), code, *shown),)


def _of_mutant(rule: Rule, mutant: Mutant, comparison: Comparison, when: str, shown: tuple) -> tuple[Deviation, ...]:
    """The fault first, then the reading that the code follows besides."""
    beside = [id for id in mutant.original.chosen if id != "mutant"]
    if not beside:
        return (Deviation(mutant.kind, f"{mutant.says}; {when}", mutant.paper, mutant.code, *shown),)
    difference = comparison.first_difference(mutant.original)
    if difference:
        when = f"first at step {difference.step} ({difference.says}), by {difference.size}"
        shown = difference.step, difference.size, counterexample(difference)
    fault = Deviation(mutant.kind, f"{mutant.says}; {when}", mutant.paper, mutant.code, *shown)
    return (fault, *(_of_reading(rule, mutant.rule, rule.reading(id), comparison) for id in beside))


def _formula(update: Callable[[int], str], step: int) -> str:
    """The code's formula at the step where it differs; that of another step would mislead."""
    try:
        return update(step)
    except Exception:  # noqa: BLE001 - the code may refuse the state in which it is asked; then nothing is shown
        return f"something else at step {step}; no formula is shown, since the code does not run from a symbolic state"


def _found(difference: Difference) -> str:
    if difference.output is None:
        return "the code's update is not the rule's"
    if mpmath.isnan(difference.code):
        return f"the code does not keep the rule's {difference.output}"
    return f"the {difference.output} that the code keeps is not the rule's"


def unseen_change(rule: Rule, benches: list, stale: tuple[str, ...]) -> Deviation | None:
    """The deviation of code that goes on with an earlier value of hyperparameters when `param_groups` change."""
    if not stale:
        return None
    difference = Comparison(benches, CHANGED, most=0, changing=stale).first_difference(rule)
    if difference is None:
        return None
    name = difference.scenario.changes[0][1]
    says = f"{name} is kept from an earlier step or from the constructor; a change in param_groups has no effect"
    shown = difference.step, difference.size, counterexample(difference)
    return Deviation("parameter-groups", says, f'group["{name}"] at each step', f"{name} as it was before", *shown)


def source(rule: Rule) -> str:
    """The rule's own update, line by line, as its text states it."""
    text = getattr(rule.step, "__source__", None) or textwrap.dedent(inspect.getsource(rule.step))
    lines = [s for s in function_of(ast.parse(text)).body if isinstance(s, ast.Assign)]
    return "; ".join(ast.unparse(s) for s in lines if ast.unparse(s.value) != "memory")
