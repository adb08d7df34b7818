"""Formulas that a theory file wrote in LaTeX itself: are they formulas, and nothing else?

TeX can read files and never come back, so what a docstring has between dollar signs is taken
as LaTeX only if it is made of a few known commands, closes every brace and doubles no index.
"""

from __future__ import annotations

import re

from verify.report.tex import GREEK, Tex, escape

_KNOWN = frozenset(
    {"varepsilon", "Sigma", "Phi", "Psi", "Omega", "infty", "nabla", "partial", "langle", "rangle", "vert", "quad"}
    | {"le", "ge", "ne", "to", "mapsto", "in", "setminus", "approx", "sim", "cdot", "times", "pm"}
    | {"dots", "ldots", "cdots", "sum", "int", "prod", "max", "min", "lim", "ln", "log", "exp", "sin", "cos"}
    | {"sqrt", "frac", "hat", "bar", "tilde", "mathbb", "mathrm", "operatorname", *",;!|_{}", *GREEK}
)
_ATOM = re.compile(r"\\([A-Za-z]+|[,;!|_{}])|([A-Za-z0-9+\-*/=<>()|.,:! \n\[\]])|([{}^_])")
_TAKES = {"sqrt": 1, "frac": 2, "hat": 1, "bar": 1, "tilde": 1, "mathbb": 1, "mathrm": 1, "operatorname": 1}


def formula(text: str) -> Tex:
    """The text as a formula where it is one, else as text inside of one."""
    return Tex(text) if is_formula(text) else Tex(rf"\text{{{escape(text)}}}")


def is_formula(text: str) -> bool:
    """Is this LaTeX of a few known commands, in which every brace closes and no index is doubled?"""
    tokens, at = [], 0
    while at < len(text):
        found = _ATOM.match(text, at)
        if not found or (found[1] and found[1] not in _KNOWN):
            return False
        tokens.append("\\" + found[1] if found[1] else found[2] or found[3])
        at = found.end()
    tokens = [t for t in tokens if t.strip()]
    return bool(tokens) and _closes(tokens) and not tokens


def _closes(tokens: list, inside: bool = False) -> bool:
    """Takes a list of atoms off the tokens, up to the brace that closes it."""
    while tokens and tokens[0] != "}":
        if tokens[0] in "^_" or not _takes_atom(tokens) or not _takes_indices(tokens):
            return False
    return bool(tokens) == inside


def _takes_atom(tokens: list) -> bool:
    head = tokens.pop(0)
    if head == "{":
        return _closes(tokens, inside=True) and tokens.pop(0) == "}"
    return all(
        bool(tokens) and tokens[0] == "{" and _takes_atom(tokens)
        for _ in range(_TAKES.get(head[1:] if head[0] == "\\" else "", 0))
    )


def _takes_indices(tokens: list) -> bool:
    """At most one index and one power."""
    seen = ""
    while tokens and tokens[0] in ("^", "_"):
        sign = tokens.pop(0)
        if sign in seen or not tokens or tokens[0] in ("}", "^", "_") or not _takes_atom(tokens):
            return False
        seen += sign
    return True
