"""One run of a rule on exact numbers, before anything is judged by it.

A rule that raises, or that mixes elements and does not say so, is a mistake in the rule's own file;
found here, it is never laid at the door of an optimizer.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType

import numpy as np

from verify import numbers
from verify.domain import Domain, Real
from verify.errors import Problem, last_line, reason
from verify.exact import Exact, exact, symbols
from verify.rule import Rule

STEPS = 2  # the first, from memories that may be 0, and one from memories that are not
_FUNCTIONS = "column_sums dot dot_rows largest matmul norm root_mean_square row_sums rows size transpose"
_MIX = {getattr(numbers, name): name for name in _FUNCTIONS.split()}
_METHODS = frozenset(["@", "T", "dot", "flatten", "max", "mean", "min", "prod", "ravel", "reshape", "sum", "trace"])


@cache
def tried(rule: Rule) -> Rule:
    """The rule, after a run at each shape.  Problem where it raises, or mixes elements and is called elementwise."""
    hyper = dict(_hyperparameters(rule))
    shapes = ((), (2,)) if rule.elementwise else rule.shapes or ((2, 2), (3,))
    found = [_run(rule, shape, hyper) for shape in shapes]
    if rule.elementwise and not _alone(found[0], found[1], bool(list(_mixing(rule.step)))):
        raise _mixes(rule)
    return rule


def _hyperparameters(rule: Rule) -> Iterator[tuple[str, object]]:
    for name, domain in rule.hyperparameters.items():
        if not isinstance(domain, Domain):
            raise Problem(
                f"the hyperparameter {name} of the rule {rule.name} has no domain",
                f"an annotation that says where it lives, as in `{name}: Positive`",
                _place(rule.step),
            )
        yield name, int(domain.low or 1) if domain.integer else domain.symbol(name)


def _run(rule: Rule, shape: tuple[int, ...], hyper: dict):
    """The iterate after some steps on symbols, one for each element."""
    try:
        x = _cells("x", shape)
        memory = rule.initial(x, **hyper)
        for k in range(1, STEPS + 1):
            x, memory = rule.advance(x, _cells(f"g{k}", shape), memory, exact(k), **hyper)
            if len(memory) != len(rule.memory):
                raise ValueError(f"the step hands on {len(memory)} memories of {len(rule.memory)}")
    except Exception as error:
        if rule.elementwise and any(_mixing(rule.step)):
            raise _mixes(rule) from error
        raise Problem(
            f"the rule {rule.name} raised {reason(error)}",
            f"a step that runs on {f'arrays of the shape {shape}' if shape else 'numbers'}",
            last_line(error) or _place(rule.step),
            "mend the rule",
        ) from error
    return x


def _cells(name: str, shape: tuple[int, ...]):
    """An array of symbols; of no index, one symbol: that of the first element."""
    if not shape:
        return Real.symbol(f"{name}[0]")
    cells = np.empty(int(np.prod(shape)), dtype=object)
    cells[:] = [Real.symbol(f"{name}[{i}]") for i in range(cells.size)]
    return cells.reshape(shape)


def _alone(single, several, suspect: bool) -> bool:
    """Is the first of several elements what it would be alone?  suspect: an operation that may mix them is in the step."""
    first = np.asarray(several, dtype=object).reshape(-1)[0]
    others = isinstance(first, Exact) and any(name.endswith("[1]") for name in symbols(first))
    return not others and (first is single or not suspect)


def _mixes(rule: Rule) -> Problem:
    found = list(_mixing(rule.step))
    what = ", ".join(dict.fromkeys(name for name, _ in found)) or "what is computed for one depends on another"
    return Problem(
        f"the step of the rule {rule.name} mixes elements ({what}), and the rule does not say so",
        "elementwise=False for a rule with norms, sums, means or matrices",
        found[0][1] if found else _place(rule.step),
        f"write Rule(name={rule.name!r}, ..., elementwise=False)",
    )


def _mixing(function: Callable, seen: frozenset = frozenset()) -> Iterator[tuple[str, str]]:
    """What a function, and those of its file that it calls, use of what mixes elements: name and place."""
    code = getattr(function, "__code__", None)
    if code is None or function in seen or function.__module__.startswith("verify."):
        return
    for used, line in _used(code):
        value = function.__globals__.get(used.removeprefix("."))
        if used.startswith("."):
            if used[1:] in _METHODS:
                yield used.replace(".@", "@"), f"{code.co_filename}:{line}"
        elif callable(value) and value in _MIX:
            yield _MIX[value], f"{code.co_filename}:{line}"
        elif inspect.isfunction(value):
            yield from _mixing(value, seen | {function})


def _used(code: CodeType) -> Iterator[tuple[str, int]]:
    """Global names and attributes (".sum") that code uses, with their lines."""
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        line = (step.positions.lineno if step.positions else None) or line
        if step.opname == "LOAD_GLOBAL":
            yield step.argval, line
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            yield f".{step.argval}", line
        elif step.opname == "BINARY_OP" and step.argrepr == "@":
            yield ".@", line
        elif isinstance(step.argval, CodeType):
            yield from _used(step.argval)


def _place(step: Callable) -> str:
    code = getattr(step, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else ""


def raised_by(rule: Rule, error: BaseException) -> bool:
    """Did the step of the rule, or what it called, raise the error?  (Under a reading it has the same file and name.)"""
    mine, frame = getattr(rule.step, "__code__", None), error.__traceback__
    while mine and frame:
        code = frame.tb_frame.f_code
        if (code.co_filename, code.co_name) == (mine.co_filename, mine.co_name):
            return True
        frame = frame.tb_next
    return False
