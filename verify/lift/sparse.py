"""Sparse gradients under a lift: the indices are plain, the entries carry terms.

`nn.Embedding(sparse=True)` gives a gradient that names the rows which it has, in any order and now and
then twice.  Which rows these are is fixed in one lift; what stands in them is symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from verify.lift import elements
from verify.lift.call import Call, numeric, operand, plain, words
from verify.lift.record import UnknownOperation
from verify.lift.tensor import TracedTensor, terms_of, wrap, write
from verify.rule import present

PART = 2  # of a row that is named twice, one entry is less by this and the other is this


@dataclass(frozen=True)
class Pattern:
    """Which elements a gradient has: none of `absent` (flat positions); `twice`: its first row in two entries, at the ends."""

    absent: tuple[int, ...] = ()
    twice: bool = False


class SparseTensor(torch.Tensor):
    """A sparse tensor (COO) whose entries have terms: `entries`, a traced tensor."""

    @staticmethod
    def __new__(cls, found: torch.Tensor, entries: TracedTensor):
        self = torch.Tensor._make_subclass(cls, found.detach())
        self.entries = entries
        return self

    @property
    def places(self) -> torch.Tensor:
        """The indices, a column for each entry."""
        return self._indices()

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in ("__get__", "dim", "size", "numel"):
            with torch._C.DisableTorchFunctionSubclass():
                return func(*args, **(kwargs or {}))
        raise UnknownOperation(getattr(func, "__name__", str(func)), "a sparse tensor of a lift was used outside it")


# Gradients --------------------------------------------------------------------------------------------


def rows_of(cells: np.ndarray) -> list[int]:
    """The rows that a gradient has."""
    return [i for i, row in enumerate(present(cells)) if np.any(row)]


def order(rows: Sequence[int], twice: bool) -> list[int]:
    """The row of each entry."""
    return [*rows, rows[0]] if twice and rows else list(rows)


def parts(cells, rows: Sequence[int], twice: bool):
    """The entries of some rows (an array or a tensor), the first of them in two parts."""
    found = cells[order(rows, twice)]
    if twice and rows:
        found[0], found[-1] = found[0] - PART, found[-1] * 0 + PART
    return found


def laid(g: torch.Tensor, twice: bool = False) -> torch.Tensor:
    """A dense gradient as a sparse one."""
    rows = rows_of(g.numpy())
    return torch.sparse_coo_tensor(
        torch.tensor([order(rows, twice)], dtype=torch.long), parts(g, rows, twice), g.shape, check_invariants=False
    )


def gradient(values: np.ndarray, terms: np.ndarray, twice: bool) -> SparseTensor:
    """A lifted sparse gradient of one dimension of rows, without those whose terms are all zero."""
    rows = rows_of(terms)
    dense = torch.tensor(values, dtype=torch.float64)
    found = parts(dense, rows, twice)
    return _made(
        torch.tensor([order(rows, twice)], dtype=torch.long), wrap(found, parts(terms, rows, twice)), dense.shape
    )


def _made(places: torch.Tensor, entries: TracedTensor, size, coalesced: bool = False) -> SparseTensor:
    values = entries.detach().as_subclass(torch.Tensor)
    return SparseTensor(
        torch.sparse_coo_tensor(places, values, size, is_coalesced=coalesced or None, check_invariants=False), entries
    )


# Calls ------------------------------------------------------------------------------------------------


def handles(call: Call) -> bool:
    """Is there a sparse tensor among the arguments, or does it make one?"""
    return call.name == "sparse_coo_tensor" or any(
        isinstance(a, SparseTensor) for a in (*call.args, *call.kwargs.values())
    )


def handle(call: Call):
    """One call with a sparse tensor; UnknownOperation where it is not in the table."""
    if call.name in _PLAIN:
        return call.raw()
    if rule := _RULES.get(call.name):
        return rule(call)
    raise UnknownOperation(call.name, "with a sparse tensor")


def _attribute(call: Call):
    found = call.raw()
    if isinstance(found, torch.Tensor) and not isinstance(found, SparseTensor):
        raise UnknownOperation("an attribute of a sparse tensor")
    return found


def _coalesce(call: Call) -> SparseTensor:
    """Each place once, in order; entries of one place are added."""
    g = call.subject
    if g.is_coalesced():
        return g
    total, whole = _total(g), call.raw()
    keys = _keys(whole._indices())
    terms = np.empty((len(keys), *g.entries.shape[1:]), dtype=object)
    for i, key in enumerate(keys):
        terms[i] = total[key]
    entries = wrap(whole._values().clone(), terms)
    return _made(whole._indices(), entries, g.shape, coalesced=True)


def _keys(places: torch.Tensor) -> list[tuple[int, ...]]:
    return list(map(tuple, places.t().tolist()))


def _total(g: SparseTensor) -> dict[tuple[int, ...], np.ndarray]:
    """The sum of the entries at each place."""
    found: dict[tuple[int, ...], np.ndarray] = {}
    for key, row in zip(_keys(g.places), numeric(terms_of(g.entries)), strict=True):
        row = elements.array(row)
        found[key] = elements.each(lambda a, b: a + b, found[key], row) if key in found else row
    return found


def _values(call: Call) -> TracedTensor:
    if call.name == "values" and not call.subject.is_coalesced():
        return call.raw()  # which torch refuses
    return call.subject.entries


def _dense_terms(g: SparseTensor) -> np.ndarray:
    cells = elements.array(np.vectorize(lambda _: elements.literal(0), otypes=[object])(np.empty(tuple(g.shape))))
    for key, row in _total(g).items():
        cells[key] = row
    return cells


def _to_dense(call: Call):
    return wrap(call.raw(), _dense_terms(call.subject))


def _added(call: Call):
    """A dense tensor, and a sparse one added to it or taken away."""
    dense, sparse = call.args[:2]
    if isinstance(dense, SparseTensor) or not isinstance(sparse, SparseTensor):
        raise UnknownOperation(call.name, "a sparse tensor is not the one that is added")
    factor = numeric(operand(call.kwargs.get("alpha", 1)))
    factor = -factor if "sub" in call.name else factor
    terms = elements.each(lambda x, g: x + g * factor, numeric(terms_of(dense)), _dense_terms(sparse))
    call.raw()
    if not call.name.endswith("_") or call.name in ("__add__", "__sub__"):
        return wrap(call.raw(), terms)
    write(dense, terms, call.name)
    return dense


def _masked(call: Call) -> SparseTensor:
    """`x.sparse_mask(g)`: what x holds at the places of g."""
    dense, mask = call.args
    if isinstance(dense, SparseTensor):
        raise UnknownOperation(call.name, "of a sparse tensor")
    where = tuple(mask.places)
    found = dense.detach().as_subclass(torch.Tensor)[where].clone()
    terms = terms_of(dense)[tuple(p.numpy() for p in where)]
    return _made(mask.places, wrap(found, terms), mask.shape, coalesced=mask.is_coalesced())


def _factory(call: Call):
    """`torch.sparse_coo_tensor(places, entries, size)`, or `g.new` with these."""
    given = call.args[1:] if call.name == "new" else call.args
    named = dict(zip(("indices", "values", "size"), given, strict=False)) | call.kwargs
    places, entries = named.get("indices"), named.get("values")
    if not isinstance(entries, torch.Tensor) or not isinstance(places, torch.Tensor) or "size" not in named:
        raise UnknownOperation(call.name, "it is lifted with tensors of places and entries, and a size")
    plainly = places.detach().as_subclass(torch.Tensor)
    held = entries if isinstance(entries, TracedTensor) else wrap(entries, terms_of(entries))
    return _made(plainly, held, torch.Size(plain(tuple(named["size"]))), coalesced=bool(named.get("is_coalesced")))


def _scaled(call: Call) -> SparseTensor:
    """Minus a sparse tensor, or one times a number: entry by entry."""
    g, *factor = call.args if isinstance(call.args[0], SparseTensor) else call.args[::-1]
    if any(isinstance(f, torch.Tensor) and f.dim() for f in factor) or not isinstance(g, SparseTensor):
        raise UnknownOperation(call.name, "of a sparse tensor with another tensor")
    entries = g.entries.detach().as_subclass(torch.Tensor)
    by = plain(factor[0]) if factor else -1
    by = by.detach().as_subclass(torch.Tensor) if isinstance(by, torch.Tensor) else by
    term = numeric(operand(factor[0])) if factor else -1
    term = term[()] if isinstance(term, np.ndarray) else term
    divides = "div" in call.name
    terms = elements.each(lambda x: x / term if divides else x * term, numeric(terms_of(g.entries)))
    return _made(g.places, wrap(entries / by if divides else entries * by, terms), g.shape, g.is_coalesced())


def _copy(call: Call) -> SparseTensor:
    g = call.subject
    return _made(
        g.places.clone(),
        wrap(g.entries.clone().as_subclass(torch.Tensor), terms_of(g.entries)),
        g.shape,
        g.is_coalesced(),
    )


_PLAIN = words(
    """size dim ndimension numel nelement is_floating_point is_complex is_coalesced sparse_dim dense_dim _nnz
    _dimI _dimV is_same_size __len__ __hash__ element_size get_device result_type"""
)
_RULES = (
    {"__get__": _attribute, "coalesce": _coalesce, "sparse_mask": _masked, "new": _factory}
    | {"sparse_coo_tensor": _factory, "to_dense": _to_dense}
    | dict.fromkeys(("_values", "values"), _values)
    | dict.fromkeys(("_indices", "indices"), Call.raw)
    | dict.fromkeys(("add_", "sub_", "__iadd__", "__isub__", "add", "sub", "__add__", "__sub__"), _added)
    | dict.fromkeys(("neg", "__neg__", "mul", "div", "__mul__", "__rmul__", "__truediv__"), _scaled)
    | dict.fromkeys(("clone", "detach"), _copy)
)
