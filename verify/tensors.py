"""torch tensors as a number system; a file of its own, so that nothing else needs torch (see verify/systems.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def doubles() -> Iterator[None]:
    """New tensors are float64 where code names no type, as Python's numbers are."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


class Tensors:
    """torch tensors, elementwise; naturals are 0-d tensors."""

    rank = 3
    symbolic = staticmethod(lambda x: False)
    below = staticmethod(lambda a, b: a < b)
    sqrt = staticmethod(torch.sqrt)
    sign = staticmethod(torch.sign)
    exp = staticmethod(torch.exp)
    log = staticmethod(torch.log)
    gamma = staticmethod(lambda x: torch.exp(torch.lgamma(x)))
    pi = staticmethod(lambda like: Tensors.number(torch.pi, like))
    dot = staticmethod(lambda a, b: (a * b).sum())
    maximum = staticmethod(lambda a, b: torch.maximum(*Tensors._both(a, b)))
    minimum = staticmethod(lambda a, b: torch.minimum(*Tensors._both(a, b)))
    size = staticmethod(lambda a: Tensors.number(a.numel(), a))

    @staticmethod
    def where(condition, a, b):
        return torch.where(condition, *Tensors._both(a, b))

    @staticmethod
    def _both(a, b):
        like = a if isinstance(a, torch.Tensor) else b
        return [v if isinstance(v, torch.Tensor) else Tensors.number(v, like) for v in (a, b)]

    @staticmethod
    def number(value, like):
        return torch.tensor(float(value), dtype=like.dtype, device=like.device)
