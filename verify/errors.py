"""What went wrong outside of the mathematics, as one clear message.

A `Problem` says what was found, what was expected, where, and what to do, in that order.
The doors print it without a traceback and end with its exit code.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

USAGE = 2  # wrong usage, or a target that cannot be imported or constructed


class Problem(Exception):
    """A message for the user.

    found: what is there, a sentence.  expected: what should be there.  where: file, target or
    option.  todo: what to do.  code: the exit code.  All but `found` may be empty.
    """

    def __init__(self, found: str, expected: str = "", where: str = "", todo: str = "", code: int = USAGE):
        super().__init__(found, expected, where, todo, code)  # the arguments, so that it can be pickled
        self.found, self.expected, self.where, self.todo, self.code = found, expected, where, todo, code

    def __str__(self) -> str:
        parts = [("expected", self.expected), ("where", self.where), ("to do", self.todo)]
        return "\n".join([self.found, *(f"  {label:<9} {text}" for label, text in parts if text)])


def nearest(word: str, words: Iterable[str], among: int = 12) -> str:
    """ "; did you mean 'adam'?", or the names themselves where nothing is near, or nothing where there are none."""
    words = sorted(words)
    close = get_close_matches(word, words, n=3, cutoff=0.6) or [w for w in words if w.lower() == word.lower()]
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    return f"; there are {', '.join(words[:among])}{', ...' if len(words) > among else ''}" if words else ""


LONGEST = 2000  # characters of a message that somebody else's code wrote


def clipped(text: str, most: int = LONGEST) -> str:
    """A text, or its beginning and how long it is."""
    return text if len(text) <= most else f"{text[:most]} ... ({len(text)} characters)"


def reason(error: BaseException) -> str:
    """An exception in one line: its type and its message, as far as that can be printed."""
    try:
        text = " ".join(clipped(str(error)).split())
    except Exception:  # noqa: BLE001 - the message is a stranger's code
        text = "(its message cannot be printed)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def last_line(error: BaseException) -> str:
    """Where an exception was raised: "file:line" of its innermost frame outside of us and of the import machinery."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}"
    found, frame = "", error.__traceback__
    while frame:
        name = frame.tb_frame.f_code.co_filename
        ours = name.startswith(("<", str(Path(__file__).parent))) or name == importlib.__file__
        found = found if ours else f"{name}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


def signed(messages: Iterable) -> str:
    """Messages under the program's name, as they are printed on standard error."""
    return "\n".join(f"optproof: {m}" for m in messages)
