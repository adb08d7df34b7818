"""`optproof lift`: what does the code really compute?"""

from __future__ import annotations

from typing import Annotated

import typer

from verify.errors import Problem


def lift(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="torch.optim.RAdam, pkg.mod:Class, file.py:Class or file.py:make.", show_default=False)],
    set_: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="An argument of the constructor; repeatable.")] = [],  # noqa: B006
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX instead of Unicode.")] = False,
    shape: Annotated[str | None, typer.Option(metavar="N[,N...]", help="The parameter's shape. Default: one element, or 2,2 where the rule mixes elements.")] = None,
    limit: Annotated[float, typer.Option(metavar="SECONDS", help="The time that it may take.")] = 120.0,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Print the update that an optimizer's code computes, as equations: new values are primed.

    Exit codes: 0 printed; 2 wrong usage, or no such target; 3 the code could not be lifted.
    """
    from verify import worker
    from verify.pool import Pool
    from verify.progress import Progress
    from verify.subjects.text import settings

    request = worker.Request(target, settings(set_), debug=debug)
    with Pool(1, limit) as pool, Progress("lifting"):
        (found,) = pool.map(worker.lift, [request], _failed, more=("latex" if latex else "unicode", _shape(shape)))
    if isinstance(found, Problem):
        raise found
    print(found)


def _failed(request, why: str) -> Problem:
    return Problem(f"{request.text} could not be lifted: {why}", where=f"target {request.text}", code=3)


def _shape(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = text.replace("x", ",").split(",")
    if not all(p.strip().isdigit() and int(p) for p in parts):
        raise Problem(f"{text!r} is no shape", expected="positive integers with commas between them, as 2,3", where="--shape")
    return tuple(map(int, parts))
