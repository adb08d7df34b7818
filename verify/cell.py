"""One task in a process of its own that may do anything: hang, die, fill the memory, print without end.

The process is a fork of the one that watches it, so it starts warm, and it shares nothing with
anybody else: a session of its own, its own pipes, no other file descriptor.  Memory is limited
here; time, output and the number of processes by who watches (`watch`).  It keeps mistakes in, not
attackers: the code runs as the user, with the user's files.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import GeneratorType
from typing import Any, NoReturn

from verify import family
from verify.errors import Problem, reason

GIGABYTE = 1 << 30
LENGTH = struct.Struct("!Q")
leave = os._exit  # as it is now; the code may put something else in its place
granted = 0  # in a child: the bytes of memory that it may take


@dataclass(frozen=True)
class Limits:
    """What one task may take.

    seconds: wall clock.  memory: bytes beyond those of a process that has done nothing yet.
    output: bytes written to standard output and standard error, of which `shown` are passed on.
    processes: at a time.  answer: bytes of what it gives back.
    """

    seconds: float
    memory: int = 2 * GIGABYTE
    output: int = 64 << 20
    shown: int = 1 << 16
    processes: int = 32
    answer: int = 64 << 20


@dataclass(frozen=True)
class Answer:
    """values: what the task gave back, as far as it came.  why: what ended it before its own end, else "".

    error: what it raised.  notes: what should be known beside.  seconds: until all of it had ended.
    cpu: seconds that it computed.
    lost: who watched it died too, and what it gave back is not known.
    """

    values: tuple = ()
    why: str = ""
    error: BaseException | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu: float = 0.0
    lost: bool = False


def live(task: Callable, args: tuple, watcher: int, answers: int, output: int, limits: Limits) -> NoReturn:
    """The whole life of the child; no handler of exits runs at its end, ours or theirs."""
    code = 1
    try:
        _settle_in(watcher, answers, output, limits)
        _answer(task, args, answers)
        code = 0
    finally:
        while True:
            leave(code)
            os.kill(os.getpid(), signal.SIGKILL)


def _settle_in(watcher: int, answers: int, output: int, limits: Limits) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    family.die_with(watcher)
    os.setsid()  # away from the terminal and its Ctrl-C
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, number)
    os.closerange(3, answers)
    os.closerange(answers + 1, os.sysconf("SC_OPEN_MAX"))
    _restrict(limits.memory)


def _restrict(memory: int) -> None:
    """No core dump, and at most so many bytes of data beyond what there is now; more is a MemoryError."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    global granted
    if held := _data():
        granted = memory
        resource.setrlimit(resource.RLIMIT_DATA, (held + memory, held + memory))


def _data() -> int:
    """The bytes that count against RLIMIT_DATA now; 0 where the system does not say."""
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        return next((int(line.split()[1]) << 10 for line in status if line.startswith("VmData:")), 0)
    return 0


def _answer(task: Callable, args: tuple, pipe: int) -> None:
    """Send what the task gives back; a copy of this process that the task has made stays silent."""
    me = os.getpid()

    def send(kind: str, value: Any) -> None:
        if os.getpid() != me:
            leave(0)
        data = memoryview(_pickled(kind, value))
        for part in (LENGTH.pack(len(data)), data):
            while part:
                part = part[os.write(pipe, part) :]

    try:
        for value in values(task, args):
            send("value", value)
        send("end", time.process_time())
    except BaseException as error:  # noqa: BLE001 - it is handed on
        send("raised", error if isinstance(error, Problem) else RuntimeError(reason(error)))


def values(task: Callable, args: tuple) -> Iterator:
    """What a task yields, or the one thing that it returns."""
    found = task(*args)
    yield from found if isinstance(found, GeneratorType) else (found,)


def _pickled(kind: str, value) -> bytes:
    try:
        return pickle.dumps((kind, value))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's object does when it is pickled
        return pickle.dumps(("raised", RuntimeError(reason(error))))


def amount(count: int) -> str:
    """Bytes in words: "2 GiB"."""
    unit, name = next(
        ((1 << k, n) for k, n in ((30, "GiB"), (20, "MiB"), (10, "KiB")) if count >= 1 << k), (1, "bytes")
    )
    return f"{count / unit:g} {name}"
