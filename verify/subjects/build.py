"""From a class or a factory to a target: which arguments it takes, and which of them are numbers."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from verify.errors import Problem, last_line, nearest, reason
from verify.subjects.target import Target
from verify.subjects.text import call, is_tensor
from verify.subjects.wanted import instead

_MISSING = inspect.Parameter.empty


def target(
    make: Callable,
    name: str,
    keywords: dict | None = None,
    rule: str | None = None,
    given: dict | None = None,
    flags: str = "",
    path: str | None = None,
    stands_alone: bool = False,
) -> Target:
    """A configuration of `make`, a class or a factory that takes the parameters.

    keywords: what the configuration sets.  given: values for arguments without a default, which
    do not enter the name.  flags: what `reproduce` says after the target.  path: how the shell
    names it, where that is not `name`; "" where it cannot.  stands_alone: see Target.  Problem where an argument has
    neither default nor value, or a keyword is not taken.
    """
    keywords, given = keywords or {}, given or {}
    defaults = arguments(make)
    _check(name, defaults, keywords, given)
    plain = defaults | given
    shown = {k: v for k, v in keywords.items() if k not in plain or not _same(v, plain[k])}
    numbers = {k: v for k, v in (plain | keywords).items() if is_number(v) or k in shown}
    factory = not inspect.isclass(make) or not any(map(is_number, numbers.values()))
    bound = partial(make, **given | keywords) if factory and given | keywords else make
    reproduce = "" if path == "" else f"optproof certify {shlex.quote(call(path or name, shown))}{flags}"
    return Target(call(name, shown), bound, {} if factory else numbers, rule, factory, reproduce, stands_alone)


def arguments(make: Callable) -> dict:
    """What `make` takes by keyword, after the parameters, with its defaults; "**" where it takes any."""
    try:
        parameters = list(inspect.signature(make).parameters.values())[1:]
    except (TypeError, ValueError):  # a builtin without a signature
        return {"**": {}}
    named = {p.name: p.default for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    found = {n: _MISSING if type(d).__name__ == "_RequiredParameter" else d for n, d in named.items()}
    return found | ({"**": {}} if any(p.kind is p.VAR_KEYWORD for p in parameters) else {})


def is_number(value) -> bool:
    """A number or a tuple of numbers, of which some may be left out (None); truth values are settings."""
    if isinstance(value, tuple | list):
        return any(map(is_number, value)) and all(v is None or is_number(v) for v in value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(a, b) -> bool:
    """Is it the default, word for word?  1 is not 1.0: whole numbers stay as they are given, others are quantified."""
    alike = isinstance(a, bool) == isinstance(b, bool) and is_tensor(a) == is_tensor(b)
    return alike and b is not _MISSING and bool(a == b) and (not a or isinstance(a, int) == isinstance(b, int))


def _check(name: str, defaults: dict, keywords: dict, given: dict) -> None:
    unknown = [k for k in keywords if k not in defaults and "**" not in defaults]
    if unknown:
        taken = [k for k in defaults if k != "**"]
        raise Problem(
            f"{name} takes no argument {unknown[0]!r}{nearest(unknown[0], taken)}",
            expected=", ".join(taken) or "none",
            where=f"target {name}",
        )
    missing = [k for k, v in defaults.items() if v is _MISSING and k not in keywords and k not in given]
    if missing:
        raise Problem(
            f"{name} needs {', '.join(missing)}, and has no default for {'it' if len(missing) == 1 else 'them'}",
            expected="a class or factory that can be called with the parameters alone",
            where=f"target {name}",
            todo=f"{' '.join(f'--set {k}=VALUE' for k in missing)}; or a factory that takes the parameters, "
            f"def make(params): return {name.rpartition(':')[2].rpartition('.')[2]}(params, "
            f"{', '.join(f'{k}=...' for k in missing)}), named as file.py:make",
        )


def constructed(found: Target) -> Target:
    """The target, constructed once; of a factory, with the numbers of the group that it made.

    Problem where construction fails, or makes no optimizer.
    """
    import torch

    try:
        made = found.make([torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64))], **found.keywords)
    except (Exception, SystemExit) as error:
        raise _not_constructed(found, error) from error
    if not isinstance(made, torch.optim.Optimizer):
        raise not_an_optimizer(found.name, f"it made {_a(type(made).__name__)}")
    group: dict = next((g for g in made.param_groups if g["params"]), {})
    return replace(found, keywords={k: v for k, v in group.items() if is_number(v)}) if found.factory else found


def _not_constructed(found: Target, error: BaseException) -> Problem:
    what, todo = instead(found.make, found.name, found.keywords) or ("", "")
    return Problem(
        f"{found.name} raised {reason(error)} when it was constructed{f'; {what}' if what else ''}",
        expected="an optimizer of one parameter, of shape (2, 2) and dtype float64",
        where=last_line(error) or f"target {found.name}",
        todo=todo or "give arguments with --set NAME=VALUE, or name a factory that takes the parameters",
    )


def not_an_optimizer(name: str, found: str) -> Problem:
    """What is named exists and is something else."""
    return Problem(
        f"{name} is no optimizer: {found}",
        expected="a subclass of torch.optim.Optimizer, or a function that takes the parameters and returns one",
        where=f"target {name}",
    )


def _a(word: str) -> str:
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"
