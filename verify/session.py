"""One run over several targets: plan them, certify each in a process of its own, judge them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from verify import accept, worker
from verify.accept import FAILS, OPEN, Acceptance, Outcome
from verify.certificate import Certificate
from verify.errors import Problem
from verify.pool import Pool
from verify.progress import Progress
from verify.worker import Job, Plan, Request

LIMIT = 120.0  # seconds for one target


@dataclass(frozen=True)
class Result:
    """Certificates beside their jobs and outcomes, in the order of the targets; and what could not be certified."""

    jobs: tuple[Job, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 for a deviation, else 2 for a target that is none, else 3 for an undecided one, else 0."""
        states = {o.state for o in self.outcomes}
        return 1 if FAILS in states else 2 if self.problems else 3 if OPEN in states else 0


def run(
    requests: Sequence[Request],
    jobs: int,
    limit: float = LIMIT,
    table: dict[str, Acceptance] | None = None,
    also: Iterable[str] = (),
) -> Result:
    """Certify every target of the requests.  table: accepted readings; also: some for this run alone."""
    with Pool(jobs, limit) as pool:
        planned = plan(pool, requests)
        work = [job for p in planned for job in p.jobs]
        with Progress("certifying", len(work)) as progress:
            certificates = pool.map(worker.certify, work, worker.undecided, progress)
    outcomes = [accept.judge(c, table or {}, also) for c in certificates]
    return Result(
        tuple(work), tuple(certificates), tuple(outcomes), tuple(p for plan in planned for p in plan.problems)
    )


def plan(pool: Pool, requests: Sequence[Request]) -> list[Plan]:
    """What there is to do; a target whose import hangs or dies is a Problem, and one named twice is done once."""
    with Progress("loading targets", len(requests)) as progress:
        planned = pool.map(worker.plan, requests, _not_planned, progress)
    seen, found = set(), []
    for p in planned:
        found.append(Plan(tuple(j for j in p.jobs if (j.name, j.rule) not in seen), p.problems))
        seen |= {(j.name, j.rule) for j in p.jobs}
    return found


def _not_planned(request: Request, why: str) -> Plan:
    problem = Problem(
        f"{request.text} could not be loaded: {why}",
        "a target that imports and can be constructed",
        f"target {request.text}",
    )
    return Plan(problems=(problem,))
