"""Who watches one task: time, memory, output and processes, what it says, and its end.

Whatever a task does (see `cell`), the watcher ends its process with all that it started, and
says what happened.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import parent_process
from typing import NoReturn

from verify import family
from verify.cell import LENGTH, Answer, Limits, amount, leave, live, values
from verify.errors import reason

TICK = 0.05  # seconds between two looks at memory and processes
CHUNK = 1 << 16


def run(task: Callable, args: tuple, limits: Limits) -> Answer:
    """What `task(*args)` returns, or yields one by one, from a process of its own."""
    if not hasattr(os, "fork"):  # Windows: the pool's own limit of time is all there is
        return Answer(tuple(values(task, args)))
    answers, output = os.pipe(), os.pipe()
    watcher = os.getpid()
    others = family.descendants(watcher)
    if not (child := os.fork()):
        live(task, args, watcher, answers[1], output[1], limits)
    os.close(answers[1])
    os.close(output[1])
    return _Watch(child, answers[0], output[0], limits, others).to_the_end()


def prepare() -> None:
    """Make this process a watcher: it inherits orphans, and ends its family when it is told to end."""
    if hasattr(os, "fork"):
        family.inherit_orphans()
        signal.signal(signal.SIGTERM, _told_to_end)


def _told_to_end(number, frame) -> NoReturn:
    family.end()
    leave(128 + number)


class _Watch:
    """One child from its start to its end."""

    def __init__(self, child: int, answers: int, output: int, limits: Limits, others: list[int]):
        self.others = others
        self.child, self.answers, self.output, self.limits = child, answers, output, limits
        self.start, self.next_look = time.monotonic(), 0.0
        self.until = self.start + limits.seconds
        self.received, self.heard, self.processes = bytearray(), 0, 0
        self.values: list = []
        self.error: BaseException | None = None
        self.ended, self.cpu = False, 0.0
        self.base = family.memory([os.getpid()])

    def to_the_end(self) -> Answer:
        try:
            why = self._watch()
            left = [p for p in family.end(self.child, self.others) if p != self.child]
            self._listen(self.output)
        finally:
            for pipe in (self.answers, self.output):
                os.close(pipe)
        why, took = "" if self.ended else why, time.monotonic() - self.start
        return Answer(tuple(self.values), why, self.error, tuple(self._notes(left)), took, self.cpu)

    def _watch(self) -> str:
        """Why the child ended, or is to be ended."""
        with suppress(AttributeError, OSError):  # not on this system
            self.handle = os.pidfd_open(self.child)
        try:
            for pipe in (self.answers, self.output):
                os.set_blocking(pipe, False)
            while not (why := self._look()) and not self.ended:
                self._wait()
        finally:
            if hasattr(self, "handle"):
                os.close(self.handle)
        return why

    def _wait(self) -> None:
        """Until there is something to read, somebody has ended, or it is time for the next look."""
        poll = select.poll()
        parent = parent_process()
        ends = [self.handle] if hasattr(self, "handle") else []
        for source in (self.answers, self.output, *ends, *([parent.sentinel] if parent else [])):
            poll.register(source, select.POLLIN | select.POLLHUP)
        left = min(TICK, self.until - time.monotonic())
        ready = {source for source, _ in poll.poll(max(0, left) * 1000)}
        if parent and parent.sentinel in ready:  # nobody is there any more who wants to know
            _told_to_end(signal.SIGTERM, None)

    def _look(self) -> str:
        died = self._death()  # before the pipes are read: what it sent before its death is there
        self._receive()
        self._listen(self.output)
        if died or self.ended:
            return died
        if self.heard > self.limits.output:
            return f"it wrote more than {amount(self.limits.output)} of output"
        if time.monotonic() >= self.until:
            return f"it did not end within the limit of {self.limits.seconds:g} seconds"
        return self._excess()

    def _death(self) -> str:
        found = os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return ""
        if found.si_code == os.CLD_EXITED:
            return f"its process died: exit code {found.si_status}"
        return f"its process died: {signal.Signals(found.si_status).name}"

    def _excess(self) -> str:
        """Memory and processes, now and then."""
        if time.monotonic() < self.next_look:
            return ""
        self.next_look = time.monotonic() + TICK
        processes = family.descendants(os.getpid(), self.others)
        if len(processes) > self.limits.processes:
            return f"it started more than {self.limits.processes} processes"
        if family.memory(processes) > self.base * len(processes) + self.limits.memory:
            return f"it took more than {amount(self.limits.memory)} of memory"
        return ""

    def _receive(self) -> None:
        while len(self.received) <= self.limits.answer + CHUNK and (data := _read(self.answers)):
            self.received += data
        while len(self.received) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self.received)
            if length > self.limits.answer:
                self.values.clear()
                self.ended, self.error = True, RuntimeError("its answer cannot be read")
            if self.ended or len(self.received) < LENGTH.size + length:
                return
            self._take(bytes(self.received[LENGTH.size : LENGTH.size + length]))
            del self.received[: LENGTH.size + length]

    def _take(self, data: bytes) -> None:
        try:
            kind, value = pickle.loads(data)
        except Exception as error:  # noqa: BLE001 - a stranger's bytes
            kind, value = "raised", RuntimeError(f"its answer cannot be read: {reason(error)}")
        if kind == "value":
            self.values.append(value)
        self.error = value if kind == "raised" else self.error
        self.cpu = value if kind == "end" else self.cpu
        self.ended |= kind != "value"

    def _listen(self, pipe: int) -> None:
        """Pass on the first of what is printed, and count the rest."""
        while self.heard <= self.limits.output and (data := _read(pipe)):
            if shown := data[: max(0, self.limits.shown - self.heard)]:
                with suppress(OSError):
                    os.write(2, shown)
            self.heard += len(data)

    def _notes(self, left: list[int]) -> Iterator[str]:
        if self.heard > self.limits.shown:
            yield f"of what it printed, all but the first {amount(self.limits.shown)} was dropped"
        if left:
            yield f"it left {len(left)} {'process' if len(left) == 1 else 'processes'} behind, which were ended"


def _read(pipe: int) -> bytes:
    try:
        return os.read(pipe, CHUNK)
    except BlockingIOError:
        return b""
