"""Where the seconds of a certificate go, for each optimizer of the suite `torch`.

lift: the shipped code runs on symbols.  map: its memory is explained in terms of the rule's.
prove: branches, and the identities on each.  other: trajectories, readings, counterexamples.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from verify import theories
from verify.conform import bench, certify_target, induct, memory_map
from verify.subjects.resolve import resolve

PHASES = {
    "lift": ((bench.Bench, "from_start"), (bench.Bench, "from_memory")),
    "map": ((memory_map, "find"),),
    "prove": ((induct, "prove"),),
}


class Clock:
    """Seconds by phase; what a phase calls of another phase counts for that one."""

    def __init__(self):
        self.seconds = dict.fromkeys((*PHASES, "other"), 0.0)
        self.running, self.since = ["other"], time.perf_counter()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.seconds[self.running[-1]] += now - self.since
        self.since = now

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what runs inside for this phase."""
        self._turn()
        self.running.append(name)
        try:
            yield
        finally:
            self._turn()
            self.running.pop()

    def around(self, name: str, function):
        """The function, counted for a phase."""

        def counted(*args, **kwargs):
            with self.phase(name):
                return function(*args, **kwargs)

        return counted


@contextmanager
def clock() -> Iterator[Clock]:
    """A clock on the prover's own functions."""
    found = Clock()
    with ExitStack() as stack:
        for name, places in PHASES.items():
            for home, function in places:
                counted = found.around(name, getattr(home, function))
                stack.enter_context(mock.patch.object(home, function, counted))
        yield found
        found._turn()


def measure(progress=lambda: None) -> list[dict]:
    """One row for each target of the suite, after one that is not counted (it imports what all need)."""
    targets, rules, rows = resolve("torch"), theories.rules(), []
    certify_target(targets[0], rules[targets[0].rule])
    for target in targets:
        gc.collect()  # what the target before has left behind is not this one's
        with clock() as spent:
            certificate = certify_target(target, rules[target.rule])
        seconds = {name: round(s, 2) for name, s in spent.seconds.items()}
        rows.append({"target": target.name, "verdict": certificate.verdict} | seconds)
        progress()
    return rows
