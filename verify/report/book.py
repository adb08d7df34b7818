"""The book put together: what the templates need, and the files that come of it."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from verify import theories
from verify.domain import Smooth
from verify.environment import version
from verify.report import bibliography, figures, papers, shipped
from verify.report.bibliography import Bibliography
from verify.report.equations import Difference, Equation, Unreadable, difference, equations, hyperparameters, start
from verify.report.families import Family, families, link, results, theorem
from verify.report.formula import display_all
from verify.report.named import program
from verify.report.notation import letter
from verify.report.prose import sentence
from verify.report.relations import members
from verify.report.tex import NOTHING, Tex, escape, listed, maths, render
from verify.report.theorem import Shown
from verify.report.written import formula
from verify.rule import Rule
from verify.statement import Claim, Verdict, claims

NAME = "optproof"


@dataclass
class Contents:
    """Everything that is printed."""

    families: list[Family]
    shown: dict[str, Shown]
    bibliography: Bibliography
    figures: list = field(default_factory=list)
    certificates: tuple[dict, list[dict]] | None = None
    source: Path = shipped.FILE


def contents(ids: list[str], shown: dict[str, Shown], file: Path, certificates: tuple | None) -> Contents:
    """The parts of the book about these claims, and the certificates that were read from the file."""
    chosen = families([claims[id] for id in ids])
    rules = {r.name: r for f in chosen for r in f.rules}
    drawn = figures.possible({id: claims[id] for id in ids}, rules)
    known = bibliography.bibliography([f.references for f in chosen])
    return Contents(chosen, shown, known, drawn, certificates, file)


def write(folder: Path, book: Contents, progress: Callable = lambda: None) -> Path:
    """The .tex file, the bibliography and the figures, in a folder that exists."""
    figures.write(folder / "figures", book.figures, progress)
    (folder / "bibliography.bib").write_text(book.bibliography.text, "utf-8")
    tex = folder / f"{NAME}.tex"
    tex.write_text(text(book), "utf-8")
    return tex


def text(book: Contents) -> Tex:
    """The whole .tex file."""
    seen: dict = {}
    chapters = [_chapter(f, book, seen) for f in book.families]
    pages = list(book.shown.values())
    return render(
        "book.tex",
        chapters=chapters,
        version=version(),
        counts=_counts(pages),
        unmet=[theorem(p.id) for p in pages if not p.as_expected],
        overview=[
            (c, _counts([book.shown[x.id] for x in f.claims])) for c, f in zip(chapters, book.families, strict=True)
        ],
        engines=Counter(e for p in pages for e in p.engines if e in ENGINES),
        explained=ENGINES,
        words=WORDS,
        smooth=_smooth(book),
        papers=papers.papers(book.families, book.shown, book.bibliography),
        shipped=_shipped(book),
        index=[(theorem(id), book.shown[id]) for id in sorted(book.shown)],
        verdicts={v.name: v for v in Verdict},
        cited=bool(book.bibliography.keys),
    )


WORDS = {
    Verdict.PROVED: "true for all values: an exact derivation, of which every step was checked, and by a second engine too",
    Verdict.ENCLOSED: "true on a whole box of values, by ball arithmetic",
    Verdict.SAMPLED: "no counterexample among the values that were tried",
    Verdict.UNKNOWN: "nothing was learned; this never counts as a pass",
    Verdict.REFUTED: "false: a counterexample is given",
}

ENGINES = {
    "normal form": "both sides are brought to one form, a quotient of polynomials in independent quantities, and are the same there",
    "induction": "a sum is taken apart at its last term, and what is left is known from the step before",
    "series": "the term is expanded in powers of the distance from the place of the limit, in exact arithmetic",
    "structure": "a sign or a direction of growth follows from how the term is put together",
    "form": "the sign of the term can be read off its form",
    "z3": "an SMT solver over the reals finds no counterexample",
    "product": "an infinite product of monotone factors",
    "SymPy gammasimp": "the quotient of two Gamma terms is reduced; balls at random exact points agree",
    "sample": "the statement is run on 50-digit numbers at points that Hypothesis draws from its domains",
    "enclose": "the statement is run on balls that cover a box of its domain",
}


def _counts(pages: list[Shown]) -> dict[str, int]:
    true, false = [p for p in pages if not p.false], [p for p in pages if p.false]
    proved = sum(p.verdict is Verdict.PROVED for p in true)
    weaker = sum(p.verdict in (Verdict.ENCLOSED, Verdict.SAMPLED) for p in true)
    return {
        "true": len(true),
        "false": len(false),
        "proved": proved,
        "weaker": weaker,
        "refuted": sum(p.verdict is Verdict.REFUTED for p in false),
    }


def _smooth(book: Contents) -> Tex:
    """What stands for a smooth function where numbers are needed, in the words of its domain."""
    kinds = (d for f in book.families for c in f.claims for d in c.domains.values())
    words = (inspect.getdoc(Smooth) or "").partition("Sampled as ")[2]
    return sentence(words) if any(isinstance(d, Smooth) for d in kinds) else NOTHING


# Chapters ------------------------------------------------------------------------------------------


def _chapter(family: Family, book: Contents, seen: dict) -> dict:
    """What the template of a family prints.  seen: readings that were printed, with their rules."""
    here = {c.id for c in family.claims} | {r.name for r in family.rules}
    return {
        "family": family,
        "title": sentence(family.title),
        "bookmark": escape(family.title),
        "rules": [_rule(r, book.bibliography, family, seen) for r in family.rules],
        "results": [(listed(theorem(i) for i in ids), text) for ids, text in results(family)],
        "blocks": [_block(c, book, family) for c in _in_order(family.claims)],
        "figures": [(f.name, f.caption(needs)) for f, needs in book.figures if f.home in here],
        "references": listed(book.bibliography.of(k, family.references) for k in family.references),
    }


def _in_order(chosen: tuple[Claim, ...]) -> list[Claim]:
    """True claims in the order of their file, each number's near misses behind the last of them."""
    found: list[Claim] = []
    true = [c for c in chosen if not c.false]
    for i, c in enumerate(true):
        found.append(c)
        if c.catalogue not in [d.catalogue for d in true[i + 1 :]]:
            found += [d for d in chosen if d.false and d.catalogue == c.catalogue]
    return found + [c for c in chosen if c not in found]


def _block(claim: Claim, book: Contents, family: Family) -> dict:
    page = book.shown[claim.id]
    return {
        "page": page,
        "proved": page.verdict is Verdict.PROVED,
        "refuted": page.verdict is Verdict.REFUTED,
        "source": book.bibliography.cite(claim.cites, family.references, link),
        "uses": listed(theorem(u) for u in claim.uses),
        "because": sentence(page.because),
        "several": len({row.number for row in page.values}) > 1,
    }


def _rule(rule: Rule, known: Bibliography, family: Family, seen: dict) -> dict:
    """A rule's equations, what they begin with, and its readings, of which those of earlier rules are only named."""
    new = [r for r in rule.readings if r not in seen]
    shared = {name: [r.id for r in rule.readings if seen.get(r) == name] for name in seen.values()}
    seen |= dict.fromkeys(new, rule.name)
    try:
        lines = [e.line for e in equations(rule)]
    except Unreadable:
        lines = []
    return {
        "name": rule.name,
        "source": known.cite(rule.source, family.references, link),
        "domains": listed(members(names, where) for where, names in hyperparameters(rule).items()),
        "start": listed(maths(x.key) for x in start(rule)),
        "constants": listed(maths(f"{letter(n)} = {formula(v)}") for n, v in rule.constants.items()),
        "equations": display_all(lines) if lines else NOTHING,
        "program": [] if lines else program(rule.step).splitlines(),
        "readings": [(r, sentence(r.says), _pairs(difference(rule, r))) for r in new],
        "shared": [(name, ids) for name, ids in shared.items() if ids],
    }


def _pairs(found: Difference) -> dict:
    """What stands in the paper and what in the code, line by line."""
    return {
        "paper": [Tex(x.key) for x in found.paper],
        "code": [Tex(x.key) for x in found.code],
        "texts": [(a.splitlines(), b.splitlines()) for a, b in found.texts],
    }


def _shipped(book: Contents) -> dict:
    """The chapter about certificates, or where they come from."""
    if book.certificates is None:
        return {"file": str(book.source), "found": None, "about": {}}
    about, certificates = book.certificates
    known = {r.name: r for f in book.families for r in f.rules} or theories.rules()
    homes = {r.name: f.label for f in book.families for r in f.rules}
    return {"file": str(book.source), "found": shipped.chapter(certificates, known), "about": about, "homes": homes}


__all__ = ["NAME", "Contents", "Equation", "contents", "text", "write"]
