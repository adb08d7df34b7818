"""AdamP and SGDP in their authors' own code, PyPI's `adamp`."""

from __future__ import annotations

from importlib import import_module

from verify.errors import Problem
from verify.subjects.build import target
from verify.subjects.target import Target

_RULES = {"AdamP": "adamp", "SGDP": "sgdp"}
# SGDP has no default for lr; any value will do, since lr is quantified.
_GIVEN = {"SGDP": {"lr": 0.1}}


def suite(name: str) -> list[Target]:
    """What the suite `torch` takes from here.  Problem where adamp is not installed."""
    if name != "torch":
        return []
    try:
        module = import_module("adamp")
    except ImportError as error:
        raise Problem(
            f"the suite torch needs adamp, which does not import: {error}",
            expected="adamp.AdamP and adamp.SGDP, from PyPI's adamp",
            todo="pip install 'adamp>=0.3'; or name single targets, as torch.optim.Adam",
        ) from error
    return [target(getattr(module, c), f"adamp.{c}", rule=rule, given=_GIVEN.get(c)) for c, rule in _RULES.items()]


def name_of(cls: type) -> str | None:
    """ "adamp.AdamP" for that class; None for any other."""
    return f"adamp.{cls.__name__}" if cls.__module__.partition(".")[0] == "adamp" and cls.__name__ in _RULES else None


def rule_of(cls: type, keywords: dict | None = None) -> str | None:
    """The rule that the class is held against."""
    return _RULES[cls.__name__] if name_of(cls) else None


def given(cls: type) -> dict:
    """Values for arguments without a default, so that the plain class can be named as a target."""
    return _GIVEN.get(cls.__name__, {}) if name_of(cls) else {}
