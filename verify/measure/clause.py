"""The eleven clauses of the contract of a torch optimizer, and what is found about one of them."""

from __future__ import annotations

from dataclasses import dataclass

HOLDS, BROKEN, NOT_APPLICABLE = "holds", "broken", "not applicable"
BUT = "but for single numbers in torch's default type: "  # begins the detail of a clause that holds with this proviso

# In the order of the contract; the words are what a certificate prints.
CLAUSES = {
    "no-gradient": "a parameter without a gradient keeps value, state and step",
    "shapes": "several tensors and shapes are updated as each would be alone",
    "groups": "groups with different hyperparameters stay independent, and one can be added later",
    "schedule": "hyperparameters changed between steps take effect from the next step",
    "maximize": "maximize is descent on the negated gradient",
    "gradients": "gradients are not modified, and not aliased into the state",
    "state-dict": "saving and loading the state in the middle of a run changes nothing",
    "instances": "two instances share nothing; order and identity of parameters do not matter",
    "dtype": "dtype, device and shape are kept, and nothing passes through a narrower type",
    "closure": "the closure is called once with gradients enabled, and its value is returned",
    "zero-gradient": "a zero gradient is a gradient: state and step advance",
}


@dataclass(frozen=True)
class Clause:
    """What was found about one clause.

    clause: its name in CLAUSES.  verdict: "holds", "broken" or "not applicable".  detail: one
    sentence with the numbers.  kind: of a broken one, the kind of deviation.  step: the first step
    at which it shows.  snippet: Python that fails because of it, where it can be given.  narrow: the parts of
    the state that are kept in a narrower type than the parameter.  refused: what the target would not do, and why.
    """

    clause: str
    verdict: str
    detail: str
    kind: str | None = None
    step: int | None = None
    snippet: str | None = None
    narrow: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return CLAUSES[self.clause]

    @property
    def broken(self) -> bool:
        return self.verdict == BROKEN

    def to_json(self) -> dict:
        return {"clause": self.clause, "verdict": self.verdict, "detail": self.detail}


class Broken(Exception):
    """A clause is broken: the kind of deviation, one sentence, and the first step at which it shows.

    mild: it is broken by single numbers that code leaves in torch's default type, as torch itself does; said, and no more.
    """

    def __init__(self, kind: str, detail: str, step: int | None = None, narrow: tuple[str, ...] = (), mild=False):
        super().__init__(detail)
        self.kind, self.detail, self.step, self.narrow, self.mild = kind, detail, step, narrow, mild


class NotApplicable(Exception):
    """The class lacks the feature, or the clause cannot decide; the message says which."""
