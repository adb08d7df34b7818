"""Memories that are part of an algorithm's answer, such as the average of averaged descent.

A rule names them (`Rule.outputs`).  Code is right only where it keeps them too: they are
compared like the iterate, and the proof fails where no slot is found that holds them.
"""

from __future__ import annotations

from collections import deque

import mpmath
import numpy as np

from verify.rule import Rule
from verify.systems import Multiprecision

STEPS = 6  # steps after which the slots are told apart


def keepers(bench) -> dict[str, tuple | None]:
    """For each output of the rule the code's slot that comes nearest to it; None where no slot has its size."""
    s = bench.setting
    if not s.rule.outputs:
        return {}
    point = bench.start_point(STEPS, None)
    rows = lambda name: np.array([Multiprecision.number(point[f"{name}{i}"]) for i in range(s.count)]).reshape(s.shape)
    start, gradients = rows("x"), [rows(f"g{k}_") for k in range(1, STEPS + 1)]
    hyper = s.numbers(s.hyper_point(None), Multiprecision.number)
    _, memory = deque(s.rule.walk(gradients, start, s.rule.initial(start * 0, **hyper), **hyper), maxlen=1)[0]
    machine = deque(bench.running(s.hyper_point(None), start.flat, [g.flat for g in gradients]), maxlen=1)[0]
    named = dict(zip(s.rule.memory, memory, strict=True))
    return {name: _nearest(_flat(named[name]), _slots(machine)) for name in s.rule.outputs}


def _nearest(wanted: np.ndarray, held: dict[tuple, np.ndarray]) -> tuple | None:
    gaps = {p: max(map(abs, wanted - h)) for p, h in held.items() if len(h) == len(wanted)}
    return min(gaps, key=lambda path: gaps[path], default=None)


def beside(x, rule: Rule, memory) -> np.ndarray:
    """The rule's iterate with its outputs after it, flat; the iterate itself where there are none."""
    if not rule.outputs:
        return x
    named = dict(zip(rule.memory, memory, strict=True))
    return np.concatenate([_flat(x), *(_flat(named[name]) for name in rule.outputs)])


def kept(machine, found: dict[str, tuple | None]) -> np.ndarray:
    """The code's iterate with what its keepers hold after it, flat; not-a-number for an output that it does not keep."""
    if not found:
        return machine.x
    x, slots = _flat(machine.x), _slots(machine)
    return np.concatenate([x, *(slots.get(p, x * mpmath.nan) for p in found.values())])  # type: ignore[arg-type]


def _slots(machine) -> dict[tuple, np.ndarray]:
    return {path: _flat(slot.terms) for path, slot in machine.slots().items() if slot.kind == "tensor"}


def _flat(x) -> np.ndarray:
    return np.array(x, dtype=object).reshape(-1)
