"""A target: something that makes a torch optimizer, with the keywords it is made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One configuration of one optimizer.

    name: as printed, e.g. "torch.optim.RAdam(foreach=True)".  make: called as
    make(params, **keywords), returns a torch.optim.Optimizer.  keywords: every number that the
    constructor takes, defaults included, plus what the configuration sets; the prover puts
    symbols in place of those that are quantified.  rule: the rule it is held against, where the
    subject names one.  factory: `make` takes the parameters alone, so hyperparameters are
    quantified in `param_groups` after construction.  stands_alone: its name, as a text, names it and nothing else,
    so that nobody has to ask its suite again.
    """

    name: str
    make: Callable
    keywords: dict = field(default_factory=dict, hash=False)
    rule: str | None = None
    factory: bool = False
    reproduce: str = ""
    stands_alone: bool = False
