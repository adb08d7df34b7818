"""The source papers, place by place: what each says there, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verify.report.bibliography import Bibliography, sections
from verify.report.families import Family, keys, link, theorem
from verify.report.prose import sentence
from verify.report.tex import Tex
from verify.report.theorem import Shown

MANY = 10  # statements that make a paper a source of the book


@dataclass(frozen=True)
class Place:
    """One statement about one place of a paper."""

    where: Tex
    theorem: Tex
    shown: Shown


@dataclass(frozen=True)
class Paper:
    """A paper on which many statements rest."""

    citation: Tex
    text: Tex
    year: int
    places: tuple[Place, ...]


def papers(families: list[Family], shown: dict[str, Shown], known: Bibliography) -> list[Paper]:
    """The papers that many claims cite, the oldest first."""
    found: dict[str, list[tuple[Family, str]]] = {}
    for family in families:
        for claim in family.claims:
            for key in dict.fromkeys(k for k in keys(claim.cites) if k in family.references):
                found.setdefault(key, []).append((family, claim.id))
    many = [_paper(key, cited, shown, known) for key, cited in found.items() if len(cited) >= MANY]
    return sorted(many, key=lambda p: p.year)


def _paper(key: str, cited: list[tuple[Family, str]], shown: dict[str, Shown], known: Bibliography) -> Paper:
    references = cited[0][0].references
    places = [
        (_order(text), Place(sentence(_short(text), link), theorem(id), shown[id]))
        for _, id in cited
        for text in _places(shown[id].cites, key)
    ]
    ordered = [p for _, p in sorted(places, key=lambda item: item[0])]
    years = re.findall(r"\b(?:19|20)\d\d\b", references[key])
    return Paper(
        known.of(key, references), sentence(references[key]), int(years[-1]) if years else 9999, tuple(ordered)
    )


def _places(cites: str, key: str) -> Iterator[str]:
    yield next(sections(cites, key), "")


def _short(text: str) -> str:
    return text[:1].upper() + text[1:] if text else "as a whole"


def _order(text: str) -> tuple:
    """Algorithms, then sections with their numbers, then appendices."""
    numbers = re.search(r"(?:section|Lemma|Corollary|Theorem|Proposition)s? (\d+(?:\.\d+)*)", text)
    part = tuple(map(int, numbers[1].split("."))) if numbers else ()
    return ("appendix" in text.lower(), part or ((0,) if "Algorithm" in text else (99,)), text)
