"""Certificates of planted faults and of equal rewrites, on as many processes as there are cores."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context

from verify import theories
from verify.mutate import Mutant, anatomy, late, mutants
from verify.rule import Rule

MUTANTS, REWRITTEN = 15, 6  # of each rule
LATE = 101


@dataclass(frozen=True)
class Case:
    """One optimizer to certify: a mutant (`name` is its number) or a rewrite, of a rule, in a style."""

    sort: str
    rule: str
    name: str
    style: str


@dataclass(frozen=True)
class Outcome:
    """What came out.  truth: "different", "equal" or "open", by the judge.  kind: the mutant's; found: the certificate's."""

    case: Case
    truth: str
    says: str
    verdict: str
    exact: str
    kind: str
    found: str
    summary: str
    seconds: float

    def to_json(self) -> dict:
        return asdict(self.case) | {k: v for k, v in vars(self).items() if k != "case"}


def cases(sample: int | None = None) -> list[Case]:
    """What is measured, in a fixed order; of a sample every so many-th."""
    whole = [*_mutant_cases(), *_rewrite_cases()]
    return whole if sample is None else whole[:: max(1, len(whole) // sample)][:sample]


def _rules() -> dict[str, Rule]:
    from benchmarks.detection.expression import Unrendered
    from benchmarks.detection.styles import rendered

    found = {}
    for name, rule in sorted(theories.rules().items()):
        if rule.sparse:
            continue  # the styles take dense gradients
        try:
            rendered(rule, "Made", "plain")
        except (Unrendered, ValueError, AttributeError, KeyError):
            continue
        found[name] = rule
    return found


def _mutant_cases() -> Iterator[Case]:
    from benchmarks.detection.styles import STYLES

    styles, count = list(STYLES), 0
    for name, rule in _rules().items():
        for number in _spread(rule):
            yield Case("mutant", name, str(number), styles[count % len(styles)])
            count += 1


def _spread(rule: Rule) -> list[int]:
    """The numbers of some mutants that run, from all families of faults in turn, and one that comes late."""
    from benchmarks.detection.judge import runs

    families = defaultdict(list)
    for number, mutant in enumerate(planted(rule)):
        families[mutant.operator, mutant.kind].append(number)
    queues = [numbers[::-1] for numbers in families.values()]
    found: list[int] = []
    while any(queues) and len(found) < MUTANTS:
        for queue in queues:
            while queue and len(found) < MUTANTS:
                number = queue.pop()
                if runs(planted(rule)[number].rule):
                    found.append(number)
                    break
    return found


@cache
def planted(rule: Rule) -> list[Mutant]:
    """The mutants of a rule, and the first of each family once more as a fault that comes late."""
    plain = list(mutants(rule))
    first = {m.operator: m for m in reversed(plain) if m.operator in ("scale", "eps", "drop", "correction")}
    delayed = (late(rule, m, LATE) for m in first.values())
    return plain + [m for m in delayed if m is not None and m.text != anatomy(rule)]


def _rewrite_cases() -> Iterator[Case]:
    from benchmarks.detection.rewrites import REWRITES
    from benchmarks.detection.styles import STYLES

    styles, count = list(STYLES), 0
    for name, rule in _rules().items():
        fitting = [r for r, make in REWRITES.items() if next(make(rule), None) is not None]
        for number in range(min(REWRITTEN, len(fitting))):
            yield Case(
                "rewrite", name, fitting[(count + number) % len(fitting)], styles[(count + number) % len(styles)]
            )
        count += 3


# One case -----------------------------------------------------------------------------------------


def outcome(case: Case) -> Outcome:
    """The certificate of one case, held against what is true of it."""
    from benchmarks.detection.rewrites import REWRITES

    rule = theories.rules()[case.rule]
    if case.sort == "rewrite":
        return _certified(case, rule, next(REWRITES[case.name](rule)), case.name, "")
    mutant = planted(rule)[int(case.name)]
    return _certified(case, rule, mutant.rule, f"{mutant.paper} -> {mutant.code}", mutant.kind)


def _certified(case: Case, rule: Rule, other: Rule, says: str, kind: str) -> Outcome:
    from benchmarks.detection.styles import made
    from verify.conform import certify_target
    from verify.subjects.resolve import of_object

    truth = _truth(case, rule, other)
    begin = time.process_time()
    found = certify_target(of_object(made(other, "Made", case.style), "Made"), rule)
    seconds = time.process_time() - begin
    first = found.deviations[0] if found.deviations else None
    if truth == "open" and first and first.counterexample:
        truth = "different"  # its counterexample is replayed by the real optimizer
    summary = first.summary if first else "; ".join(found.notes)[:200]
    named = first.kind if first else ""
    return Outcome(case, truth, says, found.verdict, found.exact.verdict.name, kind, named, summary, round(seconds, 2))


def _truth(case: Case, rule: Rule, other: Rule) -> str:
    from benchmarks.detection.judge import different, proved_equal

    long = 0 if case.sort == "rewrite" else 320
    if different(rule, other, long):
        return "different"
    return "equal" if case.sort == "rewrite" or proved_equal(rule, other) else "open"


def begin() -> None:
    """Prepare a process."""
    import torch

    torch.set_num_threads(1)
    theories.load()


def measure(sample: int | None = None, jobs: int | None = None, progress=lambda: None) -> list[Outcome]:
    """The outcomes of all cases, in their order."""
    begin()
    chosen, found = cases(sample), []
    with ProcessPoolExecutor(jobs or os.cpu_count(), get_context("spawn"), begin) as pool:
        for result in pool.map(outcome, chosen):
            found.append(result)
            progress()
    return found


__all__ = ["Case", "Outcome", "cases", "measure", "outcome"]
