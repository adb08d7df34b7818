"""Two remarks that never change a verdict: bad hyperparameters that are taken, and defaults that are not the paper's."""

from __future__ import annotations

import inspect
from fractions import Fraction

import torch

from verify.measure.execute import LOUD
from verify.measure.plainly import plainly
from verify.rule import Rule
from verify.subjects.build import is_number
from verify.subjects.target import Target

_NEGATIVE = ("lr", "eps", "weight_decay", "momentum")
_WEIGHTS = ("betas", "beta1", "beta2")  # at 1 an average is none


def notes(target: Target, rule: Rule | None = None) -> tuple[str, ...]:
    """What a reader of the certificate may want to know about the constructor."""
    with plainly():
        taken = dict.fromkeys(says for says, own in _bad(target) if _takes(target, own))
    refusals = [f"bad hyperparameters are not refused: {', '.join(taken)}"] if taken else []
    return (*refusals, *_defaults(target, rule))


def _bad(target: Target) -> list[tuple[str, dict]]:
    """Keywords with values that no algorithm has a meaning for, and how they are called."""
    known = {} if target.factory else {k: v for k, v in target.keywords.items() if is_number(v)}
    negative = [(f"{k} < 0", {k: -1.0}) for k in _NEGATIVE if k in known and not isinstance(known[k], tuple | list)]
    return negative + [(f"{k} = 1", {k: v}) for k in _WEIGHTS if k in known for v in _beyond(known[k])]


def _beyond(value) -> list:
    if not isinstance(value, tuple | list):
        return [1.0]
    return [type(value)(1.0 if i == j else v for j, v in enumerate(value)) for i in range(len(value))]


def _takes(target: Target, own: dict) -> bool:
    parameter = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64))
    try:
        target.make([parameter], **target.keywords | own)
    except LOUD:
        return False
    return True


def _defaults(target: Target, rule: Rule | None) -> list[str]:
    """Where the class's own default differs from the constant that the paper fixes."""
    if rule is None or target.factory:
        return []
    own = {n: p.default for n, p in inspect.signature(target.make).parameters.items() if is_number(p.default)}
    paper = {n: Fraction(q) for n, q in rule.constants.items() if n in own and not isinstance(own[n], tuple | list)}
    return [
        f"the default of {n} is {own[n]}, the paper's is {float(q):g}" for n, q in paper.items() if float(q) != own[n]
    ]
