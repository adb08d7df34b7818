"""What torch's views, copies, indexing and factories do to terms.

None of these computes.  A result on the same storage shares the shadow; a copy is found by
running the same torch call on the positions 1, 2, 3, ... of the elements (0 is a zero that
torch fills in), so that no rule of torch about shapes is written down a second time.
"""

from __future__ import annotations

import numpy as np
import torch

from verify.exact import Exact
from verify.lift import elements
from verify.lift.call import Call, plain, words
from verify.lift.record import UnknownOperation, brief, current, literal, place
from verify.lift.tensor import TracedTensor, alias, is_traced, settle, shares, strided, terms_of, wrap
from verify.lift.trace import TracedBool, term_of

MOVES = words(
    """__getitem__ as_strided atleast_1d atleast_2d block_diag broadcast_tensors broadcast_to cat chunk column_stack
    concat concatenate contiguous detach diag diag_embed diagonal dsplit expand expand_as flatten flip fliplr flipud
    gather hsplit hstack index_select masked_select movedim moveaxis narrow permute ravel repeat repeat_interleave
    adjoint alias_copy as_strided_copy atleast_3d cartesian_prod channel_shuffle combinations conj conj_physical
    detach_copy diagflat diagonal_copy dstack expand_copy meshgrid narrow_copy permute_copy pixel_shuffle
    pixel_unshuffle real reshape reshape_as resolve_conj resolve_neg roll row_stack select_copy slice_copy split_copy
    split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy unfold_copy unsafe_split_with_sizes
    unsqueeze_copy view_copy rot90 select squeeze split split_with_sizes stack swapaxes swapdims t take
    take_along_dim tensor_split tile transpose tril triu unbind unflatten unfold unsafe_chunk unsafe_split unsqueeze
    view view_as vsplit vstack"""
)
CASTS = words("bfloat16 bool byte char clone cpu double float half int long short to type type_as __deepcopy__")
LIKE = words("zeros_like ones_like full_like empty_like new_zeros new_ones new_full new_empty new_empty_strided")
FACTORIES = words(
    """zeros ones full empty empty_strided eye arange linspace scalar_tensor tensor as_tensor asarray new_tensor"""
)
RANDOM = words(
    """rand randn randint randperm rand_like randn_like randint_like bernoulli normal multinomial poisson uniform_
    normal_ bernoulli_ exponential_ random_ log_normal_ cauchy_ geometric_ dropout"""
)


_PICKS = words("__getitem__ gather index_select masked_select take take_along_dim")  # these have index tensors
_MANY = words(
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors cartesian_prod meshgrid"
)  # these take any number of tensors


def move(call: Call):
    """A view or a copy of elements, in whatever shape torch gives."""
    if call.name in _PICKS:
        call.args = call.args[:1] + tuple(map(settled, call.args[1:]))
    result = call.raw()
    results = result if isinstance(result, list | tuple) else [result]
    bases = [base for r in results for base in [t for t in _tensors(call.args) if shares(r, t)][:1]]
    if len(bases) == len(results):
        moved = [alias(r, base) for r, base in zip(results, bases, strict=True)]
    else:
        moved = _gathered(call, results)
    return type(result)(moved) if isinstance(result, list | tuple) else moved[0]


def _tensors(args):
    """The tensors among arguments and their lists."""
    for x in args:
        if isinstance(x, list | tuple):
            yield from _tensors(x)
        elif isinstance(x, torch.Tensor):
            yield x


def settled(index):
    """An index whose conditions are asked: which elements it picks must not depend on symbols."""
    if isinstance(index, tuple | list):
        return type(index)(map(settled, index))
    if isinstance(index, TracedTensor):
        for term, value in zip(terms_of(index).flat, index.reshape(-1).tolist(), strict=True):
            _pin(term, value)
        return index.detach().as_subclass(torch.Tensor)
    return index


def _pin(term, value) -> None:
    if elements.is_condition(term):
        current().ask(term, bool(value))
    elif isinstance(term, Exact) and not elements.is_constant(term):
        raise UnknownOperation("index", f"the position `{brief(term)}` depends on symbols")


def _gathered(call: Call, results) -> list:
    """The results as copies, their terms found by moving positions."""
    pool: list = [literal(0)]
    many = len(call.args) if call.name in _MANY else 1
    moved = [positions(x, pool) for x in call.args[:many]]
    found = call.func(*moved, *plain(call.args[many:]), **plain(call.kwargs))
    found = found if isinstance(found, list | tuple) else [found]
    terms = stacked(pool)
    return [wrap(r, terms[f.numpy()]) for r, f in zip(results, found, strict=True)]


def positions(x, pool: list):
    """A tensor (or list of them) of positions in the pool, to which its terms are added."""
    if isinstance(x, list | tuple):
        return type(x)([positions(t, pool) for t in x])
    terms = terms_of(x)
    start = len(pool)
    pool.extend(terms.flat)
    return torch.arange(start, len(pool)).reshape(tuple(x.shape))


def stacked(items) -> np.ndarray:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def cast(call: Call):
    """The same elements in another type, or a copy."""
    call.args = call.args[:1] if call.name == "__deepcopy__" else call.args
    result = call.subject.detach().clone() if call.name == "__deepcopy__" else call.raw()
    if not isinstance(result, torch.Tensor):
        return result
    if shares(result, call.subject):
        return call.subject if result is call.subject else alias(result, call.subject)
    return wrap(result, terms_of(call.subject), call.name == "__deepcopy__" and call.subject.requires_grad)


def like(call: Call):
    """A new tensor filled with one element; what `empty` leaves there must not be read."""
    if call.name == "new" and _is_data(call.args[1:2]):
        return _from_data(call)
    return wrap(_tame(call.raw(), call.name), _filler(call))


def _is_data(args: tuple) -> bool:
    """Is it `x.new([0.5, 1.0])` and not `x.new(2, 3)`?"""
    return any(isinstance(a, list | tuple | torch.Tensor) and not isinstance(a, torch.Size) for a in args)


def factory(call: Call):
    """A tensor made from literals, or from traced numbers in nested lists."""
    result = _made(call)
    if call.kwargs.get("dtype") is None and not isinstance(
        call.args[0] if call.args else None, np.ndarray | np.generic
    ):
        in_default_type(call, result)
    return result


def in_default_type(call: Call, result) -> None:
    """Note a result that is float64 only because the lift has made that torch's default type."""
    ours = any(t.dtype == torch.float64 for t in _tensors((*call.args, *call.kwargs.values())))
    if result.dtype == torch.float64 and not ours:
        current().note(f"where torch's default type is float64: `{call.name}` at {place()} computes in it")


def _made(call: Call):
    if call.name in ("tensor", "as_tensor", "asarray", "new_tensor", "scalar_tensor"):
        return _from_data(call)
    result = _tame(call.raw(), call.name)
    if call.name in ("eye", "arange", "linspace"):
        if is_traced(call.args) or is_traced(call.kwargs):
            raise UnknownOperation(call.name, "a traced number decides the shape or the elements")
        return wrap(result, elements.constants(result.numpy()))
    return wrap(result, _filler(call))


def _tame(result: torch.Tensor, name: str) -> torch.Tensor:
    return result.zero_() if "empty" in name or name == "new" else result


def _filler(call: Call):
    kind = call.name.removesuffix("_like").removeprefix("new_").removesuffix("_strided")
    if kind == "full":
        value = call.args[-1] if "fill_value" not in call.kwargs else call.kwargs["fill_value"]
        return terms_of(value) if isinstance(value, torch.Tensor) else term_of(value)
    if kind in ("empty", "new"):
        return elements.unset()
    return literal({"zeros": 0, "ones": 1}[kind])


def _from_data(call: Call):
    start = int(call.name in ("new_tensor", "new"))
    data = (
        call.args[start]
        if len(call.args) > start
        else call.kwargs.get("data", call.kwargs.get("s", call.kwargs.get("obj")))
    )
    if isinstance(data, torch.Tensor):
        result = call.raw()
        return alias(result, data) if shares(result, data) else wrap(result, terms_of(data))
    result = call.func(
        *call.args[:start], *map(_listed, call.args[start:]), **{k: _listed(v) for k, v in call.kwargs.items()}
    )
    return wrap(result, _nested(data).reshape(tuple(result.shape)))


def _listed(x):
    """Data for torch: nested lists of plain numbers."""
    if isinstance(x, list | tuple) and not isinstance(x, torch.Size):
        return type(x)(map(_listed, x))
    if isinstance(x, TracedTensor):
        return x.tolist() if x.dim() else x.item()
    return plain(x)


def _nested(data) -> np.ndarray:
    """The elements of nested lists, flat."""
    if isinstance(data, list | tuple):
        return np.concatenate([stacked([])] + [_nested(d).reshape(-1) for d in data])
    if isinstance(data, torch.Tensor):
        return terms_of(data)
    if isinstance(data, np.ndarray):
        return elements.constants(data)
    return stacked([data.term if isinstance(data, TracedBool) else term_of(data)])


def assign(call: Call):
    """`x[index] = value`; a mask of conditions chooses by its terms, any other index is settled."""
    target, index, value = call.args
    terms = settle(_value_terms(value), target.dtype)
    if isinstance(index, TracedTensor) and index.dtype == torch.bool and terms.ndim == 0:
        mask = np.expand_dims(terms_of(index), tuple(range(index.dim(), target.dim())))
        _store(target, elements.each(elements.where, mask, terms[()], terms_of(target)), ...)
    else:
        index = settled(index)
        places = torch.arange(target.numel()).reshape(tuple(target.shape))[plain(index)].numpy()
        _store(
            target,
            np.broadcast_to(terms, places.shape) if terms.ndim <= places.ndim else terms.reshape(places.shape),
            places,
        )
    call.func(target, plain(call.args[1]), plain(value))


def _value_terms(value) -> np.ndarray:
    return (
        terms_of(value)
        if isinstance(value, torch.Tensor)
        else elements.array(value.term if isinstance(value, TracedBool) else term_of(value))
    )


def _store(target, terms: np.ndarray, places) -> None:
    if not isinstance(target, TracedTensor):
        if all(map(elements.is_constant, elements.array(terms).flat)):
            return
        raise UnknownOperation(
            "__setitem__", "a traced value is written into a tensor that was made outside the lift and carries no terms"
        )
    view = strided(target.cells, target)
    if places is ...:
        view[...] = terms
    else:
        view.flat[places.reshape(-1)] = np.asarray(terms, dtype=object).reshape(-1)


def random(call: Call):
    raise UnknownOperation(call.name, "a random draw has no term")


HANDLERS = (
    dict.fromkeys(MOVES, move)
    | dict.fromkeys(CASTS, cast)
    | dict.fromkeys(LIKE, like)
    | dict.fromkeys(FACTORIES, factory)
    | dict.fromkeys(RANDOM, random)
    | {"__setitem__": assign}
)
