"""Under which circumstances code and rule part: what is said where no single edit of the rule gives the code.

Trajectories say it, not the text: a difference that goes with eps is one of eps; one that goes with the weight decay
is one of the decay; one of the first step alone is one of how memories start; a memory of the rule that the code does
not keep is refreshed in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import mpmath
import numpy as np

from verify.conform.bench import Run
from verify.conform.memory_map import MemoryMap, flat, has_data
from verify.conform.scenario import fitted, scenarios
from verify.conform.trajectory import DIGITS, SAME, Difference, Track, gradient_at, iterates, rule_inputs
from verify.exact import Exact, walk
from verify.mutate import anatomy
from verify.mutation.anatomy import names
from verify.rule import Rule

NEXT_TO_NOTHING = Fraction(1, 10**150)  # an eps that no number of 50 digits sees
HARDLY = mpmath.mpf(1) / 1000
FEW = 6  # steps of the scenarios in which they must be one
ENOUGH = 4  # steps of which the first alone must differ
CHOICES = {"min": "minimum", "max": "maximum", "where": "where"}

Found = tuple[str, str]  # the kind, and a sentence


def cause(rule: Rule, difference: Difference, run: Run, mapped: Callable[[], MemoryMap]) -> Found | None:
    """The kind of an unknown fault and the observation that it rests on; None where nothing tells it."""
    with mpmath.workdps(DIGITS):
        return (
            _of_one(rule, difference, "eps", NEXT_TO_NOTHING, "epsilon-placement")
            or _of_one(rule, difference, "weight_decay", Fraction(0), "decay-coupling")
            or _of_first_step(rule, difference)
            or _of_choice(rule, run)
            or _of_memory(rule, mapped())
            or _of_inner_product(rule)
        )


def _of_one(rule: Rule, difference: Difference, name: str, least: Fraction, kind: str) -> Found | None:
    """A difference that is gone where a hyperparameter is next to nothing."""
    scenario = difference.scenario
    if not scenario.hyper.get(name) or scenario.changes:
        return None
    track = Track(difference.bench, replace(scenario, hyper=scenario.hyper | {name: least}))
    found = list(track.differences(rule))
    if len(found) < difference.step or any(found) or _rests(rule, track, difference):
        return None
    if any(_leaves(rule, difference.bench, s, {name: least}) for s in scenarios(difference.bench, FEW)):
        return None
    return kind, f"{name} enters in another way: with {name} next to nothing code and rule are one"


def _leaves(rule: Rule, bench, scenario, own: dict) -> bool:
    """Do code and rule part in another scenario too, at this value?"""
    other = fitted(replace(scenario, hyper=scenario.hyper | own), bench.setting.count)
    return any(Track(bench, other).differences(rule))


def _rests(rule: Rule, track: Track, difference: Difference) -> bool:
    """Does the rule hardly move without the hyperparameter?  Then that code and rule agree there says nothing."""
    step = lambda t: _moves(t, rule, difference.step)
    return step(track) < HARDLY * step(Track(difference.bench, difference.scenario))


def _moves(track: Track, rule: Rule, step: int) -> mpmath.mpf:
    """How far a rule has come after so many steps."""
    path = list(islice(iterates(track.bench, rule, track.scenario), step))
    first, *_ = rule_inputs(track.bench, rule, track.scenario)
    return max((abs(b - a) for a, b in zip(flat(first), flat(path[-1]), strict=False)), default=mpmath.mpf(0))


def _of_first_step(rule: Rule, difference: Difference) -> Found | None:
    """A first step of its own: from the iterate after it on, the code goes on as the rule does."""
    if difference.step > 1 or rule.outputs:
        return None
    apart = _apart(rule, Track(difference.bench, difference.scenario))
    if len(apart) < ENOUGH or any(apart[1:]) or not apart[0]:
        return None
    return "state-initialisation", "the first step alone is another: from there on the code goes on as the rule does"


def _apart(rule: Rule, track: Track) -> list[bool]:
    """For each step, whether code and rule part when both start it from the code's iterate."""
    bench, scenario, found = track.bench, track.scenario, []
    x, memory, hyper = rule_inputs(bench, rule, scenario)
    try:
        for k, mine in enumerate(track, start=1):
            x, memory = rule.advance(x, gradient_at(bench, scenario, k), memory, k, **hyper(k))
            pairs = zip(flat(x), flat(mine), strict=True)
            found.append(any(not abs(a - b) <= SAME * (1 + abs(a)) for a, b in pairs))
            x = np.asarray(mine).reshape(bench.setting.shape)
    except ZeroDivisionError:
        return found
    return found


def _of_choice(rule: Rule, run: Run) -> Found | None:
    """Code that compares numbers without data, where the rule compares nothing."""
    if names(anatomy(rule).tree) & set(CHOICES.values()):
        return None
    last = run.snapshots[-1]
    terms = [*flat(last.x), *(e for slot in last.slots.values() for e in flat(slot.terms))]
    chosen = (n for n in walk(*(t for t in terms if isinstance(t, Exact))) if n.op in CHOICES and not has_data(n))
    found = next(chosen, None)
    return (
        ("threshold", f"the code computes with {found!r}, and the rule compares nothing") if found is not None else None
    )


def _of_memory(rule: Rule, mapped: MemoryMap) -> Found | None:
    """A memory of the rule that nothing in the code's memory is made of."""
    known = " ".join(e.text for e in mapped.entries)
    lost = [m for m in rule.memory if not re.search(rf"\b{re.escape(m)}\b", known)]
    lost = [m for m in lost if m in anatomy(rule).data or mapped.unknown]
    if not lost:
        return None
    kind = anatomy(rule).kind_of_memory(lost[0])
    return kind, f"the code does not keep the rule's {lost[0]}: its memory is refreshed in another way"


def _of_inner_product(rule: Rule) -> Found | None:
    """Where all memories are the rule's, what is left of a rule that mixes elements is its norms and projections."""
    kind = None if rule.elementwise else anatomy(rule).mixes()
    if kind is None:
        return None
    return kind, "all memories are the rule's; what is made of them by inner products is not"


__all__ = ["cause"]
