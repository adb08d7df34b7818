"""What can be said of code that does not lift: its float64 runs against the rule and its readings.

A run that leaves the rule further than rounding explains convicts.  Runs that stay prove nothing
for the inputs that were not tried: the certificate is `undecided`, and says what they showed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import torch

from verify.certificate import Certificate, Deviation, Exactness
from verify.conform import naming
from verify.conform.setting import Setting
from verify.diagnose import source
from verify.errors import last_line
from verify.measure.enclosed import ROUNDING
from verify.measure.execute import CannotRun
from verify.measure.unwatched import Departure, Kept, departure
from verify.rule import Rule
from verify.statement import Verdict
from verify.subjects.target import Target
from verify.tensors import doubles
from verify.trial import raised_by

METHODS = ("runs in float64", "rounding bounds")
MOST = 150  # rules and combinations of readings that are tried
TOGETHER = 3


def directed(target: Target, rule: Rule) -> Rule:
    """The rule, on the negated gradient where the target asks for ascent."""
    keywords = {} if target.factory else target.keywords
    made = target.make([torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64))], **keywords)
    return rule.ascending() if made.param_groups[0].get("maximize") is True else rule


def leaves(setting: Setting, rule: Rule, kept: tuple[Kept, Kept] | None = None) -> Departure | None:
    """Where the real optimizer leaves the rule; a memory that is known to be narrow rounds as float32 does.

    What it only does where torch makes new tensors in float32 is the contract's to judge.  kept: its runs, with new
    tensors in float32 and in float64.
    """
    first, second = kept or (Kept(), Kept())
    unit = 2.0**-24 if any(r.narrow for r in rule.readings) else ROUNDING
    found = departure(setting, rule, unit, first)
    if found is None:
        return None
    with doubles():
        return departure(setting, rule, unit, second) and found


def after(error: Exception, target: Target, rule: Rule) -> Certificate:
    """The certificate where an exception ended a lift; one that the rule raised says nothing of the optimizer."""
    where = f"; at {line}" if (line := last_line(error)) else ""
    what = f"raised {type(error).__name__}: {error}{where}"
    if raised_by(rule, error):
        return _undecided(target, rule, f"the rule {rule.name} {what}")
    return judged(target, rule, f"the optimizer {what}")


def _undecided(target: Target, rule: Rule, why: str) -> Certificate:
    return Certificate(target.name, rule.name, "undecided", notes=(why,), reproduce=target.reproduce)


def judged(target: Target, rule: Rule, reason: str) -> Certificate:
    """The certificate of a target whose lift failed for the given reason."""
    undecided = _undecided(target, rule, reason)
    try:
        rule = directed(target, rule)
        setting = Setting(target, rule, (2, 2))
        if unnamed := naming.unsettled(setting):
            return _with(undecided, f"which keyword is the rule's {', '.join(unnamed)} is not known")
        kept = Kept(), Kept()
        found = leaves(setting, rule, kept)
        if found is None:
            return _with(undecided, "in float64 its runs stay with the rule, within what rounding explains")
        for variant in islice(variants(rule), MOST):
            if leaves(setting, variant, kept) is None:
                return _with(undecided, f"in float64 its runs stay with the rule under {', '.join(variant.chosen)}")
    except CannotRun as why:
        return _with(undecided, str(why))
    except Exception:  # noqa: BLE001 (the target's own code may raise anything; the reason is there)
        return undecided
    exact = Exactness(Verdict.REFUTED, "all t", found.shape, METHODS)
    return Certificate(
        target.name, rule.name, "deviates", exact, (deviation(found, rule),), (reason,), target.reproduce
    )


def deviation(found: Departure, rule: Rule) -> Deviation:
    """A departure of the real optimizer as a deviation."""
    return Deviation("other", f"the code leaves the rule: {found}", source(rule), "", found.step, size(found), None)


def size(found: Departure) -> str:
    """How far apart, and how far rounding alone could be."""
    return f"{abs(found.code - found.theory):.3g}, and rounding explains {found.allowed:.2g}"


def _with(certificate: Certificate, note: str) -> Certificate:
    return replace(certificate, notes=(*certificate.notes, note))


def variants(rule: Rule) -> Iterator[Rule]:
    """The rule under its readings, alone and together."""
    ids = [r.id for r in rule.readings if not r.narrow]
    for n in range(1, TOGETHER + 1):
        yield from rule.together(ids, n)
