"""`optproof theory`: list the theorems, show one, check them, and compute their values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer

from verify.errors import Problem, last_line, nearest, reason

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
_WIDE = 200
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@app.callback()
def theory() -> None:
    """List, show, check and evaluate the theorems."""


@app.command("list")
def list_(
    names: Annotated[
        list[str],
        typer.Argument(metavar="[CLAIM|FILE...]", help="Ids, as radam/* for a family, or files; all without any."),
    ] = [],  # noqa: B006
    debug: Debug = False,
) -> None:
    """Every claim: id, catalogue number, the verdict that its file states, and its sentence."""
    from verify.statement import claims

    ids, _ = select(names)
    width = max(map(len, ids))
    for id in ids:
        c = claims[id]
        print(f"{id:<{width}}  {c.catalogue or '':<5} {c.expected.name:<8}  {c.statement}")


@app.command()
def show(
    names: Annotated[
        list[str],
        typer.Argument(metavar="CLAIM|FILE...", help="An id, as radam/variance; a file; a file and an id in it."),
    ],
    debug: Debug = False,
) -> None:
    """One claim as a page of a book: statement, derivation, sources, near misses, values."""
    from verify.page import page

    ids, _ = select(names)
    for found in ids:
        with _blamed(found):
            print(page(_claim(found)))


@app.command()
def check(
    names: Annotated[
        list[str],
        typer.Argument(metavar="[CLAIM|FILE...]", help="Ids, as radam/* for a family, or files; all without any."),
    ] = [],  # noqa: B006
    kernel: Annotated[
        bool, typer.Option("--kernel", help="Check every proof again with the small kernel (a later release).")
    ] = False,
    jobs: Annotated[int, typer.Option(min=0, metavar="N", help="Processes at a time; 0: one for each core.")] = 0,
    json: Annotated[str | None, typer.Option(metavar="FILE", help="Write the verdicts; - is standard output.")] = None,
    limit: Annotated[
        float, typer.Option(metavar="SECONDS", help="The time that one claim may take; then it is unknown.")
    ] = 60.0,
    debug: Debug = False,
) -> None:
    """Check claims: 0 where every one stands at the verdict that its file states, else 1; 2 for wrong usage."""
    from verify.publish import Output

    if kernel:
        raise Problem(
            "--kernel is not there yet", "it comes with a later release", "theory check --kernel", "leave it out"
        )
    if not limit > 0:
        raise Problem(f"a limit of {limit:g} seconds", "a positive number of seconds", "--limit")
    ids, files = select(names)
    output = Output(json) if json else None
    try:
        found = _check(ids, files, jobs, limit)
        if output:
            output.write({"claims": [s.to_json() for s in found]})
    finally:
        if output:
            output.close()
    _report(found, sys.stderr if json == "-" else sys.stdout)
    raise typer.Exit(0 if all(s.as_expected for s in found) else 1)


@app.command()
def value(
    claim: Annotated[str, typer.Argument(metavar="[FILE] CLAIM", help="An id, as radam/variance; its file before it.")],
    numbers: Annotated[
        list[str], typer.Argument(metavar="NAME=NUMBER...", help="A number for each variable; sigma is 1 unless given.")
    ] = [],  # noqa: B006
    digits: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Significant digits, each of them guaranteed.")
    ] = 20,
    debug: Debug = False,
) -> None:
    """The value of a claim's closed form at a point: one line, the bare number."""
    from verify.value import value as evaluate

    in_file = claim.endswith(".py") and numbers and "=" not in numbers[0]
    named, numbers = ([claim, numbers[0]], numbers[1:]) if in_file else ([claim], numbers)
    ids, _ = select(named, single=True)
    if len(ids) > 1:
        raise Problem(
            f"{claim} states {len(ids)} claims", f"{claim} and one of {', '.join(ids)}", f"theory value {claim}"
        )
    with _blamed(ids[0]):
        print(evaluate(_claim(ids[0]), numbers, digits))


# What is meant -------------------------------------------------------------------------------------


def _claim(id: str):
    from verify.statement import claims

    return claims[id]


@contextmanager
def _blamed(id: str) -> Iterator[None]:
    """What the text of a claim, or of its rule, raises is said to be theirs."""
    from verify.check.outcome import WHERE_TO_START
    from verify.numbers import NoSystem

    try:
        yield
    except Problem:
        raise
    except Exception as error:
        if not (where := last_line(error)):
            raise
        plain = isinstance(error, NoSystem)
        found = f"the claim {id} cannot be computed: {error}" if plain else f"the claim {id} raised {reason(error)}"
        expected = "a claim that can be computed from its variables"
        todo = WHERE_TO_START if plain else "mend the claim, or its rule"
        raise Problem(found, expected, where, f"{todo}; --debug shows the traceback") from error


def select(names: list[str], single: bool = False) -> tuple[list[str], tuple[str, ...]]:
    """The ids that are meant, and the theory files among the names.  Problem for an id that does not exist.

    Of a file all claims are meant, or those that are named beside it.
    """
    from verify import theories
    from verify.statement import claims

    with redirect_stdout(sys.stderr):  # what a theory prints is no part of our output
        theories.load()
        files = tuple(n for n in names if n.endswith(".py"))
        of_files = {f: _claims_of(f) for f in files}
    if not names:
        return list(claims), ()
    named = {n: _matching(n, claims, single, files) for n in names if n not in of_files}
    beside = {id for ids in named.values() for id in ids}
    whole = {f: [id for id in ids if id in beside] or ids for f, ids in of_files.items()}
    return list(dict.fromkeys(id for n in names for id in (whole | named)[n])), files


def _claims_of(path: str) -> list[str]:
    """The ids of the claims that a file states."""
    from verify import theories
    from verify.statement import claims
    from verify.trial import tried

    try:
        theories.module(path)
    except SystemExit as end:
        raise Problem(
            f"the theory file {path} ended Python (exit code {end.code})", "a file that can be imported", path
        ) from end
    file = Path(path).resolve()
    found = [id for id, c in claims.items() if Path(c.state.__code__.co_filename).resolve() == file]
    if not found:
        raise Problem(f"{path} states no claim", "functions with the decorator @claim", path)
    for rule in {claims[id].about for id in found} - {None}:
        tried(rule)
    return found


def _matching(name: str, claims, single: bool, files: tuple[str, ...] = ()) -> list[str]:
    if name in claims:
        return [name]
    found = [] if single else [id for id in claims if fnmatch(id, name)]
    if not found:
        raise Problem(
            f"there is no claim {name!r}{nearest(name, claims, among=4)}",
            f"an id that `optproof theory list{''.join(f' {f}' for f in files)}` shows",
            f"theory ... {name}",
            "" if files else f"a claim of your own file needs the file before it: `optproof theory show FILE {name}`",
        )
    return found


# Checking ------------------------------------------------------------------------------------------


def _check(ids: list[str], files: tuple[str, ...], jobs: int, limit: float):
    from verify.checking import check_all, with_uses
    from verify.pool import cores
    from verify.progress import Progress

    with Progress("checking claims", len(with_uses(ids))) as progress:
        return check_all(ids, files, jobs or cores(), limit, progress)


def _report(found, stream) -> None:
    """One line for each claim, then those that do not stand where they should, with the reason."""
    width = max(len(s.id) for s in found)
    for s in found:
        mark, number = "ok" if s.as_expected else "FAILS", s.catalogue or ""
        how = f"{_agreement(s)}{', '.join(s.methods)}"
        print(f"{mark:<6}{s.id:<{width}}  {number:<5} {s.verdict.name:<8}  {how}  {s.seconds:.1f} s", file=stream)
    good = sum(s.as_expected for s in found)
    print(f"{good} of {len(found)} claims stand where their files say", file=stream)
    for s in found:
        if not s.as_expected:
            print(
                f"optproof: {s.id} is {s.verdict.name}, and its file says {s.expected.name}\n  because   {s.detail[: _WIDE * 4]}",
                file=sys.stderr,
            )


def _agreement(s) -> str:
    if s.agreement is None:
        return ""
    names = dict.fromkeys(n for p in s.agreement["pairs"] for n in p["pair"])
    return f"{' = '.join(names)}; " if s.agreement["ok"] else f"{', '.join(names)} DISAGREE; "
