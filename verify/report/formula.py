"""Formulas that fit: each is handed to TeX in several shapes, and TeX takes the first that is not too wide.

In one line; broken at its relations; broken at the outermost plus and minus signs, into ever
shorter lines.  Only TeX knows how wide a line is, so it chooses; what fits in no shape is
made smaller.  Several formulas are aligned at their relations where all of them fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verify.exact import Exact
from verify.report.notation import breadth, flat, latex, terms, tidy
from verify.report.tex import Tex

_WIDTHS = (62, 48, 36)  # of broken lines, in digits
_SHORT = 9  # a formula of at most this breadth can stand in a line of text
_COMPARISONS = {"lt": "<", "le": r"\le", "eq": "=", "ne": r"\ne"}


@dataclass(frozen=True)
class Side:
    """One side of a relation: a term (or LaTeX), and what stands before and behind it."""

    term: Any
    before: str = ""
    after: str = ""
    bracket: bool = False

    @property
    def text(self) -> str:
        body = latex(self.term) if self.term is not None else ""
        body = rf"\left({body}\right)" if self.bracket and self.is_sum else body
        return " ".join(p for p in (self.before, body, self.after) if p)

    @property
    def is_sum(self) -> bool:
        return isinstance(self.term, Exact) and tidy(self.term).op in ("add", "sub")

    def rows(self, width: float) -> list[str]:
        """The side in lines of about that width, broken between its terms."""
        if not self.is_sum or self.bracket:
            return [self.text]
        lines, room = [""], width
        for number, (sign, term) in enumerate(terms(tidy(self.term))):
            if number and breadth(term) + 2 > room:
                lines.append("")
                room = width
            lines[-1] += ("- " if sign < 0 else "+ " if number else "") + latex(term) + " "
            room -= breadth(term) + 2
        lines[0], lines[-1] = f"{self.before} {lines[0]}", f"{lines[-1]} {self.after}"
        return [x.strip() for x in lines]


@dataclass(frozen=True)
class Line:
    """A chain of relations: a left side, which may be missing, and signs with right sides."""

    left: Side | None
    links: tuple[tuple[str, Side], ...] = ()

    @property
    def key(self) -> str:
        """The line in one string."""
        return " ".join(
            [*([self.left.text] if self.left else []), *(f"{sign} {side.text}".strip() for sign, side in self.links)]
        )

    @property
    def last(self) -> str:
        """What a next link would begin with."""
        return self.links[-1][1].text if self.links else ""

    @property
    def is_trivial(self) -> bool:
        """Are both sides the same on paper?"""
        return bool(self.left and len(self.links) == 1 and self.links[0][0] == "=" and self.left.text == self.last)

    @property
    def is_short(self) -> bool:
        sides = [s for s in (self.left, *(side for _, side in self.links)) if s and isinstance(s.term, Exact)]
        return len(self.links) == 1 and sum(breadth(s.term) for s in sides) <= _SHORT

    def chained(self, other: Line) -> Line:
        """The line, and behind it the links of another that begins where it ends."""
        return replace(self, links=(*self.links, *other.links))

    def row(self) -> str:
        """The line aligned at its first relation."""
        sign, right = (
            (self.links[0][0], " ".join(f"{s} {x.text}" for s, x in self.links[1:])) if self.links else ("", "")
        )
        return f"{self.left.text if self.left else ''} & {sign} {self.links[0][1].text if self.links else ''} {right}"

    def shapes(self) -> Iterator[Tex]:
        """From the simplest to the most broken, each other than the one before."""
        seen: set[str] = set()
        for shape in (self.key, *self._broken()):
            if shape not in seen:
                seen.add(shape)
                yield Tex(shape)

    def _broken(self) -> Iterator[str]:
        for width in (float("inf"), *_WIDTHS):
            left = self.left.rows(width) if self.left else []
            yield _aligned(left, [(sign, side.rows(width - 4)) for sign, side in self.links])


def _aligned(left: list[str], links: list[tuple[str, list[str]]]) -> str:
    """Lines below each other: what continues a side stands further in, and so do the right sides."""
    rows = [rf"& {'' if i == 0 else chr(92) + 'qquad {} '}{r}" for i, r in enumerate(left)]
    for sign, right in links:
        rows += [rf"& \quad {{}} {sign} {r}" if i == 0 else rf"& \quad \qquad {{}} {r}" for i, r in enumerate(right)]
    return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"


def display(formula: Line, small: bool = False) -> Tex:
    """A displayed formula that TeX fits to the line."""
    tries = "".join(rf"\tryformula{{{s}}}" + "\n" for s in formula.shapes())
    return Tex(f"\\openformula{{{'small' if small else 'normalsize'}}}%\n{tries}\\closeformula\n")


def display_all(formulas: Sequence[Line]) -> Tex:
    """Formulas below each other, aligned where they fit so, else each for itself."""
    apart = Tex("".join(map(display, formulas)))
    if len(formulas) < 2:
        return apart
    rows = r" \\ ".join(x.row() for x in formulas)
    return Tex(f"\\jointformula{{{rows}}}{{%\n{apart}}}\n")


def line(left, sign: str = "", right=None, written: bool = False) -> Line:
    """A relation between two terms; None is a side that is not there.  `written`: with its fractions of fractions."""
    sides = [
        None if s is None or s == "" else Side(flat(s) if isinstance(s, Exact) and not written else s)
        for s in (left, right)
    ]
    return Line(sides[0], ((sign, sides[1]),) if sides[1] else ((sign, Side(None)),) if sign else ())


def condition(term: Exact) -> Line:
    """A condition as a line: a comparison has two sides, anything else is one."""
    if term.op not in _COMPARISONS:
        return line(term)
    low, high = term.args
    if low.op == "number" and term.op in ("lt", "le"):
        return line(high, {"lt": ">", "le": r"\ge"}[term.op], low)
    return line(low, _COMPARISONS[term.op], high)
