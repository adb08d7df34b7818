"""LaTeX that cannot be broken out of: whatever is not known to be LaTeX is text, and is escaped.

`Tex` marks the strings that this package made itself.  Templates print nothing else as it
stands, so a theory file, a claim's name or a certificate can say what it likes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "[": "{[}", "]": "{]}", "*": "{*}", "\u200b": "{}",
    "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\dots{}", "\u00a0": "~", "§": r"\S{}",
}  # fmt: skip
_LETTERS_OF = dict(
    α="alpha", β="beta", γ="gamma", δ="delta", ε="epsilon", ζ="zeta", η="eta", θ="theta", κ="kappa", λ="lambda", μ="mu", ν="nu", ξ="xi",
    π="pi", ρ="rho", σ="sigma", τ="tau", φ="phi", χ="chi", ψ="psi", ω="omega", Δ="Delta", Γ="Gamma", Θ="Theta", Λ="Lambda",
)  # fmt: skip
GREEK = tuple(_LETTERS_OF.values())
_MATHS = _LETTERS_OF | {
    "ε": "varepsilon",
    "√": "surd", "·": "cdot", "×": "times", "≤": "le", "≥": "ge", "≠": "ne", "→": "to", "↦": "mapsto", "∞": "infty", "∈": "in",
    "Σ": "Sigma", "∫": "int", "∇": "nabla", "‖": "|", "⟨": "langle", "⟩": "rangle", "∖": "setminus", "↗": "nearrow", "↘": "searrow",
    "⇔": "iff", "∧": "land", "∨": "lor", "¬": "lnot", "≈": "approx", "±": "pm", "−": "relax-", "∘": "circ",
}  # fmt: skip
_LETTERS = dict(zip("ℝℕℤ", "RNZ", strict=True))
_INDICES = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₜᵢⱼₖₙ", "0123456789+-tijkn", strict=True))
_POWERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗⁱʲᵏⁿᵈ⁽⁾", "0123456789+-tijknd()", strict=True))
_EUROPEAN = set("ĂăĄąĆćČčĎďĐđĘęĚěĞğĹĺĽľŁłŃńŇňŊŋŐőŒœŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž") | {
    chr(c) for c in range(0xC0, 0x100)
} - set("×÷")


class Tex(str):
    """A string that is LaTeX, and ours."""

    __slots__ = ()


NOTHING = Tex("")


def escape(text: object) -> Tex:
    """Any text as LaTeX that prints it; what has no glyph is shown by its code."""
    if isinstance(text, Tex):
        return text
    apart = str(text).replace("--", "-\u200b-")  # two hyphens are two hyphens
    return Tex("".join(map(_glyph, apart)))


@cache
def _glyph(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if " " <= c <= "~" or c in _EUROPEAN:
        return c
    for table, form in (
        (_MATHS, "$\\{}$"),
        (_LETTERS, "$\\mathbb{{{}}}$"),
        (_INDICES, "$_{{{}}}$"),
        (_POWERS, "$^{{{}}}$"),
    ):
        if c in table:
            return form.format(table[c])
    if c.isspace() or unicodedata.category(c).startswith("C"):
        return " "
    return rf"\texttt{{U+{ord(c):04X}}}"


def together(parts, joint: str = "") -> Tex:
    """Pieces one after the other; those that are not LaTeX are escaped."""
    return Tex(joint.join(map(escape, parts)))


def listed(parts) -> Tex:
    """a, b and c."""
    parts = list(parts)
    return together([together(parts[:-1], ", "), parts[-1]], " and ") if len(parts) > 1 else together(parts)


def maths(latex: str) -> Tex:
    """A formula inside of a line."""
    return Tex(f"${latex}$")


def code(text: str) -> Tex:
    """Text in typewriter, which may be broken behind brackets, commas, slashes and the dots between names."""
    pieces = re.split(r"(?<=[/_,(])|(?<=\.)(?=[A-Za-z])", text)
    return Tex(rf"\texttt{{{together(pieces, Tex(chr(92) + 'allowbreak{}'))}}}")


@cache
def environment():
    """Templates with << >> and <% %>, in which only Tex is LaTeX."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        block_start_string="<%", block_end_string="%>", variable_start_string="<<", variable_end_string=">>",
        comment_start_string="<#", comment_end_string="#>", trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined, finalize=escape, autoescape=False,  # finalize is the escape, of everything
    )  # fmt: skip


def render(template: str, **data) -> Tex:
    """A template filled in."""
    return Tex(environment().get_template(template).render(**data))
