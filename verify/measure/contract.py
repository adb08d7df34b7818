"""The contract of a torch optimizer: eleven clauses, each run on the real optimizer.

    for found in clauses(target):
        print(found.clause, found.verdict, found.detail)

No rule is needed: each clause compares the optimizer with itself, used plainly (alone, fresh, one
tensor).  What comes first here is what later clauses rest on: where two instances share memory, or
tensors are not independent, a run of one tensor is no reference, and clauses that need it are not judged.
"""

from __future__ import annotations

from dataclasses import replace

from verify.measure import alone, apart, changes, gradients, precision, zeros
from verify.measure.clause import BROKEN, BUT, CLAUSES, HOLDS, NOT_APPLICABLE, Broken, Clause, NotApplicable
from verify.measure.demonstrations import snippet
from verify.measure.execute import LOUD, CannotRun, Subject
from verify.measure.pieces import reason
from verify.measure.plainly import plainly
from verify.rule import Rule
from verify.subjects.target import Target

# Each clause with those that it rests on; causes come first.
_ORDER = {
    "instances": (apart.instances, ()),
    "dtype": (precision.dtype, ("instances",)),
    "shapes": (alone.shapes, ("instances",)),
    "no-gradient": (alone.no_gradient, ("instances", "shapes")),
    "groups": (apart.groups, ("instances", "shapes")),
    "schedule": (changes.schedule, ("instances",)),
    "maximize": (changes.maximize, ("instances",)),
    "gradients": (gradients.untouched, ("instances",)),
    "state-dict": (changes.state_dict, ("instances",)),
    "closure": (gradients.closure, ("instances",)),
    "zero-gradient": (zeros.zero, ("instances",)),
}


def clauses(target: Target, rule: Rule | None = None) -> tuple[Clause, ...]:
    """What is found about each clause, in the order of the contract.

    rule: what the target is held against, where it is known; it says whether a hyperparameter that
    shows no effect should show one.  The target's code runs in this process, on real tensors; what
    it raises becomes a verdict.
    """
    with plainly():
        try:
            subject = Subject(target)
        except CannotRun as error:
            return tuple(Clause(name, NOT_APPLICABLE, f"not tried: {error}") for name in CLAUSES)
        found: dict[str, Clause] = {}
        for name, (check, rests_on) in _ORDER.items():
            found[name] = _judged(name, check, subject, rule, [found[r] for r in rests_on])
        shown = {n: _shown(subject, c) for n, c in found.items() if c.broken}
    return tuple((found | shown)[name] for name in CLAUSES)


def _shown(subject: Subject, clause: Clause) -> Clause:
    """With a program that fails because of it."""
    return replace(clause, snippet=snippet(subject.target, clause.clause, subject.own, "raised" in clause.detail))


def _judged(name: str, check, subject: Subject, rule: Rule | None, before: list[Clause]) -> Clause:
    for other in before:
        if other.broken:
            return Clause(name, NOT_APPLICABLE, f"cannot be judged, since clause {other.clause} is broken")
    if name != "instances" and subject.repeated:
        return Clause(name, NOT_APPLICABLE, "nondeterministic: two runs from one start differ, with the same seeds")
    known = len(subject.refused)
    clause = _tried(name, check, subject, rule)
    return replace(clause, refused=tuple(subject.refused[known:]))


def _tried(name: str, check, subject: Subject, rule: Rule | None) -> Clause:
    try:
        return Clause(name, HOLDS, check(subject, rule) if name == "schedule" else check(subject))
    except Broken as found:
        if found.mild:
            return Clause(name, HOLDS, f"{BUT}{found.detail}", narrow=found.narrow)
        return Clause(name, BROKEN, found.detail, found.kind, found.step, narrow=found.narrow)
    except NotApplicable as found:
        return Clause(name, NOT_APPLICABLE, str(found))
    except LOUD as error:
        subject.refuse(f"what clause {name} asks for", error)
        return Clause(name, NOT_APPLICABLE, f"cannot be judged: it raised {reason(error)}")
