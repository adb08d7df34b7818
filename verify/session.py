"""One run over several targets: plan them, certify each in a process of its own, judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from verify import accept, worker
from verify.accept import FAILS, OPEN, Acceptance, Outcome
from verify.cell import Answer, Limits
from verify.certificate import Certificate
from verify.errors import Problem, reason
from verify.pool import Pool
from verify.progress import Progress
from verify.worker import Job, Plan, Request

LIMIT = 120.0  # seconds for one target


@dataclass(frozen=True)
class Result:
    """Certificates beside their jobs and outcomes, in the order of the targets; and what could not be certified.

    seconds: how long each certificate's process lived.  cpu: and how long it computed.
    """

    jobs: tuple[Job, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: tuple[float, ...] = ()
    cpu: tuple[float, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 for a deviation, else 2 for a target that is none, else 3 for an undecided one, else 0."""
        states = {o.state for o in self.outcomes}
        return 1 if FAILS in states else 2 if self.problems else 3 if OPEN in states else 0


def run(
    requests: Sequence[Request],
    jobs: int,
    limit: float | Limits = LIMIT,
    table: dict[str, Acceptance] | None = None,
    also: Iterable[str] = (),
) -> Result:
    """Certify every target of the requests.  table: accepted readings; also: some for this run alone.

    What names one target is planned and certified in one process; the targets of a suite follow, each in its own.
    """
    requests = list({repr(r): r for r in requests}.values())
    with Progress("certifying", len(requests)) as progress:
        with Pool(min(jobs, len(requests)), limit) as pool:
            answers = pool.run(worker.attend, requests, progress)
            answers = _found_again(pool, requests, answers)
        plans = _without_doubles(_plan(r, a) for r, a in zip(requests, answers, strict=True))
        alone = {id(p): a for p, a in zip(plans, answers, strict=True) if len(p.jobs) == 1}
        rest = [job for p in plans if id(p) not in alone for job in p.jobs]
        progress.more(len(rest))
        found = dict(zip(rest, _each(rest, jobs, limit, progress), strict=True))
    found |= {p.jobs[0]: alone[id(p)] for p in plans if id(p) in alone}
    return _result(plans, found, table or {}, also)


def _found_again(pool: Pool, requests: Sequence[Request], answers: Sequence[Answer]) -> list[Answer]:
    """The answers; where even the plan is lost with the process that watched, it is made again."""
    lost = [r for r, a in zip(requests, answers, strict=True) if a.lost]
    plans = iter(pool.run(worker.plan, lost) if lost else ())
    return [replace(a, values=next(plans).values) if a.lost else a for a in answers]


def _each(work: Sequence[Job], jobs: int, limit: float | Limits, progress: Callable) -> list[Answer]:
    if not work:
        return []
    with Pool(min(jobs, len(work)), limit) as pool:
        return pool.run(worker.certify, work, progress)


def _result(plans: Sequence[Plan], found: dict[Job, Answer], table, also) -> Result:
    work = tuple(job for p in plans for job in p.jobs)
    certificates = tuple(_certificate(job, found[job]) for job in work)
    outcomes = tuple(accept.judge(c, table, also) for c in certificates)
    problems = tuple(p for plan in plans for p in plan.problems)
    seconds, cpu = (tuple(getattr(found[job], name) for job in work) for name in ("seconds", "cpu"))
    return Result(work, certificates, outcomes, problems, seconds, cpu)


def plan(pool: Pool, requests: Sequence[Request]) -> list[Plan]:
    """What there is to do; a target whose import hangs or dies is a Problem, and one named twice is done once."""
    with Progress("loading targets", len(requests)) as progress:
        answers = pool.run(worker.plan, requests, progress)
    return _without_doubles(_plan(r, a) for r, a in zip(requests, answers, strict=True))


def _without_doubles(plans: Iterable[Plan]) -> list[Plan]:
    seen, found = set(), []
    for p in plans:
        found.append(Plan(tuple(j for j in p.jobs if (j.name, j.rule) not in seen), p.problems))
        seen |= {(j.name, j.rule) for j in p.jobs}
    return found


def _plan(request: Request, answer: Answer) -> Plan:
    """The plan in an answer, or the Problem that there is none; where the rule is known, also what is undecided."""
    if answer.values:
        return answer.values[0]
    problem = Problem(
        f"{request.text} could not be loaded: {_reason(answer)}",
        "a target that imports and can be constructed",
        f"target {request.text}",
    )
    unknown = Job(request, 0, request.text, request.against or "", "", "")
    return Plan((unknown,) if request.against else (), (problem,))


def _certificate(job: Job, answer: Answer) -> Certificate:
    """The certificate in an answer, or one that says why there is none; with what is to be known of its process."""
    last = answer.values[-1] if answer.values else None
    found = last if isinstance(last, Certificate) else worker.undecided(job, _reason(answer))
    return replace(found, notes=(*found.notes, *answer.notes))


def _reason(answer: Answer) -> str:
    return answer.why or (f"it raised {reason(answer.error)}" if answer.error else "it gave no answer")
