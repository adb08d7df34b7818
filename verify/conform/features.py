"""What a slot of the code may be made of: the rule's memories, their roots and squares, the iterate,
and whatever the rule computes from its new memories on the way to the iterate.

So a code that stores a corrected average, the root of one, or the last update finds its
slot here, in the rule's own text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from verify import numbers
from verify.conform.bench import Bench, T
from verify.display import unicode
from verify.domain import Real
from verify.exact import CONDITIONS, Exact, exact, substitute, symbols, walk
from verify.rule import Rule

POINT = "x"  # the iterate's name among the memories
MOST = 40  # terms of the rule that are tried
_DATA = re.compile(r"(?:x|g\d+_)(\d+)")


@dataclass(frozen=True, eq=False)
class Feature:
    """A quantity that belongs to the rule's state; `of(memories, t)` gives its terms, flat."""

    text: str
    of: Callable


def trace_rule(bench: Bench, rule: Rule, steps: int) -> list[tuple[np.ndarray, dict]]:
    """The rule on the bench's symbols: iterate and memories by name after each step."""
    hyper: dict = bench.setting.rule_hyper(rule)
    gradients = [bench.gradient(k) for k in range(1, steps + 1)]
    start = rule.initial(bench.setting.array(lambda i: exact(0)), **hyper)
    walk = rule.walk(gradients, bench.x, start, **hyper)
    return [(x, dict(zip(rule.memory, memory, strict=True))) for x, memory in walk]


@lru_cache(maxsize=10_000)
def data(term) -> frozenset[int]:
    """The elements whose start or gradients a term contains."""
    found = (_DATA.fullmatch(name) for name in symbols(term)) if isinstance(term, Exact) else ()
    return frozenset(int(m[1]) for m in found if m)


def has_data(term) -> bool:
    """Does a term contain the start or a gradient?"""
    return bool(data(term))


def flat(x) -> np.ndarray:
    """An array (or a single number, as NumPy returns for 0-d) as a flat object array."""
    return np.array(x, dtype=object).reshape(-1)


class Features:
    """All features of a rule, those that a reader would think of first."""

    def __init__(self, bench: Bench, rule: Rule):
        self.bench, self.rule = bench, rule

    @cached_property
    def simple(self) -> list[Feature]:
        """Memories, their roots, their squares, and the iterate."""
        names = list(self.rule.memory)
        roots = [n for n, domain in self.rule.memory.items() if domain.nonnegative]
        found = [Feature(n, lambda s, t, n=n: flat(s[n])) for n in names]
        found += [Feature(f"√{n}", lambda s, t, n=n: _each(numbers.sqrt, s[n])) for n in roots]
        found += [Feature(f"{n}²", lambda s, t, n=n: _each(lambda e: e * e, s[n])) for n in names]
        return [*found, Feature(POINT, lambda s, t: flat(s[POINT]))]

    @cached_property
    def computed(self) -> list[Feature]:
        """Terms of the rule's update that are made of its new memories alone."""
        columns = [self._terms(e) for e in self._update()]
        if len({len(c) for c in columns}) != 1:
            return []
        return [self._feature([c[n] for c in columns]) for n in range(min(len(columns[0]), MOST))]

    def _update(self) -> list[Exact]:
        """The new iterate at step t, with a symbol for each element of each new memory."""
        s = self.bench.setting
        before = tuple(s.variables(f"{n} before ", d) for n, d in self.rule.memory.items())
        x, after = self.rule.advance(s.variables("y"), s.gradient("g"), before, T, **s.rule_hyper(self.rule))
        named = {e: self._symbol(n, i) for n, m in zip(self.rule.memory, after, strict=True) for i, e in _parts(m)}
        return [substitute(e, named) for e in flat(x)]

    def _symbol(self, name: str, i: int) -> Exact:
        return self.rule.memory[name].symbol(f"{name} {i}")

    def _terms(self, update: Exact) -> list[Exact]:
        known = {*self.bench.setting.symbols, T.args[0]}
        known |= {f"{n} {i}" for n in self.rule.memory for i in range(self.bench.setting.count)}
        leaves = (*CONDITIONS, "number", "symbol")
        return [n for n in walk(update) if n.op not in leaves and set(symbols(n)) <= known and symbols(n)]

    def _feature(self, column: list[Exact]) -> Feature:
        names = [(n, i, self._symbol(n, i)) for n in self.rule.memory for i in range(self.bench.setting.count)]

        def of(memories, t):
            cells = {n: flat(memories[n]) for n in self.rule.memory}
            held = {symbol: cells[n][i] for n, i, symbol in names if i < len(cells[n])}
            return np.array([substitute(e, {**held, T: t}) for e in column] + [None], dtype=object)[:-1]

        shown = {symbol: Real.symbol(n) for n, _, symbol in names}
        return Feature(unicode(substitute(column[0], shown)), of)


def _parts(memory) -> list[tuple[int, Exact]]:
    return [(i, e) for i, e in enumerate(flat(memory)) if isinstance(e, Exact) and e.op != "number"]


def _each(function: Callable, terms) -> np.ndarray:
    return np.array([function(e) for e in flat(terms)] + [None], dtype=object)[:-1]
