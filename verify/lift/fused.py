"""torch's `_fused_` kernels: whole steps in compiled code, which no lifter can look into.

Their formulas are stated here once, in the kernels' own order of operations, and do two things.
On terms they are what is lifted.  On balls that grow by one rounding for each operation
they are the judge of the kernel: at every step that is run, the numbers that the kernel
computed must lie in them.  What is concluded about such code is a proof about the formula and a
sample of the kernel, and `Recorder.formulas` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

import flint
import torch

from verify.check.rounding_ball import BINARY64, SPARE, Rounded, rounded
from verify.lift import elements
from verify.lift.call import Call, numeric, operand
from verify.lift.record import LostExpression, UnknownOperation, current
from verify.lift.tensor import terms_of, write
from verify.lift.trace import value_of
from verify.numbers import maximum, sqrt


def sgd(x, g, b, *, lr, momentum, dampening, weight_decay, nesterov, is_first_step):
    """torch.optim.SGD's documentation; without momentum there is no b."""
    g = g + weight_decay * x
    if b is not None:
        b = g if is_first_step else momentum * b + (1 - dampening) * g
        g = g + momentum * b if nesterov else b
    return x - lr * g, b


def adagrad(x, g, s, t, *, lr, lr_decay, weight_decay, eps):
    """torch.optim.Adagrad's documentation."""
    g = g + weight_decay * x
    s = s + g * g
    return x - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps), s, t


def adam(x, g, m, v, w, t, *, lr, beta1, beta2, weight_decay, eps, amsgrad):
    """torch.optim.Adam's documentation; without amsgrad there is no w."""
    return _adam(x, g + weight_decay * x, m, v, w, t, lr, beta1, beta2, eps)


def adamw(x, g, m, v, w, t, *, lr, beta1, beta2, weight_decay, eps, amsgrad):
    """torch.optim.AdamW's documentation."""
    return _adam(x * (1 - lr * weight_decay), g, m, v, w, t, lr, beta1, beta2, eps)  # the CPU kernel's one product


def _adam(x, g, m, v, w, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (g - m)
    v = beta2 * v + (1 - beta2) * g * g
    w = None if w is None else maximum(w, v)
    scale = sqrt(v if w is None else w) / sqrt(1 - beta2**t) + eps
    return x - lr / (1 - beta1**t) * m / scale, m, v, w, t


@dataclass(frozen=True)
class Kernel:
    """A fused step: its formula on one element, and how many lists of tensors it takes (the second: gradients)."""

    formula: Callable
    lists: int


KERNELS = {
    "_fused_sgd_": Kernel(sgd, 3),
    "_fused_adagrad_": Kernel(adagrad, 4),
    "_fused_adam_": Kernel(adam, 6),
    "_fused_adamw_": Kernel(adamw, 6),
}
_AMP = ("grad_scale", "found_inf")


def handle(call: Call):
    """Run a kernel on the values and its formula on the terms; LostExpression where the values leave the formula."""
    kernel = KERNELS[call.name]
    lists = call.args[: kernel.lists]
    if len(call.args) != kernel.lists or any(call.kwargs.get(k) is not None for k in _AMP):
        raise UnknownOperation(call.name, "it is lifted as torch's optimizers call it, without a gradient scaler")
    settings = {k: v for k, v in call.kwargs.items() if k not in _AMP}
    before = [_columns(lists, i) for i in range(len(lists[0]))]
    terms = [_run(kernel, settings, _terms(c), _term) for c in before]
    with flint.ctx.workprec(BINARY64.bits + SPARE):
        balls = [_run(kernel, settings, _numbers(c), _ball) for c in before]
        result = call.raw()
        for columns, inside in zip(before, balls, strict=True):
            _judge(call.name, columns, inside)
    for columns, new in zip(before, terms, strict=True):
        _store(call.name, columns, new)
    current().rely(f"{call.name}")
    return result


def _columns(lists, i: int) -> list:
    """The tensors of the i-th parameter, None for a list that is empty."""
    return [tensors[i] if len(tensors) else None for tensors in lists]


def _run(kernel: Kernel, settings: dict, columns: list, number: Callable) -> list[tuple]:
    """The formula on every element; `columns` holds flat lists, or None."""
    known = {k: v if isinstance(v, bool) else number(v) for k, v in settings.items() if k != "maximize"}
    sign = -1 if settings["maximize"] else 1
    rows = [[None if c is None else c[i if len(c) > 1 else 0] for c in columns] for i in range(len(columns[0]))]
    return [kernel.formula(x, g if sign > 0 else -g, *rest, **known) for x, g, *rest in rows]  # type: ignore[operator]


def _term(x):
    found = numeric(operand(x))
    return found.reshape(-1)[0] if isinstance(x, torch.Tensor) else found


def _terms(columns: list) -> list:
    return [None if c is None else list(numeric(terms_of(c)).reshape(-1)) for c in columns]


def _ball(x) -> Rounded:
    return rounded(Fraction(float(value_of(x))), BINARY64)


def _numbers(columns: list) -> list:
    return [None if c is None else [_ball(v) for v in _flat(c)] for c in columns]


def _flat(tensor: torch.Tensor) -> list[float]:
    return tensor.detach().as_subclass(torch.Tensor).to(torch.float64).reshape(-1).tolist()


def _written(columns: list) -> list:
    """What a kernel writes: all but the gradient."""
    return [columns[0], *columns[2:]]


def _judge(name: str, columns: list, inside: list[tuple]) -> None:
    for position, tensor in enumerate(_written(columns)):
        if tensor is not None and tensor.dtype == torch.float64:
            for value, row in zip(_flat(tensor), inside, strict=False):
                _within(name, value, row[position])


def _within(name: str, value: float, ball: Rounded) -> None:
    """A number of the kernel against the ball of its formula; where that is undefined, nothing is asked."""
    if not ball.ball.is_finite() or (isfinite(value) and ball.ball.contains(flint.arb(value))):
        return
    raise LostExpression(f"{name}: the kernel's {value!r} is not within the rounding of its formula, {ball!r}")


def _store(name: str, columns: list, rows: list[tuple]) -> None:
    for position, tensor in enumerate(_written(columns)):
        if tensor is not None:
            cells = [row[position] for row in rows]
            write(tensor, elements.array(cells[: tensor.numel()]).reshape(tuple(tensor.shape)), name)


HANDLERS = dict.fromkeys(KERNELS, handle)
