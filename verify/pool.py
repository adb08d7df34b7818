"""Processes for work that may hang or die: each task in a fresh one, within limits.

Fresh, so that no task sees what another has left behind, and the order in which they run
changes no result.  A fork server that has imported everything once makes that cheap; pebble
keeps one watcher for each core, and each watcher forks a process for each task (`watch`).
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future, TimeoutError, as_completed
from contextlib import contextmanager

from verify import family, watch, worker
from verify.cell import Answer, Limits
from verify.errors import reason

GRACE = 0.75  # seconds after the limit at which a watcher that was itself stopped or killed is given up
_MARK = f"OPTPROOF_FAMILY={os.getpid()}-{secrets.token_hex(8)}"  # in the environment of all that we start


class Pool:
    """`jobs` processes at a time; use it in a `with` statement.  limit: seconds, or all limits."""

    def __init__(self, jobs: int, limit: float | Limits):
        from pebble import CONSTS, ProcessPool

        CONSTS.term_timeout = 0.1  # a watcher ends at once; one that does not was stopped
        self.limits = limit if isinstance(limit, Limits) else Limits(limit)
        self.processes = ProcessPool(max_workers=jobs, initializer=worker.begin, context=_context())

    def __enter__(self):
        self._signals = _ending_raises()
        self._signals.__enter__()
        return self

    def __exit__(self, *error):
        try:
            self.close()
        finally:
            self._signals.__exit__(None, None, None)

    def close(self) -> None:
        """End every process."""
        self.processes.stop()
        self.processes.join()
        family.end_marked(_MARK)

    def map(
        self, function: Callable, items: Sequence, failed: Callable, progress: Callable = lambda: None, more: tuple = ()
    ) -> list:
        """`function(item, *more)` of each item, in order; `failed(item, why)` where its process hung or died.

        progress is called after each.  What `function` itself raises is raised.
        """
        answers = self.run(function, items, progress, more)
        for answer in answers:
            if answer.error:
                raise answer.error
        return [failed(i, a.why) if a.why else a.values[-1] for i, a in zip(items, answers, strict=True)]

    def run(
        self, function: Callable, items: Sequence, progress: Callable = lambda: None, more: tuple = ()
    ) -> list[Answer]:
        """What became of `function(item, *more)` for each item, in order."""
        limits = self.limits
        futures = [
            self.processes.schedule(watch.run, args=(function, (i, *more), limits), timeout=limits.seconds + GRACE)
            for i in items
        ]
        for _ in as_completed(futures):
            progress()
        return [self._answer(f) for f in futures]

    def _answer(self, future: Future) -> Answer:
        from pebble import ProcessExpired

        try:
            return future.result()
        except TimeoutError:
            why = f"it did not end within the limit of {self.limits.seconds:g} seconds"
        except ProcessExpired as error:
            why = f"the process that watches it died: {_death(error.exitcode)}"
        except CancelledError:
            why = "it was cancelled"
        except BrokenExecutor as error:
            why = f"no process could be started: {reason(error.__cause__ or error)}"
        return Answer(why=why, lost=True)


def _death(exitcode: int) -> str:
    return signal.Signals(-exitcode).name if exitcode < 0 else f"exit code {exitcode}"


@contextmanager
def _ending_raises():
    """While processes run, being told to end ends them too: SIGTERM and SIGHUP raise SystemExit here."""
    numbers = [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, n) for n in numbers):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, _raise_exit)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_exit(number, frame):
    raise SystemExit(128 + number)


def _context():
    """Fork from a server that is warm; where there is none (Windows), start afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    warm()
    return _Context()


class _Process(getattr(multiprocessing.context, "ForkServerProcess", multiprocessing.Process)):  # type: ignore[misc]
    """One that starts warm, also where the server or the working directory has been taken away under our feet."""

    def start(self):
        warm()
        try:
            os.getcwd()
        except FileNotFoundError:
            os.chdir(os.path.sep)
        super().start()


class _Context(getattr(multiprocessing.context, "ForkServerContext", object)):  # type: ignore[misc]
    Process = _Process


def warm() -> None:
    """Start the fork server, which imports what every task needs, with one order of sets of strings for all runs."""
    from multiprocessing import forkserver

    multiprocessing.get_context("forkserver").set_forkserver_preload(["verify.worker"])
    name, _, value = _MARK.partition("=")
    more = {"OPTPROOF_WARM": "1", "PYTHONHASHSEED": "0", name: value}
    before = {n: os.environ.get(n) for n in more}
    os.environ.update(more)
    try:
        forkserver.ensure_running()
    finally:
        for n, old in before.items():
            os.environ.pop(n) if old is None else os.environ.update({n: old})


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
