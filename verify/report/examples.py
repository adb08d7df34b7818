"""Numbers of a claim: the counterexample of a false one, and the values of a true one.

A counterexample is as short as one was found; a table of values keeps to points that a reader
can take in, and says how far the evaluations are apart there and how far they may be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from verify.check.agreement import Agreement, Pair
from verify.check.outcome import SEARCH, Outcome
from verify.check.sample import examine, sample
from verify.display import decimal
from verify.exact import Exact
from verify.report.notation import latex
from verify.report.prose import sentence
from verify.report.tex import NOTHING, Tex, listed, maths

_MOST_POINTS, _LONGEST = 2, 6  # points for each equation; members of a sequence in a table


@dataclass(frozen=True)
class Row:
    """A value at a point, and how far its other evaluations are from it and may be."""

    number: str
    at: Tex
    value: Tex
    apart: tuple[Tex, ...]


# Counterexamples ----------------------------------------------------------------------------------


def counterexample(outcome: Outcome) -> tuple[Tex, Tex]:
    """The shorter of two, the proof's own and what Hypothesis has shrunk; and what becomes of the claim there."""
    searched = sample(outcome.claim, examples=SEARCH) if outcome.claim.false else None
    examples = [at for at in (outcome.counterexample, searched and searched.counterexample) if at]
    if not examples:
        return NOTHING, NOTHING
    at = min(examples, key=lambda at: len(str(at)))
    last = int(at["t"]) if "t" in at else None
    return listed(_at(n, v, last) for n, v in at.items()), sentence(_rounded(examine(outcome.claim, at) or ""))


def _rounded(text: str) -> str:
    """The numbers of a sentence to six digits, equal ones in a row once."""
    shorter = re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", lambda m: f"{float(m[0]):.6g}", text)
    return re.sub(r"(\S+)(?:, \1)+(?![\d.])", r"\1 again and again", shorter)


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


# Values -------------------------------------------------------------------------------------------


def rows(agreement: Agreement | None) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The names of the evaluations beside the closed form, and their values at points that a reader can take in."""
    if not agreement:
        return (), ()
    pairs = [p for p in agreement.pairs if p.one == agreement.pairs[0].one]
    names = tuple(dict.fromkeys(p.other for p in pairs))
    return names, tuple(_rows([p for p in pairs if _is_short(p.at)], names))[: 2 * _MOST_POINTS]


def _is_short(at: dict) -> bool:
    return all(not isinstance(v, tuple) or len(v) <= _LONGEST for v in at.values())


def _rows(pairs: list[Pair], names: tuple[str, ...]) -> Iterator[Row]:
    """A row for each point, and of each equation no more points than a table wants."""
    together: dict[tuple[int, str], list[Pair]] = {}
    for p in pairs:
        together.setdefault((p.relation, str(p.at)), []).append(p)
    counts: Counter[int] = Counter()
    for (relation, _), same in together.items():
        counts[relation] += 1
        if counts[relation] <= _MOST_POINTS:
            apart = {p.other: _apart(p) for p in same}
            at = listed(_at(n, v) for n, v in same[0].at.items())
            yield Row(
                str(relation + 1), at, maths(_decimal(same[0].value)), tuple(apart.get(n, NOTHING) for n in names)
            )


def _apart(pair: Pair) -> Tex:
    return maths(rf"{_rough(pair.error)} {'' if pair.ok else chr(92) + 'not'}\le {_rough(pair.bound)}")


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
