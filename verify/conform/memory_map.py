"""Finds what the code's memory holds in terms of the rule's: nobody types it in.

Both are run for a few steps on symbols.  At random points the ratio of each slot to each
memory (its root, its square) is taken; a ratio in which no gradient is left is fitted as a
product of powers of 1 - beta, 1 - beta^t, beta, beta^t and lr with half-integer exponents,
40 digits deciding.  So `a = m / (1 - beta1)` and `root = sqrt(v)` are found in a moment.
The fit is only a guess: what is concluded from it is proved by induction afterwards.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np

from verify import numbers
from verify.conform.bench import DIGITS, Bench, Run, T, folder
from verify.conform.coefficients import Coefficients
from verify.display import unicode
from verify.domain import Real
from verify.exact import Exact, exact, is_number, symbols
from verify.rule import Rule

STEPS = 4  # steps run from the start; the fit uses all but the first
_FORMS = {"": lambda m: m, "sqrt": numbers.sqrt, "square": lambda m: m * m}


@dataclass(frozen=True, eq=False)
class Entry:
    """One slot as a function of the rule's memories and the step count t."""

    path: tuple
    text: str
    of: Callable  # (memories by name, t) -> array of terms, shaped like the slot
    holds: str = ""  # the memory that it is a function of


@dataclass
class MemoryMap:
    """Every slot that changes, explained; `unknown` lists those that could not be."""

    entries: list[Entry]
    unknown: list[tuple[tuple, tuple]]  # path and shape
    constant: dict[tuple, np.ndarray]

    def terms(self, memories: dict, t: Exact) -> dict[tuple, np.ndarray]:
        """What to put into the slots; those without an explanation get symbols of their own."""
        free = {path: _free(k, shape) for k, (path, shape) in enumerate(self.unknown)}
        return {e.path: e.of(memories, t) for e in self.entries} | free

    @property
    def text(self) -> dict[str, str]:
        return {label(e.path): e.text for e in self.entries}


def label(path: tuple) -> str:
    """A slot's name for a reader: the last word of its path."""
    return str(path[-1]) if path[-1] != "x" else str(path[-2])


def trace_rule(bench: Bench, rule: Rule, steps: int) -> list[tuple[np.ndarray, dict]]:
    """The rule on the bench's symbols: iterate and memories by name after each step."""
    hyper: dict = bench.setting.rule_hyper(rule)
    gradients = [bench.gradient(k) for k in range(1, steps + 1)]
    start = rule.initial(bench.setting.array(lambda i: exact(0)), **hyper)
    walk = rule.walk(gradients, bench.x, start, **hyper)
    return [(x, dict(zip(rule.memory, memory, strict=True))) for x, memory in walk]


def find(bench: Bench, rule: Rule, run: Run) -> MemoryMap:
    """The map between the code's slots and the rule's memories."""
    return _Search(bench, rule, run).result()


class _Search:
    def __init__(self, bench: Bench, rule: Rule, run: Run):
        self.bench, self.rule, self.run = bench, rule, run
        self.steps = range(1, len(run.snapshots))  # indices of the steps that are fitted
        self.traced = trace_rule(bench, rule, len(run.snapshots))
        self.betas = [n for n, d in bench.setting.domains.items() if d.high == 1]
        self.rates = [n for n in bench.setting.domains if n == "lr"]
        self.needed = 4 * len(self.betas) + len(self.rates) + 3
        self.pairs = self._pairs()

    def result(self) -> MemoryMap:
        found = MemoryMap([], [], {})
        last, before = self.run.snapshots[-1].slots, self.run.snapshots[-2].slots
        with mpmath.workdps(DIGITS):
            self.coefficients = Coefficients(self.bench, self.rule, self.run)
            for path, slot in last.items():
                still = path in before and _same(slot.terms, before[path].terms)
                if still and not self.coefficients.moves(path):
                    found.constant[path] = slot.terms
                elif path in before and (entry := (None if still else self._explain(path)) or self._coefficient(path)):
                    found.entries.append(entry)
                else:
                    found.unknown.append((path, slot.terms.shape))
        return found

    def _pairs(self) -> list:
        """Points in pairs that differ in their gradients alone, each on the branches of the run."""
        pairs: list = []
        chance, tries = random.Random(7), 0
        with mpmath.workdps(DIGITS):
            while len(pairs) < self.needed and tries < 20 * self.needed:
                tries += 1
                hyper = self.bench.setting.hyper_point(chance) if tries % 4 else _nudged(self.bench.setting, chance)
                points = [self.bench.start_point(len(self.run.snapshots), chance, hyper) for _ in range(2)]
                folds = [folder(p) for p in points]
                if all(f(c) for f in folds for c in self.run.conditions):
                    pairs.append((points[0], folds))
        return pairs

    # One slot ---------------------------------------------------------------------------------

    def _explain(self, path: tuple) -> Entry | None:
        terms = [self.run.snapshots[k].slots[path].terms for k in self.steps]
        if len({t.shape for t in terms}) > 1:
            return None
        if not any(has_data(e) for t in terms for e in t.reshape(-1)):
            return self._counter(path, terms) or self._scalar(path, terms) or self._memory(path, terms)
        return self._memory(path, terms)

    def _counter(self, path: tuple, terms) -> Entry | None:
        """k + c after step k."""
        values = [t.reshape(-1)[0] for t in terms]
        if not all(is_number(v) for v in values):
            return None
        offsets = {v.args[0] - (k + 1) for k, v in zip(self.steps, values, strict=True)}
        if len(offsets) != 1:
            return None
        c, shape = offsets.pop(), terms[0].shape
        return Entry(path, unicode(T + c), lambda memories, t: _full(t + c, shape))

    def _scalar(self, path: tuple, terms) -> Entry | None:
        """A product of powers without data, such as beta1^t, or 1 minus one."""
        shape = terms[0].shape
        for wrap, name in ((lambda e: e, "{}"), (lambda e: 1 - e, "1 - {}")):
            values = [[wrap(f(t.reshape(-1)[0])) for t in terms] for _, (f, _) in self.pairs]
            factor = self._fit(values)
            if factor is not None:
                text = name.format(unicode(factor(T)))
                return Entry(path, text, lambda memories, t, w=wrap, f=factor: _full(w(f(t)), shape))
        return None

    def _coefficient(self, path: tuple) -> Entry | None:
        """A coefficient that the rule computes afresh at each step, and the code keeps."""
        if (of := self.coefficients.of(path)) is None:
            return None
        shape = self.run.snapshots[-1].slots[path].terms.shape
        return Entry(path, unicode(of(T)), lambda memories, t: _full(of(t), shape))

    def _memory(self, path: tuple, terms) -> Entry | None:
        """A multiple of a memory, its root or its square."""
        for form, shape_of in _FORMS.items():
            for name in self.rule.memory:
                factor = self._ratio(terms, name, shape_of)
                if factor is not None:
                    return self._entry(path, terms[0].shape, name, form, shape_of, factor)
        return None

    def _entry(self, path, shape, name, form, shape_of, factor) -> Entry:
        inner = {"": name, "sqrt": f"√{name}", "square": f"{name}²"}[form]
        front = unicode(factor(T))
        text = inner if front == "1" else f"-{inner}" if front == "-1" else f"{inner} · {front}"

        def of(memories, t):
            whole = shape_of(memories[name]) * factor(t)
            cells = flat(whole)
            return (cells if len(cells) == np.prod(shape, dtype=int) else cells[:1]).reshape(shape)

        return Entry(path, text, of, name)

    def _ratio(self, terms, name: str, form: Callable):
        """The factor between a slot and a memory, where it is one factor for all gradients."""
        values = []
        for _, folds in self.pairs:
            row = []
            for k, t in zip(self.steps, terms, strict=True):
                memory = flat(self.traced[k][1][name])
                ratios = [r for f in folds if (r := _quotient(f, flat(t), memory, form)) is not None]
                if len(ratios) < 2 or abs(ratios[0] - ratios[1]) > mpmath.mpf(10) ** -25 * abs(ratios[0]):
                    return None
                row.append(ratios[0])
            values.append(row)
        return self._fit(values)

    # The fit ------------------------------------------------------------------------------------

    def _fit(self, values: list[list]) -> Callable | None:
        """A factor f(t) with f(k) = values[sample][k], by its exponents; None where none fits."""
        flat = [v for row in values for v in row]
        if not flat or any(not mpmath.isfinite(v) or v == 0 for v in flat) or len({mpmath.sign(v) for v in flat}) != 1:
            return None
        exponents = self._exponents(values)
        if exponents is None:
            return None
        sign = int(mpmath.sign(flat[0]))
        return lambda t: self._product(sign, exponents, t)

    def _exponents(self, values) -> list[Fraction] | None:
        rows, right = [], []
        for (point, _), row in zip(self.pairs, values, strict=True):
            for k, v in zip(self.steps, row, strict=True):
                logs = self._logs(point, k + 1)
                if all(map(mpmath.isfinite, logs)):  # a beta of 0 has no logarithm
                    rows.append(logs)
                    right.append(mpmath.log(abs(v)))
        if not rows:
            return None
        a, y = mpmath.matrix(rows), mpmath.matrix(right)
        try:
            found = mpmath.lu_solve(a.T * a, a.T * y)
        except ZeroDivisionError:
            return None
        exponents = [Fraction(int(mpmath.nint(2 * e)), 2) for e in found]
        rest = a * mpmath.matrix([mpmath.mpf(e.numerator) / e.denominator for e in exponents]) - y
        return exponents if max(abs(r) for r in rest) < mpmath.mpf(10) ** -20 else None

    def _logs(self, point: dict, k: int) -> list:
        logs = []
        for name in self.betas:
            b = mpmath.mpf(point[name].numerator) / point[name].denominator
            logs += [mpmath.log(1 - b), mpmath.log(1 - b**k), mpmath.log(b), k * mpmath.log(b)]
        return logs + [mpmath.log(mpmath.mpf(point[n].numerator) / point[n].denominator) for n in self.rates]

    def _product(self, sign: int, exponents: list[Fraction], t: Exact) -> Exact:
        symbol = self.bench.setting.symbols
        bases = [p for n in self.betas for p in (1 - symbol[n], 1 - symbol[n] ** t, symbol[n], symbol[n] ** t)]
        bases += [symbol[n] for n in self.rates]
        above, below = exact(1), exact(1)
        for base, e in zip(bases, exponents, strict=True):
            power = _power(base, abs(e))
            above, below = (above * power, below) if e > 0 else (above, below * power)
        whole = above if is_number(below, 1) else above / below
        return whole if sign > 0 else -whole


def _power(base: Exact, e: Fraction) -> Exact:
    root = numbers.sqrt(base) if e.denominator == 2 else None
    whole = base ** int(e) if int(e) else None
    parts = [p for p in (whole, root) if p is not None]
    return parts[0] * parts[1] if len(parts) == 2 else parts[0] if parts else exact(1)


def _quotient(fold, slot, memory, form: Callable):
    """slot / form(memory) for the first element, where all elements agree and none vanishes."""
    ratios = []
    for i, term in enumerate(slot):
        below = form(fold(memory[i if i < len(memory) else 0]))
        if below == 0:
            return None
        ratios.append(fold(term) / below)
    return ratios[0] if max(abs(r - ratios[0]) for r in ratios) <= mpmath.mpf(10) ** -25 * abs(ratios[0]) else None


def _nudged(setting, chance: random.Random) -> dict:
    """Hyperparameters near the defaults, for branches that ordinary random ones do not take."""
    near = setting.hyper_point(None)
    return {n: q * Fraction(chance.randint(990, 999), 1000) if q else q for n, q in near.items()}


def has_data(term) -> bool:
    """Does a term contain the start or a gradient?"""
    return any(re.fullmatch(r"x\d+|g\d+_\d+", name) for name in symbols(term))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and all(p is q for p, q in zip(a.reshape(-1), b.reshape(-1), strict=True))


def flat(x) -> np.ndarray:
    """An array (or a single number, as NumPy returns for 0-d) as a flat object array."""
    return np.array(x, dtype=object).reshape(-1)


def _free(k: int, shape) -> np.ndarray:
    """Arbitrary content: if the step is right whatever is there, the slot does not matter."""
    cells = np.empty(int(np.prod(shape, dtype=int)), dtype=object)
    for i in range(len(cells)):
        cells[i] = Real.symbol(f"u{k}_{i}")
    return cells.reshape(shape)


def _full(term, shape) -> np.ndarray:
    cells = np.empty(shape, dtype=object)
    cells[...] = term
    return cells


__all__ = ["STEPS", "Entry", "MemoryMap", "find", "label", "trace_rule"]
