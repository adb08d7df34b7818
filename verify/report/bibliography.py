"""The references of the theory files, found in the bibliography by their titles.

A reference that the bibliography does not have is added to it as its file gives it, so that
the book of anybody's theory is complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from verify.report.prose import Links, sentence
from verify.report.tex import Tex, escape, together

FILE = Path("reports/bibliography.bib")
_ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,(.*?)^\}", re.MULTILINE | re.DOTALL)


@dataclass
class Bibliography:
    """`text` is the .bib file; `keys` finds the entry of a reference by its key and its text."""

    text: str = ""
    keys: dict[tuple[str, str], str] = field(default_factory=dict)

    def cite(self, cites: str, references: dict[str, str], links: Links) -> Tex:
        """A claim's source, with its references as citations."""
        parts = re.split(r"\b([A-Za-z]+\d\d)\b", cites)
        return together(self._cited(p, references) if i % 2 else _spaced(p, links) for i, p in enumerate(parts))

    def _cited(self, key: str, references: dict[str, str]) -> Tex:
        return Tex(rf"\cite{{{self.keys[key, references[key]]}}}") if key in references else escape(key)

    def of(self, key: str, references: dict[str, str]) -> Tex:
        """The citation of one reference."""
        return self._cited(key, references)


def _spaced(text: str, links: Links) -> Tex:
    """Text between two citations; its first and last spaces count."""
    before, after = " " * text[:1].isspace(), " " * (len(text) > 1 and text[-1:].isspace())
    return together([Tex(before), sentence(text, links), Tex(after)])


def bibliography(references: Iterable[dict[str, str]], file: Path = FILE) -> Bibliography:
    """Every reference with its entry."""
    text = file.read_text("utf-8") if file.is_file() else ""
    entries = {m[1]: m[2] for m in _ENTRY.finditer(text)}
    found = Bibliography(text)
    for key, said in {(k, v): None for one in references for k, v in one.items()}:
        known = _entry(said, entries)
        if not known:
            known = f"theory-{len(found.keys)}"
            found.text += _added(known, key, said)
        found.keys[key, said] = known
    return found


def _entry(said: str, entries: dict[str, str]) -> str | None:
    """The entry whose title the reference has, or else whose first author and year."""
    for key, body in entries.items():
        if (title := _plain(_field(body, "title"))) and title in _plain(said):
            return key
    for key, body in entries.items():
        author, year = _field(body, "author").partition(",")[0], _field(body, "year")
        if author and year and re.match(rf"{re.escape(_plain(author))}\b", said.lower()) and year in said:
            return key
    return None


def _field(body: str, name: str) -> str:
    """The value of a field, within its braces."""
    found = re.search(rf"^\s*{name}\s*=\s*\{{(.*)\}},?\s*$", body, re.MULTILINE)
    return found[1] if found else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _added(name: str, key: str, said: str) -> str:
    """An entry made from a reference: "Authors.  Title.  Where, year."."""
    authors, title, where = (*said.split(". ", 2), "", "")[:3]
    year = re.findall(r"\b(?:19|20)\d\d\b", said)
    fields = {
        "author": " and ".join(escape(a.strip()) for a in authors.split(",")),
        "title": f"{{{escape(title or key)}}}",
        "note": escape(where),
        "year": "".join(year[-1:]),
    }
    return "\n".join(
        [
            "",
            "% From a theory file.",
            f"@misc{{{name},",
            *(f"  {n} = {{{v}}}," for n, v in fields.items() if v),
            "}",
            "",
        ]
    )


def sections(cites: str, key: str) -> Iterator[str]:
    """What a source says about one of its references, up to the next semicolon."""
    for part in re.split(r";\s*(?![^()]*\))", cites):  # not inside of brackets
        if re.search(rf"\b{re.escape(key)}\b", part):
            yield re.sub(rf"\s*\b{re.escape(key)}\b,?\s*", " ", part).strip()
