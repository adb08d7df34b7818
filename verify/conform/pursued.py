"""The certificate of code whose gradients are those of a function, which it asks for through a closure.

A rule that says `objective=True` is not lifted: where its code calls the closure, and how often, is its own affair.
The real optimizer descends on functions in float64 (verify/measure/pursuit.py), and each of its steps is held
against the rule and its readings, within what rounding explains.  That samples, and proves nothing.
"""

from __future__ import annotations

from verify.certificate import Certificate, Deviation, Exactness
from verify.conform import naming, unlifted
from verify.conform.setting import Setting
from verify.measure.execute import CannotRun
from verify.measure.objectives import SHAPES
from verify.measure.pursuit import Outcome, Pursuit
from verify.rule import Rule
from verify.statement import Verdict
from verify.subjects.target import Target

_READS_VALUES = (
    "its points change with the function's values where the gradients stay, as a line search's do; the rule takes "
    "gradients alone, and no search is stated"
)


def judged(target: Target, rule: Rule) -> Certificate:
    """One certificate; what the target's code raises becomes `undecided` with the reason."""
    try:
        rule = unlifted.directed(target, rule)
        return _Decision(target, rule).certificate()
    except CannotRun as why:
        reason = str(why)
    except Exception as why:  # noqa: BLE001 (the target's own code may raise anything)
        reason = f"the optimizer raised {type(why).__name__}: {why}"
    return Certificate(target.name, rule.name, "undecided", notes=(reason,), reproduce=target.reproduce)


class _Decision:
    def __init__(self, target: Target, rule: Rule):
        self.target, self.rule, self.setting = target, rule, Setting(target, rule, SHAPES[0])
        self.pursuit = Pursuit(self.setting)

    def certificate(self) -> Certificate:
        if unnamed := naming.unsettled(self.setting):
            return self._made("undecided", notes=(f"which keyword is the rule's {', '.join(unnamed)} is not known",))
        plain = self.pursuit.judged(self.rule)
        nearest, read = plain, self.rule
        if plain.departure is None:
            return self._sampled("conforms", self.rule, plain)
        for variant in unlifted.variants(self.rule):
            found = self.pursuit.judged(variant)
            if found.departure is None:
                return self._sampled("variant", variant, found)
            if found.steps > nearest.steps:
                nearest, read = found, variant
        return self._deviates(plain, nearest, read)

    def _sampled(self, verdict: str, variant: Rule, found: Outcome) -> Certificate:
        if not found.shortest:
            return self._made("undecided", notes=("of some runs no step could be compared with the rule",))
        methods = (*unlifted.METHODS, f"{found.steps} steps of {found.courses} runs on functions, through a closure")
        exact = Exactness(Verdict.SAMPLED, f"first {found.shortest} steps", self.setting.shape, methods)
        return self._made(verdict, exact, self._readings(variant), (self._says(found), *self._notes()))

    def _says(self, found: Outcome) -> str:
        others = ", ".join(str(s) for s in SHAPES[1:])
        return (
            "not lifted: the real optimizer descends in float64 on convex functions and others, and each point is the "
            f"rule's, within rounding, after the points before it; in every run {found.shortest} steps or more, or "
            f"until it rests or is in a minimum; at shapes {others} too"
        )

    def _readings(self, variant: Rule) -> tuple[Deviation, ...]:
        """Each reading, with the first step at which the variant without it leaves the code."""
        found = []
        for reading in map(self.rule.reading, variant.chosen):
            rest = self.rule.read_as(*(i for i in variant.chosen if i != reading.id))
            left = self.pursuit.judged(rest).departure
            step, shown = (left.step, unlifted.size(left)) if left else (None, None)
            found.append(
                Deviation(reading.kind, reading.says, reading.paper, reading.code, step, shown, None, reading.id)
            )
        return tuple(sorted(found, key=lambda d: d.first_step or 10**9))

    def _deviates(self, plain: Outcome, nearest: Outcome, read: Rule) -> Certificate:
        for outcome in (plain, nearest):
            if self.pursuit.reads_values(outcome.course):  # type: ignore[arg-type]
                return self._made("undecided", notes=(_READS_VALUES, f"it leaves the rule: {outcome.departure}"))
        deviation = unlifted.deviation(nearest.departure, read)  # type: ignore[arg-type]
        exact = Exactness(Verdict.REFUTED, "all t", nearest.departure.shape, unlifted.METHODS)  # type: ignore[union-attr]
        under = (f"the rule is read as {', '.join(read.chosen)}, which is nearest to the code",) if read.chosen else ()
        return self._made("deviates", exact, (deviation,), (*under, *self._notes()))

    def _notes(self) -> tuple[str, ...]:
        stay = (f"{n} stays {value}" for n, value in self.setting.counts.items())
        fixed = (f"the code has no keyword for {n}: compared at {q}" for n, q in self.setting.fixed.items())
        refused = (self.pursuit.refused,) if self.pursuit.refused else ()
        return (*stay, *fixed, *refused, *self.setting.remarks)

    def _made(self, verdict: str, exact: Exactness | None = None, found=(), notes=()) -> Certificate:
        return Certificate(
            self.target.name, self.rule.name, verdict, exact or Exactness(), found, notes, self.target.reproduce
        )
