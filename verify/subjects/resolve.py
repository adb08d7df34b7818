"""From the text of a target to the targets that it names.

torch.optim.RAdam    pkg.mod:Class    path/to/file.py:Class    file.py:make    torch (a suite)
torch.optim.SGD(momentum=0.9, nesterov=True)
"""

from __future__ import annotations

import inspect
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module, metadata
from types import ModuleType
from typing import Any

from verify.errors import Problem, last_line, nearest, reason
from verify.files import import_file, split_file
from verify.subjects.build import constructed, not_an_optimizer, target
from verify.subjects.target import Target
from verify.subjects.text import split_call

GROUP = "optproof.subjects"
SUITES = ("torch", "torch-all", "torch-all-flags")
LATER = ("optax",)
_OWN = ("verify.subjects.torch_optim", "verify.subjects.torch_database", "verify.subjects.adamp")


@cache
def subjects() -> tuple[ModuleType, ...]:
    """Ours, then the modules of the entry point group "optproof.subjects"."""
    others = {p.value for p in metadata.entry_points(group=GROUP)} - set(_OWN)
    return tuple(import_module(name) for name in (*_OWN, *sorted(others)))


def resolve(text: str, settings: dict | None = None, flags: str = "") -> list[Target]:
    """The targets that a text names.  flags: what `reproduce` says after the target.

    Problem where the text does not import, is no optimizer, or needs arguments that are not given.
    """
    found, problems = expand(text, settings, flags)
    if problems:
        raise problems[0]
    return found


def expand(text: str, settings: dict | None = None, flags: str = "") -> tuple[list[Target], list[Problem]]:
    """As `resolve`; of a suite, the targets that there are beside the problems of the others."""
    settings = settings or {}
    if text in LATER:
        raise Problem(
            f"the suite {text} comes with a later release",
            expected=f"a suite, {', '.join(SUITES)}, or a single target",
            where=f"target {text}",
        )
    if text in SUITES:
        return _suite(text, settings)
    return [_single(text, settings, flags)], []


def _suite(name: str, settings: dict) -> tuple[list[Target], list[Problem]]:
    if settings:
        raise Problem(
            f"--set with the suite {name}, whose targets have settings of their own",
            expected="--set with single targets",
            where="--set",
        )
    found, problems = [], []
    for subject in subjects():
        try:
            found += subject.suite(name)
        except Problem as problem:
            problems.append(problem)
    return found, problems


def _single(text: str, settings: dict, flags: str) -> Target:
    base, keywords = split_call(text)
    return of_object(_thing(base), base, keywords | settings, flags)


def of_object(thing, name: str, settings: dict | None = None, flags: str = "", path: str | None = None) -> Target:
    """The target that a class or a factory is.  path: how the shell names it, where that is not `name`.

    Problem where it is no optimizer, or needs arguments that are not given.
    """
    _check_kind(name, thing)
    settings = settings or {}
    owner = (
        next((s for s in subjects() if s.rule_of(thing) or _call(s, "name_of", thing)), None)
        if inspect.isclass(thing)
        else None
    )
    rule = owner.rule_of(thing, settings) if owner else None
    known = _call(owner, "name_of", thing)
    return constructed(
        target(thing, known or name, settings, rule, _call(owner, "given", thing), flags, None if known else path)
    )


def _call(subject, function: str, thing):
    """A subject may leave out `name_of` and `given`."""
    return getattr(subject, function, lambda _: None)(thing)


def _check_kind(name: str, thing) -> None:
    import torch

    if inspect.isclass(thing) and not issubclass(thing, torch.optim.Optimizer):
        raise not_an_optimizer(name, "it is a class that does not derive from torch.optim.Optimizer")
    if not callable(thing):
        raise not_an_optimizer(name, f"it is {type(thing).__name__!r} and cannot be called")


def _thing(base: str):
    """The class or function that a text without brackets names."""
    if file := split_file(base):
        return _of_file(*file)
    module, _, name = base.partition(":") if ":" in base else base.rpartition(".")
    if os.path.isdir(base):
        raise _folder(base)
    if not module or not name:
        raise Problem(
            f"{base!r} is no target{_hint(base)}",
            expected="torch.optim.Name, pkg.mod:Class, path/to/file.py:Class, file.py:make, or a suite",
            where=f"target {base}",
        )
    return _member(_imported(base, module), name, base)


def _folder(base: str) -> Problem:
    files = sorted(f for f in os.listdir(base) if f.endswith(".py"))
    return Problem(
        f"{base} is a folder{nearest('', files) if files else ', without a Python file in it'}",
        expected="path/to/file.py:Class, file.py:make, pkg.mod:Class, or a suite",
        where=f"target {base}",
    )


def _hint(word: str) -> str:
    import torch

    if isinstance(getattr(torch.optim, word, None), type):
        return f"; did you mean 'torch.optim.{word}'?"
    return nearest(word, SUITES + LATER) if word else ""


def _imported(text: str, module: str) -> ModuleType:
    with suppress(FileNotFoundError):  # the working directory may have been deleted
        if (here := os.getcwd()) not in sys.path:
            sys.path.append(here)  # a package that lies in the working directory can be named
    try:
        return import_module(module)
    except (Exception, SystemExit) as error:
        raise _does_not_import(text, module, error) from error


def _of_file(path: str, name: str):
    try:
        module = import_file(path)
    except Problem:
        raise
    except (Exception, SystemExit) as error:
        raise _does_not_import(f"{path}:{name}", path, error) from error
    return _member(module, name, f"{path}:{name}" if name else path)


def _does_not_import(text: str, module: str, error: BaseException) -> Problem:
    relative = isinstance(error, ImportError) and "relative import" in str(error)
    return Problem(
        f"{module} does not import: {reason(error)}",
        expected="a module that can be imported",
        where=last_line(error) or f"target {text}",
        todo="name it as pkg.mod:Class, since it belongs to a package" if relative else "",
    )


def _member(module: ModuleType, name: str, text: str):
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise Problem(
            f"{module.__name__} has no {name!r}{nearest(name, _candidates(module))}"
            if name
            else f"{text!r} names a file and no class in it{nearest('', _candidates(module))}",
            expected="an optimizer class, or a function that takes the parameters and returns an optimizer",
            where=f"target {text}",
        )
    return found


def _candidates(module: ModuleType) -> list[str]:
    """What could have been meant: the module's public callables, optimizers alone where it has any."""
    import torch

    public = {k: v for k, v in vars(module).items() if not k.startswith("_") and callable(v)}
    classes = [
        k
        for k, v in public.items()
        if isinstance(v, type) and issubclass(v, torch.optim.Optimizer) and v is not torch.optim.Optimizer
    ]
    own = [k for k in classes if f"{public[k].__module__}.".startswith(f"{module.__name__}.")]
    return own or classes or list(public)
