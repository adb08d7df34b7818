"""Which keyword of the code is which hyperparameter of the rule, where they go by different names.

Adam's paper calls its learning rate alpha, books call beta1 rho1, users write `stabiliser`.
Where the usual words (keywords) do not settle it, the likely pairs are tried on short 50-digit trajectories
at ordinary values, at which no two hyperparameters do the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations, islice, permutations
from math import log10

import mpmath

from verify.conform import keywords
from verify.conform.bench import Bench, Refused
from verify.conform.features import flat
from verify.conform.scenario import Scenario
from verify.conform.setting import USUAL, Setting, gradient_value
from verify.conform.trajectory import DIGITS, iterates
from verify.rule import Rule
from verify.subjects.target import Target

STEPS = 4
FEW, MOST = 24, 120  # assignments that are tried: where the usual words name every hyperparameter, and where not
LIKELY = 2  # of them, that are also tried with each reading of the rule


def match(target: Target, rule: Rule) -> dict[tuple, str]:
    """(keyword, position or None) -> hyperparameter, for the keywords that need it."""
    plain = Setting(target, rule)
    said = {plain.own(*slot) for slot in plain.slots}
    wanted = [h for h in rule.hyperparameters if h not in said and h not in rule.constants]
    free = _free(plain, zeros="weight_decay" in wanted)
    if not wanted or not free or _agrees(Bench(plain), rule):
        return {}
    settled = {name for name, _ in plain.slots.values()} >= set(wanted)
    ways = sorted(_assignments(wanted, free), key=lambda way: _cost(way, wanted, free))[: FEW if settled else MOST]
    for way, read in (*((way, rule) for way in ways), *(() if settled else _read(ways, rule))):
        if _agrees(Bench(Setting(target, rule, names=way)), read):
            return way
    return {} if settled else {slot: h for slot, h in ways[0].items() if _distance(slot, h, free[slot]) < 1}


def unsettled(setting: Setting) -> list[str]:
    """The hyperparameters without a keyword, where the code has numbers that no usual word explains."""
    named = {name for name, _ in setting.slots.values()}
    strange = [n for n in named if n not in setting.known]
    return [h for h in setting.rule.hyperparameters if h not in named | set(setting.rule.constants)] if strange else []


def _own(keyword: str, position) -> str:
    """A keyword's name where nobody has given it another."""
    return keyword if position is None else f"{keyword.removesuffix('s')}{position + 1}"


def _free(plain: Setting, zeros: bool) -> dict[tuple, float]:
    """The code's numbers that have no name in the rule or its readings, by keyword and position."""
    found = {}
    for keyword, value in plain.target.keywords.items():
        for position, member in enumerate(value) if isinstance(value, tuple | list) else [(None, value)]:
            unknown = plain.own(keyword, position) not in plain.known
            if isinstance(member, float) and unknown and (member or zeros):
                found[keyword, position] = member
    return found


def _assignments(wanted: list[str], free: dict) -> Iterator[dict]:
    """Each way to give as many hyperparameters as can be a keyword of their own."""
    size = min(len(wanted), len(free))
    pairs = ((chosen, slots) for chosen in combinations(wanted, size) for slots in permutations(free, size))
    return (dict(zip(slots, chosen, strict=True)) for chosen, slots in islice(pairs, 5000))


def _cost(way: dict, wanted: list[str], free: dict) -> float:
    return sum(_distance(slot, h, free[slot]) for slot, h in way.items()) + 3 * (len(wanted) - len(way))


def _distance(slot: tuple, hyper: str, default: float) -> float:
    """How unlikely the pair is: nothing for a synonym, else orders of magnitude between the defaults."""
    usual = float(USUAL.get(hyper, "0.1"))
    apart = abs(log10(default / usual)) if default > 0 and usual > 0 else 0.5
    known = _own(*slot) in keywords.OTHERS.get(hyper, "").split()
    return min(apart, 5) / 10 if known else 0.9 + min(apart, 5) / 2


def _read(ways: list[dict], rule: Rule) -> Iterator[tuple[dict, Rule]]:
    for way in ways[:LIKELY]:
        for reading in rule.readings:
            yield way, rule.read_as(reading.id)


def _agrees(bench: Bench, rule: Rule) -> bool:
    """Do code and rule take the same few steps at ordinary hyperparameters?"""
    s, chance = bench.setting, random.Random(5)
    row = lambda: tuple(gradient_value(chance) for _ in range(s.count))
    scenario = Scenario("names", s.hyper_point(chance), row(), tuple(row() for _ in range(STEPS)))
    try:
        with mpmath.workdps(DIGITS):
            code = bench.numerically(scenario.hyper, scenario.start, scenario.gradients)
            pairs = list(zip(code, iterates(bench, rule, scenario), strict=True))
            return all(_near(flat(a)[: s.count], flat(b)[: s.count]) for a, b in pairs)
    except (Refused, ArithmeticError, ValueError, KeyError, TypeError):
        return False


def _near(a, b) -> bool:
    return all(abs(p - q) <= mpmath.mpf(10) ** (10 - DIGITS) * (1 + abs(q)) for p, q in zip(a, b, strict=True))
