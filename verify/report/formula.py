"""Formulas that fit: each is handed to TeX in several shapes, and TeX takes the first that is not too wide.

In one line; broken at its relation; broken at the outermost plus and minus signs, into ever
shorter lines.  Only TeX knows how wide a line is, so it chooses; what fits in no shape is
made smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from verify.exact import Exact
from verify.report.notation import breadth, latex, terms, tidy
from verify.report.tex import Tex

_WIDTHS = (62, 48, 36)  # of broken lines, in digits
_DOTS = {"lt": "<", "le": r"\le", "eq": "=", "ne": r"\ne"}


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
        rows = [(f"{'-' if s < 0 else '+'} ", latex(t), breadth(t) + 2) for s, t in _grouped(tidy(self.term))]
        lines, room = [""], width
        for number, (sign, body, wide) in enumerate(rows):
            if number and wide > room:
                lines.append("")
                room = width
            lines[-1] += (sign if number or sign == "- " else "") + body + " "
            room -= wide
        return [f"{self.before} {lines[0]}".strip(), *map(str.strip, lines[1:-1]), *([f"{lines[-1]}{self.after}".strip()] if len(lines) > 1 else [])]


def _grouped(node: Exact) -> list[tuple[int, Exact]]:
    """Terms with signs; a bracket behind a minus stays one term."""
    return terms(node)


@dataclass(frozen=True)
class Line:
    """A relation: left, sign and right; either side may be missing."""

    left: Side | None
    sign: str = ""
    right: Side | None = None

    @property
    def key(self) -> str:
        """The line in one string."""
        return " ".join(p for p in (self.left and self.left.text, self.sign, self.right and self.right.text) if p)

    def shapes(self) -> Iterator[Tex]:
        """From the simplest to the most broken, each other than the one before."""
        seen: set[str] = set()
        for shape in (self.key, *self._broken()):
            if shape not in seen:
                seen.add(shape)
                yield Tex(shape)

    def _broken(self) -> Iterator[str]:
        if self.left and self.right:
            yield _aligned([self.left.text], self.sign, [self.right.text])
        for width in _WIDTHS:
            left = self.left.rows(width) if self.left else []
            yield _aligned(left, self.sign, self.right.rows(width - 4) if self.right else [])


def _aligned(left: list[str], sign: str, right: list[str]) -> str:
    """Lines below each other: what continues a side stands further in, and so does the right side."""
    rows = [rf"& {r}" if i == 0 else rf"& \qquad {{}} {r}" for i, r in enumerate(left)]
    rows += [rf"& \quad {{}} {sign} {r}" if i == 0 else rf"& \quad \qquad {{}} {r}" for i, r in enumerate(right)]
    return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"


def display(line: Line | str, small: bool = False) -> Tex:
    """A displayed formula that TeX fits to the line."""
    shapes = list(line.shapes()) if isinstance(line, Line) else [Tex(line)]
    tries = "".join(rf"\tryformula{{{s}}}" + "\n" for s in shapes)
    return Tex(f"\\openformula{{{'small' if small else 'normalsize'}}}%\n{tries}\\closeformula\n")


def line(left, sign: str = "", right=None) -> Line:
    """A relation between two terms; None is a side that is not there."""
    return Line(None if left is None else Side(left), sign, None if right is None or right == "" else Side(right))


def condition(term: Exact) -> Line:
    """A condition as a line: a comparison has two sides, anything else is one."""
    return line(term.args[0], _DOTS[term.op], term.args[1]) if term.op in _DOTS else line(term)
