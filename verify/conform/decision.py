"""From proofs, readings and trajectories to a verdict.

First the rule itself is tried, by induction for every t.  Where that fails, trajectories on
50-digit numbers say whether code and rule differ at all, and which readings of the paper
the code follows; the proof is tried again with these.  What no induction reaches is proved for
the first steps and otherwise sampled, and says so.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from verify import circumstance, diagnose, repair
from verify.certificate import Certificate, Deviation, Exactness
from verify.conform import induct, memory_map, naming, pursued, unlifted
from verify.conform.bench import Bench, Run, T
from verify.conform.equality import all_equal
from verify.conform.measured import with_contract
from verify.conform.paths import Explorer, Path
from verify.conform.scenario import lasting
from verify.conform.setting import Setting
from verify.conform.trajectory import Comparison, Difference
from verify.exact import Exact, symbols, walk
from verify.lift.record import LostExpression, UnknownOperation
from verify.lift.sparse import Pattern
from verify.measure.contract import clauses
from verify.measure.execute import CannotRun
from verify.mutate import Mutant
from verify.rule import Rule
from verify.statement import Verdict
from verify.subjects.target import Target

MOST_REPAIRS = 4
RIVALS = 4  # sets of readings that are tried where the first that fits is not proved
SHORT, LONG = 14, 320  # steps of a trajectory: to tell readings apart, and where no induction was found
ELEMENTWISE = ((2,), (), (2, 2))
MIXING = ((2, 2), (3,))
# Sparse gradients by rows: all, one, none, and one in two entries that add up.
SPARSE = {
    (2,): (Pattern(), Pattern(absent=(0,))),
    (2, 2): (Pattern(), Pattern(absent=(2, 3)), Pattern(absent=(0, 1, 2, 3)), Pattern(twice=True)),
}


@dataclass
class Attempt:
    """The proof of one rule at every shape."""

    rule: Rule
    proof: induct.Proof
    memory: dict[str, str]


def certify_target(target: Target, rule: Rule) -> Certificate:
    """One certificate; whatever the target does wrong ends as `undecided` with the reason."""
    found = clauses(target, rule)  # first: a lift leaves symbols in what instances share
    return with_contract(_exact(target, rule), target, rule, found)


def _exact(target: Target, rule: Rule) -> Certificate:
    """What proofs and exact trajectories say."""
    if rule.objective:
        return pursued.judged(target, rule)
    try:
        return _Decision(target, rule).certificate()
    except (UnknownOperation, LostExpression) as reason:
        return unlifted.judged(target, rule, str(reason))
    except Exception as reason:  # noqa: BLE001 (the target's own code may raise anything)
        return unlifted.after(reason, target, rule)


class _Decision:
    def __init__(self, target: Target, rule: Rule):
        self.target, self.rule = target, unlifted.directed(target, rule)
        self.named = naming.match(target, self.rule)
        self.benches = [Bench(Setting(target, rule, shape, self.named, pattern)) for shape, pattern in _cases(rule)]
        self.bench = self.benches[0]
        self.runs = [b.from_start(memory_map.STEPS, b.start_point(memory_map.STEPS, None)) for b in self.benches]
        self._comparison: Comparison | None = None

    @property
    def comparison(self) -> Comparison:
        if self._comparison is None:
            self._comparison = Comparison([b for b in self.benches if b.whole is b], SHORT)
        return self._comparison

    def certificate(self) -> Certificate:
        plain = self.attempt(self.rule)
        if plain.proof.proved:
            return self._proved("conforms", plain)
        self.comparison.through(plain.proof.apart)
        if self.comparison.matches(self.rule):
            return self._sampled("conforms", plain)
        while variant := diagnose.readings_of(self.rule, self.comparison):
            read = self.attempt(variant)
            if read.proof.proved or not self.comparison.through(read.proof.apart):
                read = read if read.proof.proved else self._rival(read)
                variant = read.rule
                found = diagnose.deviations(self.rule, variant, self.comparison)
                return (
                    self._proved("variant", read, found) if read.proof.proved else self._sampled("variant", read, found)
                )
        return self._deviates(plain)

    def _rival(self, read: Attempt) -> Attempt:
        """Of readings that no trajectory tells apart, such as rho > 5 and rho >= 5, those that are proved."""
        rivals = islice(diagnose.rivals(self.rule, read.rule, self.comparison), RIVALS)
        return next((a for a in map(self.attempt, rivals) if a.proof.proved), read)

    def attempt(self, rule: Rule) -> Attempt:
        """The proof by induction at each shape; all must hold."""
        proofs: list[induct.Proof] = []
        maps: dict[tuple, memory_map.MemoryMap] = {}  # of a shape, from gradients that have all elements
        for bench, run in zip(self.benches, self.runs, strict=True):
            shape = bench.setting.shape
            maps[shape] = maps.get(shape) or memory_map.find(bench, rule, run)
            proofs.append(induct.prove(bench, rule, maps[shape]))
            if proofs[-1].failures:
                break
        return Attempt(rule, induct.together(rule, proofs), maps[self.bench.setting.shape].text)

    # Certificates ---------------------------------------------------------------------------------

    def _proved(self, verdict: str, attempt: Attempt, found: tuple[Deviation, ...] = ()) -> Certificate:
        """Equal for every t; unless a hyperparameter's change in `param_groups` would go unseen."""
        if stale := diagnose.unseen_change(attempt.rule, self.benches[:1], attempt.proof.stale):
            methods = ("lift", "trajectories at 50 digits", "replay in float64")
            exact = Exactness(Verdict.REFUTED, "all t", "any", methods, memory=attempt.memory)
            return self._made("deviates", exact, (stale, *found), self._notes(attempt))
        if unseen := self._unseen(attempt):
            return unseen
        if kernels := self._kernels():
            return self._by_formula(verdict, attempt, found, kernels)
        alone = attempt.proof.elementwise and self.rule.elementwise
        exact = Exactness(
            Verdict.PROVED,
            "all t",
            "any" if alone else self.bench.setting.shape,
            ("lift", "induction", "normal form", "Arb"),
            (*attempt.proof.conditions, *(f"{n} does not change" for n in attempt.proof.stale), *self._provisos()),
            attempt.memory,
        )
        return self._made(verdict, exact, found, self._notes(attempt))

    def _unseen(self, attempt: Attempt) -> Certificate | None:
        """The real optimizer may leave what was lifted: memory elsewhere, clocks, shapes, what no symbol stands for."""
        try:
            left = unlifted.leaves(self.bench.setting, attempt.rule)
        except CannotRun:
            return None  # nothing to compare with: sparse gradients, closures
        if left is None:
            return None
        if str(left) != str(unlifted.leaves(self.bench.setting, attempt.rule)):
            return self._made("undecided", Exactness(), (), (f"two runs from one start differ: {left}",))
        exact = Exactness(Verdict.REFUTED, "all t", left.shape, unlifted.METHODS, memory=attempt.memory)
        told = (
            "the code that was lifted is equal to the rule"
            if attempt.proof.proved
            else "other runs agree with the rule"
        )
        deviation = unlifted.deviation(left, self.rule)
        return self._made("deviates", exact, (deviation,), (told,))

    def _kernels(self) -> tuple[str, ...]:
        """The compiled kernels in the code, which no lifter looks into."""
        return tuple(dict.fromkeys(k for run in self.runs for k in run.formulas))

    def _by_formula(self, verdict: str, attempt: Attempt, found, kernels) -> Certificate:
        """Proved of a kernel's formula; of the kernel itself only what its numbers say (verify/lift/fused.py)."""
        named, long = ", ".join(f"torch.{k}" for k in kernels), Comparison(self.benches[:1], LONG, among=lasting)
        if not long.matches(attempt.rule):
            return self._made("undecided", Exactness(), found, (f"{named} was not compared with its formula",))
        methods = ("lift", "induction", "normal form", "Arb", f"{named} within its formula's rounding for {LONG} steps")
        exact = Exactness(
            Verdict.SAMPLED, f"first {LONG} steps", self.bench.setting.shape, methods, self._provisos(), attempt.memory
        )
        note = f"{named} is compiled: its formula is proved for all t, and its numbers were compared with the formula's"
        return self._made(verdict, exact, found, (note, *self._notes(attempt)))

    def _sampled(self, verdict: str, attempt: Attempt, found: tuple[Deviation, ...] = ()) -> Certificate:
        """No induction: the real optimizer, the first steps for all inputs, and long trajectories."""
        long = Comparison(self.benches[:1], LONG, among=lasting)
        if not found and long.first_difference(attempt.rule):
            self._comparison = long
            return self._deviates(attempt)
        if unseen := self._unseen(attempt):
            return unseen
        steps = self._first_steps(attempt.rule)
        doubtful = attempt.proof.unexplored or attempt.proof.apart or attempt.proof.in_part
        if doubtful or not steps or not long.matches(attempt.rule):
            return self._made("undecided", Exactness(), found, (*attempt.proof.failures, *self._notes(attempt)))
        methods = ("lift", "normal form", "Arb", f"trajectories of {LONG} steps at 50 digits")
        exact = Exactness(
            Verdict.SAMPLED, f"first {steps} steps", self.bench.setting.shape, methods, self._provisos(), attempt.memory
        )
        return self._made(verdict, exact, found, (*attempt.proof.failures, *self._notes(attempt)))

    def _first_steps(self, rule: Rule) -> int:
        """How many steps from the start are proved equal, on the branch that was run."""
        run = self.runs[0]
        path = Path(tuple(run.conditions), run, [run.point])
        traced = memory_map.trace_rule(self.bench, rule, len(run.snapshots))
        steps = 0
        for snapshot, (x, _) in zip(run.snapshots[:3], traced, strict=False):
            if not all_equal(snapshot.x, x, path):
                break
            steps += 1
        return steps

    def _deviates(self, attempt: Attempt) -> Certificate:
        mutant, read = self._repaired()
        found = diagnose.unexplained(self.rule, self.comparison, self.update, self.narrow(), mutant, self._cause)
        if not found:
            return self._made("undecided", Exactness(), (), (*attempt.proof.failures, *self._notes(attempt)))
        methods = ["trajectories at 50 digits", "replay in float64"]
        if read:
            attempt, methods = read, [*methods, "the code is proved equal to the rule with this one edit"]
        exact = Exactness(Verdict.REFUTED, "all t", self.bench.setting.shape, tuple(methods), memory=attempt.memory)
        return self._made("deviates", exact, found, self._notes(attempt))

    def _cause(self, difference: Difference) -> tuple[str, str] | None:
        """What a fault that no single edit gives has to do with, in the rule or under the reading that comes nearest."""
        mapped = lambda: memory_map.find(self.bench, self.rule, self.runs[0])
        return circumstance.cause(self.rule, difference, self.runs[0], mapped)

    def _repaired(self) -> tuple[Mutant | None, Attempt | None]:
        """A single edit that turns the rule into the code: one that is proved, its memories as they are; else one that fits."""
        fitting, proved = [], []
        for mutant in islice(repair.repairs(self.rule, self.comparison), MOST_REPAIRS):
            fitting.append(mutant)
            with suppress(*repair.NONSENSE):  # an edit may make sense on numbers and none on symbols
                if (read := self.attempt(mutant.rule)).proof.proved:
                    proved.append((mutant, read))
                    if all(map(str.isidentifier, read.memory.values())):  # no sign or factor moved into a memory
                        return mutant, read
        if proved:
            return proved[0]
        return next((m for m in fitting if self.comparison.matches(m.rule, total=True)), None), None

    def narrow(self) -> bool:
        """Does a value pass through a type that is narrower than the parameter's?"""
        last = self.runs[0].snapshots[-1]
        terms = [*memory_map.flat(last.x), *(e for slot in last.slots.values() for e in memory_map.flat(slot.terms))]
        return any(n.op == "round" for n in walk(*(t for t in terms if isinstance(t, Exact))))

    def update(self, step: int) -> str:
        """What the code computes at a step as a formula: from the start, or from the memories before it."""
        if step == 1:
            return repr(memory_map.flat(self.runs[0].snapshots[0].x)[0])
        mapped = memory_map.find(self.bench, self.rule, self.runs[0])
        if mapped.unknown:
            return f"from step {step} on something else; its memory is not the rule's, so no formula is shown"
        later = Explorer.later(self.bench, mapped, induct.memories(self.bench, self.rule), T)
        run = later.run(later.draw(random.Random(0), 1) | {"t": Fraction(step - 1)})
        branch = " and ".join(repr(c) for c in run.conditions if "t" in symbols(c))
        return f"{memory_map.flat(run.snapshots[0].x)[0]!r}{branch and f', where {branch}'}"

    def _made(self, verdict, exact, found, notes) -> Certificate:
        return Certificate(
            self.target.name, self.rule.name, verdict, exact, tuple(found), tuple(notes), self.target.reproduce
        )

    def _provisos(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(n for run in self.runs for n in run.notes))

    def _notes(self, attempt: Attempt) -> tuple[str, ...]:
        called = [f"the keyword {k} is taken for the rule's {h}" for (k, _), h in self.named.items()]
        fixed = [
            f"the code has no keyword for {n}: compared at {q}"
            for n, q in self.bench.setting.fixed.items()
            if n not in self.rule.constants
        ]
        fixed += [f"{n} stays {value}" for n, value in self.bench.setting.counts.items()]
        if self.rule.ascends:
            fixed.append("maximize=True: the rule is run on the negated gradient")
        if self.narrow():
            fixed.append("what the code computes in a narrower type is taken as the exact result, rounded once")
        more = [f"{attempt.proof.paths} branches"] if attempt.proof.paths > 1 else []
        edges = [f"not where a hyperparameter is at its end: {e}" for e in dict.fromkeys(attempt.proof.edges)]
        return (*called, *fixed, *self.bench.setting.remarks, *more, *edges)


def _cases(rule: Rule) -> list[tuple[tuple[int, ...], Pattern]]:
    """The shapes at which code and rule meet, and which elements a sparse gradient has there."""
    if rule.sparse:
        return [(shape, pattern) for shape, patterns in SPARSE.items() for pattern in patterns]
    shapes = rule.shapes or (ELEMENTWISE if rule.elementwise else MIXING)
    return [(shape, Pattern()) for shape in shapes]


__all__ = ["Run", "certify_target"]
