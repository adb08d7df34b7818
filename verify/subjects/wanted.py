"""What a constructor takes in place of the parameters: a model, named parameters; and the factory that gives it.

def make(params):
    return TakesAModel(types.SimpleNamespace(parameters=lambda: params, ...))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace

_NAMED = '[(f"p{i}", p) for i, p in enumerate(params)]'
_MODEL = f"types.SimpleNamespace(parameters=lambda: iter(params), named_parameters=lambda: iter({_NAMED}))"
_MODULE = "torch.nn.ParameterList(params)"


def instead(make: Callable, name: str, keywords: dict) -> tuple[str, str] | None:
    """(what is the matter, what to do); None where nothing that is known helps."""
    called = name.rpartition(":")[2].rpartition(".")[2]
    for what, wrap, text in _others():
        if _makes(make, wrap, keywords):
            return (
                f"it takes {what} in place of the parameters",
                f"write a factory and name it as file.py:make: def make(params): return {called}({text})",
            )
    if inspect.isabstract(make):
        return "it is abstract", "name a subclass that defines what is missing"
    if _makes(make, list, keywords, narrow=True):
        return (
            "it takes float32 parameters alone, and a proof runs the code in float64",
            "let it take the dtype of its parameters",
        )
    return None


def _others():
    import torch

    named = lambda params: [(f"p{i}", p) for i, p in enumerate(params)]
    model = lambda params: SimpleNamespace(
        parameters=lambda: iter(params), named_parameters=lambda: iter(named(params))
    )
    yield "a model", model, _MODEL
    yield "a model", torch.nn.ParameterList, _MODULE
    yield "named parameters", named, _NAMED


def _makes(make: Callable, wrap: Callable, keywords: dict, narrow: bool = False) -> bool:
    import torch

    dtype = torch.float32 if narrow else torch.float64
    try:
        made = make(wrap([torch.nn.Parameter(torch.ones(2, 2, dtype=dtype))]), **keywords)
    except Exception:  # noqa: BLE001 - a stranger's constructor, tried out
        return False
    return isinstance(made, torch.optim.Optimizer)
