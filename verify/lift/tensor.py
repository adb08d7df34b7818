"""Torch tensors whose storage has a shadow: one term for every stored element.

A view shares its base's storage, so it shares the shadow too: `terms` reads it through the
tensor's own offset and strides.  Whatever torch decides about views (`.data`, `reshape`,
`expand`, `T`, ...) holds for the terms, and a write through any alias is seen by all.
"""

from __future__ import annotations

import numpy as np
import torch

from verify.lift import elements
from verify.lift.record import UnknownOperation, brief
from verify.lift.storage import rounded, whole
from verify.lift.trace import Traced

BITS = {torch.float32: 24, torch.bfloat16: 8, torch.float16: 11}
_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
quiet = torch._C.DisableTorchFunctionSubclass  # torch itself, without our dispatch


class TracedTensor(torch.Tensor):
    """A tensor with the shadow of its storage in `cells`, a flat object array."""

    @staticmethod
    def __new__(cls, values: torch.Tensor, cells: np.ndarray, requires_grad: bool = False):
        with quiet():
            self = torch.Tensor._make_subclass(cls, values.detach(), requires_grad)
            self.cells = cells
        return self

    @property
    def terms(self) -> np.ndarray:
        """The terms, shaped like the tensor; a view into the shadow of the storage."""
        with quiet():
            return strided(self.cells, self)

    @property
    def numbers(self) -> np.ndarray:
        """The values, as a fresh NumPy array of float64 (or of bool)."""
        with quiet():
            values = self.detach().as_subclass(torch.Tensor)
            return (values if values.dtype == torch.bool else values.to(torch.float64)).numpy().copy()

    def __repr__(self, *, tensor_contents=None):
        return f"TracedTensor({elements.each(brief, self.terms).tolist()})"

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        name = getattr(func, "__name__", str(func))
        if name in ("__get__", "dim", "size", "numel"):
            with quiet():
                return func(*args, **(kwargs or {}))
        raise UnknownOperation(name, "a tensor of a lift was used outside it")


def strided(cells: np.ndarray, tensor: torch.Tensor) -> np.ndarray:
    """The elements of a storage's shadow that belong to a tensor."""
    start = tensor.storage_offset()
    if tensor.is_contiguous():
        return cells[start : start + tensor.numel()].reshape(tuple(tensor.shape))
    strides = tuple(cells.itemsize * s for s in tensor.stride())
    return np.lib.stride_tricks.as_strided(cells[start:], tuple(tensor.shape), strides)


def shadow(tensor: torch.Tensor) -> np.ndarray:
    """An empty shadow for a tensor's storage."""
    return np.empty(tensor.untyped_storage().nbytes() // tensor.element_size(), dtype=object)


def wrap(values: torch.Tensor, terms, requires_grad: bool = False) -> TracedTensor:
    """A traced tensor of values and terms; terms are settled in the tensor's type."""
    tensor = TracedTensor(values, shadow(values), requires_grad)
    strided(tensor.cells, tensor)[...] = settle(
        np.broadcast_to(elements.array(terms), tuple(values.shape)), values.dtype
    )
    return tensor


def alias(values: torch.Tensor, base: TracedTensor) -> TracedTensor:
    """A traced tensor on a storage that has a shadow already."""
    if values.element_size() * len(base.cells) != values.untyped_storage().nbytes():
        raise UnknownOperation("view as another type", "the elements of the storage are taken apart")
    return TracedTensor(values, base.cells)


def shares(values: torch.Tensor, base) -> bool:
    """Is one storage behind both tensors?"""
    return isinstance(base, TracedTensor) and values.untyped_storage()._cdata == base.untyped_storage()._cdata


def terms_of(tensor: torch.Tensor) -> np.ndarray:
    """The terms of a tensor; the values of a plain one are literals."""
    if isinstance(tensor, TracedTensor):
        return strided(tensor.cells, tensor)
    return elements.constants(
        tensor.detach().cpu().to(torch.float64 if tensor.is_floating_point() else tensor.dtype).numpy()
    )


def write(tensor: torch.Tensor, terms, name: str) -> None:
    """Store terms in place; a plain tensor has no shadow, so only literals may go there."""
    terms = settle(elements.array(terms), tensor.dtype)
    if isinstance(tensor, TracedTensor):
        strided(tensor.cells, tensor)[...] = np.broadcast_to(terms, tuple(tensor.shape)).copy()
    elif not all(map(elements.is_constant, terms.flat)):
        raise UnknownOperation(
            name, "a traced value is written into a tensor that was made outside the lift and carries no terms"
        )


def settle(terms: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """Terms as the type stores them: conditions, integers, or reals rounded where it is narrow."""
    rule = _keeper(dtype)
    return elements.each(lambda x: x if elements.is_unset(x) else rule(x), terms)


def _keeper(dtype: torch.dtype):
    """What a type does to an element that is stored in it."""
    if dtype == torch.float64:
        return elements.number
    if dtype in BITS:
        return lambda x: rounded(x, BITS[dtype])
    if dtype == torch.bool:
        return elements.condition
    if dtype in _WHOLE:
        kind = torch.iinfo(dtype)
        return lambda x: whole(x, kind.bits, kind.min < 0)
    raise UnknownOperation(str(dtype), "numbers of this type are not lifted")


def is_traced(x) -> bool:
    """Does an argument carry terms, itself or in its lists?"""
    if isinstance(x, list | tuple):
        return any(map(is_traced, x))
    if isinstance(x, dict):
        return any(map(is_traced, x.values()))
    return isinstance(x, Traced | TracedTensor)


def has_tensor(x) -> bool:
    """Is an argument a tensor, itself or in its lists?"""
    if isinstance(x, list | tuple):
        return any(map(has_tensor, x))
    return isinstance(x, torch.Tensor)
