"""`optproof report`: the book of all proofs and certificates."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from verify.commands import options as option
from verify.errors import Problem

NEEDS = ("jinja2", "matplotlib")
_DEFAULT = Path("build/report")
_CERTIFICATES = "Certificates to print, as `make record` writes them."
_WHICH = "Ids, as radam/* for a family, or theory files; all without any."
Names = Annotated[list[str], typer.Argument(metavar="[CLAIM|FILE...]", help=_WHICH)]
_MADE = ("bibliography.bib", "optproof.tex", "optproof.log", "optproof.pdf")


def report(
    names: Names = [],  # noqa: B006 - typer reads it, nobody writes it
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the files go.")] = _DEFAULT,
    certificates: Annotated[Path, typer.Option(metavar="FILE", help=_CERTIFICATES)] = Path("reports/torch.json"),
    jobs: option.Jobs = 0,
    limit: Annotated[float, typer.Option(metavar="SECONDS", help="The time that one claim may take.")] = 60.0,
    debug: option.Debug = False,
) -> None:
    """Prove every theorem, and write the proofs, tables and figures as LaTeX, and as a PDF where TeX is found."""
    _require(limit)
    from verify.commands.theory import select
    from verify.report import shipped

    with _staging(output) as folder:
        found = shipped.load(certificates)
        ids, files = select(names)
        tex, unmet = _write(folder, Work(ids, files, jobs, limit), (certificates, found))
        result = _compile(tex)
        _hand_over(folder, output)
    _say(output, result, unmet)


@dataclass(frozen=True)
class Work:
    """What is to be proved, and with how much effort."""

    ids: list[str]
    files: tuple[str, ...]
    jobs: int
    limit: float


def _require(limit: float) -> None:
    if absent := [name for name in NEEDS if not find_spec(name)]:
        raise Problem(
            f"{', '.join(absent)} not installed",
            "what a report is made with",
            "optproof report",
            "pip install 'optproof[report]'",
        )
    if not limit > 0:
        raise Problem(f"a limit of {limit:g} seconds", "a positive number of seconds", "--limit")


@contextmanager
def _staging(output: Path) -> Iterator[Path]:
    """A folder beside the files that will be replaced, so that each of them is replaced at once."""
    new = not output.exists()
    try:
        output.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=output, prefix=".making-"))
    except OSError as error:
        raise Problem(
            f"{output} cannot be written: {error.strerror}", "a folder that can be written to", f"-o {output}"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if new and not any(output.iterdir()):
            output.rmdir()


def _write(folder: Path, work: Work, certificates: tuple) -> tuple[Path, list[str]]:
    """The .tex file with its figures, and the ids of the claims that do not stand where their files say."""
    from verify.checking import with_uses
    from verify.pool import cores
    from verify.progress import Progress
    from verify.report import book
    from verify.report.proofs import prove_all

    needed = with_uses(work.ids)
    with Progress("proving", len(needed)) as progress:
        shown = prove_all(needed, work.files, work.jobs or cores(), work.limit, progress)
    contents = book.contents(needed, shown, *certificates)
    with Progress("drawing", len(contents.figures)) as progress:
        return book.write(folder, contents, progress), [p.id for p in shown.values() if not p.as_expected]


def _compile(tex: Path):
    from verify.progress import Progress
    from verify.report import pdf

    with Progress("typesetting"):
        return pdf.make(tex)


def _hand_over(folder: Path, output: Path) -> None:
    """What was made takes the place of what was there; a PDF or a log that was not made again is no longer there."""
    try:
        (output / "figures").mkdir(exist_ok=True)
        for name in _MADE + tuple(f"figures/{f.name}" for f in (folder / "figures").iterdir()):
            if (folder / name).exists():
                os.replace(folder / name, output / name)
            else:
                (output / name).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(output, error) from error


def _unwritable(output: Path, error: OSError) -> Problem:
    return Problem(f"{output} cannot be written: {error.strerror}", "a folder that can be written to", f"-o {output}")


def _say(output: Path, result, unmet: list[str]) -> None:
    print(output / ("optproof.pdf" if result.pdf else "optproof.tex"))
    if unmet:
        print(
            f"optproof: {len(unmet)} claims do not stand where their files say, and the report says so: {', '.join(unmet)}",
            file=sys.stderr,
        )
    if not result.pdf:
        from verify.report.pdf import missing

        if not missing():
            raise Problem(
                f"no PDF: {result.why}",
                "a .tex file that TeX can read",
                str(output / "optproof.log"),
                "report it, with the log",
            )
        print(f"optproof: no PDF: {result.why}", file=sys.stderr)
