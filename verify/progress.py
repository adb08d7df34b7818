"""A bar on standard error, for work that is longer than a second."""

from __future__ import annotations

import threading
from typing import Any

PATIENCE = 1.0  # seconds without a bar


class Progress:
    """Counts finished tasks; use it in a `with` statement.  Nothing shows where stderr is no terminal."""

    def __init__(self, what: str, total: int | None = None):
        self.what, self.total, self.done = what, total, 0
        self._bar: Any = None

    def __enter__(self):
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *error):
        self._timer.cancel()
        self._timer.join()
        if self._bar:
            self._bar.stop()

    def __call__(self) -> None:
        """One more is finished."""
        self.done += 1
        if self._bar:
            self._bar.update(self._task, completed=self.done)

    def more(self, count: int) -> None:
        """There is more to do than was known."""
        self.total = (self.total or 0) + count
        if self._bar:
            self._bar.update(self._task, total=self.total)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        if not console.is_terminal:
            return
        columns = [
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        ]
        bar = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self._task = bar.add_task(self.what, total=self.total, completed=self.done)
        bar.start()
        self._bar = bar
