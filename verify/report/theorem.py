"""One claim of the book: its statement, its proof step by step, where it is from, and what it is worth.

Made where the proof is made, since terms do not travel between processes; what comes out is
text and LaTeX.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from verify.check import smt
from verify.check.evidence import Evidence, Step
from verify.check.outcome import Outcome
from verify.check.signs import visible_sign
from verify.exact import Exact, exact
from verify.report.examples import Row, counterexample, rows
from verify.report.formula import Line, Side, display, display_all, line
from verify.report.named import Named, named, terms_of
from verify.report.prose import Links, sentence
from verify.report.relations import Said, all_said, hypotheses, variables
from verify.report.tex import NOTHING, Tex, listed, maths, together
from verify.statement import Claim, Verdict


@dataclass(frozen=True)
class Reason:
    """A part of a proof: sentences with the engines that checked them, and the formula that they establish."""

    says: tuple[tuple[Tex, str], ...]
    formula: Tex = NOTHING


@dataclass(frozen=True)
class Shown:
    """A claim ready for the page."""

    id: str
    label: str
    catalogue: str
    false: bool
    verdict: Verdict
    expected: Verdict
    sentence: Tex
    quantifiers: Tex
    given: Tex
    parts: tuple[tuple[str, Tex], ...]
    inline: Tex = NOTHING  # what short names stand for
    meaning: Tex = NOTHING  # and the others
    put: Tex = NOTHING
    steps: tuple[Reason, ...] = ()
    conditions: Tex = NOTHING
    opinions: Tex = NOTHING
    because: str = ""
    cites: str = ""
    about: str = ""
    uses: tuple[str, ...] = ()
    counterexample: Tex = NOTHING
    there: Tex = NOTHING  # what becomes of it at the counterexample
    evaluations: tuple[str, ...] = ()
    values: tuple[Row, ...] = ()
    compared: int = 0
    engines: tuple[str, ...] = field(default=())

    @property
    def as_expected(self) -> bool:
        return self.verdict is self.expected


def label(kind: str, text: str) -> Tex:
    """A label that LaTeX can read, whatever the text."""
    return Tex(f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def shown(outcome: Outcome, links: Links) -> Shown:
    """The page of one outcome."""
    claim, words = outcome.claim, named(outcome.claim)
    lines = list(all_said(words.relations, claim))
    found = Shown(
        claim.id, label("claim", claim.id), claim.catalogue or "", claim.false, outcome.verdict, outcome.expected,
        sentence(claim.statement, links), variables(claim), listed(maths(h.key) for h in hypotheses(claim)),
        tuple((s.words, display_all(s.lines)) for s in lines), *_meanings(words, words.needed(_stated(words))),
        because=claim.because, cites=claim.cites, about=claim.about.name if claim.about else "", uses=claim.uses,
        opinions=_opinions(outcome), engines=_engines(outcome),
    )  # fmt: skip
    if outcome.verdict is Verdict.REFUTED:
        at, there = counterexample(outcome)
        return replace(found, counterexample=at, there=there)
    names, values = rows(outcome.agreement)
    compared = len(outcome.agreement.pairs) if outcome.agreement else 0
    found = replace(found, evaluations=names, values=values, compared=compared)
    return _with_proof(found, outcome, words, lines, links)


def _stated(words: Named) -> list[Exact]:
    """The terms that a statement shows: all but stations and slacks."""
    hidden = {"via", "slack", "slope", "factor", "between"}
    bare = [{k: v for k, v in vars(r).items() if k not in hidden} for r in words.relations]
    return [t for b in bare for t in terms_of(_Bare(b))]


class _Bare:
    def __init__(self, parts: dict):
        self.__dict__.update(parts)


def _meanings(words: Named, names: list[Exact]) -> tuple[Tex, Tex]:
    """What names stand for: in the line, and displayed."""
    lines = [line(name, "=", words.meaning[name]) for name in names]
    long = [x for x in lines if not x.is_short]
    return listed(maths(x.key) for x in lines if x.is_short), display_all(long) if long else NOTHING


def _engines(outcome: Outcome) -> tuple[str, ...]:
    """Who had a part in the verdict."""
    proof = outcome.proof
    steps = [e for s in proof.steps for e in s.engines] if proof else []
    return tuple(dict.fromkeys([*steps, *(e.method for e in outcome.evidence if e.verdict is not Verdict.UNKNOWN)]))


# The proof -----------------------------------------------------------------------------------------


def _with_proof(found: Shown, outcome: Outcome, words: Named, parts: list[Said], links: Links) -> Shown:
    proof = outcome.proof
    if proof is None:
        return found
    steps = [replace(s, left=words.fold(s.left), right=words.fold(s.right)) for s in proof.steps]
    stated = words.needed(_stated(words))
    used = words.needed([t for s in steps for t in (s.left, s.right)] + [words.fold(c) for c in proof.conditions])
    new = [line(n, "=", words.meaning[n]) for n in used if n not in stated]
    return replace(
        found,
        put=display_all(new) if new else NOTHING,
        steps=tuple(_merged(_reasons(steps, _known(parts), links))),
        conditions=_conditions(proof, outcome.claim, words),
    )


def _known(parts: list[Said]) -> set[str]:
    """The lines that the statement shows already, limits also as the steps write them."""
    lines = [x for p in parts for x in p.lines]
    limits = {rf"{Side(x.left.term).text} \to {x.last}" for x in lines if x.left and x.left.before.startswith(r"\lim")}
    return {x.key for x in lines} | limits


def _reasons(steps: list[Step], known: set[str], links: Links) -> Iterator[tuple[tuple[Tex, str], Line | None, bool]]:
    """Each step's sentence, its line where that is new, and whether it is one of an induction."""
    for step in steps:
        full = line(step.left, step.sign if step.left is not None or step.right is not None else "", step.right)
        is_new = bool(full.key) and full.key not in known and not full.is_trivial
        known.add(full.key)
        says = sentence(step.says.replace("\\infty", "∞"), links), ", ".join(step.engines)
        yield says, full if is_new else None, "induction" in step.engines


def _merged(reasons: Iterator) -> Iterator[Reason]:
    """Lines that continue the one before are one chain; sentences before a line stand together."""
    says: list[tuple[Tex, str]] = []
    chain: Line | None = None
    small = False
    for (text, engines), formula, inductive in reasons:
        if chain is not None and (formula is None or formula.left is None or formula.left.text != chain.last):
            yield Reason(_counted(says), display(chain, small))
            says, chain = [], None
        says.append((text, engines))
        if formula is not None:
            chain, small = (chain.chained(formula) if chain else formula), inductive
    if says:
        yield Reason(_counted(says), display(chain, small) if chain else NOTHING)


def _counted(says: list[tuple[Tex, str]]) -> tuple[tuple[Tex, str], ...]:
    """Each sentence once."""
    return tuple(dict.fromkeys(says))


def _conditions(proof: Evidence, claim: Claim, words: Named) -> Tex:
    """What may not vanish, as far as domains and hypotheses leave it open."""
    given = tuple(exact(c) for c in claim.hypotheses(claim.symbols()))
    terms = dict.fromkeys(f for c in proof.conditions if isinstance(c, Exact) for f in _factors(c))
    lines = [line(words.fold(t), r"\ne", exact(0)) for t in terms if not _never_zero(t, given)]
    return display_all(list({x.key: x for x in lines}.values())) if lines else NOTHING


def _factors(term: Exact) -> list[Exact]:
    """What must not vanish for the term not to vanish."""
    match term.op:
        case "mul" | "div":
            return [f for a in term.args for f in _factors(a)]
        case "sqrt" | "neg" | "pow":
            return _factors(term.args[0])
    return [term]


def _never_zero(term: Exact, given: tuple) -> bool:
    positive = visible_sign(term, given, strict=True) or visible_sign(-term, given, strict=True)
    return bool(positive or smt.proves(Exact("ne", term, exact(0)), given, 1000))


def _opinions(outcome: Outcome) -> Tex:
    """What each method says for itself."""
    found = [e for e in outcome.evidence if e.verdict is not Verdict.UNKNOWN]
    if outcome.verdict is Verdict.REFUTED:
        return NOTHING  # the counterexample says it all
    return together([sentence(f"{e.method}: {e.detail}") for e in found], "; ")
