"""Keep `math`, NumPy, `float` and `int` from dropping terms while the code runs.

`math.sqrt(x)` reads the double of a traced number in C, past every rule.  Under a lift the
functions of `math` are wrapped, and so are the names in the code's own modules that stand
for them (`from math import sqrt`), for NumPy, for `float` and for `int`.  All is put back
at the end, whatever happens.
"""

from __future__ import annotations

import inspect
import math
import sys
from types import ModuleType

import numpy as np
import torch

from verify.lift import elements
from verify.lift.record import UnknownOperation, brief
from verify.lift.trace import Traced, TracedBool, apply, to_float, to_int, traced, value_of

_FOREIGN = frozenset(
    {"torch", "numpy", "verify", "mpmath", "sympy", "scipy", "flint", "z3", "pytest", "_pytest", "hypothesis"}
)


def _fold(*args):
    values, *start = args
    result = start[0] if start else 1
    for v in values:
        result = result * v
    return result


def _log(x, base=None):
    return apply(elements.log, _MATH["log"], x) / (1 if base is None else _wrapped_log(base))


def _wrapped_log(x):
    return apply(elements.log, _MATH["log"], x) if isinstance(x, Traced) else _MATH["log"](x)


_MATH = {name: f for name, f in vars(math).items() if callable(f)}
_CALLS = {
    "sqrt": lambda x: apply(elements.root, _MATH["sqrt"], x),
    "pow": lambda x, y: apply(elements.power, _MATH["pow"], x, y),
    "exp": lambda x: apply(elements.exp, _MATH["exp"], x),
    "expm1": lambda x: apply(lambda t: elements.exp(t) - 1, _MATH["expm1"], x),
    "log": _log,
    "log1p": lambda x: apply(lambda t: elements.log(1 + t), _MATH["log1p"], x),
    "log2": lambda x: apply(lambda t: elements.log_base(t, 2), _MATH["log2"], x),
    "log10": lambda x: apply(lambda t: elements.log_base(t, 10), _MATH["log10"], x),
    "fabs": lambda x: to_float(abs(x)),
    "floor": lambda x: x.__floor__(),
    "ceil": lambda x: x.__ceil__(),
    "trunc": to_int,
    "prod": _fold,
    "fsum": lambda values: sum(values),
    "isnan": lambda x: _asked(x, "isnan", elements.is_nan),
    "isinf": lambda x: _asked(x, "isinf", elements.is_infinite),
    "isfinite": lambda x: _asked(x, "isfinite", elements.is_real),
}
_NUMPY = {
    "sqrt": "sqrt", "exp": "exp", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p", "expm1": "expm1", "power": "pow",
    "float_power": "pow", "abs": "fabs", "absolute": "fabs", "fabs": "fabs", "isnan": "isnan", "isinf": "isinf", "isfinite": "isfinite",
    "floor": "floor", "ceil": "ceil", "prod": "prod",
}  # fmt: skip
_NUMPY_CALLS = {np_name: _CALLS[name] for np_name, name in _NUMPY.items()} | {
    "square": lambda x: x**2, "reciprocal": lambda x: 1 / x, "sign": lambda x: apply(elements.sign, lambda v: float(np.sign(v)), x),
    "maximum": lambda x, y: apply(elements.maximum, max, x, y), "minimum": lambda x, y: apply(elements.minimum, min, x, y),
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y, "divide": lambda x, y: x / y,
    "true_divide": lambda x, y: x / y, "sum": lambda values: sum(values),
    "clip": lambda x, low, high: apply(lambda t, a, b: elements.minimum(elements.maximum(t, a), b), lambda v, a, b: min(max(v, a), b), x, low, high),
}  # fmt: skip


def _asked(x, name: str, rule) -> bool:
    return bool(traced(_MATH[name](x.value), rule(x.term)))


def carries(x) -> bool:
    """Does an argument carry a term, itself or in its lists? (A tensor may.)"""
    return any(map(carries, x)) if isinstance(x, list | tuple) else isinstance(x, Traced | torch.Tensor)


def _opened(x):
    """A tensor with one element as the number in it."""
    if isinstance(x, list | tuple):
        return type(x)(map(_opened, x))
    x = x.item() if isinstance(x, torch.Tensor) else x
    return x.number() if isinstance(x, TracedBool) else x


def wrapper(function, where: str, calls: dict):
    """A function of numbers that keeps terms, or says that it cannot."""
    name = function.__name__
    rule = calls.get(name)

    def call(*args, **kwargs):
        if not (carries(args) or carries(list(kwargs.values()))):
            return function(*args, **kwargs)
        args, kwargs = _opened(args), {k: _opened(v) for k, v in kwargs.items()}
        if not any(isinstance(x, Traced) for x in _flat(args)):
            return function(*args, **kwargs)
        if rule is None or kwargs:
            raise UnknownOperation(f"{where}.{name}", "it would drop the term of a traced number")
        return rule(*args)

    return call


def _flat(x):
    for item in x:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


class _Kind(type):
    """The type of the shadows of `float` and `int`: they convert with terms, and all else is the builtin's."""

    def __call__(cls, *args):
        if args and isinstance(args[0], torch.Tensor):
            args = (args[0].item(), *args[1:])
        return cls.keeping(args[0]) if args and isinstance(args[0], Traced) else cls.builtin(*args)

    def __instancecheck__(cls, x):
        return isinstance(x, cls.builtin)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, cls.builtin)

    def __eq__(cls, other):
        return other is cls.builtin or type.__eq__(cls, other) is True

    def __hash__(cls):
        return hash(cls.builtin)


class LiftedFloat(float, metaclass=_Kind):
    """`float` in the code's own modules."""

    builtin, keeping = float, staticmethod(to_float)


class LiftedInt(int, metaclass=_Kind):
    """`int` in the code's own modules."""

    builtin, keeping = int, staticmethod(to_int)


class _Numpy:
    """NumPy (or a part of it) in the code's own modules: its functions are wrapped, all else is NumPy's."""

    def __init__(self, module: ModuleType = np):
        self._module = module

    def __getattr__(self, name: str):
        found = getattr(self._module, name)
        if isinstance(found, ModuleType):
            return _Numpy(found)
        if not callable(found) or (isinstance(found, type) and not issubclass(found, np.generic)):
            return found
        return wrapper(found, self._module.__name__, _NUMPY_CALLS)


def _range(*bounds):
    """`range` in the code's own modules; how often a loop runs must not depend on symbols."""
    for bound in bounds:
        if isinstance(bound, Traced) and not elements.is_constant(bound.term):
            raise UnknownOperation("range", f"the bound `{brief(bound.term)}` depends on symbols")
    return range(*(value_of(bound) for bound in bounds))


_BUILTINS = {"float": LiftedFloat, "int": LiftedInt, "range": _range}
WRAPPED = {function: wrapper(function, "math", _CALLS) for function in _MATH.values()}


class Replacements:
    """A context in which `math` and the given modules keep terms.

    `of(...)` finds the modules of a class or factory and of what they import from their own
    project; torch's and Python's own libraries are left as they are.
    """

    def __init__(self, modules=()):
        self.modules = list(dict.fromkeys([math, *modules]))
        self._undo: list[tuple[dict, str, object]] = []

    @classmethod
    def of(cls, *objects) -> Replacements:
        seen: dict[str, ModuleType] = {}
        for x in objects:
            for name in _homes(x):
                _explore(name, seen, first=True)
        return cls(seen.values())

    def __enter__(self):
        for module in self.modules:
            space = vars(module)
            for name, value in list(space.items()):
                if (new := _replacement(value)) is not None:
                    self._set(space, name, new)
            if module is not math:
                for name, new in _BUILTINS.items():
                    if name not in space:
                        self._set(space, name, new)
        return self

    def __exit__(self, *error):
        for space, name, old in reversed(self._undo):
            if old is _MISSING:
                space.pop(name, None)
            else:
                space[name] = old
        self._undo.clear()

    def _set(self, space: dict, name: str, new) -> None:
        self._undo.append((space, name, space.get(name, _MISSING)))
        space[name] = new


_MISSING = object()


def _replacement(value):
    """What a global of the code is replaced by, or None."""
    if value is np:
        return _Numpy()
    if isinstance(value, np.ufunc) or (
        inspect.isroutine(value) and (getattr(value, "__module__", None) or "").startswith("numpy")
    ):
        return wrapper(value, "numpy", _NUMPY_CALLS)
    if isinstance(value, torch.jit.ScriptFunction):
        return getattr(value, "_torchdynamo_inline", None)  # the Python that was compiled
    try:
        return WRAPPED.get(value) if inspect.isbuiltin(value) else None
    except TypeError:
        return None


def _homes(x) -> list[str]:
    """The modules in which a class (with its bases) or a function was written."""
    if inspect.isclass(x):
        return [base.__module__ for base in x.__mro__ if base is not object]
    return [name for name in (getattr(x, "__module__", None),) if name] + (
        [] if inspect.isfunction(x) else _homes(type(x))
    )


def _explore(name: str, seen: dict, first: bool = False) -> None:
    """A module of the code, and those of its project whose names it uses."""
    root = name.split(".")[0]
    if (
        name in seen
        or name not in sys.modules
        or root in sys.stdlib_module_names
        or (root in _FOREIGN and not (first and root == "torch"))
    ):
        return
    module = seen[name] = sys.modules[name]
    if root == "torch":
        return
    for value in list(vars(module).values()):
        other = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if isinstance(other, str):
            _explore(other, seen)
