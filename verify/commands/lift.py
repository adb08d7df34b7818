"""`optproof lift`: what does the code really compute?"""

from __future__ import annotations

from verify.commands import options as option
from verify.errors import Problem


def lift(
    target: option.Target,
    set_: option.Settings = [],  # noqa: B006 - typer reads it, nobody writes it
    latex: option.Latex = False,
    shape: option.Shape = None,
    limit: option.Limit = 120.0,
    debug: option.Debug = False,
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
        raise Problem(
            f"{text!r} is no shape", expected="positive integers with commas between them, as 2,3", where="--shape"
        )
    return tuple(map(int, parts))
