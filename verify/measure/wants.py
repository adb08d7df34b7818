"""What a step asks for that a gradient is not, and what it makes of odd gradients: said in notes.

An optimizer that takes no step in the usual way is tried in others: with a closure, with second
derivatives, with sparse gradients, in float32.  What helps is what it wants.  Everything runs
on the real optimizer, without the lifter, from the same seeds.
"""

from __future__ import annotations

import inspect
import math
import random
import warnings

import numpy as np
import torch

from verify.errors import reason
from verify.subjects.target import Target

_FACTORY = "name a factory, file.py:make, that takes the parameters and returns an optimizer whose step()"
_WAYS = (
    (
        {"closure": True},
        f"it takes no step without a closure, and a rule is compared gradient by gradient: {_FACTORY} "
        "needs none (a subclass that calls super().step with a closure)",
    ),
    (
        {"graph": True},
        "it needs second derivatives (loss.backward(create_graph=True)), and a rule knows the gradient alone: "
        f"{_FACTORY} is given the curvature as a number",
    ),
    (
        {"graph": True, "closure": True},
        "it needs a closure and second derivatives (create_graph=True), and a rule knows the gradient alone: "
        f"{_FACTORY} needs neither",
    ),
    ({"sparse": True}, "it takes sparse gradients alone: hold it against a rule for them, as sparseadam"),
    (
        {"dtype": torch.float32},
        "it runs with float32 parameters alone, and a proof runs the code in float64: "
        "let it take the dtype of its parameters",
    ),
)


def notes(target: Target, decided: bool) -> tuple[str, ...]:
    """What should be known of a target: why it could not be decided, or what it makes of odd gradients."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is tried here is not the user's doing
        return odd(target) if decided else tuple(n for n in (missing(target),) if n)


def missing(target: Target) -> str:
    """What the target wants, and how to give it; "" where it steps in the usual way, or in none that is known."""
    if not isinstance(error := _walk(target), Exception):
        return ""
    if said := _arguments(target, error):
        return said
    return next((says for way, says in _WAYS if not isinstance(_walk(target, **way), Exception)), "")


def _arguments(target: Target, error: Exception) -> str:
    """The arguments of a step that is called with none; or that there is no step."""
    try:
        made = _built(target, torch.float64)[1]
        wanted = inspect.signature(made.step).parameters.values()
    except Exception:  # noqa: BLE001 - a stranger's constructor
        return ""
    if isinstance(error, NotImplementedError) and getattr(type(made).step, "__module__", "") == "torch.optim.optimizer":
        return "it has no step of its own: name a subclass that defines one"
    names = [p.name for p in wanted if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    asked = isinstance(error, TypeError) and [n for n in names if n != "closure"]
    return f"its step needs {', '.join(asked)}: {_FACTORY} needs nothing" if asked else ""


def chance(target: Target) -> str:
    """Is it random?  Runs under the same seeds, and under others."""
    first, again, other = (_walk(target, seed=s) for s in (1, 1, 2))
    if any(isinstance(x, Exception) for x in (first, again, other)):
        return ""
    if not _same(first, again):
        return "it is nondeterministic: two runs from one start differ, although every generator was seeded alike"
    if not _same(first, other):
        return "it is random: two runs from one start differ when the seeds do; a rule without noise is no match for it"
    return ""


def odd(target: Target) -> tuple[str, ...]:
    """What happens at NaN and infinity, where that is not what arithmetic makes of them."""
    found = []
    sparse = isinstance(_walk(target), Exception) and not isinstance(_walk(target, sparse=True), Exception)
    for value in (math.nan, math.inf):
        after = _walk(target, value=value, steps=1, sparse=sparse)
        if isinstance(after, Exception):
            found.append(f"a gradient of {value} is refused: {reason(after)}")
        elif torch.equal(after, _START):
            found.append(f"a gradient of {value} moves nothing")
    return tuple(found)


_START = torch.tensor([[1.0, -0.5], [0.25, 2.0]], dtype=torch.float64)


def sow(seed: int) -> None:
    """Put every generator of random numbers at one place."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return torch.equal(a.nan_to_num(), b.nan_to_num())


def _built(target: Target, dtype) -> tuple[torch.nn.Parameter, torch.optim.Optimizer]:
    parameter = torch.nn.Parameter(_START.to(dtype, copy=True))
    return parameter, target.make([parameter], **({} if target.factory else target.keywords))


def _walk(
    target: Target,
    *,
    closure: bool = False,
    graph: bool = False,
    sparse: bool = False,
    dtype=torch.float64,
    value: float | None = None,
    steps: int = 3,
    seed: int = 0,
) -> torch.Tensor | Exception:
    """Where some steps lead on half the square of the parameter, or what they raise."""
    sow(seed)
    try:
        parameter, optimizer = _built(target, dtype)

        def loss():
            parameter.grad = None
            found = parameter.square().sum() / 2
            found.backward(create_graph=graph)
            if sparse:
                parameter.grad = parameter.grad.to_sparse(1)
            return found

        for _ in range(steps):
            loss()
            if value is not None:
                (parameter.grad._values() if sparse else parameter.grad).fill_(value)
            optimizer.step(loss) if closure else optimizer.step()
        return parameter.detach().clone()
    except Exception as error:  # noqa: BLE001 - a stranger's code; what it raises is the answer
        return error
