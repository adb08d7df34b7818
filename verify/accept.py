"""Accepted readings: where a target is known to follow another reading of its paper, and that is fine.

    [tool.optproof.accept]
    "torch.optim.RAdam" = {readings = ["threshold-5", "eps-hat"], reason = "torch follows the authors' code"}

A clause of the contract that a target is known to break is recorded beside them:

    "pkg.Optimizer" = {clauses = ["gradients"], reason = "it scales gradients in place, and says so"}

The table is strict, so that it never says more than what is true: a recorded target that
conforms by now fails, and so does a recorded reading that the target does not follow.  A
key is the name of a target; its paths (`foreach`, `differentiable`, `fused`) fall under the same
key where they have none of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from verify.certificate import Certificate
from verify.errors import Problem
from verify.measure.clause import CLAUSES

PASSES, FAILS, OPEN = "passes", "fails", "open"
_PATH = re.compile(r"\b(foreach|differentiable|fused)=(True|False)(, )?")
_SHAPE = '{readings = ["..."], clauses = ["..."], reason = "..."}'


@dataclass(frozen=True)
class Acceptance:
    """Readings that a target may follow, clauses of the contract that it may break, and why."""

    readings: tuple[str, ...]
    reason: str
    clauses: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        return (*self.readings, *self.clauses)


@dataclass(frozen=True)
class Outcome:
    """What a certificate means for the exit code; `message` says why it fails or is accepted."""

    state: str
    message: str = ""


def recorded(start: Path | None = None) -> dict[str, Acceptance]:
    """The table of the nearest pyproject.toml, upward from `start` (the working directory).

    Problem where it is no TOML, or an entry has another shape.
    """
    start = (start or Path.cwd()).resolve()
    file = next((f for f in (folder / "pyproject.toml" for folder in (start, *start.parents)) if f.is_file()), None)
    table = _table(file) if file else {}
    return {name: _entry(name, entry, file) for name, entry in table.items()}


def _table(file: Path) -> dict:
    import tomllib

    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Problem(f"{file.name} cannot be read: {error}", "TOML", str(file)) from error
    for key in ("tool", "optproof", "accept"):
        data = data.get(key, {})
        if not isinstance(data, dict):
            raise Problem(f"[tool.optproof.accept] is {type(data).__name__!r}", "a table of targets", str(file))
    return data


def _entry(name: str, entry, file) -> Acceptance:
    problem = _what_is_wrong(entry)
    if problem:
        raise Problem(
            f"the accepted readings of {name!r}: {problem}", f'"{name}" = {_SHAPE}', f"[tool.optproof.accept] of {file}"
        )
    return Acceptance(tuple(entry.get("readings", ())), entry["reason"], tuple(entry.get("clauses", ())))


def _what_is_wrong(entry) -> str:
    if not isinstance(entry, dict):
        return "they are no table"
    if unknown := sorted(set(entry) - {"readings", "clauses", "reason"}):
        return f"unknown key {unknown[0]!r}"
    lists = [entry[key] for key in ("readings", "clauses") if key in entry]
    if not lists or not all(isinstance(names, list) and names and all(map(_is_text, names)) for names in lists):
        return "no list of readings or clauses"
    if unknown := sorted(set(entry.get("clauses", ())) - set(CLAUSES)):
        return f"there is no clause {unknown[0]!r}; there are {', '.join(CLAUSES)}"
    return "" if _is_text(entry.get("reason")) and entry["reason"].strip() else "no reason is given"


def _is_text(value) -> bool:
    return isinstance(value, str)


def of_target(name: str, table: dict[str, Acceptance]) -> Acceptance | None:
    """The entry of a target: its own, or for another path of it the one of the same configuration."""
    plain = _PATH.sub("", name).replace(", )", ")").removesuffix("()")
    return table.get(name) or table.get(plain)


def judge(certificate: Certificate, table: dict[str, Acceptance], also: Iterable[str] = ()) -> Outcome:
    """Whether a certificate passes.  also: readings accepted for this run alone."""
    entry = of_target(certificate.target, table)
    if certificate.verdict == "undecided":
        return Outcome(OPEN)
    if certificate.verdict == "conforms":
        return _conforming(entry)
    if certificate.verdict == "deviates" and (entry is None or not entry.clauses or _unnamed(certificate)):
        return Outcome(FAILS)
    return _departing({*certificate.readings, *broken(certificate)}, entry, set(also))


def broken(certificate: Certificate) -> tuple[str, ...]:
    """The clauses of the contract that a target breaks."""
    return tuple(row["clause"] for row in certificate.contract if row["verdict"] == "broken")


def _unnamed(certificate: Certificate) -> bool:
    """Is there a deviation that is neither a reading nor a broken clause?"""
    return any(not d.reading and d.theory not in CLAUSES.values() for d in certificate.deviations)


def _conforming(entry: Acceptance | None) -> Outcome:
    if entry is None:
        return Outcome(PASSES)
    return Outcome(FAILS, f"it conforms by now, and {_are(entry.named)} recorded as accepted: take the entry out")


def _departing(found: set[str], entry: Acceptance | None, also: set[str]) -> Outcome:
    named = set(entry.named) if entry else set()
    if stale := named - found:
        return Outcome(FAILS, f"{_are(stale)} recorded as accepted, and not found any more: take it out")
    if loose := found - named - also or ({"a variant without a named reading"} if not found else set()):
        return Outcome(FAILS, f"{_are(loose)} not accepted")
    return Outcome(PASSES, entry.reason if entry else "accepted on the command line")


def _are(readings: Iterable[str]) -> str:
    """ "a is", "a, b are"."""
    names = sorted(readings)
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
