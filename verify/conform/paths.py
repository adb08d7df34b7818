"""The branches of one step from memory: each is found, run, and known by its conditions.

Points are drawn until every one of them lies on a known branch.  For each branch that a
condition of a known one would leave to, and that no point took, z3 is asked whether it can
be taken at all; if it cannot be excluded, the exploration says that it is not complete.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain, islice

import mpmath

from verify.check import decide
from verify.conform.bench import DIGITS, Bench, Refused, Run, folder
from verify.conform.draws import near, pins, values
from verify.conform.memory_map import MemoryMap, flat
from verify.conform.turns import turns
from verify.exact import Exact, exact, is_number, negation, symbols, walk
from verify.lift.record import LostExpression

MOST = 24  # branches; more are reported, not explored
DRAWS = 240
TRIES = 60  # draws for one branch
FEW = 24  # points of a branch below which more are drawn; where a root is not real, a point says nothing
NULLS = 8  # draws for points at which data are 0
ENOUGH = 24  # points of a branch
MOST_NUMBERS = 6  # in the comparisons of a program
ROUNDS = 3  # how often new branches are looked for from those that were found


@dataclass
class Path:
    """One branch: what holds on it, what the code computes there, and points that lie on it."""

    conditions: tuple[Exact, ...]
    run: Run
    points: list[dict]
    apart: dict | None = None  # one of its points, at which the balls of code and rule lie apart
    ordinary: list[dict] = field(default_factory=list)  # points anywhere, to tell terms apart by their values


@dataclass
class Exploration:
    paths: list[Path]
    missing: list[Exact]  # conditions of branches that were neither run nor excluded
    assumed: tuple[Exact, ...] = ()  # "eps > 0", where only eps = 0 leads to a branch that was not run


class Explorer:
    """Finds the branches of one step: `draw(chance, k)` makes the k-th point, `run(point)` runs the code there.

    theirs: terms of the rule, whose comparisons are looked at too.
    """

    def __init__(self, bench: Bench, draw: Callable, run: Callable, theirs: Iterable[Exact] = ()):
        self.bench, self.draw, self.run, self.theirs = bench, draw, run, theirs

    @classmethod
    def first(cls, bench: Bench, theirs: Iterable[Exact] = ()) -> Explorer:
        """The first step of a fresh optimizer."""
        names = [f"x{i}" for i in range(bench.setting.count)]
        draw = lambda chance, k: values(bench, chance, k, [], names, "g1_")
        return cls(bench, draw, lambda point: bench.from_start(1, point), theirs)

    @classmethod
    def later(cls, bench: Bench, mapped: MemoryMap, memories: dict, t: Exact, theirs: Iterable[Exact] = ()) -> Explorer:
        """Step t + 1 from memories that correspond to the rule's."""
        slots = mapped.terms(memories, t)
        arrays = [*memories.values(), *(slots[path] for path, _ in mapped.unknown)]
        variables = [s for array in arrays for s in array.reshape(-1)]
        names = [f"y{i}" for i in range(bench.setting.count)]
        draw = lambda chance, k: values(bench, chance, k, variables, names, "g")
        return cls(bench, draw, lambda point: bench.from_memory(slots, point), theirs)

    def explore(self) -> Exploration:
        paths: list[Path] = []
        chance = random.Random(11)
        for k in range(DRAWS):
            with suppress(Refused):
                self._place(self.draw(chance, k), paths)
            if len(paths) > MOST or (len(paths) == 1 and not paths[0].conditions and len(paths[0].points) == ENOUGH):
                break
        if not paths:
            raise Refused(f"the constructor took none of {DRAWS} choices of hyperparameters")
        special = (*self._turns(paths, chance), *self._thresholds(paths, chance), *self._zeros(paths, chance))
        for point in special:
            with suppress(Refused):
                self._place(point, paths, ENOUGH + len(special))
        for _ in range(ROUNDS):
            for turned in self._open(paths):
                reached = self._reach(turned, chance)
                if reached is not None:
                    with suppress(Refused):
                        self._place(reached, paths)
        ordinary = [self.draw(chance, k) for k in (1, 2)]
        for path in paths:
            self._fill(path, chance)
            self._twice(path)
            path.ordinary = ordinary
        return self._complete(paths)

    def _complete(self, paths: list[Path]) -> Exploration:
        """What was found, what was missed, and what of that lies only where hyperparameters meet by chance."""
        missing = self._missing(paths)
        thin = tuple(negation(c) for c in missing if self._is_thin(c))
        missing = [c for c in missing if not self._is_thin(c)]
        found = self._assumed(paths, missing)
        return Exploration(found.paths, found.missing, (*found.assumed, *thin))

    def _is_thin(self, condition: Exact) -> bool:
        """An equation between hyperparameters, such as 1 - lr lambda = 0, which the defaults do not solve."""
        about = set(symbols(condition).values())
        return condition.op == "eq" and len(about) > 1 and about <= set(self.bench.setting.symbols.values())

    def _assumed(self, paths: list[Path], missing: list[Exact]) -> Exploration:
        """Is it only for hyperparameters at their ends that a branch is missing?"""
        ends = [s for s in symbols(*missing).values() if s in self.bench.setting.symbols.values()]
        interior = tuple(exact(0) < s for s in ends if s.args[1].low == 0 and s.args[1].sign is None)
        if not missing or not interior or self._left(paths, interior):
            return Exploration(paths, missing)
        for one in interior:  # only what is needed
            fewer = tuple(c for c in interior if c is not one)
            interior = interior if self._left(paths, fewer) else fewer
        return Exploration(paths, [], interior)

    def _place(self, point: dict, paths: list[Path], most: int = ENOUGH) -> None:
        for path in paths:
            if self.lies_on(point, path.conditions):
                if len(path.points) < most:
                    path.points.append(point)
                return
        run = self.run(point)
        paths.append(Path(tuple(run.conditions), run, [point]))

    def _twice(self, path: Path) -> None:
        """A second point of a branch must give the same program: no value may have become a constant."""
        if len(path.points) < 2:
            return
        first, second = path.run.snapshots[0], self.run(path.points[-1]).snapshots[0]
        slots = [(p[-1], s.terms, second.slots[p].terms) for p, s in first.slots.items() if p in second.slots]
        pairs = [("x", first.x, second.x), *slots]
        for name, a, b in pairs:
            if a.shape != b.shape or any(u is not v for u, v in zip(flat(a), flat(b), strict=True)):
                found = f"{name}: at two points of one branch the code computes two programs"
                raise LostExpression(f"{found}; some value has become a constant on the way")

    def lies_on(self, point: dict, conditions) -> bool:
        with mpmath.workdps(DIGITS):
            fold = folder(point)
            try:
                return all(bool(fold(c)) for c in conditions)
            except ZeroDivisionError:
                return False

    def _turns(self, paths: list[Path], chance) -> list[dict]:
        """Points at which a comparison of the code, or of the rule, turns: at the defaults and elsewhere."""
        terms = [e for p in paths for s in p.run.snapshots for e in (*flat(s.x), *_held(s))]
        asked = [
            *(c for p in paths for c in p.conditions),
            *(t for t in (*terms, *self.theirs) if isinstance(t, Exact)),
        ]
        return turns(asked, [self.draw(chance, k) for k in (0, 1)])

    def _left(self, paths: list[Path], given: tuple[Exact, ...]) -> list[Exact]:
        return [c for c in self._missing(paths, given) if not self._is_thin(c)]

    def _thresholds(self, paths: list[Path], chance) -> list[dict]:
        """Points with gradients on both sides of the numbers that a clamp or a `where` of the code compares with."""
        terms = [e for p in paths for s in p.run.snapshots for e in flat(s.x)]
        asked = [n for n in walk(*terms) if n.op in ("where", "max", "min")]
        asked = [a for n in asked for a in (n.args[:1] if n.op == "where" else n.args)]
        numbers = dict.fromkeys(abs(n.args[0]) for n in walk(*asked) if is_number(n) and abs(n.args[0]) not in (0, 1))
        sizes = [q * k for q in list(numbers)[:MOST_NUMBERS] for k in (Fraction(9, 10), Fraction(11, 10), 1000)]
        return [self._with_gradients(self.draw(chance, 1), q) for q in sizes]

    def _zeros(self, paths: list[Path], chance) -> list[dict]:
        """Where there are branches: points at which parameter, gradient or memory vanish, alone and together."""
        if not any(path.conditions for path in paths):
            return []
        point = self.draw(chance, 1)
        kinds = {"x": r"[xy]\d+", "g": r"g(1_)?\d+", "memory": r".+_\d+"}
        named = {k: {n for n in point if re.fullmatch(p, n)} for k, p in kinds.items()}
        named["memory"] -= named["g"]
        chosen = (("x",), ("g",), ("memory",), ("g", "memory"), ("x", "g", "memory"))
        return [point | {n: Fraction(0) for kind in some for n in named[kind]} for some in chosen]

    def _with_gradients(self, point: dict, size: Fraction) -> dict:
        turned = {n: size if q > 0 else -size for n, q in point.items() if re.fullmatch(r"g(1_)?\d+", n)}
        return point | turned

    def _missing(self, paths: list[Path], given: tuple[Exact, ...] = ()) -> list[Exact]:
        """Conditions where a known branch could be left for one that is not known."""
        return list(dict.fromkeys(turned[-1] for turned in self._open(paths, given)))

    def _open(self, paths: list[Path], given: tuple[Exact, ...] = ()) -> list[tuple[Exact, ...]]:
        """The beginnings of branches that were not run and that z3 cannot exclude."""
        found, known = [], {p.conditions for p in paths}
        for path in paths:
            for k, c in enumerate(path.conditions):
                turned = (*path.conditions[:k], negation(c))
                taken = any(other[: k + 1] == turned for other in known)
                if not taken and not decide.impossible((*given, *turned)):
                    found.append(turned)
        return list(dict.fromkeys(found))

    def _reach(self, turned: tuple[Exact, ...], chance: random.Random) -> dict | None:
        """A point on a branch whose last condition is about one symbol, such as t + 1 > 1000, or that draws meet."""
        about = list(symbols(turned[-1]).values())
        if len(about) != 1:
            return next(chain(self._drawn(turned, chance), self._still(turned, chance)), None)
        (variable,) = about
        wanted = pins(turned)
        tries = (
            self.draw(chance, k) | wanted | {variable.args[0]: v}
            for v in near(turned[-1], variable.args[1])
            for k in (0, 1)
        )
        return next((point for point in tries if self.lies_on(point, turned)), None)

    def _drawn(self, turned: tuple[Exact, ...], chance: random.Random) -> Iterator[dict]:
        """Drawn points on a branch, where draws keep to the numbers that the branch gives its symbols."""
        wanted = pins(turned)
        points = (self.draw(chance, k) | wanted for k in range(TRIES if wanted else 0))
        return (p for p in points if self.lies_on(p, turned))

    def _still(self, turned: tuple[Exact, ...], chance: random.Random) -> Iterator[dict]:
        """Points on a branch where a norm is 0: the start, the gradient, or all data with a memory, are 0."""
        if not any(c.op in ("eq", "le") and any(is_number(a, 0) for a in c.args) for c in turned):
            return
        known = {*self.bench.setting.symbols, "t"}
        data = {n for n, s in symbols(*turned).items() if n not in known and s.args[1].contains(Fraction(0))}
        families = [{n for n in data if n[0] in letters} for letters in ("xy", "g")]
        for k in range(NULLS):
            for still in (*families, data):
                point = self.draw(chance, k) | dict.fromkeys(still, Fraction(0)) | pins(turned)
                if still and self.lies_on(point, turned):
                    yield point

    def _fill(self, path: Path, chance: random.Random) -> None:
        """More points for a branch that only an exact hit takes: Arb is to agree at several."""
        if len(path.points) < FEW:
            found = chain(self._drawn(path.conditions, chance), self._still(path.conditions, chance))
            path.points += islice(found, FEW - len(path.points))


def _held(snapshot) -> list[Exact]:
    return [e for slot in snapshot.slots.values() for e in flat(slot.terms)]


__all__ = ["Exploration", "Explorer", "Path"]
