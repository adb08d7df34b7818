"""Python's numbers with a term beside their value.

A hyperparameter enters the code as a `TracedFloat`: a float for everything that asks for
one, and its arithmetic builds the term.  A comparison is a `TracedBool`; asked for its
truth, it answers by the value and records the condition.  Where Python itself would drop
the term (`float(x)`, NumPy's scalars, an integer cut off), an error says so.

A traced integer is a float too: `0.5 * n` and `0.5 < n` would read a subclass of `int` in C,
but ask a subclass of `float` first.
"""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any

from verify.lift import elements, integers
from verify.lift.record import UnknownOperation, brief, current, literal


class Traced:
    """What the three kinds share: a plain `value` and its `term`."""

    __slots__ = ()
    value: Any
    term: Any

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        raise UnknownOperation("pickle", "a traced number has no pickled form")

    def __repr__(self):
        return f"{self.value!r}[{brief(self.term)}]"

    def __format__(self, spec):
        return repr(self)  # the digits alone could be read back as a number without its term

    __str__ = __repr__

    def __array__(self, *args, **kwargs):
        raise UnknownOperation("numpy array of a traced number", "NumPy would drop the term")


def traced(value, term):
    """The traced number of the kind of `value`."""
    match value:
        case bool():
            return TracedBool(value, term)
        case int():
            return TracedInt(value, term)
        case float():
            return TracedFloat(value, term)
    raise UnknownOperation(type(value).__name__, "only real numbers are lifted")


def value_of(x):
    """The plain value of a number, traced or NumPy's or not."""
    if isinstance(x, Traced):
        return x.value
    return x.item() if hasattr(x, "item") else x


def term_of(x, like=None):
    """The term of a number; a plain one is read as the decimal that was typed."""
    if isinstance(x, TracedBool):
        return elements.number(x.term)
    if isinstance(x, Traced):
        return x.term
    return literal(x, elements.maker(like) if like is not None else None)


def apply(rule, function, *args):
    """A function of numbers of which one at least is traced: its value and its term."""
    like = next(a.term for a in args if isinstance(a, Traced))
    terms = [term_of(a, like) for a in args]
    return traced(function(*map(value_of, args)), rule(*terms))


def _arithmetic(name: str, rule, reflected: bool):
    function = getattr(operator, name)

    def method(self, other, modulus=None):
        if not isinstance(other, Real | TracedBool):
            return NotImplemented
        return apply(rule, function, other, self) if reflected else apply(rule, function, self, other)

    return method


def _comparison(op: str):
    function = getattr(operator, op)

    def method(self, other):
        if not isinstance(other, Real | TracedBool):
            return NotImplemented
        condition = elements.compare(op, term_of(self), term_of(other, self.term))
        return TracedBool(function(self.value, value_of(other)), condition)

    return method


_RULES = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": elements.divide,
    "pow": elements.power, "floordiv": integers.quotient, "mod": integers.remainder,
}  # fmt: skip
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class _Number(Traced):
    """Arithmetic and conversions of traced floats and integers."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy's scalars then leave `np.float64(2) * x` to us

    def __neg__(self):
        return traced(-self.value, -self.term)

    def __pos__(self):
        return self

    def __abs__(self):
        return traced(abs(self.value), abs(self.term))

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __bool__(self):
        return bool(self != 0)

    def __float__(self):
        return float(self._plain("float"))

    def __int__(self):
        return int(self._plain("int"))

    def __trunc__(self):
        return to_int(self)

    def __floor__(self):
        return apply(integers.floor, lambda v: v.__floor__(), self)

    def __ceil__(self):
        return -((-self).__floor__())

    def __round__(self, digits=None):
        if digits is not None:
            raise UnknownOperation("round(x, digits)", "only rounding to integers is lifted")
        return apply(integers.nearest_integer, round, self)

    def __hash__(self):
        return hash(self._plain("hash"))

    def as_integer_ratio(self):
        return self._plain("as_integer_ratio").as_integer_ratio()

    def hex(self):
        return float(self._plain("hex")).hex()

    def conjugate(self):
        return self

    real = property(conjugate)
    imag = property(lambda self: 0)

    def is_integer(self):
        if integers.integral(self.term) or elements.is_constant(self.term):
            return self.value == int(self.value)
        raise UnknownOperation("is_integer", f"`{brief(self.term)}` may be an integer or not")

    def _plain(self, name: str):
        """The value where the term is a literal; else Python would drop the term."""
        if elements.is_constant(self.term):
            return self.value
        raise UnknownOperation(f"{name}()", f"here Python would drop the term `{brief(self.term)}`")


for _name, _rule in _RULES.items():
    setattr(_Number, f"__{_name}__", _arithmetic(_name, _rule, reflected=False))
    setattr(_Number, f"__r{_name}__", _arithmetic(_name, _rule, reflected=True))
for _name in _COMPARISONS:
    setattr(_Number, f"__{_name}__", _comparison(_name))


class TracedFloat(_Number, float):
    """A float with its term."""

    def __new__(cls, value: float, term):
        self = float.__new__(cls, value)
        self.value, self.term = float(value), term
        return self

    __hash__ = _Number.__hash__


class TracedInt(_Number, float):
    """An integer with its term."""

    def __new__(cls, value: int, term):
        self = float.__new__(cls, value)
        self.value, self.term = int(value), term
        return self

    def __index__(self):
        """A position in a list: which one it is, is a branch."""
        if not elements.is_constant(self.term):
            current().ask(elements.compare("eq", self.term, literal(self.value)), True)
        return self.value

    __hash__ = _Number.__hash__


class TracedBool(Traced):
    """A truth value with its condition; `if` takes the value's branch and records it."""

    __array_ufunc__ = None

    def __init__(self, value: bool, term):
        self.value, self.term = bool(value), term

    def __bool__(self):
        return current().ask(self.term, self.value)

    def __invert__(self):
        return TracedBool(not self.value, elements.opposite(self.term))

    def __and__(self, other):
        return TracedBool(self.value and value_of(other), elements.both(self.term, self._condition(other)))

    def __or__(self, other):
        return TracedBool(self.value or value_of(other), elements.either(self.term, self._condition(other)))

    __rand__, __ror__ = __and__, __or__

    def _condition(self, other):
        return other.term if isinstance(other, TracedBool) else elements.maker(self.term)(bool(other))

    def number(self) -> TracedInt:
        """1 where it holds, else 0."""
        return TracedInt(int(self.value), elements.number(self.term))

    def __int__(self):
        raise UnknownOperation("int()", "here Python would drop the condition")

    __index__ = __float__ = __int__
    __hash__ = object.__hash__


def _of_truth(name: str):
    return lambda self, other: getattr(operator, name)(self.number(), other)


def _of_truth_reflected(name: str):
    return lambda self, other: getattr(operator, name)(other, self.number())


for _name in ("add", "sub", "mul", "truediv"):
    setattr(TracedBool, f"__{_name}__", _of_truth(_name))
    setattr(TracedBool, f"__r{_name}__", _of_truth_reflected(_name))
for _name in _COMPARISONS:
    setattr(TracedBool, f"__{_name}__", _of_truth(_name))


def to_int(x):
    """`int(x)` that keeps the term: what is behind the point is cut off."""
    x = x.number() if isinstance(x, TracedBool) else x
    if elements.is_constant(x.term):
        return int(x.value)
    return TracedInt(int(x.value), x.term if integers.integral(x.term) else integers.truncated(x.term))


def to_float(x):
    """`float(x)` that keeps the term."""
    x = x.number() if isinstance(x, TracedBool) else x
    return TracedFloat(float(x.value), x.term)
