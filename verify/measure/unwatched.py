"""The real optimizer against its rule on long and odd trajectories, with no lifter anywhere.

    departure(setting, rule)     # None, or where the code leaves the rule

A guard on everything that a lift cannot see: memory outside the optimizer, clocks, dice, flags, code that
knows when it is watched, shapes and sizes that were not lifted, defects that begin after step 1000.  The
rule runs on numbers that know their rounding (verify/measure/enclosed.py); the code must stay within
REARRANGED times that, since it may compute the same thing in another order.  Where the rule is undefined,
or a comparison hangs on rounding, an element is not judged.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

import numpy as np
import torch

from verify.domain import Domain
from verify.lift.machine import groups_of, release
from verify.measure.enclosed import ROUNDING, Enclosed, enclosed
from verify.measure.execute import COPIES, LOUD, CannotRun
from verify.measure.pieces import reason
from verify.measure.plainly import plainly
from verify.measure.plans import Plan, plans
from verify.rule import Rule
from verify.subjects.target import Target

# Another order of the same operations: each of the rule's may be several in the code, and a memory that is
# kept scaled, rooted or as a sum rounds as often as the rule's own, times the length of its average.
REARRANGED = 64
CHANGES = {4: Fraction(3, 2), 120: Fraction(1, 2), 260: Fraction(2)}  # before these steps lr is this share of the first
SHAKES, LAST_BITS = 4, 2.0**-50
MODERATE = 1e100  # and its inverse: between them a square neither overflows nor vanishes
_LAYS: dict[int, Callable] = {
    2: lambda x: x.t().contiguous().t(),
    3: lambda x: x.permute(2, 0, 1).contiguous().permute(1, 2, 0),
    4: lambda x: x.contiguous(memory_format=torch.channels_last),
}


class Correspondence(Protocol):
    """Which of the code's keywords are which of the rule's (verify/conform/setting.py)."""

    @property
    def target(self) -> Target: ...

    @property
    def rule(self) -> Rule: ...

    @property
    def slots(self) -> dict: ...

    @property
    def domains(self) -> dict[str, Domain]: ...

    def hyper_point(self, chance: random.Random | None) -> dict[str, Fraction]: ...

    def numbers(self, values: dict, make: Callable, rule: Rule | None = None) -> dict: ...

    def code_hyper(self, member: Callable) -> dict: ...


@dataclass(frozen=True)
class Departure:
    """The first step at which code and rule part further than rounding explains; numbers of one element."""

    step: int
    shape: tuple[int, ...]
    scenario: str
    hyper: dict
    theory: float
    code: float
    allowed: float

    def __str__(self) -> str:
        at = ", ".join(f"{n}={float(v):g}" for n, v in self.hyper.items())
        return (
            f"step {self.step}, a tensor of shape {self.shape}, gradients {self.scenario}, {at}: the code gives "
            f"{self.code!r}, the rule {self.theory!r}, and rounding explains {self.allowed:.2g}"
        )


class Kept:
    """The runs of one optimizer, each made once: many rules are held against them."""

    def __init__(self) -> None:
        self._known: dict[tuple, np.ndarray | None] = {}

    def code(self, setting: Correspondence, plan: Plan) -> np.ndarray | None:
        key = (plan.shapes, plan.laid, plan.starts.tobytes(), plan.gradients.tobytes(), *sorted(plan.hyper.items()))
        if key not in self._known:
            self._known[key] = _code(setting, plan)
        return self._known[key]


def departure(
    setting: Correspondence, rule: Rule, unit: float = ROUNDING, kept: Kept | None = None
) -> Departure | None:
    """Where the code leaves the rule; None where it stays.  CannotRun where nothing could be compared.

    unit: one rounding, relative; 2^-24 for code that is known to keep a number in float32.  kept: runs of the same setting.
    """
    seen, run = 0, (kept or Kept()).code
    with plainly(), np.errstate(all="ignore"):
        for plan in plans(setting, rule):
            found, judged = _compare(setting, rule, plan, REARRANGED * unit / ROUNDING, run)
            if found:
                return found
            seen += judged
    if not seen:
        raise CannotRun("no step of the real optimizer could be compared with the rule")
    return None


# The two runs -----------------------------------------------------------------------------------------


def _compare(
    setting: Correspondence, rule: Rule, plan: Plan, times: float, run: Callable
) -> tuple[Departure | None, int]:
    """What departs first, and how many numbers were judged."""
    code = run(setting, plan)
    if code is None:
        return None, 0
    changing = _rate(setting) is not None
    theory = [_theory(setting, rule, plan, s, cut, changing) for s, cut in _groups(rule, plan)]
    value, radius = (np.concatenate([t[i] for t in theory], axis=1) for i in (0, 1))
    allowed = times * (radius + np.abs(value) * ROUNDING)
    judged = np.isfinite(value) & np.isfinite(allowed)
    apart = judged & ~(np.abs(code - value) <= allowed)
    if apart.any():
        apart &= ~_trembles(setting, plan, code, value, run)
    if not apart.any():
        return None, int(judged.sum())
    k = int(apart.any(axis=1).argmax())
    i = int(apart[k].argmax())
    shape = next(s for s, cut in plan.cuts() if cut.start <= i < cut.stop)
    return Departure(
        k + 1, shape, plan.names[i], plan.hyper, float(value[k, i]), float(code[k, i]), float(allowed[k, i])
    ), 0


def _trembles(setting: Correspondence, plan: Plan, code: np.ndarray, value: np.ndarray, run: Callable) -> np.ndarray:
    """Where the code's own rounding explains the gap: as much as shaking its inputs in their last bits does.

    The same algorithm may be written so that huge numbers cancel; another algorithm stays where it is when it is shaken.
    It may also be written so that huge numbers overflow; numbers whose squares do not are no excuse for that.
    """
    widest, luck = np.zeros_like(code), np.random.RandomState(3)
    sizes = np.abs(plan.gradients[plan.gradients != 0])
    lost = 0.0 if np.all((sizes > 1 / MODERATE) & (sizes < MODERATE)) else np.inf
    for _ in range(SHAKES):
        shake = lambda x: x * (1 + LAST_BITS * luck.choice([-1.0, 1.0], x.shape))
        other = run(setting, replace(plan, starts=shake(plan.starts), gradients=shake(plan.gradients)))
        if other is not None:
            moved = np.where(np.isfinite(other) & np.isfinite(code), np.abs(other - code), lost)
            widest = np.maximum(
                widest, np.where(np.isfinite(other) == np.isfinite(code), np.nan_to_num(moved, posinf=np.inf), np.inf)
            )
    gap = np.where(np.isfinite(code), np.abs(code - value), np.inf)
    return gap <= REARRANGED * np.maximum.accumulate(widest, axis=0)


def _groups(rule: Rule, plan: Plan) -> Sequence[tuple[tuple[int, ...], slice]]:
    """What the rule runs on at once: all elements, or tensor by tensor."""
    return [((len(plan.starts),), slice(None))] if rule.elementwise and not rule.sparse else plan.cuts()


def _rate(setting: Correspondence) -> str | None:
    """The keyword that holds the learning rate, where it is a number that a scheduler could set."""
    return next((k for (k, place), (name, _) in setting.slots.items() if name == "lr" and place is None), None)


def _rates(plan: Plan, changing: bool) -> dict[int, Fraction]:
    return {k: plan.hyper["lr"] * share for k, share in CHANGES.items()} if changing else {}


def _theory(setting: Correspondence, rule: Rule, plan: Plan, shape, cut: slice, changing: bool):
    """Values and radii of the rule's iterates, flat, step by step; no numbers where it is undefined."""
    number = lambda q: enclosed(Fraction(q))
    hyper = {n: _blurred(n, q, setting) for n, q in setting.numbers(plan.hyper, number, rule).items()}
    x = Enclosed(plan.starts[cut].reshape(shape), np.zeros(shape))
    memory, rates = rule.initial(x * 0, **hyper), _rates(plan, changing)
    values, radii = (np.full((len(plan.gradients), x.size), np.nan) for _ in range(2))
    for k, g in enumerate(plan.gradients[:, cut]):
        if k + 1 in rates and "lr" in hyper:
            hyper["lr"] = number(rates[k + 1])
        try:
            x, memory = rule.advance(x, Enclosed(g.reshape(shape), np.zeros(shape)), memory, k + 1, **hyper)
        except ZeroDivisionError:
            break
        values[k], radii[k] = np.reshape(x.value, -1), np.reshape(x.radius, -1)
    return values, radii


def _blurred(name: str, number, setting: Correspondence):
    """A beta also acts through 1 - beta and in v + (1 - beta) (g - v), which round at the size of 1."""
    if not isinstance(number, Enclosed) or getattr(setting.domains.get(name), "high", None) != 1:
        return number
    return Enclosed(number.value, number.radius + 2 * ROUNDING)


def _code(setting: Correspondence, plan: Plan) -> np.ndarray | None:
    """The real optimizer's iterates, flat, step by step; None where it does not take these numbers or shapes."""
    lay = (lambda x: _LAYS.get(x.ndim, lambda y: y)(x)) if plan.laid else (lambda x: x)
    parameters = [
        torch.nn.Parameter(lay(torch.from_numpy(plan.starts[cut].reshape(shape).copy()))) for shape, cut in plan.cuts()
    ]
    path, done = np.empty_like(plan.gradients), 0
    torch.manual_seed(0), random.seed(0), np.random.seed(0)  # the same dice for every run
    try:
        optimizer = made(setting, plan.hyper, parameters)
        if not all(groups_of(optimizer, p) for p in parameters):
            raise CannotRun(COPIES)
        release(optimizer)
        for k in _steps(setting, plan, parameters, optimizer, path):
            done = k
    except CannotRun:
        raise
    except LOUD as error:
        if done:
            raise CannotRun(f"the real optimizer raised {reason(error)} at step {done + 1}") from error
        return None
    return path


def made(setting: Correspondence, hyper: dict, parameters: list) -> torch.optim.Optimizer:
    """The real optimizer with these hyperparameters; a factory takes none, so its groups get them."""
    own = setting.code_hyper(lambda name: float(hyper[name]))
    if not setting.target.factory:
        return setting.target.make(parameters, **own)
    optimizer = setting.target.make(parameters)
    for group in optimizer.param_groups:
        group.update({k: v for k, v in own.items() if k in group})
    return optimizer


def _steps(setting: Correspondence, plan: Plan, parameters, optimizer, path: np.ndarray) -> Iterator[int]:
    """Each step, written into `path`."""
    keyword, cuts = _rate(setting), plan.cuts()
    rates = _rates(plan, keyword is not None)
    for k, row in enumerate(plan.gradients):
        if k + 1 in rates:
            for group in optimizer.param_groups:
                held = group.get(keyword)
                group[keyword] = (
                    torch.full_like(held, float(rates[k + 1])) if torch.is_tensor(held) else float(rates[k + 1])
                )
        for p, (shape, cut) in zip(parameters, cuts, strict=True):
            g = torch.from_numpy(row[cut]).reshape(shape)
            p.grad = g.to_sparse(1) if setting.rule.sparse else torch.empty_like(p).copy_(g)
        optimizer.step()
        for p, (_, cut) in zip(parameters, cuts, strict=True):
            path[k, cut] = p.detach().numpy().reshape(-1)
        yield k + 1
