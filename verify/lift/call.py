"""One call of a torch function under a lift, as its handler sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from verify.lift import elements
from verify.lift.record import literal
from verify.lift.tensor import terms_of
from verify.lift.trace import Traced, TracedBool, value_of


def words(text: str) -> frozenset[str]:
    """A set of names, written as one text."""
    return frozenset(text.split())


@dataclass
class Call:
    """A torch function by name, with its arguments.

    Handlers run inside `quiet()`, so calling a torch function here is torch itself.
    """

    name: str
    func: Any
    args: tuple
    kwargs: dict

    def raw(self, *args):
        """torch's own answer, for these arguments or (where none are given) the call's own."""
        return self.func(*plain(args or self.args), **plain(self.kwargs))

    @property
    def subject(self):
        """The tensor that a method is called on."""
        return self.args[0] if self.args else self.kwargs.get("input", self.kwargs.get("tensor"))


def plain(x):
    """Arguments without terms; tensors stay the same objects, so that in-place writes arrive."""
    if isinstance(x, list | tuple) and not isinstance(x, torch.Size):
        return type(x)(*map(plain, x)) if hasattr(x, "_fields") else type(x)(map(plain, x))
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return value_of(x) if isinstance(x, Traced) else x


def operand(x):
    """An argument as a rule gets it: tensors are arrays, literals with a fraction are elements.

    Integers stay Python's, since they may be dimensions; rules compute with them exactly.
    """
    if isinstance(x, torch.Tensor):
        return terms_of(x)
    if isinstance(x, TracedBool):
        return elements.number(x.term)
    if isinstance(x, Traced):
        return x.term
    if isinstance(x, float | np.floating):
        return literal(x)
    if isinstance(x, list | tuple):
        return type(x)(map(operand, x))
    return x


def numeric(x):
    """An operand of arithmetic: conditions are 0 or 1, truth values of Python integers."""
    if isinstance(x, np.ndarray):
        return elements.each(elements.number, x)
    return elements.number(x) if elements.is_condition(x) and not isinstance(x, bool) else x
