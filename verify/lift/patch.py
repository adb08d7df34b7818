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
from collections.abc import Callable, Iterator
from functools import cache, reduce
from numbers import Real
from types import ModuleType

import numpy as np
import torch

from verify.lift import elements, integers
from verify.lift.functions import MATH, NUMPY, ORIGINAL, wrapper
from verify.lift.record import UnknownOperation, brief
from verify.lift.trace import Traced, TracedFloat, TracedInt, apply, to_float, to_int, value_of

_FOREIGN = frozenset(
    {"torch", "numpy", "verify", "mpmath", "sympy", "scipy", "flint", "z3", "pytest", "_pytest", "hypothesis"}
)


class _Kind(type):
    """The type of the shadows of `float` and `int`: they convert with terms, and all else is the builtin's."""

    builtin: type
    keeping: Callable

    def __call__(cls, *args):
        if args and isinstance(args[0], torch.Tensor):
            args = (args[0].item(), *args[1:])
        return cls.keeping(args[0]) if args and isinstance(args[0], Traced) else cls.builtin(*args)

    def __instancecheck__(cls, x):
        return isinstance(x, cls.builtin) and not isinstance(x, TracedInt)

    def __subclasscheck__(cls, kind):
        return issubclass(kind, cls.builtin)

    def __eq__(cls, other):
        return other is cls.builtin or type.__eq__(cls, other) is True

    def __hash__(cls):
        return hash(cls.builtin)


class LiftedFloat(float, metaclass=_Kind):
    """`float` in the code's own modules."""

    builtin, keeping = float, staticmethod(to_float)


class _Whole(_Kind):
    """A traced integer is one for `isinstance`, whatever it derives from, and no float."""

    def __instancecheck__(cls, x):
        return isinstance(x, int | TracedInt)


class LiftedInt(int, metaclass=_Whole):
    """`int` in the code's own modules."""

    builtin, keeping = int, staticmethod(to_int)


def _narrow(x):
    raise UnknownOperation("numpy scalar", f"a type other than float64 would drop the term `{brief(x.term)}`")


@cache
def _scalar(kind: type) -> type:
    """A scalar type of NumPy in the code's own modules; float64 is Python's float."""
    keeping = to_float if kind is np.float64 else _narrow
    return _Kind(kind.__name__, (), {"builtin": kind, "keeping": staticmethod(keeping)})


class _Numpy:
    """NumPy (or a part of it) in the code's own modules: its functions are wrapped, all else is NumPy's."""

    def __init__(self, module: ModuleType = np):
        self._module = module

    def __getattr__(self, name: str):
        found = getattr(self._module, name)
        if isinstance(found, ModuleType):
            return _Numpy(found)
        if not callable(found) or isinstance(found, type):
            return _replacement(found) or found
        return wrapper(found, self._module.__name__, NUMPY)


def _range(*bounds):
    """`range` in the code's own modules; how often a loop runs must not depend on symbols."""
    for bound in bounds:
        if isinstance(bound, Traced) and not elements.is_constant(bound.term):
            raise UnknownOperation("range", f"the bound `{brief(bound.term)}` depends on symbols")
    return range(*(value_of(bound) for bound in bounds))


def _extreme(builtin: Callable, rule: Callable) -> Callable:
    """`max` or `min` in the code's own modules: of traced numbers a term, where Python itself would branch."""

    def larger(a, b):
        if not (isinstance(a, Traced) or isinstance(b, Traced)):
            return builtin(a, b)
        found = apply(rule, builtin, a, b)
        return found if integers.integral(found.term) else TracedFloat(float(found.value), found.term)

    def chosen(*args, **kwargs):
        items = args if len(args) > 1 else (args := (list(*args),))[0]
        plain = all(isinstance(x, Real) and not isinstance(x, bool) for x in items)
        traced = any(isinstance(x, Traced) for x in items)
        return reduce(larger, items) if plain and traced and not kwargs else builtin(*args, **kwargs)

    return chosen


_BUILTINS = {
    "float": LiftedFloat,
    "int": LiftedInt,
    "range": _range,
    "max": _extreme(max, elements.maximum),
    "min": _extreme(min, elements.minimum),
}
_WRAPPED = {function: wrapper(function, "math", MATH) for function in ORIGINAL.values()}


class Replacements:
    """A context in which `math` and the given modules keep terms.

    `of(...)` finds the modules of a class or factory and of what they import from their own
    project; torch's and Python's own libraries are left as they are.
    """

    def __init__(self, modules=()):
        self.modules = list(dict.fromkeys([math, *modules]))
        self._undo: list[tuple[dict, str, object]] = []
        self._sizes: list[int] = []
        self._places: list[tuple[dict, str, object, object]] = []

    @classmethod
    def of(cls, *objects) -> Replacements:
        seen: dict[str, ModuleType] = {}
        for x in objects:
            for name in _homes(x):
                _explore(name, seen, first=True)
        return cls(seen.values())

    def __enter__(self):
        for space, name, _, new in self._known():
            self._set(space, name, new)
        return self

    def _known(self) -> list[tuple[dict, str, object, object]]:
        """Where what is put; looked for again where a module has changed, since every step asks."""
        sizes = [len(vars(module)) for module in self.modules]
        if sizes != self._sizes or any(space.get(name, _MISSING) is not old for space, name, old, _ in self._places):
            self._sizes, self._places = sizes, [place for module in self.modules for place in _places(module)]
        return self._places

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


def _places(module: ModuleType) -> Iterator[tuple[dict, str, object, object]]:
    """The globals of a module that are replaced: where, which, what is there and what comes."""
    space = vars(module)
    for name, value in list(space.items()):
        if (new := _replacement(value)) is not None:
            yield space, name, value, new
    if module is not math:
        yield from ((space, name, _MISSING, new) for name, new in _BUILTINS.items() if name not in space)


def _replacement(value):
    """What a global of the code is replaced by, or None."""
    if value is np:
        return _Numpy()
    if isinstance(value, type) and issubclass(value, np.number):
        return _scalar(value)  # type: ignore[arg-type]
    if isinstance(value, np.ufunc) or (
        inspect.isroutine(value) and (getattr(value, "__module__", None) or "").startswith("numpy")
    ):
        return wrapper(value, "numpy", NUMPY)
    if isinstance(value, torch.jit.ScriptFunction):
        return getattr(value, "_torchdynamo_inline", None)  # the Python that was compiled
    try:
        return _WRAPPED.get(value) if inspect.isbuiltin(value) else None
    except TypeError:
        return None


def _homes(x) -> list[str]:
    """The modules in which a class (with its bases) or a function was written; torch's classes name another."""
    if inspect.isclass(x):
        bases = [base for base in x.__mro__ if base is not object]
        written = [inspect.unwrap(f) for base in bases for f in vars(base).values() if inspect.isfunction(f)]
        return list(dict.fromkeys([*(b.__module__ for b in bases), *(f.__globals__["__name__"] for f in written)]))
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
