r"""A claim as a reader meets it: its quantifiers, hypotheses and relations, in Unicode or LaTeX.

Everything is rendered from the claim object, so that the statement that is printed is the
one that was proved.

- `quantifiers(claim, style)`: "β₁, β₂ ∈ (0, 1) and t ∈ ℕ with β₁² < β₂" (or "" where there are no variables)
- `statement(claim, style)`: one line for each relation
- `derivation(evidence, style)`: for each step its reason, its line, and who checked it
- `source(claim)`: where it is from

`style` is "unicode" (the default) or "latex"; LaTeX comes without dollar signs.
"""

from __future__ import annotations

from collections.abc import Callable

from verify import display
from verify.check.evidence import Evidence, Step
from verify.exact import Exact, exact
from verify.statement import AtMost, Claim, Diverges, Equal, Holds, Infinite, Limit, Monotone, Relation, Unfolds

STYLES = ("unicode", "latex")
_SETS = {
    r"\mathbb{R}": "ℝ", r"\mathbb{Z}": "ℤ", r"\mathbb{N}": "ℕ", r"\infty": "∞", r"_{>0}": "⁺", r"_{\ge 0}": "≥0",
    r"_{\ge ": "≥", r"^{ℕ}": "^ℕ", r"^d": "ᵈ", r"\left": "", r"\right": "", r"\{0\}": "#", "}": "", r"\setminus": "∖", "#": "{0}",
}  # fmt: skip
_SIGNS = {
    "=": "=",
    r"\le": "≤",
    r"\ge": "≥",
    ">": ">",
    "<": "<",
    r"\to": "→",
    r"\infty": "∞",
    r"\Delta": "Δ",
    r"\nearrow": "↗",
    r"\searrow": "↘",
    r"\uparrow": "↑",
    r"\downarrow": "↓",
    "": "",
}
_WORDS = {"rising": "is strictly increasing on", "falling": "is strictly decreasing on"}


def quantifiers(claim: Claim, style: str = "unicode") -> str:
    """The variables with the sets they range over, and the hypotheses."""
    groups: dict[str, list[str]] = {}
    for name, domain in claim.domains.items():
        groups.setdefault(in_set(domain, style), []).append(_name(name, style))
    joint = r" \in " if style == "latex" else " ∈ "
    parts = [", ".join(names) + joint + where for where, names in groups.items()]
    given = [render(c, style) for c in claim.hypotheses(claim.symbols())]
    return _listed(parts, style) + (_text(" with ", style) + _listed(given, style) if given else "")


def statement(claim: Claim, style: str = "unicode") -> list[str]:
    """The relations of the claim, one line each."""
    return [relation_text(r, claim, style) for r in claim.relations(claim.symbols())]


def relation_text(relation: Relation, claim: Claim, style: str = "unicode") -> str:
    """One relation of a claim."""
    return _RELATIONS[type(relation)](relation, claim, style)


def derivation(evidence: Evidence, style: str = "unicode") -> list[tuple[str, str, str]]:
    """For each step: the reason, the line (or ""), and the engines that checked it."""
    infinity = r"$\infty$" if style == "latex" else "∞"
    return [(s.says.replace(r"\infty", infinity), step_line(s, style), ", ".join(s.engines)) for s in evidence.steps]


def step_line(step: Step, style: str = "unicode") -> str:
    """left, sign and right of one step."""
    sign = step.sign if style == "latex" else _SIGNS.get(step.sign, step.sign)
    parts = [render(step.left, style), sign, render(step.right, style)]
    return " ".join(p for p in parts if p)


def source(claim: Claim) -> str:
    """Paper and equation, and whether it is about a rule."""
    return f"{claim.cites}; about {claim.about.name}" if claim.about else claim.cites


def render(term, style: str = "unicode") -> str:
    """A term, a condition, or text that a step holds (which is LaTeX)."""
    if term is None:
        return ""
    if isinstance(term, str):
        return term if style == "latex" else _SIGNS.get(term, term)
    return display.latex(exact(term)) if style == "latex" else display.unicode(exact(term))


def in_set(domain, style: str = "unicode") -> str:
    """The set that a domain is."""
    text = domain.latex
    if style == "unicode":
        for latex, sign in _SETS.items():
            text = text.replace(latex, sign)
    return text


# Relations ---------------------------------------------------------------------------------------


def _equal(r: Equal, claim: Claim, style: str) -> str:
    return f"{render(r.left, style)} = {render(r.right, style)}"


def _at_most(r: AtMost, claim: Claim, style: str) -> str:
    sign = "<" if r.strict else {"latex": r"\le"}.get(style, "≤")
    return f"{render(r.left, style)} {sign} {render(r.right, style)}"


def _holds(r: Holds, claim: Claim, style: str) -> str:
    return render(r.condition, style)


def _limit(r: Limit, claim: Claim, style: str) -> str:
    return f"{_lim(r, claim, style)} = {render(r.equals, style)}"


def _diverges(r: Diverges, claim: Claim, style: str) -> str:
    return f"{_lim(r, claim, style)} = {'∞' if style == 'unicode' else chr(92) + 'infty'}"


def _lim(r: Limit | Diverges, claim: Claim, style: str) -> str:
    """lim f(x), with the side from which the domain reaches the place."""
    x, body = applied(r.of, r.over, claim, style)
    place = "oo" if r.to == "oo" else render(r.to, style)
    side = _side(r.to, r.over)
    if style == "latex":
        to = r"\infty" if place == "oo" else place + (f"^{{{side}}}" if side else "")
        return rf"\lim_{{{x} \to {to}}} {body}"
    to = "∞" if place == "oo" else place + {"+": "⁺", "-": "⁻", "": ""}[side]
    return f"lim[{x} → {to}] {body}"


def _side(to, over) -> str:
    from verify.check.prove import directions

    sides = tuple(directions(to, over)) if to != "oo" else ()
    return "+" if sides == (1,) else "-" if sides == (-1,) else ""


def _monotone(r: Monotone, claim: Claim, style: str) -> str:
    x, body = applied(r.of, r.over, claim, style)
    arrow = r" \mapsto " if style == "latex" else " ↦ "
    words = _WORDS["rising" if r.rising else "falling"]
    return f"{x}{arrow}{body}{_text(f' {words} ', style)}{in_set(r.over, style)}"


def _infinite(r: Infinite, claim: Claim, style: str) -> str:
    from verify.domain import Positive

    x, body = applied(r.of, Positive, claim, style, tight=1.7)
    if style == "latex":
        return rf"\int_{{0}}^{{\infty}} {body} \, d{x} = \infty"
    return f"∫[0..∞] {body} d{x} = ∞"


def _unfolds(r: Unfolds, claim: Claim, style: str) -> str:
    """The recurrence with its start, and the closed form that solves it."""
    from verify.domain import Real, Sequence

    name = _free(r.step.__code__.co_varnames[0], claim)
    x, t, first = Sequence(Real).symbol(name), exact(r.t), exact(r.first)
    equation = lambda left, right: f"{render(left, style)} = {render(right, style)}"
    given = [equation(x(first), r.start), equation(x(t), r.step(x(t - 1), t))]
    given = [line for line in given if len(set(line.split(" = "))) > 1]  # m_0 = m_0 says nothing
    return f"{_text('if ', style)}{_listed(given, style)}{_text(', then ', style)}{equation(x(t), r.closed(t))}"


def applied(of: Callable, over, claim: Claim, style: str, tight: float = 1) -> tuple[str, str]:
    """The name of a function's variable, and its value there."""
    from verify.check.prove import bound_variable

    x = bound_variable(of, over, claim.domains)
    body = exact(of(x))
    text = render(body, style)
    loose = isinstance(body, Exact) and body.op in ("add", "sub")
    return render(x, style), (rf"\left({text}\right)" if style == "latex" else f"({text})") if loose else text


def _free(name: str, claim: Claim) -> str:
    while name in claim.domains:
        name += "'"
    return name


_RELATIONS: dict[type, Callable] = {
    Equal: _equal,
    AtMost: _at_most,
    Limit: _limit,
    Diverges: _diverges,
    Monotone: _monotone,
    Infinite: _infinite,
    Unfolds: _unfolds,
    Holds: _holds,
}


# Words -------------------------------------------------------------------------------------------


def _name(name: str, style: str) -> str:
    from verify.domain import Real

    return render(Real.symbol(name), style)


def _text(words: str, style: str) -> str:
    return rf"\text{{{words}}}" if style == "latex" else words


def _listed(parts: list[str], style: str) -> str:
    """a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + _text(" and ", style) + parts[-1]
