"""What the claims that a claim uses let it take for granted."""

from __future__ import annotations

from collections.abc import Callable

from verify.check.defined import undefined_beside
from verify.check.limits import bound_variable
from verify.exact import Exact, exact
from verify.statement import AtMost, Claim, Limit, Monotone, Verdict, claims

_in_progress: list[str] = []


class Known:
    """What the claims that a claim uses say, as far as they are proved without hypotheses of their own."""

    def __init__(self, claim: Claim, prove: Callable):
        self.directions: dict[Exact, tuple[int, str]] = {}
        self.limits: dict[Exact, tuple[Exact, str]] = {}
        self.facts: list[Exact] = []
        _in_progress.append(claim.id)
        try:
            for lemma in (claims[id] for id in claim.uses if id in claims and id not in _in_progress):
                if lemma.given is None and not lemma.false and prove(lemma).verdict is Verdict.PROVED:
                    for relation in lemma.relations(lemma.symbols()):
                        self._learn(relation, lemma)
        finally:
            _in_progress.pop()
        self.facts += [self._beyond(term) for term in self.directions if term in self.limits]

    def beside(self, terms: tuple[Exact, ...], given: tuple = ()) -> list[Exact]:
        """The facts whose own terms are defined wherever these are: a lemma says nothing elsewhere."""
        return [f for f in self.facts if undefined_beside(f.args, terms, given) is None]

    def _learn(self, relation, lemma: Claim) -> None:
        match relation:
            case AtMost(left, right, _, strict):
                self.facts.append(exact(left) < exact(right) if strict else exact(left) <= exact(right))
            case Monotone(of, over, rising):
                x = bound_variable(of, over, lemma.domains)
                self.directions[exact(of(x))] = (1 if rising else -1, lemma.id)
            case Limit(of, "oo", value, over):
                x = bound_variable(of, over, lemma.domains)
                self.limits[exact(of(x))] = (exact(value), lemma.id)

    def _beyond(self, term: Exact) -> Exact:
        """A function that grows to a limit stays below it."""
        value = self.limits[term][0]
        return term < value if self.directions[term][0] == 1 else value < term
