"""Every claim checked, each in a process, and brought back ready for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from verify.check.outcome import Summary, check, settle
from verify.checking import in_processes, unanswered, with_uses
from verify.report.families import link
from verify.report.prose import sentence
from verify.report.tex import NOTHING
from verify.report.theorem import Shown, label, shown
from verify.statement import claims


def prove_all(
    ids: Iterable[str], files: tuple[str, ...], jobs: int, limit: float, progress: Callable
) -> dict[str, Shown]:
    """The claims by id, each with the verdict that what it uses allows."""
    asked = list(ids)
    needed = with_uses(asked)
    answers = in_processes(_page, needed, files, jobs, limit, progress, _unanswered)
    summaries = {s.id: s for s, _ in answers}
    settled = {s.id: s for s in settle(list(summaries.values()), summaries.get)}
    pages = {p.id: replace(p, verdict=settled[p.id].verdict) for _, p in answers}
    return {id: pages[id] for id in asked}


def _page(id: str, limit: float) -> tuple[Summary, Shown]:
    outcome = check(claims[id], limit)
    return outcome.summary(), shown(outcome, link)


def _unanswered(id: str, why: str) -> tuple[Summary, Shown]:
    """A claim of which nothing is known but its text."""
    claim, found = claims[id], unanswered(id, why)
    said = sentence(claim.statement, link)
    page = Shown(
        id, label("claim", id), claim.catalogue or "", claim.false, found.verdict, claim.expected, said, NOTHING, NOTHING, (),
        because=found.detail, cites=claim.cites, uses=claim.uses,
    )  # fmt: skip
    return found, page
