"""How quick the engines are, and the normal form beside SymPy's `simplify` on the same identities."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from statistics import median

import sympy

from verify import theories
from verify.check.identity import same_form
from verify.check.outcome import OutOfTime, _alarm, check
from verify.check.points import compare, point
from verify.domain import Domain
from verify.exact import Exact, exact, walk
from verify.fold import Fold
from verify.statement import Claim, Equal, claims
from verify.systems import Symbolic

LIMIT = 5.0  # seconds for one `simplify`
POINTS_OF = "adam/efficient-order"
# What has a plain SymPy counterpart: no sums to a symbolic bound, integrals, inner products.
PLAIN = frozenset(
    (
        "number",
        "symbol",
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "pow",
        "sqrt",
        "abs",
        "sign",
        "exp",
        "log",
        "gamma",
        "pi",
        "max",
        "min",
    )
)


def checked(progress=lambda: None) -> dict:
    """Every claim of the catalogue, one after the other in this process."""
    theories.load()
    begin = time.perf_counter()
    for claim in list(claims.values()):
        check(claim)
        progress()
    seconds = time.perf_counter() - begin
    return {"claims": len(claims), "seconds": round(seconds, 1), "per_second": round(len(claims) / seconds, 1)}


def points(progress=lambda: None, seconds: float = 2.0) -> dict:
    """Random exact points at which Arb compares both sides of Adam's two orders of computation."""
    theories.load()
    claim = claims[POINTS_OF]
    (left, right), *_ = equations(claim)
    chance, count, begin = random.Random(1), 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        count += bool(compare(left, right, point(claim.domains, chance), claim.domains))
    return {"identity": POINTS_OF, "per_second": round(count / (time.perf_counter() - begin))}


def equations(claim: Claim) -> list[tuple[Exact, Exact]]:
    """The links of the equations that a claim states, on symbols."""
    found = (r for r in claim.relations(claim.symbols()) if isinstance(r, Equal))
    chains = ([exact(s) for s in (r.left, *r.via, r.right)] for r in found)
    return [link for chain in chains for link in pairwise(chain)]


def identities() -> list[tuple[Claim, Exact, Exact]]:
    """The true equations without further hypotheses that SymPy can be asked about."""
    theories.load()
    plain = (c for c in claims.values() if not c.false and not c.given and _plain_domains(c))
    pairs = ((c, a, b) for c in plain for a, b in equations(c) if a is not b)
    return [(c, a, b) for c, a, b in pairs if {n.op for n in walk(a, b)} <= PLAIN]


def _plain_domains(claim: Claim) -> bool:
    return all(isinstance(d, Domain) for d in claim.domains.values())


def against_simplify(progress=lambda: None) -> dict:
    """Who decides how many of the identities, and how much longer `simplify` takes where both do."""
    rows = []
    for claim, left, right in identities():
        ours = _timed(lambda a=left, b=right: same_form(a, b))
        theirs = _timed(lambda c=claim, a=left, b=right: simplifies(c, a, b))
        rows.append((ours, theirs))
        progress()
    both = [(mine[1], other[1]) for mine, other in rows if mine[0] and other[0]]
    return {
        "identities": len(rows),
        "limit_seconds": LIMIT,
        "normal_form": sum(mine[0] for mine, _ in rows),
        "simplify": sum(other[0] for _, other in rows),
        "both": len(both),
        "normal_form_seconds": round(sum(a for a, _ in both), 3),
        "simplify_seconds": round(sum(b for _, b in both), 3),
        "median_ratio": round(median(b / a for a, b in both), 1),
    }


def _timed(decide) -> tuple[bool, float]:
    """Whether it decided within the limit, and after how many seconds."""
    begin = time.perf_counter()
    try:
        with _alarm(LIMIT):
            answer = bool(decide())
    except OutOfTime:
        answer = False
    return answer, time.perf_counter() - begin


def simplifies(claim: Claim, left: Exact, right: Exact) -> bool:
    """Does SymPy's `simplify` bring the difference of the sides to 0?"""
    values = {name: sympy.Symbol(name, **assumptions(d)) for name, d in claim.domains.items()}
    fold = Fold(values, Symbolic)
    return sympy.simplify(fold(left) - fold(right)) == 0


def assumptions(domain: Domain) -> dict:
    """What a SymPy symbol can know of a domain: its sign, and whether it is an integer."""
    known = {"real": True, "positive": domain.sign == 1, "nonnegative": domain.nonnegative}
    known |= {"nonzero": domain.nonzero, "integer": domain.integer}
    return {name: True for name, holds in known.items() if holds}
