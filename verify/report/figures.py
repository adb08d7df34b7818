"""Figures: which of them can be drawn from the claims and rules that are there, and their files.

What is on them is in verify/report/drawings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from verify.report.drawings import FIGURES, Figure
from verify.rule import Rule
from verify.statement import Claim

WIDTH, HEIGHT = 5.3, 3.1  # inches; the text is 5.9 wide
STYLE = {
    "font.family": "serif", "font.serif": ["cmr10"], "mathtext.fontset": "cm", "axes.formatter.use_mathtext": True, "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6, "lines.linewidth": 1.3, "xtick.major.width": 0.6,
    "ytick.major.width": 0.6, "legend.frameon": False, "legend.handlelength": 2.6, "pdf.fonttype": 42, "axes.titlesize": 9,
}  # fmt: skip


def possible(claims: dict[str, Claim], rules: dict[str, Rule]) -> list[tuple[Figure, dict]]:
    """The figures whose claims and rules are there, with these."""
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
