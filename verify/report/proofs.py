"""Every claim checked, each in a process, and brought back ready for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from verify.check.outcome import Summary, check, settle
from verify.checking import in_processes, unanswered, with_uses
from verify.errors import reason
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
    summary = outcome.summary()
    try:
        return summary, shown(outcome, link)
    except Exception as error:  # noqa: BLE001 - a statement that cannot be printed is no reason to print no other
        return summary, _bare(summary, f"its statement cannot be printed: {reason(error)}")


def _unanswered(id: str, why: str) -> tuple[Summary, Shown]:
    """A claim of which nothing is known but its text."""
    summary = unanswered(id, why)
    return summary, _bare(summary, summary.detail)


def _bare(found: Summary, why: str) -> Shown:
    claim = claims[found.id]
    known = (claim.id, label("claim", claim.id), claim.catalogue or "", claim.false, found.verdict, claim.expected)
    said = sentence(claim.statement, link)
    return Shown(*known, said, NOTHING, NOTHING, (), because=why, cites=claim.cites, uses=claim.uses)
