"""The relations of a claim as lines: what must be displayed, and the words between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verify.check.limits import bound_variable, directions
from verify.domain import Positive, Real, Sequence
from verify.exact import exact
from verify.report.formula import Line, Side, condition, line
from verify.report.notation import flat, latex
from verify.report.tex import Tex, listed, maths
from verify.report.written import formula
from verify.statement import AtMost, Claim, Diverges, Equal, Holds, Infinite, Limit, Monotone, Relation, Unfolds

_SIDES: dict[tuple[int, ...], str] = {(1,): "^{+}", (-1,): "^{-}"}


@dataclass(frozen=True)
class Said:
    """Displayed lines with the words before them."""

    lines: tuple[Line, ...]
    words: str = ""


def said(relation: Relation, claim: Claim) -> list[Said]:
    """A relation, in one line or several."""
    found = _WAYS[type(relation)](relation, claim)
    return found if isinstance(found, list) else [Said((found,))]


def variables(claim: Claim) -> Tex:
    """The variables with the sets that they range over: "beta in (0, 1) and t in N"; empty where there are none."""
    groups: dict[str, list[str]] = {}
    for name, domain in claim.domains.items():
        groups.setdefault(domain.latex, []).append(latex(Real.symbol(name)))
    return listed(members(names, where) for where, names in groups.items())


def members(names: list[str], where: str) -> Tex:
    """Names in a set, in a line that may be broken between them."""
    return Tex(", ".join(map(maths, [*names[:-1], rf"{names[-1]} \in {formula(where)}"])))


def hypotheses(claim: Claim) -> list[Line]:
    """The extra conditions on the variables."""
    return [condition(exact(c)) for c in claim.hypotheses(claim.symbols())]


# Each kind of relation -----------------------------------------------------------------------------


def _equal(r: Equal, claim: Claim) -> Line:
    return line(exact(r.left), "=", exact(r.right))


def _at_most(r: AtMost, claim: Claim) -> Line:
    return line(exact(r.left), "<" if r.strict else r"\le", exact(r.right))


def _holds(r: Holds, claim: Claim) -> Line:
    return condition(exact(r.condition))


def _limit(r: Limit, claim: Claim) -> Line:
    return Line(_tending(r, claim), (("=", Side(flat(exact(r.equals)))),))


def _diverges(r: Diverges, claim: Claim) -> Line:
    return Line(_tending(r, claim), (("=", Side(r"\infty")),))


def _tending(r: Limit | Diverges, claim: Claim) -> Side:
    """lim f(x), with the side from which the domain reaches the place."""
    x = bound_variable(r.of, r.over, claim.domains)
    place = r"\infty" if r.to == "oo" else latex(exact(r.to)) + _SIDES.get(directions(r.to, r.over), "")
    return Side(flat(exact(r.of(x))), rf"\lim_{{{latex(x)} \to {place}}}", bracket=True)


def _monotone(r: Monotone, claim: Claim) -> Line:
    x = bound_variable(r.of, r.over, claim.domains)
    words = f"is strictly {'increasing' if r.rising else 'decreasing'} on "
    return Line(
        Side(flat(exact(r.of(x))), rf"{latex(x)} \mapsto"), (("", Side(rf"\text{{ {words}}} {formula(r.over.latex)}")),)
    )


def _infinite(r: Infinite, claim: Claim) -> Line:
    x = bound_variable(r.of, Positive, claim.domains)
    return Line(
        Side(flat(exact(r.of(x))), r"\int_{0}^{\infty}", rf"\, d{latex(x)}", bracket=True), (("=", Side(r"\infty")),)
    )


def _unfolds(r: Unfolds, claim: Claim) -> list[Said]:
    """The recurrence with its start, and the closed form that solves it."""
    name = r.step.__code__.co_varnames[0]
    while name in claim.domains:
        name += "'"
    x, t, first = Sequence(Real).symbol(name), exact(r.t), exact(r.first)
    begins, goes = line(x(first), "=", exact(r.start)), line(x(t), "=", exact(r.step(x(t - 1), t)))
    given = (goes,) if begins.is_trivial else (begins, goes)  # m_0 = m_0 says nothing
    return [Said(given, "if"), Said((line(x(t), "=", exact(r.closed(t))),), "then")]


_WAYS: dict[type, Callable] = {
    Equal: _equal,
    AtMost: _at_most,
    Holds: _holds,
    Limit: _limit,
    Diverges: _diverges,
    Monotone: _monotone,
    Infinite: _infinite,
    Unfolds: _unfolds,
}


def _joined(words: str) -> str:
    """The words, where something stands before them."""
    return {"": "and", "if": "and if"}.get(words, words)


def all_said(relations, claim: Claim) -> list[Said]:
    """A statement; lines without words between them stand together."""
    found: list[Said] = []
    for part in (p for r in relations for p in said(r, claim)):
        if found and not part.words and not found[-1].words:
            found[-1] = Said(found[-1].lines + part.lines)
        else:
            found.append(Said(part.lines, _joined(part.words) if found else part.words))
    return found
