"""One claim of the book: its statement, its proof step by step, where it is from, and what it is worth.

Made where the proof is made, since terms do not travel between processes; what comes out is
text and LaTeX.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from verify.check import smt
from verify.check.agreement import Agreement
from verify.check.evidence import Evidence, Step
from verify.check.outcome import SEARCH, Outcome
from verify.check.sample import examine, sample
from verify.check.signs import visible_sign
from verify.display import decimal
from verify.exact import Exact, exact
from verify.report.formula import Line, Side, display, display_all, line
from verify.report.named import Named, named, terms_of
from verify.report.notation import latex
from verify.report.prose import Links, sentence
from verify.report.relations import Said, all_said, hypotheses, variables
from verify.report.tex import Tex, listed, maths, together
from verify.statement import Claim, Verdict

_MOST_POINTS, _LONGEST = 2, 6  # rows of a table of values; members of a sequence in one


@dataclass(frozen=True)
class Row:
    """A value at a point, and how far its other evaluations are from it and may be."""

    number: str
    at: Tex
    value: Tex
    apart: tuple[Tex, ...]


@dataclass(frozen=True)
class Reason:
    """A part of a proof: sentences with the engines that checked them, and the formula that they establish."""

    says: tuple[tuple[Tex, str], ...]
    formula: Tex = Tex("")


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
    inline: Tex = Tex("")  # what short names stand for
    meaning: Tex = Tex("")  # and the others
    put: Tex = Tex("")
    steps: tuple[Reason, ...] = ()
    conditions: Tex = Tex("")
    opinions: Tex = Tex("")
    because: str = ""
    cites: str = ""
    about: str = ""
    uses: tuple[str, ...] = ()
    counterexample: Tex = Tex("")
    there: Tex = Tex("")  # what becomes of it at the counterexample
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
        return _refuted(found, outcome)
    return _with_values(_with_proof(found, outcome, words, lines, links), outcome.agreement)


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
    return listed(maths(x.key) for x in lines if x.is_short), display_all(long) if long else Tex("")


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
        put=display_all(new) if new else Tex(""),
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
        yield Reason(_counted(says), display(chain, small) if chain else Tex(""))


def _counted(says: list[tuple[Tex, str]]) -> tuple[tuple[Tex, str], ...]:
    """Each sentence once."""
    return tuple(dict.fromkeys(says))


def _conditions(proof: Evidence, claim: Claim, words: Named) -> Tex:
    """What may not vanish, as far as domains and hypotheses leave it open."""
    given = tuple(exact(c) for c in claim.hypotheses(claim.symbols()))
    terms = dict.fromkeys(f for c in proof.conditions if isinstance(c, Exact) for f in _factors(c))
    lines = [line(words.fold(t), r"\ne", exact(0)) for t in terms if not _never_zero(t, given)]
    return display_all(list({x.key: x for x in lines}.values())) if lines else Tex("")


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
        return Tex("")  # the counterexample says it all
    return together([sentence(f"{e.method}: {e.detail}") for e in found], "; ")


# Counterexamples and values -----------------------------------------------------------------------------


def _refuted(found: Shown, outcome: Outcome) -> Shown:
    """With the shorter of two counterexamples: the proof's own, and what Hypothesis has shrunk."""
    searched = sample(outcome.claim, examples=SEARCH) if outcome.claim.false else None
    examples = [at for at in (outcome.counterexample, searched and searched.counterexample) if at]
    if not examples:
        return found
    at = min(examples, key=lambda at: len(str(at)))
    last = int(at["t"]) if "t" in at else None
    return replace(
        found,
        counterexample=listed(_at(n, v, last) for n, v in at.items()),
        there=sentence(_rounded(examine(outcome.claim, at) or "")),
    )


def _rounded(text: str) -> str:
    """The numbers of a sentence to six digits, equal ones in a row once."""
    shorter = re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", lambda m: f"{float(m[0]):.6g}", text)
    return re.sub(r"(\S+)(?:, \1)+(?![\d.])", r"\1 for ever", shorter)


def _at(name: str, value, last: int | None = None) -> Tex:
    """name = value; of a sequence no more members than there are steps."""
    symbol = latex(Exact("symbol", name, None))
    if not isinstance(value, tuple):
        return maths(f"{symbol} = {_number(value)}")
    members = value[: max(1, last)] if last and len(value) > _LONGEST else value
    inside = r",\allowbreak\,".join(map(_number, members))
    return maths(f"{symbol} = ({inside}{', ' + chr(92) + 'dots' if len(members) < len(value) else ''})")


def _number(value: Fraction) -> str:
    q = Fraction(value)
    return decimal(q) or (f"{'-' if q < 0 else ''}{abs(q.numerator)}/{q.denominator}")


def _with_values(found: Shown, agreement: Agreement | None) -> Shown:
    """The values at points that a reader can take in."""
    if not agreement:
        return found
    names = tuple(dict.fromkeys(p.other for p in agreement.pairs if p.one == agreement.pairs[0].one))
    return replace(
        found,
        evaluations=names,
        values=tuple(_rows(agreement, names))[: 2 * _MOST_POINTS],
        compared=len(agreement.pairs),
    )


def _rows(agreement: Agreement, names: tuple[str, ...]) -> Iterator[Row]:
    seen: dict[tuple, list] = {}
    for p in agreement.pairs:
        if p.one == agreement.pairs[0].one and all(
            not isinstance(v, tuple) or len(v) <= _LONGEST for v in p.at.values()
        ):
            seen.setdefault((p.relation, str(p.at)), []).append(p)
    counts: dict[int, int] = {}
    for (relation, _), pairs in seen.items():
        counts[relation] = counts.get(relation, 0) + 1
        if counts[relation] <= _MOST_POINTS:
            apart = {p.other: _apart(p) for p in pairs}
            at = listed(_at(n, v) for n, v in pairs[0].at.items())
            yield Row(
                str(relation + 1), at, maths(_decimal(pairs[0].value)), tuple(apart.get(n, Tex("")) for n in names)
            )


def _apart(pair) -> Tex:
    return maths(
        rf"{_rough(pair.error)} \le {_rough(pair.bound)}"
        if pair.ok
        else rf"{_rough(pair.error)} \not\le {_rough(pair.bound)}"
    )


def _rough(x: float) -> str:
    """A size, to one digit."""
    if x == 0:
        return "0"
    digits, _, power = f"{x:.0e}".partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}"


def _decimal(text: str) -> str:
    digits, _, power = text.partition("e")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits
