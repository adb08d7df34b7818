"""Finds what the code's memory holds in terms of the rule's: nobody types it in.

Both are run for a few steps on symbols, and their values compared at random points.  So `a = m / (1 - beta1)`,
`root = sqrt(v)`, `sum = m + v`, a denominator `sqrt(v_hat) + eps` and both moments in one
tensor are found in a moment (formula, features, factors, samples).  What is found is only a
guess: what is concluded from it is proved by induction afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np

from verify.conform.bench import DIGITS, Bench, Run, T
from verify.conform.coefficients import Coefficients
from verify.conform.features import POINT, flat, has_data, trace_rule
from verify.conform.formula import FORMS, Formula, Search, part
from verify.conform.samples import draws
from verify.display import unicode
from verify.domain import Real
from verify.exact import Exact, walk
from verify.rule import Rule

STEPS = 4  # steps run from the start; the fit uses all but the first


@dataclass(frozen=True, eq=False)
class Entry:
    """One slot as a function of the rule's memories (with the iterate, named "x") and the step count t."""

    path: tuple
    text: str
    of: Callable  # (memories by name, t) -> array of terms, shaped like the slot
    holds: str = ""  # the memory that it is a multiple of


@dataclass
class MemoryMap:
    """Every slot that changes, explained; `unknown` lists those that could not be."""

    entries: list[Entry]
    unknown: list[tuple[tuple, tuple]]  # path and shape
    constant: dict[tuple, np.ndarray]
    point: np.ndarray  # the iterate before the step, in symbols

    def terms(self, memories: dict, t: Exact) -> dict[tuple, np.ndarray]:
        """What to put into the slots; those without an explanation get symbols of their own."""
        free = {path: _free(k, shape) for k, (path, shape) in enumerate(self.unknown)}
        return self.after(self.point, memories, t) | free

    def after(self, x: np.ndarray, memories: dict, t: Exact) -> dict[tuple, np.ndarray]:
        """What the explained slots hold beside an iterate and memories, after step t."""
        return {e.path: e.of(memories | {POINT: x}, t) for e in self.entries}

    @property
    def text(self) -> dict[str, str]:
        return {label(e.path): e.text for e in self.entries}


def label(path: tuple) -> str:
    """A slot's name for a reader: the last word of its path, and its place in a sequence."""
    words = [w for w in path if w != "x"] or ["x"]
    places = "".join(f"[{w}]" for w in words[1:] if isinstance(w, int))
    return f"{next((w for w in reversed(words) if not isinstance(w, int)), words[-1])}{places}"


def find(bench: Bench, rule: Rule, run: Run) -> MemoryMap:
    """The map between the code's slots and the rule's memories."""
    with mpmath.workdps(DIGITS):
        return _Finder(bench, rule, run).result()


class _Finder:
    def __init__(self, bench: Bench, rule: Rule, run: Run):
        self.bench, self.run = bench, run
        self.steps = range(1, len(run.snapshots))  # indices of the steps that are fitted
        traced = trace_rule(bench, rule, len(run.snapshots))
        self.search = Search(bench, rule, draws(bench, run, _wanted(bench)), traced, self.steps)
        self.coefficients = Coefficients(bench, rule, run)
        self.names = self.search.terms | {n: Real.symbol(n) for n in rule.memory}

    def result(self) -> MemoryMap:
        found = MemoryMap([], [], {}, self.bench.setting.variables("y"))
        first, *_, before, last = (s.slots for s in self.run.snapshots)
        for path, slot in last.items():
            still = path in before and _same(slot.terms, before[path].terms)
            if still and path in first and not self.coefficients.moves(path):
                found.constant[path] = slot.terms
            elif still and path not in first:  # an entry of a list that grows
                found.unknown.append((path, slot.terms.shape))
            elif path in before and (entry := self._entry(path, still)):
                found.entries.append(entry)
            else:
                found.unknown.append((path, slot.terms.shape))
        return found

    def _entry(self, path: tuple, still: bool) -> Entry | None:
        """What is likelier first: a fit sees one side of a maximum, and a coefficient of the rule both."""
        terms = self.run.snapshots[-1].slots[path].terms.reshape(-1)
        chooses = any(n.op in ("max", "min", "where") for n in walk(*terms)) and not any(map(has_data, terms))
        if still or chooses:
            return self._coefficient(path) or (None if still else self._explain(path))
        return self._explain(path) or self._coefficient(path)

    def _explain(self, path: tuple) -> Entry | None:
        """A slot, element by element: one formula for all of them, or several."""
        slots = [self.run.snapshots[k].slots.get(path) for k in self.steps]
        terms = [slot.terms for slot in slots if slot]
        if len(terms) < len(slots) or len({t.shape for t in terms}) > 1 or not self.search.draws:
            return None
        shape = terms[0].shape
        known: list[_Cell] = []
        cells = []
        for j, column in enumerate(zip(*(t.reshape(-1) for t in terms), strict=True)):
            cell = self._cell(list(column), j, known)
            if cell is None:
                return None
            cells.append(cell)
        text, held = (list(dict.fromkeys(getattr(c, kind) for c in cells)) for kind in ("text", "holds"))
        of = lambda memories, t: _shaped([c.of(memories, t) for c in cells], shape)
        return Entry(path, ", ".join(text), of, held[0] if len(held) == 1 else "")

    def _coefficient(self, path: tuple) -> Entry | None:
        """A coefficient that the rule computes afresh at each step, and the code keeps."""
        if (of := self.coefficients.of(path)) is None:
            return None
        shape = self.run.snapshots[-1].slots[path].terms.shape
        return Entry(path, unicode(of(T)), lambda memories, t: _shaped([of(t)] * int(np.prod(shape)), shape))

    def _cell(self, column: list, j: int, known: list[_Cell]) -> _Cell | None:
        if not any(map(has_data, column)):
            return self._still(column)
        for cell in known:
            places = self.search.follows(cell.formula, column, j)  # type: ignore[arg-type]
            if places is not None:
                return self._of_formula(cell.formula, places)  # type: ignore[arg-type]
        found = self.search.find(column, j)
        if found is None:
            return None
        known.append(self._of_formula(*found))
        return known[-1]

    def _still(self, column: list) -> _Cell | None:
        """A number without data."""
        known = self.search.terms
        if factor := self.search.plain(column):
            return _Cell(unicode(factor(T, self.names)), lambda memories, t: factor(t, known | _heads(memories)))
        if found := self.search.multiple(column):
            feature, scale = found
            text = part(feature.text, scale(T, self.names))
            return _Cell(text, lambda memories, t: feature.of(memories, t)[0] * scale(t, known | _heads(memories)))
        return None

    def _of_formula(self, formula: Formula, places: list[int]) -> _Cell:
        known = self.search.terms
        of = lambda memories, t: formula.term(memories, known | _heads(memories), t, places)
        return _Cell(formula.text(T, self.names), of, formula)


@dataclass(frozen=True, eq=False)
class _Cell:
    """One element of a slot."""

    text: str
    of: Callable
    formula: Formula | None = None

    @property
    def holds(self) -> str:
        """The memory of which the element is a multiple; "" where it is something else."""
        f = self.formula
        return f.parts[0][0].text if f and len(f.parts) == 1 and not f.constant and f.form is FORMS[0] else ""


def _heads(memories: dict) -> dict[str, Exact]:
    """The memories' first elements: where a memory is without data they are all one number."""
    return {name: flat(terms)[0] for name, terms in memories.items()}


def _wanted(bench: Bench) -> int:
    """How many choices of hyperparameters determine a factor, and some to spare."""
    domains = bench.setting.domains.values()
    return 4 * sum(2 if d.high == 1 else 1 for d in domains) // 3 + 5


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and all(p is q for p, q in zip(a.reshape(-1), b.reshape(-1), strict=True))


def _free(k: int, shape) -> np.ndarray:
    """Arbitrary content: if the step is right whatever is there, the slot does not matter."""
    return _shaped([Real.symbol(f"u{k}_{i}") for i in range(int(np.prod(shape, dtype=int)))], shape)


def _shaped(terms: list, shape) -> np.ndarray:
    cells = np.empty(len(terms), dtype=object)
    cells[:] = terms
    return cells.reshape(shape)


__all__ = ["STEPS", "Entry", "MemoryMap", "find", "flat", "has_data", "label", "trace_rule"]
