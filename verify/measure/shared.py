"""Where instances of one class could share memory: class attributes, module globals, defaults of functions."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Iterator
from types import FunctionType

import torch

_LIBRARY = ("torch", "builtins", "typing", "abc", "collections")


def shared(optimizer) -> dict[str, object]:
    """Every such place by name, with a copy of what it holds."""
    return {name: _copied(value) for name, value in _places(type(optimizer))}


def changed(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The places that hold something else now."""
    return [name for name, value in after.items() if name in before and not _same(before[name], value)]


def _places(cls: type) -> Iterator[tuple[str, object]]:
    for base in cls.__mro__:
        if base.__module__.split(".")[0] in _LIBRARY:
            continue
        for key, value in vars(base).items():
            function = inspect.unwrap(value) if callable(value) else value
            if isinstance(function, FunctionType):
                yield from _of_function(f"{base.__name__}.{key}", function)
            elif not key.startswith("__"):
                yield f"{base.__name__}.{key}", value
        module = sys.modules.get(base.__module__)
        for key, value in vars(module).items() if module else ():
            if isinstance(value, FunctionType) and value.__module__ == base.__module__:
                yield from _of_function(key, value)
            elif not key.startswith("__") and _is_data(value):
                yield f"{base.__module__}.{key}", value


def _of_function(name: str, function: FunctionType) -> Iterator[tuple[str, object]]:
    yield f"the defaults of {name}", (function.__defaults__, function.__kwdefaults__)
    yield f"attributes of {name}", vars(function)
    for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            if _is_data(cell.cell_contents):
                yield f"{key} in {name}", cell.cell_contents
        except ValueError:  # a cell that is still empty
            continue


def _is_data(value) -> bool:
    return not (inspect.ismodule(value) or inspect.isclass(value) or callable(value))


def _copied(value):
    """Tensors by value, containers of them too; what cannot be copied stands for itself."""
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 (anything may refuse to be copied)
        return value


def _same(a, b) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        with torch._C.DisableTorchFunctionSubclass():  # whoever made them, their values are compared
            return a.shape == b.shape and torch.equal(torch.nan_to_num(a), torch.nan_to_num(b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a.values(), b.values(), strict=True))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, int | float | str | bytes):
        return a == b
    if hasattr(a, "__dict__"):
        return _same(vars(a), vars(b))
    return True
