"""A process and those that it started: found, counted, ended.

What a stranger's code starts may outlive it, sit in a session of its own, or go on starting
more.  On Linux a process can ask to inherit the orphans among its descendants, so that none
gets out of sight, and `/proc` says who descends from whom.  Elsewhere only the process itself
is ended.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LINUX = sys.platform.startswith("linux")
PATIENCE = 0.2  # seconds to wait for those that were killed; giving back much memory takes its time
_DEATH_SIGNAL, _SUBREAPER = 1, 36  # prctl(2)
_PROC = Path("/proc")


def _prctl(option: int, value: int) -> None:
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def inherit_orphans() -> None:
    """Become the parent of every descendant whose own parent has died."""
    _prctl(_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """End this process when its parent ends."""
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we could say so
        os._exit(1)


def descendants(root: int, spared: Iterable[int] = ()) -> list[int]:
    """Every process below `root`, parents before children; those that have ended and are still listed included.

    Not those that are spared, and not theirs.
    """
    found, at = [root], 0
    while at < len(found):
        found += [p for p in _children(found[at]) if p not in spared]
        at += 1
    return found[1:]


def _children(process: int) -> list[int]:
    try:
        lists = [(task / "children").read_text() for task in (_PROC / str(process) / "task").iterdir()]
    except OSError:
        return []
    return [int(word) for text in lists for word in text.split()]


def memory(processes: Iterable[int]) -> int:
    """The bytes of memory that processes hold; what they share counts for each."""
    pages = 0
    for process in processes:
        with suppress(OSError, ValueError, IndexError):
            pages += int((_PROC / str(process) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def end(child: int | None = None, spared: Iterable[int] = ()) -> list[int]:
    """Kill every descendant of this process (and `child`, where nothing can be listed); those that were alive.

    Processes that are spared stay, and so do theirs.

    All are stopped before any is killed, so that what starts processes cannot be faster than we are; a fork that
    is under way when its process is stopped does not happen.
    """
    killed: set[int] = set()
    while new := _living(child, spared) - killed:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in new:
                _signal(process, number)
        killed |= new
    until = time.monotonic() + PATIENCE
    while _bury({*killed, *([child] if child else [])}) and time.monotonic() < until:
        time.sleep(0.001)
    return sorted(killed)


def _living(child: int | None, spared: Iterable[int]) -> set[int]:
    found = {*descendants(os.getpid(), spared), *([child] if child else [])}
    return {p for p in found if alive(p)}


def alive(process: int | None) -> bool:
    """Is it there, and no zombie?"""
    if not LINUX:
        return process is not None and _signal(process, 0)
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def _signal(process: int, number: int) -> bool:
    try:
        os.kill(process, number)
    except OSError:
        return False
    return True


def _bury(killed: Iterable[int]) -> bool:
    """Take note of the deaths of our children, so that they are listed no more; is one of them still there?"""
    waiting = False
    for process in killed:
        with suppress(ChildProcessError):
            waiting |= os.waitpid(process, os.WNOHANG)[0] == 0
    return waiting


def end_marked(mark: str) -> list[int]:
    """Kill the processes with `mark` in their first environment that do not descend from this one.

    For those that fell out of the family because who should have inherited them was killed.
    """
    if not LINUX:
        return []
    ended: set[int] = set()
    until = time.monotonic() + 10 * PATIENCE
    while (found := marked(mark) - {os.getpid(), *descendants(os.getpid())}) and time.monotonic() < until:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in found:
                _signal(process, number)
        ended |= found
    return sorted(ended)


def marked(mark: str) -> set[int]:
    """The living processes with `mark` in their first environment."""
    found = set()
    for process in (int(f.name) for f in _PROC.iterdir() if f.name.isdigit()):
        with suppress(OSError):
            if mark.encode() in (_PROC / str(process) / "environ").read_bytes() and alive(process):
                found.add(process)
    return found
