"""Processes for work that may hang or die: each task in a fresh one, with a limit in seconds.

Fresh, so that no task sees what another has left behind, and the order in which they run
changes no result.  A fork server that has imported everything once makes that cheap.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, TimeoutError, as_completed
from typing import Any

from verify import worker


class Pool:
    """`jobs` processes at a time; use it in a `with` statement."""

    def __init__(self, jobs: int, limit: float):
        from pebble import ProcessPool

        self.limit = limit
        self.processes = ProcessPool(max_workers=jobs, max_tasks=1, initializer=worker.begin, context=_context())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self) -> None:
        """End every process."""
        self.processes.stop()
        self.processes.join()

    def map(
        self, function: Callable, items: Sequence, failed: Callable, progress: Callable = lambda: None, more: tuple = ()
    ) -> list:
        """`function(item, *more)` of each item, in order; `failed(item, why)` where its process hung or died.

        progress is called after each.  What `function` itself raises is raised.
        """
        futures: dict[Future, Any] = {
            self.processes.schedule(function, args=(item, *more), timeout=self.limit): item for item in items
        }
        found: dict[Future, Any] = {}
        for future in as_completed(futures):
            found[future] = self._result(future, lambda why, item=futures[future]: failed(item, why))
            progress()
        return [found[future] for future in futures]

    def _result(self, future: Future, failed: Callable):
        from pebble import ProcessExpired

        try:
            return future.result()
        except TimeoutError:
            return failed(f"it did not end within the limit of {self.limit:g} seconds")
        except ProcessExpired as error:
            return failed(f"its process died: {_death(error.exitcode)}")
        except CancelledError:
            return failed("it was cancelled")


def _death(exitcode: int) -> str:
    return signal.Signals(-exitcode).name if exitcode < 0 else f"exit code {exitcode}"


def _context():
    """Fork from a server that is warm; where there is none (Windows), start afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["verify.worker"])
    _start_server()
    return context


def _start_server() -> None:
    """Start the server warm, with one order of sets of strings for all runs."""
    from multiprocessing import forkserver

    before = dict(os.environ)
    os.environ.update(OPTPROOF_WARM="1", PYTHONHASHSEED="0")
    try:
        forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(before)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
