"""What runs in a process of its own: everything that touches the user's code.

A request (the text of a target, its settings, a rule) is planned into jobs, one for each
configuration, and each job is certified.  Only text travels; every process resolves it
for itself, so that classes and factories need not be picklable.  Standard output belongs
to the caller's JSON: what the code prints here goes to standard error.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, is_dataclass, replace

from verify import cell, watch
from verify.certificate import Certificate, Exactness
from verify.errors import Problem, clipped, last_line, reason

LONGEST_TEXT = 100_000  # characters; scripts of counterexamples are shorter


@dataclass(frozen=True)
class Request:
    """A target as the user gave it.  against: the name or file of a rule, else the target's own."""

    text: str
    settings: dict = field(default_factory=dict, hash=False)
    against: str | None = None
    device: str = "cpu"
    debug: bool = False

    @property
    def flags(self) -> str:
        return f" --against {self.against}" if self.against else ""


@dataclass(frozen=True)
class Job:
    """One configuration: the `position`-th target of its request."""

    request: Request
    position: int
    name: str
    rule: str
    source: str
    reproduce: str


@dataclass(frozen=True)
class Plan:
    """The jobs of a request, and what cannot be certified."""

    jobs: tuple[Job, ...] = ()
    problems: tuple[Problem, ...] = ()


def begin() -> None:
    """Prepare a process that watches others: one thread, and nothing on standard output."""
    _quiet()
    watch.prepare()
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass  # `plan` says so


def _quiet() -> None:
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            with suppress(OSError):  # a device such as /dev/null has no position to go on from
                stream.reconfigure(line_buffering=True, errors="backslashreplace")


def attend(request: Request) -> Iterator[Plan | Certificate]:
    """The plan of a request, then, where it is one target, its certificate: one process for both."""
    planned = plan(request)
    yield planned
    if len(planned.jobs) == 1:
        yield certify(planned.jobs[0])


def plan(request: Request) -> Plan:
    """What there is to do for a request; never raises a Problem, but returns it."""
    try:
        _check_torch(request.device)
        from verify.subjects.resolve import expand

        targets, problems = expand(request.text, request.settings, request.flags)
    except BaseException as error:  # noqa: BLE001 - a stranger's module is imported here
        if request.debug:
            traceback.print_exc()
        return Plan(problems=(error if isinstance(error, Problem) else _not_loaded(request, error),))
    jobs, problems = [], list(problems)
    for position, target in enumerate(targets):
        try:
            jobs.append(_job(*_alone(request, position, target), target))
        except Problem as problem:
            problems.append(problem)
    return Plan(tuple(jobs), tuple(problems))


def _not_loaded(request: Request, error: BaseException) -> Problem:
    return Problem(
        f"{request.text} could not be loaded: it raised {reason(error)}",
        "a target that imports and can be constructed",
        last_line(error) or f"target {request.text}",
    )


def _check_torch(device: str) -> None:
    try:
        import torch
    except ImportError as error:
        raise Problem(
            f"torch does not import: {error}", "torch 2.6 or later", todo="pip install 'optproof[torch]'"
        ) from error
    if device == "cuda" and not torch.cuda.is_available():
        raise Problem(
            "there is no CUDA device here",
            "a device that torch can use",
            "--device cuda",
            "leave --device out, or use --device cpu",
        )


def _job(request: Request, position: int, target) -> Job:
    rule = _rule(request, target)
    return Job(request, position, target.name, rule.name, rule.source, target.reproduce)


def _alone(request: Request, position: int, target) -> tuple[Request, int]:
    """Where a target's name names it alone, the process that certifies it need not load the whole suite."""
    return (replace(request, text=target.name), 0) if target.stands_alone else (request, position)


def _rule(request: Request, target):
    from verify import theories

    if not (name := request.against or target.rule):
        raise Problem(
            f"{target.name} has no rule of its own",
            expected=f"--against RULE, one of {', '.join(theories.names())}; or file.py[:name]",
            where=f"target {target.name}",
        )
    if not request.against and name not in theories.names():
        raise Problem(
            f"{target.name} is held against the rule {name!r}, which no installed theory states",
            expected=f"a theory with that rule; there are {', '.join(theories.names())}",
            where=f"target {target.name}",
            todo="--against file.py, with a rule of your own",
        )
    return theories.rule(name)


def certify(job: Job) -> Certificate:
    """The certificate of one job; undecided, with the reason, where the code raises."""
    try:
        with _ignored_errors() as ignored:
            found = _short(_certificate(job))
            gc.collect()
    except BaseException as error:  # noqa: BLE001 - whatever the code raises ends as an honest `undecided`
        if job.request.debug:
            traceback.print_exc()
        where = last_line(error)
        return undecided(job, f"it raised {reason(error)}{f' at {where}' if where else ''}")
    if ignored and found.verdict in ("conforms", "variant"):
        return undecided(job, f"it raised {ignored[0]}, where Python cannot pass an exception on")
    return found if found.reproduce else replace(found, reproduce=job.reproduce)


def _certificate(job: Job) -> Certificate:
    from verify.conform import certify_target
    from verify.measure import wants
    from verify.subjects.resolve import expand

    target = expand(job.request.text, job.request.settings, job.request.flags)[0][job.position]
    wants.sow(0)  # so that a verdict is the same in every run
    rule = _rule(job.request, target)
    found = certify_target(target, rule)
    if why := wants.chance(target):  # what one run shows of it, no other need show
        return replace(found, verdict="undecided", exact=Exactness(), deviations=(), notes=(why, *found.notes))
    more = () if rule.objective else wants.notes(target, found.verdict != "undecided")
    return replace(found, notes=(*more, *found.notes) if found.verdict == "undecided" else (*found.notes, *more))


def _short(certificate: Certificate) -> Certificate:
    """Without the texts that only code could have made so long; and a lack of memory is explained."""
    notes = tuple(clipped(n) + _memory(n) for n in certificate.notes)
    return _cut(replace(certificate, notes=notes))


def _cut(value):
    """A certificate, or a part of it, with its longest texts clipped."""
    if isinstance(value, str):
        return clipped(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {k: _cut(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_cut, value))
    return replace(value, **{k: _cut(v) for k, v in vars(value).items()}) if is_dataclass(value) else value  # type: ignore[type-var]


def _memory(note: str) -> str:
    short = cell.granted and ("MemoryError" in note or "allocate memory" in note)
    return f" (a target may take {cell.amount(cell.granted)} of memory)" if short else ""


@contextmanager
def _ignored_errors() -> Iterator[list[str]]:
    """What is raised where Python only prints it, as in `__del__`: said in full; only what strangers' code raises."""
    seen: list[str] = []
    before = sys.unraisablehook

    def hook(event) -> None:
        if event.exc_value is not None and (where := last_line(event.exc_value)):
            name = getattr(event.object, "__qualname__", "")
            seen.append(f"{reason(event.exc_value)}{f' in {name}' if name else ''} at {where}")

    sys.unraisablehook = hook
    try:
        yield seen
    finally:
        sys.unraisablehook = before


def undecided(job: Job, why: str) -> Certificate:
    """The certificate of a job that came to no end."""
    return Certificate(job.name, job.rule, "undecided", notes=(why,), reproduce=job.reproduce)


def lift(request: Request, style: str, shape: tuple[int, ...] | None) -> str | Problem:
    """The update that the code of each target computes, as text."""
    try:
        _check_torch("cpu")
        from verify import theories
        from verify.lifted import lifted
        from verify.subjects.resolve import resolve

        pages = []
        for target in resolve(request.text, request.settings):
            rule = theories.rule(target.rule) if target.rule else None
            pages.append(f"{target.name}\n{lifted(target, rule, style, shape)}")
        return "\n\n".join(pages)
    except Problem as problem:
        if request.debug:
            traceback.print_exc()
        return problem


def _warm() -> None:
    """What every process needs; a fork server does it once, before it forks."""
    _quiet()
    try:
        import torch

        from verify import theories
        from verify.conform import decision  # noqa: F401

        theories.load()
        torch.optim.Adam([torch.nn.Parameter(torch.ones(1))])
    except Exception:  # noqa: BLE001 - the process that needs it meets the same error and reports it
        pass
    gc.freeze()  # what is here stays, and no process need look through it for garbage


if os.environ.get("OPTPROOF_WARM") == "1":
    _warm()
