"""torch.optim: which of its optimizers are certified, in which configurations, against which rule."""

from __future__ import annotations

from verify.subjects.build import target
from verify.subjects.target import Target

# Class and keywords; each in the default path and foreach.
_SUITE: tuple[tuple[str, dict], ...] = (
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"momentum": 0.9, "dampening": 0.5}),
    ("Adagrad", {}),
    ("RMSprop", {}),
    ("Adadelta", {}),
    ("Adam", {}),
    ("AdamW", {}),
    ("Adam", {"amsgrad": True}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("RAdam", {}),
)
_PATHS: tuple[dict, ...] = ({}, {"foreach": True})
_OWN_NAME = "Adadelta Adafactor Adagrad Adam AdamW Adamax ASGD LBFGS Muon NAdam RAdam RMSprop Rprop SparseAdam"


def suite(name: str) -> list[Target]:
    """The targets of the suite `torch`; none of any other."""
    if name != "torch":
        return []
    import torch

    return [_target(getattr(torch.optim, c), keywords | path) for c, keywords in _SUITE for path in _PATHS]


def _target(cls, keywords: dict) -> Target:
    return target(cls, f"torch.optim.{cls.__name__}", keywords, rule_of(cls, keywords))


def name_of(cls: type) -> str | None:
    """ "torch.optim.Adam" for that class; None for a class that is none of torch's."""
    import torch

    return f"torch.optim.{cls.__name__}" if getattr(torch.optim, cls.__name__, None) is cls else None


def rule_of(cls: type, keywords: dict | None = None) -> str | None:
    """The rule that a class in a configuration is held against; None where it has none yet."""
    keywords = keywords or {}
    if name_of(cls) is None:
        return None
    if cls.__name__ == "SGD":
        return "nesterov" if keywords.get("nesterov") else "momentum" if keywords.get("momentum") else "sgd"
    if keywords.get("amsgrad"):
        return "amsgrad" if cls.__name__ in ("Adam", "AdamW") else None
    if cls.__name__ == "Adam" and keywords.get("decoupled_weight_decay"):
        return "adamw"
    return cls.__name__.lower() if cls.__name__ in _OWN_NAME.split() else None


def given(cls: type) -> dict:
    """Values for arguments without a default: torch has none."""
    return {}
