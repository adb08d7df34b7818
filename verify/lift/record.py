"""What one lift remembers: the conditions of its branches, its notes, its kind of number.

Code under a lift computes with values and, beside them, terms.  Where it branches, the
branch of the value is taken and the condition recorded here, so that what is proved about
the terms is proved under the conditions.  An operation without a rule is an error that
says where the code called it; nothing ever becomes a constant by accident.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from types import FrameType

from verify.exact import Exact, exact, walk
from verify.numbers import log, sqrt

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_PLUMBING = tuple(
    os.path.join("torch", *p)
    for p in (("_tensor.py",), ("overrides.py",), ("functional.py",), ("utils", "_contextlib.py"))
)
_current: ContextVar[Recorder | None] = ContextVar("lift", default=None)


class UnknownOperation(Exception):
    """The code called an operation for which the lifter has no rule.

    Not a TypeError: torch's operators would read that as "try the other operand".
    """

    def __init__(self, name: str, why: str = "the lifter has no rule for it"):
        self.name, self.site = name, call_site()
        super().__init__(f"{name}: {why}; called at {self.site}; to support it, teach verify/lift/operations.py")


class LostExpression(AssertionError):
    """A term no longer says what its value is: the code computed past the lifter."""


@dataclass(frozen=True, repr=False)
class Branch:
    """A condition that the code asked, the answer it got, and where it asked."""

    condition: Exact
    taken: bool
    site: str

    def __iter__(self) -> Iterator:
        return iter((self.condition, self.taken, self.site))

    @property
    def text(self) -> str:
        return f"{brief(self.condition)} is {self.taken} at {self.site}"

    def __repr__(self) -> str:
        return self.text


@dataclass
class Recorder:
    """The record of one lift.

    `number` makes an element from a literal of the code: `exact`, or `multiprecision` to run
    the same code on mpmath's numbers.  formulas: compiled kernels whose formula stands for them.
    """

    number: Callable = exact
    conditions: list[Branch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)

    def ask(self, condition, value: bool) -> bool:
        """The truth of a condition: a known one's own, else the value's, which is recorded."""
        if not isinstance(condition, Exact):
            return bool(condition)
        if condition.op in ("true", "false"):
            return condition.op == "true"
        if not any(b.condition is condition and b.taken == value for b in self.conditions):
            self.conditions.append(Branch(condition, value, call_site()))
        return value

    def rely(self, kernel: str) -> None:
        """Remember that a kernel's formula was taken for the kernel."""
        if kernel not in self.formulas:
            self.formulas.append(kernel)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


@contextmanager
def recording(recorder: Recorder):
    """Make a recorder the one that traced numbers report to."""
    token = _current.set(recorder)
    try:
        yield recorder
    finally:
        _current.reset(token)


def current() -> Recorder:
    """The recorder in force; RuntimeError outside a lift."""
    recorder = _current.get()
    if recorder is None:
        raise RuntimeError("a traced number was used outside a lift; run it inside verify.lift.torch.lifting(...)")
    return recorder


LONGEST = 12  # digits that nobody types
SMALL = 4096  # numerator and denominator of what is recognised, which one random float in 10**8 is taken for


def decimal(value) -> Fraction:
    """The number that was typed: a float is the shortest decimal that prints like it.

    Nobody types sixteen digits: `1 - 0.999`, which Python has computed as 0.0010000000000000009, is 0.001.
    """
    if not isinstance(value, float):
        return Fraction(value)
    value = float(value)
    short = float(f"{value:.8g}")
    rounding = min(max(2.0**-52, 8 * math.ulp(value)), 1e-11 * abs(value))
    return Fraction(repr(short if abs(short - value) <= rounding else value))


def multiprecision(value):
    """A literal as mpmath's number, at the precision in force; truth values stay as they are."""
    import mpmath

    if isinstance(value, bool | mpmath.mpf):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return mpmath.mpf(value)
    q = decimal(value)
    return mpmath.mpf(q.numerator) / q.denominator


def literal(value, number: Callable | None = None):
    """The element that a plain number of the code stands for, infinities included."""
    value = value.item() if hasattr(value, "item") else value
    number = number or current().number
    if isinstance(value, complex):
        raise UnknownOperation("complex number", "only real numbers are lifted")
    if isinstance(value, float) and not math.isfinite(value):
        return _infinite(value, number)
    if isinstance(value, float) and (square := _square(value)) is not None:
        root = sqrt(number(square))
        return root if value > 0 else -root
    if isinstance(value, float) and (found := _logarithm(value)) is not None:
        argument, base = found
        return log(number(argument)) if base is None else log(number(argument)) / log(number(base))
    return number(decimal(value) if isinstance(value, float) else value)


def _square(value: float) -> Fraction | None:
    """The small fraction of which a float is the root: `numel() ** 0.5` and `1 / 3` are computed, and no decimals."""
    q = decimal(value)
    if len(str(q.numerator)) < LONGEST or not 1e-6 < abs(value) < 1e6:
        return None
    found = (Fraction(value) ** 2).limit_denominator(SMALL)
    near = abs(math.sqrt(found) - abs(value)) <= math.ulp(value)
    return found if near and found.numerator <= SMALL else None


def _logarithm(value: float) -> tuple[Fraction, int | None] | None:
    """The short decimal of which a float is the logarithm, and its base (None: natural): it was computed."""
    if len(str(decimal(value).numerator)) < LONGEST or not 1e-6 < abs(value) < 100:
        return None
    for base, power, back in _LOGARITHMS:
        found = Fraction(f"{power(value):.6g}")
        if found > 0 and abs(back(found) - value) <= 2.0**-52 + math.ulp(value):  # the decimal was rounded too
            return found, base
    return None


_LOGARITHMS: tuple[tuple[int | None, Callable, Callable], ...] = (
    (None, math.exp, math.log),
    (2, lambda x: 2.0**x, math.log2),
    (10, lambda x: 10.0**x, math.log10),
)


def _infinite(value: float, number: Callable):
    if number is not exact:
        import mpmath

        return mpmath.mpf(value)
    if math.isnan(value):
        return Exact("nan")
    return Exact("infinity") if value > 0 else -Exact("infinity")


def brief(term, longest: int = 150) -> str:
    """A term as text, or what it is where the text would be long (a shared program written out may have no end)."""
    if not isinstance(term, Exact):
        return str(term)
    sizes: dict[Exact, int] = {}
    for node in walk(term):
        sizes[node] = 1 + sum(sizes[a] for a in node.args if isinstance(a, Exact))
    return repr(term) if sizes[term] <= longest else f"a term of {len(sizes)} operations"


def call_site() -> str:
    """`file:line` of the code under the lift that is running now."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_plumbing(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "an unknown place"


def place() -> str:
    """The same without the folders of this machine: from the package on, or the file alone."""
    _, installed, inner = call_site().rpartition(f"site-packages{os.sep}")
    return inner if installed else os.path.basename(inner)


def _is_plumbing(path: str) -> bool:
    return path.startswith((_HERE, "<")) or path.endswith(_PLUMBING)
