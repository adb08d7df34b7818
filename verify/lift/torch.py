"""How torch's calls arrive: every function that the code calls comes here first.

A function mode sees the calls on plain tensors, on traced ones and of factories alike.
Values are computed by torch itself; terms by the rules, looked up by name.  What only asks
for shapes and types is passed on; what no table knows is an UnknownOperation.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode

from verify.lift import elements, foreach, fused, matrices, operations, places, reduce, shapes, sparse
from verify.lift.call import Call, numeric, operand, words
from verify.lift.patch import Replacements
from verify.lift.record import Recorder, UnknownOperation, brief, current, recording
from verify.lift.tensor import (
    TracedTensor,
    alias,
    has_tensor,
    is_traced,
    quiet,
    shadow,
    shares,
    strided,
    terms_of,
    wrap,
    write,
)
from verify.lift.trace import traced
from verify.tensors import doubles

RULES = operations.RULES | reduce.RULES | matrices.RULES
LOGICAL = operations.LOGICAL | reduce.LOGICAL
ALIASES = operations.ALIASES | reduce.ALIASES | matrices.ALIASES
_ALL = RULES | LOGICAL
_REFLECTED = words(
    """__radd__ __rsub__ __rmul__ __rdiv__ __rtruediv__ __rpow__ __rfloordiv__ __rmod__ __rmatmul__ __rand__ __ror__"""
)
METADATA = words(
    """size dim ndimension numel nelement stride storage_offset is_contiguous is_floating_point is_complex is_signed
    is_tensor is_same_size is_storage is_pinned is_shared is_inference is_conj is_neg element_size data_ptr
    get_device __len__ __hash__ __dir__ register_hook
    register_post_accumulate_grad_hook retain_grad requires_grad_ result_type promote_types can_cast
    broadcast_shapes is_grad_enabled is_set_to _is_view dim_order untyped_storage is_inference_mode_enabled
    squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_ detach_ as_strided_ conj_physical_ resolve_conj_"""
)  # the last ones change the shape of the tensor itself, which goes on looking at the same storage


def lookup(name: str):
    """The rule of a torch function by any of its names; None where there is none."""
    return _ALL.get(name) or _ALL.get(ALIASES.get(name, ""))


def dispatch(func, args: tuple, kwargs: dict):
    """The answer to one call of the code: torch's value with the rules' terms."""
    with quiet():
        call = Call(_name(func), func, args, dict(kwargs))
        if sparse.handles(call) and call.name != "__set__":
            return sparse.handle(call)
        if handler := _HANDLERS.get(call.name):
            return handler(call)
        if call.name.startswith("_foreach_"):
            return foreach.handle(call, _MEMBERS)
        base, in_place = _base(call.name)
        if rule := lookup(base):
            return _compute(call, rule, base, in_place)
        if has_tensor(args) or has_tensor(list(kwargs.values())) or is_traced(args) or is_traced(kwargs):
            raise UnknownOperation(call.name)
        return call.raw()


def _name(func) -> str:
    """The name of a function; of an operator's overload, the operator's."""
    if getattr(func, "__self__", None) is not None and getattr(func, "__name__", "") in (
        "__get__",
        "__set__",
        "__delete__",
    ):
        return func.__name__
    return getattr(func, "__name__", str(func)).split(".")[0]


def _base(name: str) -> tuple[str, bool]:
    """The name of the rule, and whether the call writes into its first argument."""
    if name in _REFLECTED:
        return name[3:-2], False
    if name.startswith("__i") and name.endswith("__") and name != "__invert__":
        return name[3:-2], True
    if name.startswith("__") and name.endswith("__"):
        return name[2:-2], False
    return (name.removesuffix("_"), True) if name.endswith("_") else (name, False)


def _compute(call: Call, rule, base: str, in_place: bool):
    """A call with a rule: terms first, since torch may overwrite what they are read from."""
    args = call.args[::-1] if call.name in _REFLECTED else call.args
    if call.func is torch.Tensor.where:
        args = (args[1], args[0], *args[2:])
    kwargs = {k: v for k, v in call.kwargs.items() if k not in ("out", "non_blocking", "memory_format")}
    prepare = operand if base in LOGICAL or ALIASES.get(base) in LOGICAL else lambda x: numeric(operand(x))
    try:
        terms = rule(*map(prepare, args), **{k: prepare(v) for k, v in kwargs.items()})
    except TypeError as error:
        raise UnknownOperation(call.name, f"its arguments are not known to the rule ({error})") from error
    if isinstance(terms, tuple):
        return _several(call, terms)
    terms = elements.array(terms)
    target = call.subject if in_place else call.kwargs.get("out")
    if target is None:
        result = call.raw()
        shapes.in_default_type(call, result)
        return wrap(result, terms)
    call.raw()
    if isinstance(target, TracedTensor) and target.untyped_storage().nbytes() > target.element_size() * len(
        target.cells
    ):
        target.cells = shadow(target)  # `out=` made room for a larger result
    write(target, terms, call.name)
    return target


def _several(call: Call, terms: tuple):
    """A call with several results, such as values and positions."""
    if "out" in call.kwargs:
        raise UnknownOperation(call.name, "out= with several results")
    results = call.raw()
    return type(results)([wrap(r, t) for r, t in zip(results, terms, strict=True)])


def _attribute(call: Call):
    """Reading `x.grad`, `x.data`, `x.T`, `x.dtype`, ..."""
    result = call.raw()
    if not isinstance(result, torch.Tensor) or isinstance(result, TracedTensor | sparse.SparseTensor):
        return result
    return alias(result, call.subject) if shares(result, call.subject) else result


def _set_attribute(call: Call):
    """Writing `x.grad`, `x.data`, `x.requires_grad`; new data brings its shadow along."""
    attribute = call.func.__self__.__name__
    target, value = call.args
    if attribute == "data":
        target.cells = value.cells if isinstance(value, TracedTensor) else wrap(value, terms_of(value)).cells
    elif attribute not in ("grad", "requires_grad"):
        raise UnknownOperation(f"assignment to .{attribute}")
    return call.func(target, value)


def _item(call: Call):
    return traced(call.raw(), terms_of(call.subject).reshape(-1)[0])


def _list(call: Call):
    return _paired(call.raw(), terms_of(call.subject))


def _paired(values, terms):
    """Nested lists of values beside the array of their terms."""
    if isinstance(values, list):
        return [_paired(v, t) for v, t in zip(values, terms, strict=True)]
    return traced(values, elements.array(terms)[()])


def _truth(call: Call) -> bool:
    return current().ask(elements.condition(terms_of(call.subject).reshape(-1)[0]), call.raw())


def _agreement(call: Call) -> bool:
    """equal, allclose, `number in tensor`: one answer about all elements, which is a branch."""
    answer = call.raw()
    named = dict(zip(("input", "other", "rtol", "atol"), call.args, strict=False)) | call.kwargs
    a, b = (numeric(operand(x)) for x in list(named.values())[:2])
    if call.name == "equal" and a.shape != b.shape:
        return answer
    if call.name == "allclose":
        close = operations.curves.is_close(a, b, **{k: named[k] for k in ("rtol", "atol") if k in named})
        return current().ask(reduce.all_(close)[()], answer)
    same = elements.each(lambda p, q: elements.compare("eq", p, q), a, b)
    return current().ask((reduce.any_ if call.name == "__contains__" else reduce.all_)(same)[()], answer)


def _nonzero(call: Call):
    """Where a tensor is not zero: each element is asked, so that the positions hold on the branch."""
    mask = wrap(call.subject != 0, elements.each(elements.condition, terms_of(call.subject)))
    return call.func(shapes.settled(mask), *call.args[1:], **call.kwargs)


def _conversion(call: Call):
    """`float(x)` outside the code's own modules: Python would drop the term."""
    if all(map(elements.is_constant, terms_of(call.subject).flat)):
        return call.raw()
    raise UnknownOperation(call.name, "here Python would drop the term")


def _text(call: Call) -> str:
    """A tensor as text, with terms: from the digits alone a number without its term could be read back."""
    return repr(elements.each(brief, terms_of(call.subject)).tolist())


def _iterate(call: Call):
    return iter(dispatch(torch.Tensor.unbind, call.args, {}))


def _reversed(call: Call):
    return dispatch(torch.Tensor.flip, (call.subject, 0), {})


def _set(call: Call):
    """`x.set_(y)`: x looks at the storage of y from now on, and so at its terms."""
    target, source = call.args[0], call.args[1] if len(call.args) > 1 else None
    if len(call.args) != 2 or not isinstance(source, TracedTensor) or not isinstance(target, TracedTensor):
        raise UnknownOperation("set_", "the storage of a tensor is exchanged")
    call.raw()
    target.cells = source.cells
    return target


def _where(call: Call):
    """where(condition) alone asks for positions, where(condition, a, b) chooses."""
    if len(call.args) + len(call.kwargs) == 1:
        return _nonzero(call)
    return _compute(call, _ALL["where"], "where", in_place=False)


_HANDLERS = (
    dict.fromkeys(METADATA, Call.raw)
    | shapes.HANDLERS
    | places.HANDLERS
    | fused.HANDLERS
    | {"__get__": _attribute, "__set__": _set_attribute, "__delete__": Call.raw}
    | dict.fromkeys(("__repr__", "__str__", "__format__"), _text)
    | {"item": _item, "tolist": _list, "__bool__": _truth, "is_nonzero": _truth, "__iter__": _iterate, "set_": _set}
    | dict.fromkeys(("equal", "allclose", "__contains__"), _agreement)
    | dict.fromkeys(("nonzero", "argwhere"), _nonzero)
    | {"__nonzero__": _truth, "__reversed__": _reversed, "where": _where, "new": shapes.like}
    | dict.fromkeys(("__float__", "__int__", "__index__", "__complex__", "__array__", "numpy"), _conversion)
)
_MEMBERS = RULES | {alias_: _ALL[name] for alias_, name in ALIASES.items() if name in RULES}


class _Lifting(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return dispatch(func, args, kwargs or {})


def _exchange(*args, **kwargs):
    """torch's own `Tensor.set_`."""
    return torch._C.TensorBase.set_(*args, **kwargs)


_exchange.__name__ = "set_"


@contextmanager
def lifting(recorder: Recorder, replacements: Replacements | None = None):
    """Run code under a lift: its torch calls, its `math`, its literals in float64."""
    import torch._dynamo  # optimizers import it on their first step; not under the lift

    with ExitStack() as stack:
        stack.enter_context(doubles())
        stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(replacements or Replacements())
        stack.enter_context(recording(recorder))
        stack.enter_context(_Lifting())
        # torch shows this call to no mode
        stack.enter_context(mock.patch.object(torch.Tensor, "set_", lambda *args: dispatch(_exchange, args, {})))
        yield recorder


def tensor(values, terms, requires_grad: bool = False) -> TracedTensor:
    """A float64 tensor with the given values and terms (arrays of one shape)."""
    data = torch.tensor(values, dtype=torch.float64)
    result = TracedTensor(data, shadow(data), requires_grad)
    strided(result.cells, data)[...] = elements.array(terms).reshape(tuple(data.shape))
    return result
