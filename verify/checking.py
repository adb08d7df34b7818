"""Many claims at once, in processes that outlive a claim but not a hang.

Only ids travel to a process, and summaries come back; each process loads the theories for
itself.  A claim that does not end is ended, and is UNKNOWN.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import TimeoutError, as_completed

from verify import theories
from verify.check.agreement import devices
from verify.check.outcome import LIMIT, Summary, check, settle
from verify.statement import Verdict, claims

GRACE = 15.0  # seconds beyond the limit after which a process that does not hear its alarm is ended


def check_all(
    ids: Iterable[str],
    files: tuple[str, ...] = (),
    jobs: int = 1,
    limit: float = LIMIT,
    progress: Callable = lambda: None,
) -> list[Summary]:
    """The summaries of the claims, in order, each settled with those that it uses.

    files: theory files that the processes import, beside the installed theories.  progress is
    called after each claim.
    """
    asked = list(ids)
    needed = with_uses(asked)
    found = {s.id: s for s in _run(needed, files, jobs, limit, progress)}
    settled = {s.id: s for s in settle([found[i] for i in needed], found.get)}
    return [settled[i] for i in asked]


def with_uses(ids: list[str]) -> list[str]:
    """The ids, and behind them those of all claims that they rest on."""
    found = list(ids)
    for id in found:
        found += [u for u in claims[id].uses if u in claims and u not in found]
    return found


def _run(ids: list[str], files: tuple[str, ...], jobs: int, limit: float, progress: Callable) -> list[Summary]:
    return in_processes(_check, ids, files, jobs, limit, progress, unanswered)


def in_processes(
    task: Callable,
    ids: list[str],
    files: tuple[str, ...],
    jobs: int,
    limit: float,
    progress: Callable,
    failed: Callable,
) -> list:
    """`task(id, limit)` of each claim, in order; `failed(id, why)` where its process hung or died."""
    from pebble import ProcessPool

    context = multiprocessing.get_context("spawn")
    with ProcessPool(max_workers=min(jobs, len(ids)), initializer=_begin, initargs=(files,), context=context) as pool:
        futures = {pool.schedule(task, args=(id, limit), timeout=limit + GRACE): id for id in ids}
        found = {}
        for future in as_completed(futures):
            id = futures[future]  # type: ignore[index]
            found[id] = _result(future, id, limit, failed)
            progress()
    return [found[id] for id in ids]


def _result(future, id: str, limit: float, failed: Callable):
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        return failed(id, f"no answer within {limit:g} seconds")
    except ProcessExpired as error:
        return failed(id, f"its process died with exit code {error.exitcode}")


def unanswered(id: str, why: str) -> Summary:
    """What is known of a claim whose process gave no answer."""
    claim = claims[id]
    return Summary(id, claim.catalogue, claim.expected, Verdict.UNKNOWN, detail=f"time: {why}", uses=claim.uses)


def _begin(files: tuple[str, ...]) -> None:
    """Prepare a process: one thread, nothing on standard output, torch and every theory loaded."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before anything imports torch
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    devices()  # what is imported now does not count against the limit of the first claim
    theories.load()
    for file in files:
        theories.module(file)


def _check(id: str, limit: float) -> Summary:
    return check(claims[id], limit).summary()
