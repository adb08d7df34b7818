"""What the real optimizer, run without the lifter, adds to a certificate: the contract.

A proof is about one tensor in one group whose gradients come and go.  The contract is about the
rest: several tensors and groups, reused gradients, saved states, closures.  A broken clause is a
deviation even where every trajectory is right.  Its last two clauses, the paper's defaults and bad
hyperparameters, are notes.
"""

from __future__ import annotations

from dataclasses import replace

from verify.certificate import Certificate, Deviation, Exactness
from verify.measure.clause import BUT, HOLDS, Clause
from verify.measure.execute import CannotRun, Subject
from verify.measure.notes import notes
from verify.measure.plainly import plainly
from verify.rule import Reading, Rule
from verify.subjects.target import Target

_DICE = "a step draws random numbers: what was proved holds for the numbers that were drawn while it was lifted"


def with_contract(certificate: Certificate, target: Target, rule: Rule, found: tuple[Clause, ...]) -> Certificate:
    """The certificate with what was found about each clause; a broken one turns the verdict to `deviates`."""
    if reading := _narrow_memory(certificate, rule, found):
        certificate = _as_read(certificate, reading)
        found = tuple(_but_for(reading, c) if c.narrow else c for c in found)
    for known in (rule.reading(id) for id in certificate.readings):
        found = tuple(_but_for(known, c) if c.broken and c.clause == known.breaks else c for c in found)
    provisos = tuple(f"{c.clause}: {c.detail}" for c in found if c.detail.startswith(BUT))
    refused = dict.fromkeys(says for c in found for says in c.refused)
    certificate = replace(certificate, notes=(*certificate.notes, *provisos, *refused, *notes(target, rule)))
    broken = [_deviation(c) for c in found if c.broken]
    rows = tuple(c.to_json() for c in found)
    if certificate.verdict in ("conforms", "variant") and draws(target):
        certificate = replace(certificate, verdict="undecided", exact=Exactness(), notes=(*certificate.notes, _DICE))
    verdict = "deviates" if broken else certificate.verdict
    return replace(certificate, contract=rows, verdict=verdict, deviations=_causes_first(certificate, broken))


def _but_for(reading: Reading, clause: Clause) -> Clause:
    """A clause whose break is what the reading says."""
    return replace(clause, verdict=HOLDS, detail=f"but for {reading.id}: {clause.detail.removeprefix(BUT)}")


def draws(target: Target) -> bool:
    """Does a step draw random numbers?  Then what one lift saw is not what another run does."""
    with plainly():
        try:
            return Subject(target).random
        except CannotRun:
            return False


def _narrow_memory(certificate: Certificate, rule: Rule, found: tuple[Clause, ...]) -> Reading | None:
    """The reading that knows of a memory that is kept in a narrower type, where that is all that is narrow."""
    narrow = [slot for c in found for slot in c.narrow]
    held = [{slot, certificate.exact.memory.get(slot)} for slot in narrow]
    return next((r for r in rule.readings if r.narrow and held and all(h & set(r.narrow.split()) for h in held)), None)


def _as_read(certificate: Certificate, reading: Reading) -> Certificate:
    found = Deviation(reading.kind, reading.says, reading.narrow, reading.code, None, None, None, reading.id)
    verdict = "variant" if certificate.verdict == "conforms" else certificate.verdict
    return replace(certificate, verdict=verdict, deviations=(*certificate.deviations, found))


def _deviation(clause: Clause) -> Deviation:
    example = {"snippet": clause.snippet} if clause.snippet else None
    return Deviation(clause.kind or "other", clause.detail, clause.says, "", clause.step, None, example)


def _causes_first(certificate: Certificate, broken: list[Deviation]) -> tuple[Deviation, ...]:
    """A broken clause explains what the proof could not name, if it shows it; what has the kind of a known cause follows."""
    shown = any(d.counterexample for d in broken)
    known = [d for d in certificate.deviations if not (shown and d.kind == "other" and not d.reading)]
    causes = {d.kind for d in known if not d.reading}
    fresh = [d for d in broken if d.kind not in causes]
    return (*known, *fresh) if causes else (*fresh, *known)
