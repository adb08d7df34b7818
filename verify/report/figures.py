"""Figures: which of them can be drawn from the claims and rules that are there, and their files.

What is on them is in verify/report/drawings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from verify.report.tex import Tex
from verify.rule import Rule
from verify.statement import Claim

WIDTH, HEIGHT = 5.3, 3.1  # inches; the text is 5.9 wide
COLOURS = ("#1b4f8a", "#b5482a", "#2e7d4f", "#7a3e8c", "#8a6d1b")  # apart in grey and for the colour-blind
STYLES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)))
STYLE = {
    "font.family": "serif", "font.serif": ["cmr10"], "mathtext.fontset": "cm", "axes.formatter.use_mathtext": True, "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "lines.linewidth": 1.3, "xtick.major.width": 0.6,
    "ytick.major.width": 0.6, "legend.frameon": False, "legend.handlelength": 2.6, "pdf.fonttype": 42, "axes.titlesize": 9,
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A picture that can be drawn: its file's name, its caption, and the claims and rules that it needs."""

    name: str
    caption: Callable[[dict], Tex]
    claims: tuple[str, ...]
    rules: tuple[str, ...]
    draw: Callable

    @property
    def home(self) -> str:
        """The claim, or else the rule, in whose chapter it stands."""
        return (self.claims or self.rules)[0]


FIGURES: list[Figure] = []


def figure(name: str, caption: Callable[[dict], Tex], claims: Iterable[str] = (), rules: Iterable[str] = ()):
    """Register a drawing: a function of axes and of what it needs, by name."""

    def register(draw: Callable) -> Callable:
        FIGURES.append(Figure(name, caption, tuple(claims), tuple(rules), draw))
        return draw

    return register


def possible(claims: dict[str, Claim], rules: dict[str, Rule]) -> list[tuple[Figure, dict]]:
    """The figures whose claims and rules are there, with these."""
    from verify.report import drawings  # noqa: F401 (they register themselves)

    there: dict = {**claims, **rules}
    found = [f for f in FIGURES if all(n in there for n in (*f.claims, *f.rules))]
    return [(f, {n: there[n] for n in (*f.claims, *f.rules)}) for f in found]


def write(folder: Path, figures: Iterable[tuple[Figure, dict]], progress: Callable = lambda: None) -> None:
    """Each figure as a PDF of vectors, the same on every machine."""
    import logging

    import matplotlib

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it wonders at the age of the fonts
    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    for chosen, needs in figures:
        with matplotlib.rc_context(STYLE):
            canvas, axes = pyplot.subplots(figsize=(WIDTH, HEIGHT), layout="constrained")
            chosen.draw(axes, needs)
            canvas.savefig(folder / f"{chosen.name}.pdf", metadata={"CreationDate": None})
            pyplot.close(canvas)
        progress()
