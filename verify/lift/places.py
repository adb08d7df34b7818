"""What torch's writes at chosen places do to terms: scatter, index_copy, index_add, tril_, pad, ...

As in verify/lift/shapes.py the same torch call is run on the positions of the elements, so
that no rule of torch about indices is written down a second time.  Where values are added,
torch says which element each of them goes to, and the sum is ours.
"""

from __future__ import annotations

import numpy as np
import torch

from verify.lift import elements
from verify.lift.call import Call, operand, plain, words
from verify.lift.record import UnknownOperation, literal
from verify.lift.shapes import positions, settled, stacked
from verify.lift.tensor import settle, terms_of, wrap, write

# name -> how many arguments after the tensor choose the place; what follows them is stored there
PLACED = {
    "index_copy": 2, "index_fill": 2, "scatter": 2, "masked_scatter": 1, "index_put": 1, "put": 1, "slice_scatter": 0,
    "select_scatter": 0, "diagonal_scatter": 0, "as_strided_scatter": 0, "fill_diagonal": 0,
}  # fmt: skip
_STORED = words("source src value values fill_value tensor")
ADDED = words("index_add scatter_add")


def place(call: Call):
    """Other content at some places; the rest stays."""
    base = call.name.removesuffix("_")
    if call.kwargs.get("accumulate") or (base in ("index_put", "put") and len(call.args) > 3 and call.args[3]):
        return _accumulated(call)
    if "reduce" in call.kwargs or (base == "scatter" and len(call.args) > 4):
        raise UnknownOperation(call.name, "only plain stores are lifted, not reduce=")
    before = 1 + PLACED[base]
    pool: list = [literal(0)]
    target = positions(call.subject, pool)
    stored = lambda x: _stored(x, pool, call.subject.dtype)
    args = [settled(a) for a in call.args[1:before]]
    args += [stored(a) if i == 0 else settled(a) for i, a in enumerate(call.args[before:])]
    kwargs = {k: stored(v) if k in _STORED else settled(v) for k, v in call.kwargs.items() if k != "input"}
    found = call.func(target, *plain(tuple(args)), **plain(kwargs))
    return finish(call, stacked(pool)[found.numpy()])


def _stored(x, pool: list, dtype: torch.dtype):
    """What is stored, as positions in the pool; its content as the target's type keeps it."""
    if isinstance(x, torch.Tensor):
        start = len(pool)
        pool.extend(settle(terms_of(x), dtype).flat)
        return torch.arange(start, len(pool)).reshape(tuple(x.shape))
    pool.append(settle(elements.array(operand(x) if not isinstance(x, int) else literal(x)), dtype)[()])
    return len(pool) - 1


def finish(call: Call, terms: np.ndarray):
    """Store the terms in the tensor of an in-place call, or make the result of another."""
    if not call.name.endswith("_"):
        return wrap(call.raw(), terms)
    result = call.raw()
    write(call.subject, terms, call.name)
    return result


def _accumulated(call: Call):
    """index_put(..., accumulate=True)."""
    if not call.name.startswith("index_put"):
        raise UnknownOperation(call.name, "accumulate=True is lifted for index_put alone")
    indices = tuple(map(settled, call.args[1]))
    values = call.args[2] if len(call.args) > 2 else call.kwargs["values"]
    places = _places(call.subject)[indices]
    return _add(call, places, np.broadcast_to(terms_of(values), tuple(places.shape)))


def add(call: Call):
    """index_add and scatter_add: torch says where each element of the source goes."""
    named = dict(zip(("dim", "index", "source"), call.args[1:], strict=False)) | call.kwargs
    dim, index, source = named["dim"], settled(named["index"]), named.get("source", named.get("src"))
    if call.name.startswith("index_add"):
        places = _places(call.subject).index_select(dim, index)
        factor = operand(named.get("alpha", 1))
        return _add(call, places, elements.each(lambda x: x * factor, terms_of(source)))
    places = _places(call.subject).gather(dim, index)
    return _add(call, places, terms_of(source)[tuple(slice(n) for n in index.shape)])


def _places(tensor: torch.Tensor) -> torch.Tensor:
    return torch.arange(tensor.numel()).reshape(tuple(tensor.shape))


def _add(call: Call, places: torch.Tensor, terms: np.ndarray):
    result = elements.each(elements.number, terms_of(call.subject)).reshape(-1).copy()
    for i, term in zip(places.reshape(-1).tolist(), terms.reshape(-1), strict=True):
        result[i] = result[i] + elements.number(term)
    return finish(call, result.reshape(tuple(call.subject.shape)))


def triangle(call: Call):
    """tril_ and triu_: what is outside becomes 0."""
    pool: list = [literal(0)]
    found = call.func(positions(call.subject, pool), *call.args[1:], **call.kwargs)
    return finish(call, stacked(pool)[found.numpy()])


def pad(call: Call):
    """Constant padding; the value is one more element of the pool."""
    named = dict(zip(("input", "pad", "mode", "value"), call.args, strict=False)) | call.kwargs
    if call.name == "constant_pad_nd":
        named = dict(zip(("input", "pad", "value"), call.args, strict=False)) | call.kwargs
    if named.get("mode", "constant") != "constant":
        raise UnknownOperation(f"pad(mode={named['mode']!r})", "only constant padding is lifted")
    pool: list = [literal(0)]
    moved = positions(named["input"], pool)
    value = named.get("value")
    where = 0 if value is None else _stored(value, pool, named["input"].dtype)
    found = torch.constant_pad_nd(moved, list(named["pad"]), where)
    return wrap(call.raw(), stacked(pool)[found.numpy()])


HANDLERS = (
    {n: place for base in PLACED for n in (base, base + "_") if hasattr(torch.Tensor, n)}
    | {n: add for base in ADDED for n in (base, base + "_")}
    | {"tril_": triangle, "triu_": triangle, "pad": pad, "constant_pad_nd": pad}
)
