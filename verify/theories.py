"""Where rules and claims come from: installed theories, and theory files.

A theory is a callable of the entry point group "optproof.theories" that imports its
modules.  `verify` never imports a theory by name; only a checkout whose metadata is not
installed falls back to its own `theory.load`.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType

from verify.errors import Problem, last_line, nearest, reason
from verify.files import import_file, split_file
from verify.rule import Rule
from verify.trial import tried

GROUP = "optproof.theories"
_CHECKOUT = "theory:load"


@cache
def load() -> None:
    """Import every installed theory.  Problem where one of them raises."""
    points = list(metadata.entry_points(group=GROUP))
    if not any(p.value == _CHECKOUT for p in points) and (Path(__file__).parents[1] / "theory").is_dir():
        points.append(metadata.EntryPoint("optproof", _CHECKOUT, GROUP))
    for point in points:
        try:
            point.load()()
        except Problem:
            raise
        except Exception as error:
            raise _broken(error, f"the theory {point.name!r} ({point.value})", "mend it, or uninstall it") from error


def _broken(error: BaseException, what: str, todo: str) -> Problem:
    return Problem(
        f"{what} raised {reason(error)}",
        expected="a theory that can be imported; each claim has an id of its own and a domain for each variable",
        where=last_line(error),
        todo=f"{todo}; --debug shows the traceback",
    )


def module(path: str) -> ModuleType:
    """A theory file, imported; its claims are registered by that.  Problem where it raises."""
    try:
        return import_file(path)
    except Problem:
        raise
    except Exception as error:
        raise _broken(error, f"the theory file {path}", "mend it") from error


def rules() -> dict[str, Rule]:
    """Every rule of the installed theories, by name."""
    load()
    packages = {p.value.partition(":")[0] for p in metadata.entry_points(group=GROUP)} | {_CHECKOUT.partition(":")[0]}
    modules = [m for name, m in sorted(sys.modules.items()) if m and _within(name, packages)]
    return {r.name: r for m in modules for r in rules_of(m).values()}


def _within(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def rules_of(module: ModuleType) -> dict[str, Rule]:
    """The rules of one module, by their own names; one under a reading has the name of its paper's and is none."""
    return {v.name: v for v in vars(module).values() if isinstance(v, Rule) and not v.chosen}


def rule(text: str) -> Rule:
    """The rule named `text`, or the one of a file: "file.py" or "file.py:name", after a trial run.

    Problem where there is none, with the nearest name, and where it raises (see verify/trial.py).
    """
    if file := split_file(text):
        return tried(_of_file(*file))
    known = rules()
    if text not in known:
        raise Problem(
            f"there is no rule {text!r}{nearest(text, known)}",
            expected=f"one of {', '.join(sorted(known))}; or file.py[:name]",
            where=f"--against {text}",
        )
    return tried(known[text])


def _of_file(path: str, name: str) -> Rule:
    found = module(path)
    known = rules_of(found)
    known |= {k: v for k, v in vars(found).items() if isinstance(v, Rule) and k == name}
    if name in known or (not name and len(known) == 1):
        return known[name or next(iter(known))]
    raise Problem(
        f"{path} has no rule {name!r}{nearest(name, known)}"
        if name
        else f"{path} has {len(known)} rules: {', '.join(known) or 'none'}",
        expected="a verify.Rule in the file; file.py:name where there are several",
        where=f"--against {path}{':' * bool(name)}{name}",
    )


def names() -> list[str]:
    """The names for --against, sorted."""
    return sorted(rules())
