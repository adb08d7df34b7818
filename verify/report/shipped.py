"""Certificates as a chapter: the matrix, and for each optimizer what its code is and where it differs.

The formulas of a difference come from the rule and its reading where the rule is known; what
only the certificate says is printed as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from verify.errors import Problem
from verify.publish import read
from verify.report.equations import difference
from verify.report.formula import display_all
from verify.report.prose import number, sentence
from verify.report.tex import NOTHING, Tex, code, escape, listed, maths, together
from verify.rule import Rule

FILE = Path("reports/torch.json")


@dataclass(frozen=True)
class Difference:
    """One deviation."""

    title: Tex
    kind: str
    summary: Tex
    paper: Tex
    ours: Tex
    texts: list[tuple[list[str], list[str]]]
    first: str
    size: Tex
    example: Tex


@dataclass(frozen=True)
class Shipped:
    """Certificates that differ in their targets alone."""

    targets: tuple[Tex, ...]
    rule: str
    verdict: str
    standing: str
    memory: tuple[tuple[Tex, Tex], ...]
    conditions: Tex
    methods: str
    notes: Tex
    differences: tuple[Difference, ...]
    readings: tuple[str, ...]
    first: str
    as_before: bool = False  # its differences are those of the one before


def load(file: Path) -> tuple[dict, list[dict]] | None:
    """The environment and the certificates of a file; None where there is no such file."""
    if not file.is_file():
        return None
    found = list(read(str(file)).values())
    try:
        return json.loads(file.read_text("utf-8")).get("environment") or {}, found
    except (OSError, ValueError) as error:
        raise Problem(f"{file} cannot be read: {error}", where=str(file)) from error


def chapter(certificates: list[dict], rules: dict[str, Rule]) -> list[Shipped]:
    """The certificates in order, equal ones together."""
    found = [_shipped([c["target"] for c in same], same[0], rules) for same in _alike(certificates)]
    return found[:1] + [replace(b, as_before=_same_differences(a, b)) for a, b in pairwise(found)]


def _same_differences(a: Shipped, b: Shipped) -> bool:
    return bool(b.differences) and (a.rule, a.differences) == (b.rule, b.differences)


def _alike(certificates: list[dict]) -> Iterator[list[dict]]:
    hidden = ("target", "reproduce")
    for _, same in groupby(
        certificates, key=lambda c: json.dumps({k: v for k, v in c.items() if k not in hidden}, sort_keys=True)
    ):
        yield list(same)


def _shipped(targets: list[str], c: dict, rules: dict[str, Rule]) -> Shipped:
    exact = c["exact"]
    found = tuple(_difference(d, rules.get(c["rule"])) for d in c["deviations"])
    steps = [d["first_step"] for d in c["deviations"] if d.get("first_step")]
    memory = tuple((code(slot), sentence(held)) for slot, held in exact.get("memory", {}).items())
    return Shipped(
        tuple(map(code, targets)), c["rule"], c["verdict"], _standing(exact), memory, listed(map(sentence, exact.get("conditions", ()))),
        ", ".join(exact.get("method", ())), together(map(sentence, c.get("notes", ())), "; "), found,
        tuple(d["reading"] for d in c["deviations"] if d.get("reading")), str(min(steps)) if steps else "",
    )  # fmt: skip


def _standing(exact: dict) -> str:
    """What was proved, and how far it reaches."""
    shape = exact.get("shape", "any")
    size = "" if isinstance(shape, str) else f", shape {' x '.join(map(str, shape)) or '0-d'}"
    return f"{exact['verdict']}, {exact['scope']}{size}"


def _difference(d: dict, rule: Rule | None) -> Difference:
    reading = next((r for r in rule.readings if r.id == d.get("reading")), None) if rule else None
    found = difference(rule, reading) if rule and reading else None
    texts = [(a.splitlines(), b.splitlines()) for a, b in (found.texts if found else ((d["theory"], d["code"]),))]
    lines = (display_all(found.paper), display_all(found.code)) if found else (NOTHING, NOTHING)
    return Difference(
        code(d.get("reading") or d["kind"]), d["kind"], sentence(d["summary"]), *lines, texts,
        str(d.get("first_step") or ""), sentence(d.get("size") or ""), _example(d.get("counterexample") or {}),
    )  # fmt: skip


def _example(example: dict) -> Tex:
    """The input that shows it, and what rule and code make of it."""
    if not example:
        return NOTHING
    settings = listed(sentence(f"{name} = {value}") for name, value in example.get("hyperparameters", {}).items())
    start, gradients = vector(example.get("x", ())), _gradients(example.get("gradients", ()))
    at = f", element {example.get('element', 0)}" if len(example.get("x", ())) > 1 else ""
    results = {"the paper": "theory", "the code": "code", "the code in float64": "replayed_in_float64"}
    made = listed(Tex(f"{who} {maths(_number(example[k]))}") for who, k in results.items() if k in example)
    return Tex(
        rf"{settings}; $x_{{0}} = {start}$; gradients {gradients}.  After step {escape(example.get('step', ''))}{at}: {made}."
    )


def vector(values) -> str:
    """Numbers in brackets, or one number."""
    inside = r",\allowbreak\,".join(map(_number, values))
    return inside if len(values) == 1 else f"({inside})"


def _gradients(rows) -> Tex:
    """Gradients step by step, equal ones in a row together."""
    runs = [(vector(row), len(list(same))) for row, same in groupby(rows)]
    return listed(maths(g) if n == 1 else Tex(f"{n} times {maths(g)}") for g, n in runs)


def _number(text) -> str:
    """A number as text; anything else is no formula."""
    plain = re.fullmatch(r"-?\d+(\.\d+)?(e[-+]?\d+)?(/\d+)?", str(text))
    return number(str(text)) if plain else rf"\text{{{escape(text)}}}"
