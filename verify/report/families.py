"""Theory files as chapters: title, prose, references, rules and claims, in an order that can be read.

Families that rest on one paper stand together; groups follow the years of their papers, and
nothing comes before what it is made from.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from verify.report.prose import paragraphs, sentence
from verify.report.tex import Tex
from verify.report.theorem import label
from verify.rule import Rule
from verify.statement import Claim, claims
from verify.theories import rules_of

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


@dataclass(frozen=True)
class Family:
    """One theory file."""

    module: ModuleType
    title: str
    prose: str
    results: tuple[tuple[str, str], ...]
    references: dict[str, str]
    rules: tuple[Rule, ...]
    claims: tuple[Claim, ...]

    @property
    def label(self) -> Tex:
        return label("family", self.module.__name__)

    @property
    def paper(self) -> str:
        """The key of the paper that most of its claims cite, else of the first that it refers to."""
        cited = Counter(k for c in self.claims for k in keys(c.cites) if k in self.references)
        return max(self.references, key=lambda k: cited[k], default="")

    @property
    def year(self) -> int:
        """When its paper appeared; 9999 where nobody says."""
        found = _YEAR.findall(self.references.get(self.paper, ""))
        return int(found[-1]) if found else 9999

    def paragraphs(self) -> list[Tex]:
        return paragraphs(self.prose, link)


def keys(cites: str) -> list[str]:
    """The reference keys in a claim's source: words that look like [KB15]."""
    return re.findall(r"\b[A-Za-z]+\d\d\b", cites)


def families(chosen: Iterable[Claim]) -> list[Family]:
    """The families of the claims, and those of their packages that have rules, in reading order."""
    modules = {c.state.__module__: sys.modules[c.state.__module__] for c in chosen}
    packages = {name.rpartition(".")[0] for name in modules} - {""}
    for name, module in list(sys.modules.items()):
        if module and name.rpartition(".")[0] in packages and rules_of(module):
            modules.setdefault(name, module)
    return _ordered([_family(m, [c for c in chosen if c.state.__module__ == m.__name__]) for m in modules.values()])


def _family(module: ModuleType, chosen: list[Claim]) -> Family:
    title, prose, parts = _parts(inspect.getdoc(module) or "")
    own = tuple(r for r in rules_of(module).values() if r.step.__module__ == module.__name__)
    results = tuple(_entries(parts.get("Main results", ""), r"`(?P<key>[^`]+)`(?P<more>(?:\s*,\s*`[^`]+`)*)\s*:\s*"))
    references = dict(_entries(parts.get("References", ""), r"\[(?P<key>[^\]]+)\](?P<more>)\s*"))
    return Family(
        module, title or Path(module.__file__ or module.__name__).stem, prose, results, references, own, tuple(chosen)
    )


def _parts(text: str) -> tuple[str, str, dict[str, str]]:
    """Title, prose, and the sections under their headings."""
    head, *sections = re.split(r"^## +", text, flags=re.MULTILINE)
    title, _, prose = head.strip().partition("\n")
    found = {s.partition("\n")[0].strip(): s.partition("\n")[2] for s in sections}
    return (title.lstrip("# ").strip(), prose.strip(), found) if title.startswith("#") else ("", head.strip(), found)


def _entries(text: str, head: str) -> Iterator[tuple[str, str]]:
    """The entries of a list by their keys; several names share a text."""
    for entry in re.split(r"^- +", text, flags=re.MULTILINE)[1:]:
        found = re.match(head, entry)
        if found:
            yield found["key"] + found["more"].replace("`", ""), " ".join(entry[found.end() :].split())


# In which order ------------------------------------------------------------------------------------


def _ordered(found: list[Family]) -> list[Family]:
    groups: dict[str, list[Family]] = {}
    for family in found:
        groups.setdefault(family.paper or family.module.__name__, []).append(family)
    return [f for key in _groups_in_order(groups) for f in _by_need(groups[key])]


def _groups_in_order(groups: dict[str, list[Family]]) -> Iterator[str]:
    """The oldest paper first, among those whose needs are met."""
    left = dict(sorted(groups.items(), key=lambda item: min(f.year for f in item[1])))
    while left:
        others = lambda key: {f.module.__name__ for k, fs in left.items() if k != key for f in fs}
        free = [key for key, fs in left.items() if not any(_needs(f) & others(key) for f in fs)]
        chosen = (free or list(left))[0]
        del left[chosen]
        yield chosen


def _by_need(group: list[Family]) -> Iterator[Family]:
    left = list(group)
    while left:
        names = {f.module.__name__ for f in left}
        chosen = next((f for f in left if not _needs(f) & (names - {f.module.__name__})), left[0])
        left.remove(chosen)
        yield chosen


def _needs(family: Family) -> set[str]:
    """The modules that a family takes names or claims from."""
    imported = {getattr(v, "__module__", None) or "" for v in vars(family.module).values()}
    used = {claims[u].state.__module__ for c in family.claims for u in c.uses if u in claims}
    return (imported | used | _modules_of_rules(family)) - {family.module.__name__}


def _modules_of_rules(family: Family) -> set[str]:
    return {v.step.__module__ for v in vars(family.module).values() if isinstance(v, Rule)}


# References inside of the book -------------------------------------------------------------------------


def link(word: str) -> Tex | None:
    """The theorem or the section that a word names: a claim's id, or a theory file."""
    if word in claims:
        return theorem(word)
    if found := re.fullmatch(r"(\w+)/(\w+)\.py", word):
        name = f"{found[1]}.{found[2]}"
        if name in sys.modules and sys.modules[name].__doc__:
            at = label("family", name)
            return Tex(rf"\hyperref[{at}]{{Section~\ref*{{{at}}}}}")
    return None


def theorem(id: str) -> Tex:
    """A link to a claim."""
    at, kind = label("claim", id), "Falsehood" if id in claims and claims[id].false else "Theorem"
    return Tex(rf"\hyperref[{at}]{{{kind}~\ref*{{{at}}}}}")


def results(family: Family) -> list[tuple[list[str], Tex]]:
    """The main results: ids of their claims, and the sentence."""
    by_name = {c.state.__name__: c.id for c in family.claims}
    found = [
        ([by_name[n.strip()] for n in names.split(",") if n.strip() in by_name], sentence(text, link))
        for names, text in family.results
    ]
    return [(ids, text) for ids, text in found if ids]
