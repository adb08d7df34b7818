"""What a check hands back: a verdict, the steps that led to it, and the conditions it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from verify.statement import Verdict


@dataclass(frozen=True)
class Step:
    """One line of a derivation: left, relation sign, right; why; and which engines checked it.

    `sign` is a LaTeX relation ("=", r"\\le", r"\\to").  left and right are exact terms, or text.
    """

    says: str
    left: Any = None
    sign: str = "="
    right: Any = None
    engines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """The answer of one method about one relation."""

    method: str
    verdict: Verdict
    detail: str
    steps: tuple[Step, ...] = ()
    conditions: tuple[Any, ...] = field(default=())
    counterexample: dict | None = field(default=None, hash=False)


def unknown(method: str, detail: str) -> Evidence:
    return Evidence(method, Verdict.UNKNOWN, detail)


def join(found: list[Evidence]) -> Evidence:
    """A conjunction is as good as its weakest part."""
    if not found:
        return unknown("prove", "the claim states no relation")
    weakest = min(found, key=lambda e: e.verdict)
    methods = ", ".join(dict.fromkeys(e.method for e in found))
    steps = tuple(s for e in found for s in e.steps)
    conditions = tuple(dict.fromkeys(c for e in found for c in e.conditions))
    return Evidence(methods, weakest.verdict, weakest.detail, steps, conditions, weakest.counterexample)
