"""Where an optimizer keeps its memory: every number and tensor, by a path of words.

`("state", "exp_avg")` is an entry of `optimizer.state[p]`, `("group", 0, "betas", 1)` one of
a parameter group, `("attribute", "_mean", "x")` one of the optimizer object itself, kept for
the parameter (which, like its `id`, is written "x").  Nested dicts, sequences and objects of
the code's own classes are walked; settings that are neither numbers nor tensors are no memory.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from verify.lift import elements, integers
from verify.lift.tensor import TracedTensor, quiet, strided, terms_of, wrap
from verify.lift.trace import Traced, TracedBool, TracedFloat, TracedInt, term_of, value_of

_NOT_MEMORY = ("state", "param_groups", "defaults", "params", "differentiable", "foreach", "capturable", "fused")


@dataclass(frozen=True, eq=False)
class Slot:
    """A piece of memory at one moment: `kind` is tensor, float, int or bool.

    `terms` is an object array and `values` a float64 array of the same shape, 0-d for a number.
    """

    kind: str
    terms: np.ndarray
    values: np.ndarray


def read(optimizer, parameter) -> dict[tuple, Slot]:
    """All slots of an optimizer of one parameter."""
    return {path: _slot(x) for root, box in _roots(optimizer, parameter) for path, x in _walk(root, box, parameter)}


def _roots(optimizer, parameter) -> Iterator[tuple[tuple, object]]:
    for key, box in optimizer.state.items():
        yield (("state",) if key is parameter else ("shared", key)), box
    for i, group in enumerate(optimizer.param_groups):
        yield ("group", i), {k: v for k, v in group.items() if k not in _NOT_MEMORY}
    yield (
        ("attribute",),
        {
            k: v
            for k, v in vars(optimizer).items()
            if k not in _NOT_MEMORY and not k.startswith(("_optimizer", "_zero_grad", "_warned"))
        },
    )


def _walk(path: tuple, box, parameter, above: tuple = ()) -> Iterator[tuple[tuple, object]]:
    """Numbers and tensors in nested containers; the parameter and its gradient are not memory."""
    if isinstance(box, Traced | bool | int | float):
        yield path, box
    elif isinstance(box, torch.Tensor):
        if box is not parameter:
            yield path, box
    elif not any(box is outer for outer in above):
        for key, inner in _members(box):
            yield from _walk((*path, _label(key, parameter)), inner, parameter, (*above, box))


def _members(box) -> list[tuple[object, object]]:
    """What a container holds: dicts, sequences, and objects of the code's own classes."""
    if isinstance(box, dict):
        return list(box.items())
    if isinstance(box, list | tuple | deque):
        return list(enumerate(box))
    return list(vars(box).items()) if _is_own(box) else []


def _is_own(box) -> bool:
    """Is it an object that the code may keep memory in, no function, class, module or library's object?"""
    root = type(box).__module__.split(".")[0]
    return hasattr(box, "__dict__") and root not in sys.stdlib_module_names and root not in ("torch", "numpy")


def _label(key, parameter):
    return "x" if key is parameter or (isinstance(key, int) and key == id(parameter)) else key


def _slot(x) -> Slot:
    if isinstance(x, torch.Tensor):
        with quiet():
            return Slot("tensor", terms_of(x).copy(), x.detach().cpu().to(torch.float64).numpy().copy())
    term = x.term if isinstance(x, TracedBool) else term_of(x)
    return Slot(type(value_of(x)).__name__, elements.array(term), np.array(float(value_of(x))))


def replace(optimizer, parameter, path: tuple, terms, values) -> None:
    """Put other content into a slot: a tensor is overwritten in place, a number exchanged."""
    root, rest = _root(optimizer, parameter, path)
    _replace(root, rest, parameter, elements.array(terms), np.asarray(values, dtype=float))


def _root(optimizer, parameter, path: tuple):
    match path[0]:
        case "state":
            return optimizer.state, (parameter, *path[1:])
        case "shared":
            return optimizer.state, path[1:]
        case "group":
            return optimizer.param_groups, path[1:]
        case "attribute":
            return vars(optimizer), path[1:]
    raise KeyError(f"{path}: no such slot; a path starts with state, shared, group or attribute")


def _replace(box, path: tuple, parameter, terms, values):
    """The content of a box with one slot exchanged; tuples are rebuilt, all else is changed in place."""
    if not path:
        return _content(box, terms, values)
    box_of = vars(box) if _is_own(box) and not isinstance(box, dict | list | tuple) else box
    key = _key(box_of, path[0], parameter)
    new = _replace(box_of[key], path[1:], parameter, terms, values)
    if isinstance(box, tuple):
        members = [new if i == key else m for i, m in enumerate(box)]
        return type(box)(*members) if hasattr(box, "_fields") else type(box)(members)
    box_of[key] = new
    return box


def _key(box, label, parameter):
    """The key behind a label: "x" may stand for the parameter or its id."""
    if not isinstance(box, dict) or label in box:
        return label
    return next(k for k in box if _label(k, parameter) == label)


def _content(old, terms: np.ndarray, values: np.ndarray):
    """What to store instead of the old content."""
    if isinstance(old, torch.Tensor):
        return _tensor(old, terms, values)
    term, value = terms.reshape(-1)[0], float(values.reshape(-1)[0])
    if isinstance(value_of(old), bool):
        return TracedBool(bool(value), term)
    if isinstance(value_of(old), int):
        return TracedInt(int(value), term) if integers.integral(term) else TracedFloat(value, term)
    return TracedFloat(value, term)


def _tensor(old: torch.Tensor, terms: np.ndarray, values: np.ndarray) -> TracedTensor:
    with quiet():
        data = torch.as_tensor(values).to(old.dtype).reshape(old.shape)
        if not isinstance(old, TracedTensor):
            return wrap(data, terms.reshape(tuple(old.shape)))
        with torch.no_grad():
            old.copy_(data)
        strided(old.cells, old)[...] = terms.reshape(tuple(old.shape))
    return old
