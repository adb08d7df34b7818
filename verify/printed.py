"""A certificate as a reader meets it: the block of one target, and the table of many.

torch.optim.RAdam  against  radam (Liu et al. 2020, Algorithm 2)                    variant
  memory      exp_avg = m, exp_avg_sq = v                                           PROVED for all t
  update      rectified where rho_t > 5; the paper says rho_t > 4                   REFUTED first at t = 5
              readings threshold-5, eps-hat: equal                                  PROVED for all t
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from verify.accept import PASSES, Outcome
from verify.certificate import Certificate, Deviation
from verify.measure.clause import CLAUSES
from verify.statement import Verdict

_LABEL, _TEXT, _RIGHT = 2, 14, 84  # columns at which label, text and verdict begin


def block(certificate: Certificate, source: str = "", outcome: Outcome | None = None) -> str:
    """The printed block.  source: the paper of the rule; outcome: whether it passes, and why."""
    head = f"{certificate.target}  against  {certificate.rule}{f' ({source})' if source else ''}"
    lines = [_columns(head, certificate.verdict, 0)]
    for label, rows in _parts(certificate, outcome):
        for i, (text, right) in enumerate(rows):
            lines.append(_columns(text, right, _TEXT, label if i == 0 else ""))
    return "\n".join(lines)


def _columns(text: str, right: str, indent: int, label: str = "") -> str:
    """Text on the left, wrapped, and a verdict on the right of its first line."""
    first, *more = textwrap.wrap(text, _RIGHT - indent - 2, break_on_hyphens=False) or [""]
    start = (" " * _LABEL + label).ljust(indent) if indent else ""
    left = f"{start}{first}"
    return "\n".join([f"{left.ljust(_RIGHT)}{right}".rstrip(), *(" " * (indent or 4) + m for m in more)])


def _parts(c: Certificate, outcome: Outcome | None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    if c.exact.memory:
        memory = ", ".join(f"{slot} = {held}" for slot, held in c.exact.memory.items())
        yield "memory", [(memory, "" if c.verdict == "deviates" else _standing(c))]
    yield "update", list(_update(c))
    if c.exact.conditions:
        yield "provided", [(condition, "") for condition in c.exact.conditions]
    if c.numeric:
        yield "numerics", [_numeric(row) for row in c.numeric]
    if c.contract:
        yield "contract", list(_contract(c.contract))
    if c.notes and c.verdict != "undecided":
        yield "notes", [(note, "") for note in c.notes]
    if outcome and outcome.message:
        yield "accepted" if outcome.state == PASSES else "fails", [(outcome.message, "")]


def _standing(c: Certificate) -> str:
    """The exact verdict and how far it reaches."""
    if c.exact.verdict is Verdict.UNKNOWN:
        return c.exact.verdict.name
    reach = "for all t" if c.exact.scope == "all t" else c.exact.scope
    shape = "" if isinstance(c.exact.shape, str) else f", shape {'x'.join(map(str, c.exact.shape)) or '0-d'}"
    return f"{c.exact.verdict.name} {reach}{shape}"


def _update(c: Certificate) -> Iterator[tuple[str, str]]:
    for deviation in (d for d in c.deviations if d.theory not in CLAUSES.values()):
        yield (
            _difference(deviation),
            f"REFUTED first at t = {deviation.first_step}" if deviation.first_step else "REFUTED",
        )
        if c.verdict == "deviates":
            yield from _example(deviation)
    alone = c.verdict == "deviates" and c.exact.verdict > Verdict.UNKNOWN  # only the contract is broken
    if c.verdict == "conforms" or (alone and not c.readings):
        yield "equal to the rule", _standing(c)
    elif c.verdict == "variant" or alone:
        yield f"reading{'s' * (len(c.readings) > 1)} {', '.join(c.readings)}: equal", _standing(c)
    elif c.verdict == "undecided":
        yield from (
            (note, Verdict.UNKNOWN.name if i == 0 else "") for i, note in enumerate(c.notes or ("no reason was given",))
        )


def _difference(d: Deviation) -> str:
    line_put_in = "\n" in d.code.strip() and d.code.strip().startswith(d.theory.strip())
    paper = f"; the paper says {d.theory}" if d.theory and not line_put_in else ""
    return (
        f"{d.summary}{paper}"
        if d.reading or not d.code
        else f"{d.kind}: {d.summary}{paper}; the code computes {d.code}"
    )


def _example(d: Deviation) -> Iterator[tuple[str, str]]:
    """The input that shows it, and what becomes of it."""
    if (example := d.counterexample) and "x" in example:
        hyper = ", ".join(f"{k} {v}" for k, v in example.get("hyperparameters", {}).items())
        given = [hyper, f"x = {_vector(example.get('x', ()))}", _gradients(example.get("gradients", ()))]
        given += [f"{name} becomes {value} before step {k}" for k, name, value in example.get("changes", ())]
        yield f"for example {'; '.join(filter(None, given))}", ""
        results = {"the paper": "theory", "the code": "code", "the code in float64": "replayed_in_float64"}
        made = ", ".join(f"{who} {example[key]}" for who, key in results.items() if key in example)
        yield f"x[{example.get('element', 0)}] after step {example.get('step')}: {made}", ""
    if d.reading:
        yield f"nearest reading: {d.reading}", ""


def _vector(values) -> str:
    return str(values[0]) if len(values) == 1 else f"[{', '.join(map(str, values))}]"


def _gradients(rows) -> str:
    """Gradients step by step, equal ones in a row together; a long list keeps its ends."""
    runs = [(_vector(row), len(list(same))) for row, same in groupby(rows)]
    shown = [g if n == 1 else f"{n} times {g}" for g, n in runs]
    return f"gradients {', '.join(shown if len(shown) < 9 else [*shown[:4], '...', *shown[-4:]])}"


def _numeric(row: dict) -> tuple[str, str]:
    return (
        f"{row['device']} {row['dtype']} {row['path']}",
        f"{row['worst_error_over_bound']} of the rounding bound, {row['steps']} steps",
    )


def _contract(rows: tuple[dict, ...]) -> Iterator[tuple[str, str]]:
    offered = [r for r in rows if r["verdict"] != "not applicable"]
    yield f"{sum(r['verdict'] == 'holds' for r in offered)} of {len(offered)}", ""
    yield from ((f"{r['clause']}: {r['detail']}", "BROKEN") for r in offered if r["verdict"] == "broken")


def first_step(c: Certificate) -> int | None:
    """The earliest step at which a deviation shows."""
    return min((d.first_step for d in c.deviations if d.first_step), default=None)


def row(c: Certificate) -> tuple[str, str, str, str, str]:
    """Target, rule, verdict, what was proved, and what the code follows instead or where it differs."""
    kinds = ", ".join(dict.fromkeys(d.kind for d in c.deviations))
    what = ", ".join(c.readings) if c.verdict == "variant" else kinds
    first = f", first at t = {first_step(c)}" if first_step(c) else ""
    return (
        c.target,
        c.rule,
        c.verdict,
        "" if c.verdict == "deviates" else _standing(c),
        f"{what}{first}" if what else "",
    )
