"""What a real optimizer is run on beside its rule: shapes, starts, gradients and hyperparameters."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from verify.measure.scenarios import LIVES, SHAPES, TURNS, lives
from verify.rule import Rule

WIDE = 4500  # elements of one tensor: more than a page of 4096, and a ragged tail
TALL = ((4, 1), (2, 2), (3, 2), (5, 1), (9, 2))  # matrices; the ratio of their sides is a whole number and is not
LONGEST, LONG, SHORT = 1100, 300, 40
NEAR_ONE = Fraction(9999, 10000)
REST = 3  # steps


@dataclass(frozen=True)
class Plan:
    """Tensors side by side, their starts and gradients flat, and the hyperparameters."""

    shapes: tuple[tuple[int, ...], ...]
    laid: bool
    starts: np.ndarray
    gradients: np.ndarray
    names: tuple[str, ...]
    hyper: dict[str, Fraction]

    def cuts(self) -> list[tuple[tuple[int, ...], slice]]:
        ends = np.cumsum([prod(s) for s in self.shapes])
        return [(s, slice(int(e) - prod(s), int(e))) for s, e in zip(self.shapes, ends, strict=True)]


def plans(setting, rule: Rule) -> Iterator[Plan]:
    """From short to long; the ones with unusual hyperparameters last."""
    usual, luck = setting.hyper_point(None), random.Random(0)
    if rule.elementwise:
        yield _elementwise(tuple(s for s in SHAPES if s or not rule.sparse), True, LONG, usual)
        yield _elementwise(((WIDE,),), False, 3, usual)
        yield _elementwise(((3 * len(LIVES),),), False, LONGEST, usual)
        few = ((2 * len(LIVES),),)
        yield _at_rest((4,), usual)
        yield _elementwise(few, False, SHORT, setting.hyper_point(luck))
        yield from (_elementwise(few, False, SHORT, hyper, True) for hyper in _extreme(setting, rule, usual))
    else:
        for hyper in (usual, setting.hyper_point(luck)):
            yield from (_whole((shape,), shape != (3, 2), SHORT, hyper, 3 * i) for i, shape in _fitting(rule, SHAPES))
        yield _whole(tuple(s for _, s in _fitting(rule, ((5,), (2, 3), (2, 2, 2)))), False, SHORT, usual, 0)
        yield from (_at_rest(shape, usual) for _, shape in _fitting(rule, ((4,), (2, 3))))
        yield _whole(((2, 2),), False, LONGEST, usual, 0)
        yield from (_whole((s,), False, 3, usual, 0) for _, s in _fitting(rule, ((WIDE,),))[:1] if len(s) == 1)


def _fitting(rule: Rule, shapes) -> list[tuple[int, tuple[int, ...]]]:
    """Shapes, numbered, that the rule is for: one of matrices alone says so by the shapes that it names."""
    matrices = bool(rule.shapes) and {len(s) for s in rule.shapes} == {2}
    return [(i, s) for i, s in enumerate((*shapes, *TALL) if matrices else shapes) if len(s) == 2 or not matrices]


def _extreme(setting, rule: Rule, usual: dict) -> list[dict]:
    """Weights at the ends of what they may be, in turn.

    0 is left to the rule itself: a reading may fail there, and then the certificate says so.
    """
    weights = [n for n, d in setting.domains.items() if d.high == 1]
    ends = lambda n: (Fraction(0) if setting.domains[n].contains(0) and not rule.chosen else 1 - NEAR_ONE, NEAR_ONE)
    turns = [{n: ends(n)[(i + k) % 2] for i, n in enumerate(weights)} for k in (0, 1)]
    return [usual | turn for turn in turns] if weights else []


def _elementwise(shapes, laid: bool, steps: int, hyper: dict, forgets: bool = False) -> Plan:
    """Every element lives another life."""
    count = sum(map(prod, shapes))
    starts, gradients = lives(count, steps)
    names = [LIVES[i % len(LIVES)] for i in range(count)]
    if forgets:  # v + 1 (g - v) is g, and nothing of it is left where v was huge: a fair way to write a memory
        unfair = [i for i, name in enumerate(names) if name == TURNS]
        gradients[:, unfair] = gradients[:, [0] * len(unfair)]
        names = [LIVES[0] if name == TURNS else name for name in names]
    return Plan(shapes, laid, starts, gradients, tuple(names), hyper)


def _whole(shapes, laid: bool, steps: int, hyper: dict, first: int) -> Plan:
    """Every tensor lives one life, its elements with sizes of their own."""
    parts, names = [], []
    for i, shape in enumerate(shapes):
        _, gradients = lives(len(LIVES), steps)
        which, size = (first + i) % len(LIVES), np.linspace(1.0, 2.0, max(1, prod(shape)))
        names += [LIVES[which]] * prod(shape)
        parts.append((0.5 + size[::-1], gradients[:, which : which + 1] * size * (-1.0) ** np.arange(len(size))))
    return Plan(
        shapes,
        laid,
        np.concatenate([p[0] for p in parts]),
        np.concatenate([p[1] for p in parts], axis=1),
        tuple(names),
        hyper,
    )


def _at_rest(shape: tuple[int, ...], hyper: dict) -> Plan:
    """Parameters that begin at zero and have no gradient to speak of: where code divides by a norm, it is 0 / 0."""
    _, gradients = lives(len(LIVES), REST + 6)
    gradients = gradients[:, :1] * np.linspace(1.0, 2.0, prod(shape))
    gradients[:REST] = 0
    names = ("at rest at first",) * prod(shape)
    return Plan((shape,), False, np.zeros(prod(shape)), gradients, names, hyper)
