"""What runs in a process of its own: everything that touches the user's code.

A request (the text of a target, its settings, a rule) is planned into jobs, one for each
configuration, and each job is certified.  Only text travels; every process resolves it
for itself, so that classes and factories need not be picklable.  Standard output belongs
to the caller's JSON: what the code prints here goes to standard error.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from dataclasses import dataclass, field, replace

from verify.certificate import Certificate
from verify.errors import Problem, last_line, reason


@dataclass(frozen=True)
class Request:
    """A target as the user gave it.  against: the name or file of a rule, else the target's own."""

    text: str
    settings: dict = field(default_factory=dict)
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
    """Prepare a fresh process: one thread, and nothing on standard output."""
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        pass  # `plan` says so


def plan(request: Request) -> Plan:
    """What there is to do for a request; never raises a Problem, but returns it."""
    try:
        _check_torch(request.device)
        from verify.subjects.resolve import expand

        targets, problems = expand(request.text, request.settings, request.flags)
    except Problem as problem:
        if request.debug:
            traceback.print_exc()
        return Plan(problems=(problem,))
    jobs, problems = [], list(problems)
    for position, target in enumerate(targets):
        try:
            jobs.append(_job(*_alone(request, position, target), target))
        except Problem as problem:
            problems.append(problem)
    return Plan(tuple(jobs), tuple(problems))


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
    return theories.rule(name)


def certify(job: Job) -> Certificate:
    """The certificate of one job; undecided, with the reason, where the code raises."""
    try:
        from verify.conform import certify_target
        from verify.subjects.resolve import expand

        target = expand(job.request.text, job.request.settings, job.request.flags)[0][job.position]
        found = certify_target(target, _rule(job.request, target))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the code raises ends as an honest `undecided`
        if job.request.debug:
            traceback.print_exc()
        where = last_line(error)
        return undecided(job, f"it raised {reason(error)}{f' at {where}' if where else ''}")
    return found if found.reproduce else replace(found, reproduce=job.reproduce)


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
    try:
        import torch

        from verify import conform, theories  # noqa: F401

        theories.load()
        torch.optim.Adam([torch.nn.Parameter(torch.ones(1))])
    except Exception:  # noqa: BLE001 - the process that needs it meets the same error and reports it
        pass


if os.environ.get("OPTPROOF_WARM") == "1":
    _warm()
