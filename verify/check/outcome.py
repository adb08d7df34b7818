"""What is known about one claim, all engines together.

The proof comes first, then the search for a counterexample, then, where neither decides,
the enclosure of a box.  The verdict is the strongest evidence, unless one engine refutes, or
no example meets the hypotheses (a vacuous claim is not known to be true), or the values of
the claim disagree.  What a proof takes from other claims (`uses`) must itself be known.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from verify.check.agreement import Agreement, agree
from verify.check.evidence import Evidence, unknown
from verify.check.prove import prove
from verify.check.sample import sample, show
from verify.numbers import NoSystem
from verify.statement import Claim, Verdict, claims

LIMIT = 60.0  # seconds for one claim
CONFIRM, SEARCH = 30, 200  # Hypothesis examples: beside a proof, and where a counterexample is wanted

STATEMENT = "statement"  # the method of evidence that a claim says nothing that any engine could decide
WHERE_TO_START = "where it is the start 0, give `run` one: run(..., x=...)"


class OutOfTime(Exception):
    """The limit of one claim has passed."""


@dataclass(frozen=True)
class Outcome:
    """The evidence about one claim, and the verdict that follows from it."""

    claim: Claim
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    agreement: Agreement | None = None
    seconds: float = 0.0

    @property
    def expected(self) -> Verdict:
        return self.claim.expected

    @property
    def counterexample(self) -> dict | None:
        return next(
            (e.counterexample for e in self.evidence if e.verdict is Verdict.REFUTED and e.counterexample), None
        )

    @property
    def proof(self) -> Evidence | None:
        """The evidence whose verdict this is, with its derivation."""
        return next((e for e in self.evidence if e.verdict is self.verdict), None)

    def summary(self) -> Summary:
        """The outcome as plain data."""
        weights = [e for e in self.evidence if e.verdict is not Verdict.UNKNOWN] or list(self.evidence)
        return Summary(
            self.claim.id,
            self.claim.catalogue,
            self.expected,
            self.verdict,
            tuple(dict.fromkeys(m for e in weights for m in e.method.split(", "))),
            self.agreement.to_json() if self.agreement else None,
            round(self.seconds, 3),
            " | ".join(f"{e.method}: {e.detail}" for e in self.evidence),
            self.claim.uses,
            self.counterexample is not None,
        )


@dataclass(frozen=True)
class Summary:
    """An outcome that can travel between processes."""

    id: str
    catalogue: str | None
    expected: Verdict
    verdict: Verdict
    methods: tuple[str, ...] = ()
    agreement: dict | None = None
    seconds: float = 0.0
    detail: str = ""
    uses: tuple[str, ...] = ()
    counterexample: bool = False

    @property
    def as_expected(self) -> bool:
        """Does the claim stand where its file says?  UNKNOWN never does, nor a refutation without an example."""
        if self.verdict is Verdict.UNKNOWN or self.verdict is not self.expected:
            return False
        return self.counterexample or self.verdict is not Verdict.REFUTED

    def to_json(self) -> dict:
        found = {
            "id": self.id,
            "catalogue": self.catalogue,
            "expected": self.expected.name,
            "verdict": self.verdict.name,
        }
        return found | {"methods": list(self.methods), "agreement": self.agreement, "seconds": self.seconds}


def check(claim: Claim, limit: float = LIMIT) -> Outcome:
    """Everything about one claim but what it uses (see `settle`).  UNKNOWN, with the reason, past the limit in seconds."""
    begin = time.perf_counter()
    found: list[Evidence | None] = []
    agreement = None
    try:
        with _alarm(limit):
            for engine in _engines(claim):
                found.append(engine([e for e in found if e]))
                if found[-1] and found[-1].method == STATEMENT:
                    break  # no engine can do more
            known = max((e.verdict for e in found if e), default=Verdict.UNKNOWN)
            agreement = agree(claim) if not claim.false and known >= Verdict.SAMPLED else None
    except OutOfTime:
        found.append(unknown("time", f"no answer within {limit:g} seconds"))
    evidence = [e for e in found if e]
    verdict, more = _verdict(claim, evidence, agreement)
    return Outcome(claim, verdict, (*evidence, *more), agreement, time.perf_counter() - begin)


def _engines(claim: Claim) -> list:
    return [
        lambda known: _guarded("prove", prove, claim),
        lambda known: _sampled(claim, known),
        lambda known: _enclosed(claim, known),
    ]


def _guarded(method: str, engine, *args) -> Evidence:
    """An engine's answer; a crash of it is no answer."""
    try:
        return engine(*args)
    except OutOfTime:
        raise
    except NoSystem as error:
        return unknown(STATEMENT, f"it cannot be computed: {error}; {WHERE_TO_START}")
    except Exception as error:  # noqa: BLE001 - whatever an engine raises, nothing was learned from it
        return unknown(method, f"raised {type(error).__name__}: {error}")


def _sampled(claim: Claim, known: list[Evidence]) -> Evidence | None:
    if _refuted(known):
        return None
    proved = any(e.verdict is Verdict.PROVED for e in known)
    return _guarded("sample", lambda: sample(claim, examples=CONFIRM if proved else SEARCH))


def _enclosed(claim: Claim, known: list[Evidence]) -> Evidence | None:
    if claim.false or _refuted(known) or any(e and e.verdict >= Verdict.ENCLOSED for e in known):
        return None
    try:
        from verify.check.enclose import enclose
    except ImportError:
        return None
    return _guarded("enclose", enclose, claim)


def _refuted(known: list[Evidence]) -> bool:
    return any(e and e.verdict is Verdict.REFUTED for e in known)


def _verdict(
    claim: Claim, evidence: list[Evidence], agreement: Agreement | None
) -> tuple[Verdict, tuple[Evidence, ...]]:
    """The verdict, and evidence that only all engines together give."""
    verdicts = {e.verdict for e in evidence}
    if Verdict.REFUTED in verdicts:
        if Verdict.PROVED in verdicts:
            return Verdict.UNKNOWN, (
                unknown("engines", "one engine proves the claim and another refutes it: a bug in one of them"),
            )
        return Verdict.REFUTED, ()
    if any(e.method in ("sample", "time") and e.verdict is Verdict.UNKNOWN for e in evidence):
        return Verdict.UNKNOWN, ()
    if agreement and not agreement.ok:
        bad = next(p for p in agreement.pairs if not p.ok)
        text = (
            f"{bad.one} and {bad.other} are {bad.error:.3g} apart at {show(bad.at)}; rounding explains {bad.bound:.3g}"
        )
        return Verdict.UNKNOWN, (unknown("agreement", text),)
    return max(verdicts, default=Verdict.UNKNOWN), ()


# What a claim uses ------------------------------------------------------------------------------


def settle(found: list[Summary], known=None) -> list[Summary]:
    """The summaries, each no stronger than what its claim uses.

    `known(id)` gives the summary of a claim that is not among them (default: it is checked now).
    """
    table = {s.id: s for s in found}
    known = known or _checked
    return [_settled(s, table, known, (s.id,)) for s in found]


def _settled(s: Summary, table: dict, known, path: tuple[str, ...]) -> Summary:
    for used in s.uses:
        verdict, why = _standing(used, table, known, path)
        if verdict < s.verdict:
            s = replace(
                s, verdict=verdict if s.verdict > Verdict.UNKNOWN else s.verdict, detail=f"{s.detail} | uses: {why}"
            )
    return s


def _standing(id: str, table: dict, known, path: tuple[str, ...]) -> tuple[Verdict, str]:
    """How much a used claim is worth, and why."""
    if id in path:
        return Verdict.UNKNOWN, f"{' uses '.join((*path, id))}: a circle"
    if id not in claims:
        return Verdict.UNKNOWN, f"there is no claim {id!r}"
    if claims[id].false:
        return Verdict.UNKNOWN, f"{id} is kept as false"
    if id not in table:
        table[id] = known(id)
    mine = _settled(table[id], table, known, (*path, id))
    return (mine.verdict if mine.verdict is not Verdict.REFUTED else Verdict.UNKNOWN), f"{id} is {mine.verdict.name}"


@cache
def _checked(id: str) -> Summary:
    return check(claims[id]).summary()


def check_with_uses(claim: Claim, limit: float = LIMIT) -> Outcome:
    """As `check`, with the claims that it uses."""
    outcome = check(claim, limit)
    (settled,) = settle([outcome.summary()])
    if settled.verdict is outcome.verdict:
        return outcome
    return replace(
        outcome,
        verdict=settled.verdict,
        evidence=(*outcome.evidence, unknown("uses", settled.detail.rpartition(" | uses: ")[2])),
    )


@contextmanager
def _alarm(seconds: float):
    """Raise OutOfTime after so many seconds, where the platform has alarms and this is the main thread."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
