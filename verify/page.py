"""A claim as a page of a book: what it says, why it is true, where it comes from, and what it is not.

Everything on the page is made from the claim object and from the evidence of its checks.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verify.check.agreement import Agreement, Pair
from verify.check.evidence import Evidence
from verify.check.outcome import Outcome, check, check_with_uses
from verify.check.sample import sample, show
from verify.display import decimal
from verify.statement import Claim, Verdict, claims
from verify.statement_text import derivation, quantifiers, render, source, statement

WIDTH = 100
_WORD = {
    Verdict.PROVED: "proved",
    Verdict.ENCLOSED: "enclosed by ball arithmetic",
    Verdict.SAMPLED: "sampled",
    Verdict.REFUTED: "false",
}


def page(claim: Claim, width: int = WIDTH) -> str:
    """The page of one claim, as text."""
    outcome = check_with_uses(claim)
    parts = [_title(claim, outcome, width), _sentence(claim, width), _statement(claim, width)]
    parts += [_proof(outcome, width), _conditions(outcome, width), _sources(claim, width), _used(claim, width)]
    parts += [_near_misses(claim, width), _values(outcome.agreement, width)]
    return "\n\n".join(p for p in parts if p) + "\n"


def _title(claim: Claim, outcome: Outcome, width: int) -> str:
    right = f"{claim.catalogue or ''}   {_standing(claim, outcome)}".strip()
    line = claim.id + right.rjust(width - len(claim.id))
    return f"{line}\n{'─' * width}"


def _standing(claim: Claim, outcome: Outcome) -> str:
    if claim.false and outcome.verdict is Verdict.REFUTED:
        return "REFUTED, as it should be"
    return outcome.verdict.name


def _sentence(claim: Claim, width: int) -> str:
    return textwrap.fill(claim.statement, width)


def _statement(claim: Claim, width: int) -> str:
    variables = quantifiers(claim)
    head = [textwrap.fill(f"For all {variables}:", width)] if variables else []
    return "\n".join([*head, "", *(_formula(line, width) for line in statement(claim))])


def _formula(line: str, width: int, indent: int = 4) -> str:
    """A formula, broken before the outermost signs; what follows the first line stands further in."""
    lines, margin = [], indent
    while len(line) > width - margin and (cut := _cut(line, width - margin)):
        lines.append(" " * margin + line[:cut])
        line, margin = line[cut + 1 :], indent + 4
    return "\n".join([*lines, " " * margin + line])


def _cut(line: str, room: int) -> int | None:
    """The space to break at: under the fewest brackets, before a relation, a sum, a product; the last of these."""
    depth, best = 0, None
    for i, sign in enumerate(line[: room + 1]):
        depth += (sign in "([⟨") - (sign in ")]⟩")
        if sign == " " and i > 3:  # no sign alone on a line
            rank = (depth, _BREAKS.get(line[i + 1 : i + 3], 3), -i)
            best = min(best, (*rank, i)) if best else (*rank, i)
    return best[-1] if best else None


_BREAKS = {f"{s} ": k for k, signs in enumerate(("=≤<≥>", "+-", "·/")) for s in signs}


def _proof(outcome: Outcome, width: int) -> str:
    evidence = outcome.proof
    head = (
        "Why it is false."
        if outcome.verdict is Verdict.REFUTED
        else "Proof."
        if outcome.verdict is Verdict.PROVED
        else "What is known."
    )
    lines = [head]
    if evidence and outcome.verdict is not Verdict.REFUTED:
        lines += _steps(evidence, width)
    lines += [
        textwrap.fill(f"{e.method}: {e.detail}", width, initial_indent="  · ", subsequent_indent="    ")
        for e in outcome.evidence
    ]
    if outcome.claim.because:
        lines.append(textwrap.fill(f"Not proved, because {outcome.claim.because}", width))
    return "\n".join(lines)


def _steps(evidence: Evidence, width: int) -> Iterator[str]:
    """Each step with the line that it establishes and the engines that checked it."""
    stations = _stations(evidence)
    for number, (says, line, engines) in enumerate(derivation(evidence), start=1):
        checked = f" [{engines}]" if engines else ""
        yield textwrap.fill(f"{number}. {says}{checked}", width, initial_indent="  ", subsequent_indent="     ")
        if line and number - 1 in stations:
            yield _formula(line, width, 6)


def _stations(evidence: Evidence) -> set[int]:
    """The steps whose line is worth printing: all but those that repeat the one before."""
    lines = [line for _, line, _ in derivation(evidence)]
    return {i for i, line in enumerate(lines) if i == 0 or line != lines[i - 1]}


def _conditions(outcome: Outcome, width: int) -> str:
    proof = outcome.proof
    if not proof or not proof.conditions:
        return ""
    return "It holds where\n\n" + "\n".join(_formula(f"{render(c)} ≠ 0", width) for c in proof.conditions)


def _sources(claim: Claim, width: int) -> str:
    return textwrap.fill(f"Source. {source(claim)}", width)


def _used(claim: Claim, width: int) -> str:
    lines = [f"{id}: {claims[id].statement}" if id in claims else f"{id}: there is no such claim" for id in claim.uses]
    return _list("It uses", lines, width)


def _near_misses(claim: Claim, width: int) -> str:
    """The false claims with the same number, each with the point that refutes it."""
    if claim.false or not claim.catalogue:
        return ""
    others = [c for c in claims.values() if c.false and c.catalogue == claim.catalogue]
    return _list("Near misses, which are false", [f"{c.id}: {c.statement} {_failure(c)}" for c in others], width)


def _failure(claim: Claim) -> str:
    """Why a false claim fails: at the small point to which Hypothesis shrinks, or at the one that refuted the proof."""
    found = sample(claim)
    outcome = check(claim) if found.verdict is not Verdict.REFUTED else None
    point = outcome.counterexample if outcome else found.counterexample
    if point is None:
        return "It is not refuted."
    gap = "" if outcome else found.detail.partition(f"{show(point)}: ")[2]
    return f"It fails{f' at {_point(point)}' if point else ' everywhere'}{f': {gap}' if gap else ''}."


def _list(head: str, lines: list[str], width: int) -> str:
    if not lines:
        return ""
    return "\n".join(
        [f"{head}.", *(textwrap.fill(line, width, initial_indent="  · ", subsequent_indent="    ") for line in lines)]
    )


# Values ------------------------------------------------------------------------------------------


def _values(agreement: Agreement | None, width: int) -> str:
    """A table: at each point the value, and for each pair of evaluations how far they are apart, and may be."""
    if not agreement:
        return ""
    lines = [f"Values{'' if agreement.ok else ', WHICH DISAGREE'}."]
    several = len({p.relation for p in agreement.pairs}) > 1
    for at, pairs in _by_point(agreement.pairs):
        where = f"Line {pairs[0].relation + 1} at" if several else "At"
        lines.append(
            textwrap.fill(
                f"{where} {_point(at)}: {pairs[0].value}", width, initial_indent="  ", subsequent_indent="    "
            )
        )
        lines += [f"    {_pair(p)}" for p in pairs]
    return "\n".join([*lines, *agreement.notes])


def _by_point(pairs: tuple[Pair, ...]) -> Iterator[tuple[dict, list[Pair]]]:
    seen: dict[str, tuple[dict, list[Pair]]] = {}
    for p in pairs:
        seen.setdefault(f"{p.relation} {show(p.at)}", (p.at, []))[1].append(p)
    yield from seen.values()


def _point(at: dict) -> str:
    return ", ".join(f"{name} = {_number(v)}" for name, v in at.items())


def _number(v) -> str:
    if isinstance(v, tuple):
        return f"({', '.join(map(_number, v))})"
    return decimal(v) or str(v)


def _pair(p: Pair) -> str:
    names = f"{p.one}, {p.other}"
    return f"{names:<26} apart {p.error:8.2g}   rounding explains {p.bound:8.2g}{'' if p.ok else '   TOO FAR'}"
