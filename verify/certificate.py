"""What is published about one optimizer: the certificate, its parts, and their JSON.

The field names and their order are those of the schema "optproof/1".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from verify.statement import Verdict

SCHEMA = "optproof/1"
VERDICTS = ("conforms", "variant", "deviates", "undecided")


@dataclass(frozen=True)
class Exactness:
    """What was proved in exact arithmetic.

    scope: "all t" or "first K steps".  shape: "any", or the shape at which a rule that mixes
    elements was checked.  conditions: what the proof assumes, as text.  memory: for each slot of
    the code's state, the rule's memory that it holds.
    """

    verdict: Verdict = Verdict.UNKNOWN
    scope: str = "all t"
    shape: Any = "any"
    method: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    memory: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict:
        shape = self.shape if isinstance(self.shape, str) else list(self.shape)
        return {
            "verdict": self.verdict.name,
            "scope": self.scope,
            "shape": shape,
            "method": list(self.method),
            "conditions": list(self.conditions),
            "memory": dict(self.memory),
        }


@dataclass(frozen=True)
class Deviation:
    """One departure from the rule: the paper's term beside the code's, and an input that shows it.

    `counterexample` holds exact decimals as text: hyperparameters, the start x, the gradients step
    by step, and what rule and code (replayed in float64) make of them.
    """

    kind: str
    summary: str
    theory: str
    code: str
    first_step: int | None
    size: str | None
    counterexample: dict | None
    reading: str | None = None

    def to_json(self) -> dict:
        return dict(vars(self))


@dataclass(frozen=True)
class Certificate:
    """The verdict about one target against one rule, with everything that led to it."""

    target: str
    rule: str
    verdict: str
    exact: Exactness = field(default_factory=Exactness)
    deviations: tuple[Deviation, ...] = ()
    notes: tuple[str, ...] = ()
    reproduce: str = ""
    numeric: tuple[dict, ...] = ()
    contract: tuple[dict, ...] = ()
    claims: tuple[dict, ...] = ()

    @property
    def readings(self) -> tuple[str, ...]:
        """The readings of the rule that the code follows."""
        return tuple(d.reading for d in self.deviations if d.reading)

    def to_json(self) -> dict:
        return {
            "target": self.target,
            "rule": self.rule,
            "verdict": self.verdict,
            "exact": self.exact.to_json(),
            "numeric": list(self.numeric),
            "contract": list(self.contract),
            "notes": list(self.notes),
            "claims": list(self.claims),
            "deviations": [d.to_json() for d in self.deviations],
            "reproduce": self.reproduce,
        }
