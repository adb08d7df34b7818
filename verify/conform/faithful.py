"""Is what a lift shows also what the real class does?

Code may hand its work to something that the lifter does not see.  So where a lifted trajectory leaves the
rule, the real class takes the same steps in float64: if it stays within the rule's rounding, and the lifted
one does not, the lift was not of that code, and nothing may be concluded from it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from verify.conform.trajectory import Difference, replay
from verify.fold import Undecided
from verify.measure.enclosed import Enclosed, enclosed
from verify.measure.execute import LOUD
from verify.rule import Rule


def contradicted(difference: Difference, rule: Rule) -> bool:
    """Does the real class stay with the rule in float64, at the input at which the lifted code leaves it?"""
    if difference.output:
        return False  # the iterate alone is run again
    try:
        held = _element(difference, rule)
        real = float(replay(difference.bench, difference.scenario, difference.step)[difference.element])
    except (*LOUD, Undecided):
        return False
    inside = lambda number: bool(abs(number - float(held.value)) <= float(held.radius))
    return inside(real) and not inside(float(difference.code))


def _element(difference: Difference, rule: Rule) -> Enclosed:
    """The rule's number there, in a ball that grows by each rounding."""
    setting, scenario = difference.bench.setting, difference.scenario
    whole = lambda row: Enclosed(np.array([float(q) for q in row]).reshape(setting.shape), np.zeros(setting.shape))
    number = lambda q: enclosed(Fraction(q))
    x = whole(scenario.start)
    memory = rule.initial(x * 0, **setting.numbers(scenario.hyper, number, rule))
    for k in range(1, difference.step + 1):
        now = scenario.hyper | {name: value for step, name, value in scenario.changes if step <= k}
        hyper = setting.numbers(now, number, rule)
        x, memory = rule.advance(x, whole(scenario.gradients[k - 1]), memory, k, **hyper)
    return x.reshape(-1)[difference.element]
