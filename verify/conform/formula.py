"""One number of the code's memory as a combination of the rule's features, found from values.

At fixed hyperparameters the number is a linear combination of features, or the root or the
inverse of one: several gradients give a linear system.  Few features are tried before many.
The coefficients, seen at many hyperparameters and steps, are recognised by verify/conform/factors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import mpmath
import numpy as np

from verify import numbers
from verify.conform.factors import EXACT, Factor, Sample, bases, product, shifted, solution
from verify.conform.features import Feature, Features, data, flat
from verify.conform.samples import Draw, number
from verify.display import unicode
from verify.exact import Exact, exact, is_number
from verify.fold import Undefined, Unsupported

SURE = 3  # choices of hyperparameters at which a known formula is tried on another element


@dataclass(frozen=True)
class Form:
    """How the number comes from a combination: `undo` of a value gives the combination's, `do` of a term the number."""

    text: str
    undo: Callable
    do: Callable


FORMS = (
    Form("{}", lambda v: v, lambda e: e),
    Form("√({})", lambda v: v * v, numbers.sqrt),
    Form("1 / ({})", lambda v: 1 / v, lambda e: 1 / e),
    Form("1 / √({})", lambda v: 1 / (v * v), lambda e: 1 / numbers.sqrt(e)),
)


@dataclass(frozen=True, eq=False)
class Formula:
    """A number of the memory: sign, form, features with their coefficients, and what is added.

    `seen` are the coefficients' values at the samples, from which they were recognised.
    """

    sign: int
    form: Form
    parts: tuple[tuple[Feature, Factor], ...]
    constant: Factor | None
    seen: dict

    def term(self, memories: dict, held: dict, t: Exact, places: list[int]) -> Exact:
        """The number in terms of the memories; `places` are the features' elements, `held` what factors name."""
        terms = [f.of(memories, t)[i] * c(t, held) for (f, c), i in zip(self.parts, places, strict=True)]
        terms += [self.constant(t, held)] if self.constant else []
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        whole = self.form.do(total)
        return whole if self.sign > 0 else -whole

    def text(self, t: Exact, names: dict) -> str:
        parts = [part(f.text, c(t, names)) for f, c in self.parts]
        added = [unicode(self.constant(t, names))] if self.constant else []
        inside = " + ".join([*parts, *added]).replace("+ -", "- ")
        if self.form is FORMS[0]:
            return inside if self.sign > 0 else f"-({inside})"
        return ("" if self.sign > 0 else "-") + self.form.text.format(inside)


def part(name: str, factor: Exact) -> str:
    if is_number(factor, 1):
        return name
    return f"-{name}" if is_number(factor, -1) else f"{name} · {unicode(factor)}"


class Search:
    """Everything that is shared by the numbers of one memory: samples, features, coefficients already recognised."""

    def __init__(self, bench, rule, draws: list[Draw], traced: list, steps: range):
        self.draws, self.traced, self.steps = draws, traced, steps
        self.terms = bench.setting.symbols | bench.setting.rule_hyper(rule)
        self.features = Features(bench, rule)
        self.still = [n for n in rule.memory if all(not data(e) for k in steps for e in flat(traced[k][1][n]))]
        self.choices = self._bases(bench, rule)
        self._at: dict = {}

    def _bases(self, bench, rule):
        domains = rule.hyperparameters | bench.setting.domains
        free = {n for n, e in self.terms.items() if isinstance(e, Exact) and e.op == "symbol"}
        betas = [n for n, d in domains.items() if d.high == 1]
        rates = [n for n, d in domains.items() if d.high != 1 and d.nonnegative and n in free]
        return bases([b for b in betas if b in free], rates, self.still, [b for b in betas if b not in free])

    # Values -------------------------------------------------------------------------------------

    def samples(self) -> list[tuple[int, int, Sample]]:
        return [(h, k, self._sample(h, k)) for h in range(len(self.draws)) for k in self.steps]

    def _sample(self, h: int, k: int) -> Sample:
        point, fold = self.draws[h].point, self.draws[h].fold(0)
        fixed = {n: number(e.args[0]) for n, e in self.terms.items() if is_number(e)}
        still = {n: fold(flat(self.traced[k][1][n])[0]) for n in self.still}  # type: ignore[misc]
        return Sample(fixed | {n: number(q) for n, q in point.items() if n in self.terms} | still, k + 1)

    def value(self, term, h: int, d: int):
        """A term at a point; None where it has no finite value."""
        fold = self.draws[h].fold(d)
        if fold is None:
            return None
        try:
            value = fold(term)
        except (ZeroDivisionError, Undefined, Unsupported, KeyError, TypeError):
            return None
        return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None

    def at(self, feature: Feature, k: int) -> np.ndarray:
        """A feature's terms after step k + 1."""
        if (feature, k) not in self._at:
            x, memories = self.traced[k]
            self._at[feature, k] = feature.of(memories | {"x": x}, exact(k + 1))
        return self._at[feature, k]

    def places(self, feature: Feature, j: int, wanted: frozenset[int]) -> list[int]:
        """The elements of a feature that share data with element j of a slot, the likeliest first.

        On one branch code may need less data than the rule's text, which holds all branches.
        """
        terms = [data(e) for e in self.at(feature, self.steps[-1])]
        near = [i for i, found in enumerate(terms) if found and (found <= wanted or found >= wanted)]
        return sorted(near, key=lambda i: (terms[i] != wanted, i != j, i != j % len(terms)))[:2]

    # Numbers with data -----------------------------------------------------------------------------

    def find(self, terms: list[Exact], j: int) -> tuple[Formula, list[int]] | None:
        """The formula of element j of a slot, whose terms after each step are given, and the features' elements."""
        wanted = data(terms[-1])
        for columns, form in self._candidates(terms[-1], j, wanted):
            if found := self._confirmed(terms, columns, form):
                return found
        return None

    def follows(self, formula: Formula, terms: list[Exact], j: int) -> list[int] | None:
        """Where the features are, if element j has a formula that was found for another one."""
        wanted = data(terms[-1])
        options = [self.places(f, j, wanted) for f, _ in formula.parts]
        if not all(options):
            return None
        places = [o[0] for o in options]
        for h in range(min(SURE, len(self.draws))):
            for k, term in zip(self.steps, terms, strict=True):
                columns = [(f, i) for (f, _), i in zip(formula.parts, places, strict=True)]
                row, value = self._row(columns, formula.constant is not None, h, k, 0), self.value(term, h, 0)
                coefficients = formula.seen.get((h, k))
                if row is None or value is None or coefficients is None:
                    return None
                total = sum(c * r for c, r in zip(coefficients, row, strict=True))
                if abs(formula.form.undo(value) - total) > EXACT * (abs(total) + 1) or value * formula.sign < 0:
                    return None
        return places

    def _candidates(self, term, j: int, wanted) -> Iterator[tuple[tuple, Form]]:
        """Combinations that fit at one choice of hyperparameters, the simple ones first."""
        simple, computed = (
            [(f, i) for f in features if any(map(data, self.at(f, self.steps[-1]))) for i in self.places(f, j, wanted)]
            for features in (self.features.simple, self.features.computed)
        )
        k = self.steps[-1]
        for n, columns in ((1, simple), (1, computed), (2, simple)):
            for constant in (False, True):
                for form in FORMS:
                    for chosen in combinations(columns, n):
                        if self._solved(term, (chosen, constant), form, 0, k, n + constant + 1):
                            yield (chosen, constant), form

    def _confirmed(self, terms, columns, form: Form) -> tuple[Formula, list[int]] | None:
        """The combination at all samples, its coefficients recognised."""
        chosen, constant = columns
        size = len(chosen) + constant
        seen = {}
        for h in range(len(self.draws)):
            for k, term in zip(self.steps, terms, strict=True):
                found = self._solved(term, columns, form, h, k, size + 1)
                if found is not None:
                    seen[h, k] = found
        signs = {sign for sign, _ in seen.values()}
        if len(seen) < len(self.draws) * len(terms) * 3 // 4 or len(signs) != 1:
            return None
        samples = [self._sample(h, k) for h, k in seen]
        values = list(zip(*(c for _, c in seen.values()), strict=True))
        factors = [shifted(list(column), samples, self.choices) for column in values]
        if None in factors:
            return None
        parts = tuple((f, c) for (f, _), c in zip(chosen, factors, strict=False))
        last = factors[-1] if constant else None
        known = {where: c for where, (_, c) in seen.items()}
        return Formula(signs.pop(), form, parts, last, known), [i for _, i in chosen]  # type: ignore[arg-type]

    def _row(self, chosen, constant: bool, h: int, k: int, d: int) -> list | None:
        row = [self.value(self.at(f, k)[i], h, d) for f, i in chosen] + ([mpmath.mpf(1)] if constant else [])
        return None if None in row else row

    def _solved(self, term, columns, form: Form, h: int, k: int, rows: int) -> tuple[int, list] | None:
        """Sign and coefficients at one choice of hyperparameters, where one combination serves all gradients."""
        system, right, signs = [], [], set()
        for d in range(rows):
            row, value = self._row(*columns, h, k, d), self.value(term, h, d)  # type: ignore[call-arg]
            if row is None or value is None or (value == 0 and form is not FORMS[0]):
                return None
            system.append(row)
            right.append(form.undo(value))
            signs.add(1 if form is FORMS[0] else int(mpmath.sign(value)))
        found = _solve(system, right) if len(signs) == 1 else None
        return (signs.pop(), found) if found else None

    # Numbers without data ----------------------------------------------------------------------------

    def plain(self, terms: list[Exact]) -> Factor | None:
        """A number without data, as a function of the step count."""
        if counted := _counted(terms, self.steps):
            return counted
        values = [[self.value(e, h, 0) for e in terms] for h in range(len(self.draws))]
        if any(v is None for row in values for v in row):
            return None
        flat_values, samples = [v for row in values for v in row], [s for _, _, s in self.samples()]
        return shifted(flat_values, samples, self.choices) if samples else None

    def multiple(self, terms: list[Exact]) -> tuple[Feature, Factor] | None:
        """A number without data, as a multiple of something without data that the rule computes."""
        samples = self.samples()
        for feature in (*self.features.simple, *self.features.computed):
            if any(data(e) for k in self.steps for e in self.at(feature, k)):
                continue
            pairs = [
                (self.value(terms[k - self.steps[0]], h, 0), self.value(self.at(feature, k)[0], h, 0))
                for h, k, _ in samples
            ]
            if any(a is None or not b for a, b in pairs):
                continue
            factor = product([a / b for a, b in pairs], [s for *_, s in samples], self.choices)
            if factor:
                return feature, factor
        return None


def _counted(terms: list[Exact], steps: range) -> Factor | None:
    """a k + c after step k, for rational a and c."""
    if not all(map(is_number, terms)) or len(terms) < 3:
        return None
    values = [e.args[0] for e in terms]
    slope = values[1] - values[0]
    offsets = {v - slope * (k + 1) for k, v in zip(steps, values, strict=True)}
    if len(offsets) != 1 or slope == 0:
        return None
    c = offsets.pop()
    return lambda t, _: _line(slope, c, t)


def _line(slope, c, t: Exact) -> Exact:
    scaled = t if slope == 1 else -t if slope == -1 else slope * t
    if c == 0:
        return scaled
    return c - t if slope == -1 else scaled + c if c > 0 else scaled - (-c)


def _solve(system: list[list], right: list) -> list | None:
    """The one solution of a system with more rows than columns; None where there is none, or more than one."""
    n = len(system[0])
    if n == 1:
        found = [right[0] / system[0][0]] if system[0][0] else None
    else:
        found = solution(mpmath.matrix(system[:n]), mpmath.matrix(right[:n]))
    scale = max(map(abs, right))
    if not found or not scale:
        return None
    rest = [abs(sum(c * a for c, a in zip(found, row, strict=True)) - v) for row, v in zip(system, right, strict=True)]
    return found if max(rest) <= EXACT * scale else None
