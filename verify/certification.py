"""The Python front door: `test_mine = certify(MyAdam, against="adam")` in a test file.

It runs in the test's own process, so that classes, closures and lambdas can be certified;
a step that never returns to Python is not stopped (`optproof certify` stops it).
"""

from __future__ import annotations

import inspect
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from verify.accept import PASSES, Acceptance, judge, recorded
from verify.certificate import Certificate
from verify.errors import Problem

LIMIT = 120.0  # seconds


def certify(
    target,
    against: str | None = None,
    accept: Mapping[str, str] | Iterable[str] = (),
    reason: str = "",
    limit: float = LIMIT,
    **settings,
) -> Callable[[], None]:
    """A test that passes where the target conforms, or is an accepted variant.

    target: an optimizer class, a factory that takes the parameters, or the text of a target.
    against: the name of a rule, or file.py[:name]; may be left out where the target has its own.
    accept: readings that are fine, each with its reason, {"eps-hat": "as in TF"}; or a list, and
    `reason` for all.  They are strict: one that the target does not follow fails.  limit: in
    seconds.  settings: arguments of the constructor.  Problem where a reason is missing.
    """
    accepted = acceptance(accept, reason)

    def test() -> None:
        check(target, against, accepted, limit=limit, **settings)

    test.__doc__ = f"{_name(target)} is {against or 'what its paper says'}."
    return test


def check(
    target, against: str | None = None, accept=(), reason: str = "", limit: float = LIMIT, **settings
) -> list[Certificate]:
    """The certificates of a target; the test fails, with the printed block, where one does not pass."""
    failures: list[str]
    try:
        found, failures = _checked(_targets(target, settings, against), against, acceptance(accept, reason), limit)
    except Problem as problem:
        found, failures = [], [str(problem)]
    if failures:
        _fail("\n\n".join(failures))
    return found


def _checked(
    targets: list, against: str | None, accepted: Acceptance | None, limit: float
) -> tuple[list[Certificate], list[str]]:
    """The certificates, and the printed blocks of those that do not pass."""
    from verify import theories
    from verify.printed import block

    table, found, failures = recorded(), [], []
    for target in targets:
        rule = theories.rule(against or target.rule or _no_rule(target.name))
        found.append(_certificate(target, rule, limit))
        outcome = judge(found[-1], table | ({target.name: accepted} if accepted else {}))
        if outcome.state != PASSES:
            failures.append(block(found[-1], rule.source, outcome))
    return found, failures


def acceptance(accept, reason: str = "") -> Acceptance | None:
    """Accepted readings and why; None where there are none.  Problem where a reason is missing."""
    if accept is None or isinstance(accept, Acceptance) or not accept:
        return accept or None
    reasons = (
        dict(accept)
        if isinstance(accept, Mapping)
        else dict.fromkeys([accept] if isinstance(accept, str) else accept, reason)
    )
    if missing := [r for r, why in reasons.items() if not (isinstance(why, str) and why.strip())]:
        raise Problem(
            f"{', '.join(missing)} is accepted without a reason",
            expected='accept={"eps-hat": "why"}, or accept=["eps-hat"] with reason="why"',
            where="certify(..., accept=...)",
        )
    return Acceptance(tuple(reasons), "; ".join(dict.fromkeys(reasons.values())))


def _targets(thing, settings: dict, against: str | None) -> list:
    from verify.subjects.resolve import of_object, resolve

    flags = f" --against {against}" if against else ""
    if isinstance(thing, str):
        return resolve(thing, settings, flags)
    return [of_object(thing, _name(thing), settings, flags, _path(thing))]


def _name(thing) -> str:
    if isinstance(thing, str):
        return thing
    kind = type(thing)
    module = getattr(thing, "__module__", kind.__module__)
    return f"{module}.{getattr(thing, '__qualname__', kind.__qualname__)}"


def _path(thing) -> str:
    """ "path/to/test_file.py:Class", from the working directory; empty where the shell cannot reach it."""
    qualified = getattr(thing, "__qualname__", "<")
    try:
        file = Path(inspect.getsourcefile(thing) or "").resolve()
        return "" if "<" in qualified else f"{file.relative_to(Path.cwd())}:{qualified}"
    except (TypeError, ValueError):
        return ""


def _no_rule(name: str) -> NoReturn:
    from verify.theories import names

    raise Problem(
        f"{name} has no rule of its own",
        f"against=RULE, one of {', '.join(names())}; or file.py[:name]",
        "certify(...)",
    )


def _certificate(target, rule, limit: float) -> Certificate:
    from verify.conform import certify_target

    try:
        with _time_limit(limit):
            return certify_target(target, rule)
    except _TimeIsUp:
        why = f"it did not end within the limit of {limit:g} seconds"
        return Certificate(target.name, rule.name, "undecided", notes=(why,), reproduce=target.reproduce)


class _TimeIsUp(BaseException):
    """Not an Exception, so that code that catches everything does not catch it."""


@contextmanager
def _time_limit(seconds: float):
    """An alarm, where there are alarms and nobody else (a test timeout) has set one."""
    free = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not free or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(number, frame) -> NoReturn:
    raise _TimeIsUp


def _fail(message: str) -> NoReturn:
    """Fail the running test with a message and no traceback."""
    if pytest := sys.modules.get("pytest"):
        pytest.fail(message, pytrace=False)
    raise AssertionError(message)
