"""Claims made for a test, which the registry never sees."""

from __future__ import annotations

from verify.statement import Claim, _domains


def stated(state, *, about=None, false=False, given=None, uses=(), **more) -> Claim:
    """The claim that a function states; its annotations are its quantifiers."""
    id = f"test/{state.__name__.replace('_', '-')}"
    return Claim(id, about, "a test", state, false=false, given=given, uses=uses, domains=_domains(id, state), **more)
