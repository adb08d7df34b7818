"""What a target refuses, and whether it decided so or just broke.

A refusal that the code states itself, by a `raise` with a message, is a decision, and a note.  An exception out of
something else (a key that is not there, an operation that does not fit) is a fault where the contract asks for the thing.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from types import TracebackType

_RAISE = dis.opmap["RAISE_VARARGS"]
_LIBRARIES = frozenset(sys.stdlib_module_names) | {"torch", "numpy"}


def deliberate(error: BaseException) -> bool:
    """Did a `raise` (or an `assert`) of the target's own code, or of an optimizer of torch, say this in words?"""
    where = list(_frames(error))
    if not where or not str(error) or isinstance(error, LookupError):
        return False
    last, module = where[-1]
    shipped = module.startswith("torch.optim.") and module != "torch.optim.optimizer"
    raises = last.tb_frame.f_code.co_code[last.tb_lasti] == _RAISE
    return raises and (shipped or module.split(".")[0] not in _LIBRARIES)


def in_its_code(error: BaseException) -> bool:
    """Does the target's own code stand anywhere between us and the exception?"""
    return any(module.split(".")[0] not in _LIBRARIES | {"verify"} for _, module in _frames(error))


def _frames(error: BaseException) -> Iterator[tuple[TracebackType, str]]:
    """The calls that led to it, outermost first, with their modules."""
    at = error.__traceback__
    while at:
        yield at, str(at.tb_frame.f_globals.get("__name__", ""))
        at = at.tb_next
