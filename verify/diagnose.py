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
from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from math import comb

import mpmath

from verify.certificate import Deviation
from verify.conform.trajectory import Comparison, Difference, replay
from verify.mutate import Mutant, mutants
from verify.rule import Reading, ReadingDoesNotApply, Rule, function_of

MOST_TOGETHER = 5
MOST_TRIED = 1500
CHANGED = 8  # steps in which a hyperparameter is changed twice


def readings_of(rule: Rule, comparison: Comparison) -> Rule | None:
    """The rule under the smallest set of readings that gives the code's trajectories."""
    for variant in _variants(rule):
        if comparison.matches(variant):
            return variant
    return None


def _variants(rule: Rule) -> Iterator[Rule]:
    ids, tried = [r.id for r in rule.readings], 0
    for n in range(1, MOST_TOGETHER + 1):
        if tried + comb(len(ids), n) > MOST_TRIED:
            return
        for chosen in combinations(ids, n):
            tried += 1
            try:
                yield rule.read_as(*chosen)
            except ReadingDoesNotApply:
                continue


def deviations(rule: Rule, variant: Rule, comparison: Comparison) -> tuple[Deviation, ...]:
    """One deviation for each reading of the variant, in the order of their first steps."""
    found = [_of_reading(rule, variant, rule.reading(id), comparison) for id in variant.chosen]
    return tuple(sorted(found, key=lambda d: d.first_step or 10**9))


def _of_reading(rule: Rule, variant: Rule, reading: Reading, comparison: Comparison) -> Deviation:
    """What this reading alone changes: the variant against the variant without it."""
    without = _without(rule, variant, reading.id)
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


def repairs(rule: Rule, comparison: Comparison) -> Iterator[Mutant]:
    """The single edits of the rule's text that give the code's trajectories."""
    for mutant in mutants(rule):
        try:
            if comparison.matches(mutant.rule, total=True):
                yield mutant
        except (ArithmeticError, TypeError, ValueError):
            continue  # an edit that makes no sense as a rule


def unexplained(rule: Rule, comparison: Comparison, code: str, narrow: bool, mutant: Mutant | None) -> Deviation | None:
    """The deviation of code that follows no known reading: a single fault, or the difference as it stands."""
    difference = comparison.first_difference(rule)
    if difference is None:
        return None
    found = _found(difference)
    when = f"first at step {difference.step} ({difference.scenario.says}), by {difference.size}"
    shown = difference.step, difference.size, counterexample(difference)
    if mutant:
        return Deviation(mutant.kind, f"{mutant.says}; {when}", mutant.paper, mutant.code, *shown)
    if narrow:
        return Deviation("precision", f"a value passes through a narrower type; {when}", rule.source, code, *shown)
    return Deviation("other", f"{found}; {when}", source(rule), code, *shown)


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


def counterexample(difference: Difference) -> dict:
    """An input in exact decimals, what the rule makes of it, and what the real optimizer does in float64."""
    s = difference.scenario
    gradients = [list(map(_text, g)) for g in s.gradients[: difference.step]]
    with mpmath.workdps(50):
        return {
            "hyperparameters": {name: _text(q) for name, q in s.hyper.items()},
            "shape": list(difference.bench.setting.shape),
            "x": list(map(_text, s.start)),
            "gradients": gradients,
            "changes": [[k, name, _text(q)] for k, name, q in s.changes if k <= difference.step],
            "step": difference.step,
            "element": difference.element,
            "theory": mpmath.nstr(difference.theory, 20),
            "code": mpmath.nstr(difference.code, 20),
            "replayed_in_float64": repr(float(replay(difference.bench, s, difference.step)[difference.element])),
        }


def _text(q: Fraction) -> str:
    """An exact decimal, as the runs' points all are; else the fraction."""
    with localcontext() as digits:
        digits.prec = 60
        text = format(Decimal(q.numerator) / q.denominator, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if Fraction(text) == q else f"{q.numerator}/{q.denominator}"
