"""One optimizer under a lift: built, stepped, read and set, with terms beside its values.

    machine = Machine(torch.optim.Adam, (2,), x_terms, x_values, hyper={"lr": TracedFloat(0.1, lr)})
    machine.step(g_terms, g_values)
    machine.x, machine.slots(), machine.conditions

The optimizer's own code runs, in float64, on one parameter.  Its arithmetic is recorded as
terms; the branches that it took are in `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from verify.exact import exact
from verify.lift import guard, sparse
from verify.lift import slots as memory
from verify.lift.patch import Replacements
from verify.lift.record import Branch, LostExpression, Recorder, literal, recording
from verify.lift.slots import Slot
from verify.lift.tensor import quiet
from verify.lift.torch import lifting, tensor
from verify.lift.trace import Traced, TracedFloat


class Machine:
    """A lifted optimizer of one parameter.

    make: takes a list with the parameter and the hyperparameters as keywords, and returns a
    `torch.optim.Optimizer`; `hyper` may hold `TracedFloat`s, also in tuples; other floats there, and
    the class's own defaults, are the decimals that were typed, so that 1 - 0.9 is 0.1.  x_terms and
    x_values: arrays of the given shape.  number: how literals become elements, `exact` or
    `verify.lift.record.multiprecision` (then terms are mpmath's numbers).  modules: further
    classes, functions or modules whose names are kept from dropping terms.  sparsely: how gradients are laid out
    where they are sparse; then rows whose terms are all zero are not there.
    """

    def __init__(
        self,
        make: Callable,
        shape,
        x_terms,
        x_values,
        *,
        hyper: dict[str, object],
        number: Callable = exact,
        modules=(),
        sparsely: sparse.Pattern | None = None,
    ):
        self.sparsely = sparsely
        self.recorder = Recorder(number)
        self.replacements = Replacements.of(make, *modules)
        self.parameter = tensor(
            np.asarray(x_values, dtype=float).reshape(shape), _terms(x_terms, shape), requires_grad=True
        )
        self.parameter._is_param = True  # what torch asks of a subclass before it calls it a Parameter
        with self._running():
            self.optimizer = make([self.parameter], **{k: _read(v, number) for k, v in hyper.items()})
        if not groups_of(self.optimizer, self.parameter):
            raise LostExpression("the optimizer holds a parameter of its own, not the one that it was given")
        for group in self.optimizer.param_groups:
            group.update({k: _read(v, number) for k, v in group.items() if k != "params"})
        with quiet():
            release(self.optimizer)
        self.replacements = Replacements.of(make, type(self.optimizer), *modules)
        self.constructor_conditions: list[Branch] = list(self.conditions)
        self.conditions.clear()

    def _running(self):
        return lifting(self.recorder, self.replacements)

    @property
    def conditions(self) -> list[Branch]:
        """The branches taken so far, in order, each once; clear the list to start afresh."""
        return self.recorder.conditions

    @property
    def notes(self) -> list[str]:
        """What else holds only under a proviso, such as a counter kept in float32."""
        return self.recorder.notes

    @property
    def formulas(self) -> list[str]:
        """Compiled kernels whose documented formula was taken for them (verify/lift/fused.py)."""
        return self.recorder.formulas

    @property
    def x(self) -> np.ndarray:
        """The terms of the parameter now."""
        return self.parameter.terms.copy()

    @property
    def x_values(self) -> np.ndarray:
        """The values of the parameter now, float64."""
        return self.parameter.numbers

    def step(self, grad_terms, grad_values) -> None:
        """One step of the optimizer's own code with the given gradient."""
        shape = tuple(self.x_values.shape)
        values, terms = np.asarray(grad_values, dtype=float).reshape(shape), _terms(grad_terms, shape)
        with recording(self.recorder), quiet():
            sparsely = self.sparsely
            gradient = sparse.gradient(values, terms, sparsely.twice) if sparsely else tensor(values, terms)
        with self._running():
            self.parameter.grad = gradient
            self.optimizer.step()

    def slots(self) -> dict[tuple, Slot]:
        """Every number and tensor of the optimizer's memory; see verify/lift/slots.py for the paths."""
        with recording(self.recorder):
            return memory.read(self.optimizer, self.parameter)

    def set_slot(self, path: tuple, terms, values) -> None:
        """Replace the content of one slot; KeyError where the path leads nowhere."""
        with recording(self.recorder):
            memory.replace(self.optimizer, self.parameter, path, terms, values)

    def set_x(self, terms, values) -> None:
        """Move the parameter to other terms and values."""
        shape = tuple(self.x_values.shape)
        self.parameter.terms[...] = _terms(terms, shape)
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            self.parameter.copy_(torch.as_tensor(np.asarray(values, dtype=float).reshape(shape)))

    def check(self, point: dict) -> None:
        """LostExpression where a term, evaluated at a point (name -> number), is not its value."""
        guard.agree(("x",), self.x, self.x_values, point)
        for path, slot in self.slots().items():
            guard.agree(path, slot.terms, slot.values, point)


def groups_of(optimizer: torch.optim.Optimizer, parameter) -> list[dict]:
    """The groups of an optimizer that hold this very parameter, and no copy of it."""
    return [g for g in optimizer.param_groups if any(p is parameter for p in g["params"])]


def release(optimizer: torch.optim.Optimizer) -> None:
    """With `differentiable=True` autograd records the step, which it refuses for leaves of its own: make them plain."""
    for group in optimizer.param_groups:
        for parameter in group["params"] if group.get("differentiable") else ():
            parameter.requires_grad_(False)


def _read(setting, number: Callable):
    """A hyperparameter's floats as literals that keep their decimal value through arithmetic."""
    if isinstance(setting, float) and not isinstance(setting, Traced):
        return TracedFloat(setting, literal(setting, number))
    return type(setting)(_read(s, number) for s in setting) if type(setting) in (list, tuple) else setting


def _terms(terms, shape) -> np.ndarray:
    """Terms as an object array of a shape; one term stands for all."""
    terms = np.asarray(terms, dtype=object)
    return np.broadcast_to(terms, shape) if terms.ndim == 0 else terms.reshape(shape)
