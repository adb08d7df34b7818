"""Two releases, certificate by certificate: what got worse, what got better, what is new.

Worse is: a verdict further from the paper, a weaker proof, a reading or a kind of deviation
that was not there, a contract clause or a numeric row that broke, a target that vanished.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verify.statement import Verdict

# From near to far.  `undecided` after `deviates` is no improvement: nothing is known any more.
_FAR = {"conforms": 0, "variant": 1, "undecided": 2, "deviates": 3}


@dataclass(frozen=True)
class Comparison:
    """Lines for the reader; `worse` are the new disagreements."""

    worse: tuple[str, ...]
    better: tuple[str, ...]
    other: tuple[str, ...]


def compare(old: dict, new: dict) -> Comparison:
    """Certificates by (target, rule), as verify.publish.read gives them."""
    lines: dict[str, list[str]] = {"worse": [], "better": [], "other": []}
    for key in sorted(old | new):
        for kind, text in _differences(old.get(key), new.get(key), new):
            lines[kind].append(f"{key[0]}  against  {key[1]}: {text}")
    return Comparison(**{kind: tuple(found) for kind, found in lines.items()})


def _differences(old: dict | None, new: dict | None, everything: dict) -> Iterator[tuple[str, str]]:
    if old is None and new:
        yield "other", f"new, {new['verdict']}"
    elif old and new is None:
        yield "worse", "no certificate any more" + _elsewhere(old, everything)
    elif old and new:
        yield from _verdict(old["verdict"], new["verdict"])
        yield from _proof(old, new)
        yield from _departures(old, new)
        yield from _rows(old, new)


def _elsewhere(old: dict, everything: dict) -> str:
    rules = [rule for target, rule in everything if target == old["target"]]
    return f"; it is held against {', '.join(rules)} now" if rules else ""


def _verdict(old: str, new: str) -> Iterator[tuple[str, str]]:
    if old != new:
        forgotten = (old, new) == ("deviates", "undecided")
        kind = "other" if forgotten else "worse" if _FAR[new] > _FAR[old] else "better"
        yield kind, f"{old}, and now {new}"


def _proof(old: dict, new: dict) -> Iterator[tuple[str, str]]:
    """How strong the exact verdict is; of a refutation it says nothing new."""
    if "deviates" in (old["verdict"], new["verdict"]):
        return
    before, after = _strength(old["exact"]), _strength(new["exact"])
    if before != after:
        yield "worse" if after < before else "better", f"{_standing(old['exact'])}, and now {_standing(new['exact'])}"


def _strength(exact: dict) -> tuple:
    scope = exact.get("scope", "")
    steps = 10**9 if scope == "all t" else int(next((w for w in scope.split() if w.isdigit()), 0))
    return Verdict.__members__.get(str(exact.get("verdict")), Verdict.UNKNOWN), steps, exact.get("shape") == "any"


def _standing(exact: dict) -> str:
    shape = exact.get("shape", "any")
    return f"{exact.get('verdict')} for {exact.get('scope')}{'' if shape == 'any' else f' at shape {shape}'}"


def _departures(old: dict, new: dict) -> Iterator[tuple[str, str]]:
    before, after = _kinds(old), _kinds(new)
    further = _FAR[new["verdict"]] - _FAR[old["verdict"]]
    if further >= 0:  # a reading instead of an unexplained deviation is no new disagreement
        yield from (
            ("worse", f"{what}, first at t = {after[what]}" if after[what] else what)
            for what in after
            if what not in before
        )
    if further <= 0 and new["verdict"] != "undecided":
        yield from (("better", f"no longer {what}") for what in before if what not in after)


def _kinds(certificate: dict) -> dict[str, int | None]:
    """Each departure by its reading or its kind, with the step at which it shows."""
    return {
        f"reading {d['reading']}" if d.get("reading") else f"deviation {d.get('kind')}": d.get("first_step")
        for d in certificate["deviations"]
        if isinstance(d, dict)
    }


def _rows(old: dict, new: dict) -> Iterator[tuple[str, str]]:
    """Contract clauses and numeric rows that broke, or were mended."""
    before, after = _broken(old), _broken(new)
    yield from (("worse", what) for what in sorted(after - before))
    yield from (("better", f"no longer {what}") for what in sorted(before - after))


def _broken(certificate: dict) -> set[str]:
    clauses = {
        f"contract clause {r.get('clause')} broken"
        for r in certificate.get("contract", ())
        if r.get("verdict") == "broken"
    }
    numeric = [r for r in certificate.get("numeric", ()) if r.get("verdict") == "REFUTED"]
    return clauses | {f"{r.get('device')} {r.get('dtype')} {r.get('path')} outside the rounding bound" for r in numeric}
