"""torch's `_foreach_` functions: one rule, applied to each member of a list.

Arguments are lists of one length (tensors or numbers), or one value for all members.  The
members are taken one after the other, so that a tensor that occurs twice is updated twice.
"""

from __future__ import annotations

import torch

from verify.lift import elements, reduce
from verify.lift.call import Call, numeric, operand
from verify.lift.record import UnknownOperation
from verify.lift.tensor import terms_of, wrap, write

_FOURTH = ("addcmul", "addcdiv")  # their scalars may come as a fourth positional argument


def handle(call: Call, rules: dict):
    """Run a `_foreach_` call: torch's values, and for each member the rule's terms."""
    name = call.name.removeprefix("_foreach_")
    base = name.removesuffix("_")
    if name.endswith("_"):
        return _in_place(call, base, rules)
    many = _length(call)
    terms = [_member(call, base, rules, i, many) for i in range(many)]
    results = call.raw()
    return type(results)([wrap(r, t) for r, t in zip(results, terms, strict=True)])


def _in_place(call: Call, base: str, rules: dict):
    many = _length(call)
    for i in range(many):
        write(call.args[0][i], _member(call, base, rules, i, many), call.name)
    return call.raw()


def _length(call: Call) -> int:
    """How many members: the length of the list of tensors (which follows the number in pow(2, tensors))."""
    return len(next(a for a in call.args if isinstance(a, list | tuple)))


def _member(call: Call, base: str, rules: dict, i: int, many: int):
    """The terms of one member."""
    args = [_pick(a, i, many) for a in call.args]
    kwargs = {k: _pick(v, i, many) for k, v in call.kwargs.items()}
    if "scalars" in kwargs:
        kwargs["value"] = kwargs.pop("scalars")
    if base in _FOURTH and len(args) == 4:
        kwargs["value"] = args.pop()
    rule = {"norm": _norm, "max": reduce.amax}.get(base) or rules.get(base)
    if rule is None:
        raise UnknownOperation(call.name)
    return elements.array(rule(*args, **kwargs))


def _pick(x, i: int, many: int):
    """The part of an argument that belongs to one member."""
    if isinstance(x, torch.Tensor):
        terms = numeric(terms_of(x))
        return terms[i] if terms.ndim == 1 and len(terms) == many else terms
    if isinstance(x, list | tuple) and len(x) == many:
        x = x[i]
    return numeric(operand(x))


def _norm(input, ord=2, dtype=None):
    return reduce.norm(input, ord)
