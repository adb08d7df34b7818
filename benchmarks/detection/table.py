"""What came out, counted: as JSON, and as Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from statistics import median

from benchmarks.detection.measure import Case, Outcome

FLAGGED = ("deviates", "variant")


def counted(outcomes: list[Outcome]) -> dict:
    """Killed, survived, flagged equivalents, right kinds; and each case that is not as it should be."""
    mutants = [o for o in outcomes if o.case.sort == "mutant"]
    wrong = [o for o in mutants if o.truth == "different"]
    equal = [o for o in outcomes if o.truth == "equal"]
    rewrites = [o for o in outcomes if o.case.sort == "rewrite"]
    killed = [o for o in wrong if o.verdict in FLAGGED]
    return {
        "rules": len({o.case.rule for o in mutants}),
        "styles": len({o.case.style for o in outcomes}),
        "mutants": len(mutants),
        "different": len(wrong),
        "killed": len(killed),
        "right_kind": sum(o.kind == o.found for o in killed),
        "survived": _listed(o for o in wrong if o.verdict not in FLAGGED),
        "open": _listed(o for o in mutants if o.truth == "open"),
        "equivalent_mutants": len([o for o in mutants if o.truth == "equal"]),
        "rewrites": len(rewrites),
        "rewrite_kinds": len({o.case.name for o in rewrites}),
        "rewrites_proved": sum(o.verdict == "conforms" and o.exact == "PROVED" for o in rewrites),
        "flagged_equivalents": _listed(o for o in equal if o.verdict in FLAGGED),
        "not_proved": _listed(o for o in rewrites if o.exact != "PROVED"),
        "other_kind": _listed(o for o in killed if o.kind != o.found),
        "median_seconds": round(median(o.seconds for o in outcomes), 2),
    }


def _listed(outcomes: Iterable[Outcome]) -> list[str]:
    return [
        f"{o.case.rule}, {o.case.style}: {o.says} [{o.kind}]: {o.verdict}, {o.exact}, {o.found}: {o.summary[:110]}"
        for o in outcomes
    ]


def markdown(outcomes: list[Outcome]) -> str:
    """Two tables: faults by the family of rules, and rewrites by style."""
    return "\n\n".join([head(outcomes), _rows(outcomes, "rule", lambda o: o.case.rule), by_style(outcomes)])


def by_style(outcomes: list[Outcome]) -> str:
    """A row for each style that optimizers are written in."""
    return _rows(outcomes, "style", lambda o: o.case.style)


def loaded(results: dict) -> list[Outcome]:
    """The outcomes of a file that was written."""
    parts = [f.name for f in fields(Case)]
    return [
        Outcome(Case(*(c[k] for k in parts)), **{k: v for k, v in c.items() if k not in parts})
        for c in results["cases"]
    ]


def head(outcomes: list[Outcome]) -> str:
    """The counts, as a sentence."""
    found = counted(outcomes)
    return (
        f"{found['mutants']} mutants of {found['rules']} rules in {found['styles']} styles: {found['killed']} of "
        f"{found['different']} that are other functions are flagged, {found['right_kind']} with the right kind; "
        f"{found['equivalent_mutants']} are the rule after all. {found['rewrites']} equal rewrites of "
        f"{found['rewrite_kinds']} sorts: {len(found['flagged_equivalents'])} flagged, {found['rewrites_proved']} proved for all t."
    )


def _rows(outcomes: list[Outcome], what: str, key: Callable) -> str:
    lines = [
        f"| {what} | wrong | flagged | right kind | equal | flagged | proved for all t |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in sorted({key(o) for o in outcomes}):
        c = counted([o for o in outcomes if key(o) == name])
        equal = c["rewrites"] + c["equivalent_mutants"]
        lines.append(
            f"| {name} | {c['different']} | {c['killed']} | {c['right_kind']} | {equal} | "
            f"{len(c['flagged_equivalents'])} | {c['rewrites_proved']} of {c['rewrites']} |"
        )
    return "\n".join(lines)


__all__ = ["by_style", "counted", "head", "loaded", "markdown"]
