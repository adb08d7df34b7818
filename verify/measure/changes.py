"""Clauses 4, 5 and 7: a hyperparameter is the one in the group, maximize is a sign, the state is all there is.

Clause 4 compares a run in which the groups are changed with a fresh instance that was made with the new
values and has taken over the state: what the old instance still knows of the old values is a difference.
An instance that took the old value into its state does not differ from that; so where a change has no effect
later and would have had one from the start, the rule says whether that is its algorithm or a fault.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import replace

import torch

from verify.measure.clause import Broken, NotApplicable
from verify.measure.execute import LOUD, STEPS, Subject
from verify.measure.live import Live
from verify.measure.pieces import Group, Piece, distance, live_gradients, reason
from verify.measure.refusals import deliberate, in_its_code
from verify.rule import Rule

MIDDLE = STEPS // 2


def schedule(subject: Subject, rule: Rule | None) -> str:
    """Clause 4."""
    (piece,) = subject.few(1)
    own = {k: v for k, v in subject.others.items() if _can_change(subject, piece, {k: v})}
    if not own:
        raise NotApplicable("its groups hold no number that can be changed")
    unmoved = [k for k in own if _without_effect(subject, piece, k)]
    # what was 0 may have been off, and has to begin its memory now; a fresh instance may have begun before
    _same_as_fresh(subject, piece, {k: v for k, v in own.items() if subject.hyper.get(k) != 0 or k in unmoved})
    for name in unmoved:
        if rule and _rule_uses(rule, name):
            raise Broken(
                "parameter-groups",
                f"{name} changed from {subject.hyper[name]} to {subject.others[name]} after step {MIDDLE} has no effect "
                f"on step {MIDDLE + 1}, and has one on the steps of a run that starts with it",
                MIDDLE + 1,
            )
    if "lr" in own:
        _as_scheduled(subject, piece, own["lr"])
    kept = f"; without effect on the next step: {', '.join(unmoved)}" if unmoved else ""
    return f"{', '.join(own)} changed after step {MIDDLE} act at step {MIDDLE + 1} as in a fresh instance{kept}"


def _can_change(subject: Subject, piece: Piece, own: dict) -> bool:
    """A number that is 0 may switch a feature off, and with it the memory that it needs."""
    try:
        _changed(subject, piece, own)
    except LOUD as error:
        if subject.hyper.get(next(iter(own))) != 0:
            subject.refuse(f"another {', '.join(own)} between steps", error)
        return False
    return True


def _as_scheduled(subject: Subject, piece: Piece, lr) -> None:
    """As torch's schedulers leave a group: the first rate stands in initial_lr, and lr is another from some step on."""
    runs = []
    for mark in (False, True):
        live = Live(subject, [Group([piece])])
        for group in live.optimizer.param_groups if mark else ():
            group.setdefault("initial_lr", group["lr"])
        for gradients in live_gradients([piece])[:MIDDLE]:
            live.step(gradients)
        live.set({"lr": lr})
        runs.append([x for (x,) in _rest(live, [piece])])
    if found := subject.apart(*runs):
        raise Broken(
            "parameter-groups",
            f"lr changed after step {MIDDLE}: with initial_lr in the group, as torch's schedulers put it there, the iterate "
            f"is {found[1]:.3g} away at step {MIDDLE + found[0]} from where it is without",
            MIDDLE + found[0],
        )


def _same_as_fresh(subject: Subject, piece: Piece, own: dict) -> None:
    mine, fresh = _changed(subject, piece, own)
    found = subject.apart(mine, fresh)
    if not found:
        return
    unchanged = _changed(subject, piece, {})
    if subject.apart(*unchanged):
        raise NotApplicable("the state does not carry a run over into a fresh instance (clause state-dict)")
    single = [k for k in own if subject.apart(*_changed(subject, piece, {k: own[k]}))]
    step, gap = MIDDLE + found[0], found[1]
    raise Broken(
        "parameter-groups",
        f"{', '.join(single) or 'hyperparameters'} changed in the group after step {MIDDLE}: at step {step} the iterate is "
        f"{gap:.3g} away from that of an instance that was made with the new value and has taken over the state",
        step,
    )


def _changed(subject: Subject, piece: Piece, own: dict) -> tuple[list, list]:
    """The second half of a run in which the groups change in the middle, and that of a fresh instance."""
    live = _half(subject, [Group([piece])])
    saved = copy.deepcopy(live.optimizer.state_dict())
    for group in saved["param_groups"]:
        group.update(own)
    fresh = Live(subject, [Group([replace(piece, start=live.values()[0])])], **own)
    fresh.optimizer.load_state_dict(saved)
    live.set(own)
    fresh.set(own)
    mine, its = ([x for (x,) in _rest(run, [piece])] for run in (live, fresh))
    return mine, its


def _half(subject: Subject, groups: list[Group], **keywords) -> Live:
    live = Live(subject, groups, **keywords)
    for gradients in live_gradients([p for g in groups for p in g.pieces])[:MIDDLE]:
        live.step(gradients)
    return live


def _rest(live: Live, pieces: list[Piece]) -> list[list[torch.Tensor]]:
    live.count, path = MIDDLE, []
    for gradients in live_gradients(pieces)[MIDDLE:]:
        live.step(gradients)
        path.append(live.values())
    return path


def _without_effect(subject: Subject, piece: Piece, name: str) -> bool:
    """A change in the middle does nothing to the next step, the same value from the start does something."""
    base, own = subject.alone(piece), {name: subject.others[name]}
    live = _half(subject, [Group([piece])])
    live.set(own)
    same = lambda path, other: all(not distance(a, b) for a, b in zip(path, other, strict=True))
    after = [x for (x,) in _rest(live, [piece])]
    soon = len(after) if subject.hyper.get(name) == 0 else 1  # what was switched off may have to begin its memory
    return same(after[:soon], base[MIDDLE : MIDDLE + soon]) and not same(subject.alone(piece, **own), base)


def _rule_uses(rule: Rule, name: str) -> bool:
    """Does the rule's next step depend on a hyperparameter that is changed after its second step?"""
    wanted = rule.hyperparameters
    if name not in wanted:
        return False
    number = lambda q: torch.tensor(q, dtype=torch.float64)
    inside = lambda n, q: number(float(wanted[n].low or 0) + q)
    hyper = {
        n: number(0.5 if d.high == 1 else 2.0) if d.integer or d.high == 1 else inside(n, 0.25)
        for n, d in wanted.items()
    }
    hyper |= {n: number(float(v)) for n, v in rule.constants.items() if n in wanted}
    x, g = number([0.5, -1.25]), [number([1.0, 0.5]), number([0.75, 1.5]), number([1.25, 1.0])]
    try:
        memory = rule.initial(torch.zeros_like(x), **hyper)
        *_, (x, memory) = rule.walk(g[:2], x, memory, **hyper)
        ends = [rule.advance(x, g[2], memory, 3, **hyper | {name: inside(name, v)})[0] for v in (0.25, 0.375)]
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):  # a rule that takes other shapes
        return False
    return not torch.equal(*ends)


def maximize(subject: Subject) -> str:
    """Clause 5."""
    if not subject.has("maximize"):
        raise NotApplicable("it has no maximize")
    decays = {k: v for k, v in subject.others.items() if k == "weight_decay"}
    pieces = subject.few(2)
    for own in ({}, decays) if decays else ({},):
        for step, gap, which in _directions(subject, pieces, own):
            raise Broken(
                "direction",
                f"with maximize{' and weight decay' if own else ''}, tensor {which} is {gap:.3g} away at step {step} "
                "from where descent on the negated gradients takes it",
                step,
            )
    _per_group(subject, pieces)
    return f"{len(pieces)} tensors, {STEPS} steps: maximize on g is descent on -g"


def _run(subject: Subject, pieces: list[Piece], flags: list[bool], own: dict) -> list[list[torch.Tensor]]:
    groups = [Group(pieces)] if len(flags) == 1 else [Group([p]) for p in pieces]
    live = Live(subject, groups, **own)
    for parameter, flag in zip(live.parameters, flags * (len(pieces) // len(flags)), strict=True):
        for group in live.groups_of(parameter):
            group["maximize"] = flag
    path = []
    for gradients in live_gradients(pieces):
        live.step(gradients)
        path.append(live.values())
    return path


def _directions(subject: Subject, pieces: list[Piece], own: dict):
    up = _run(subject, pieces, [True], own)
    down = _run(subject, [_negated(p) for p in pieces], [False], own)
    for i in range(len(pieces)):
        if found := subject.apart([x[i] for x in up], [x[i] for x in down]):
            yield *found, i + 1


def _negated(piece: Piece) -> Piece:
    return replace(piece, gradients=tuple(None if g is None else -g for g in piece.gradients))


def _per_group(subject: Subject, pieces: list[Piece]) -> None:
    """Each group has its own direction."""
    if not subject.groups or subject.random or subject.needs_closure:
        return
    mixed = _run(subject, pieces, [False, True], {})
    down = _run(subject, [pieces[0], _negated(pieces[1])], [False, False], {})
    for i in range(len(pieces)):
        if found := subject.apart([x[i] for x in mixed], [x[i] for x in down]):
            raise Broken(
                "parameter-groups",
                f"of two groups the second maximizes: the tensor of group {i + 1} is {found[1]:.3g} away at step {found[0]}",
                found[0],
            )


# Saving and loading -----------------------------------------------------------------------------------


def _bytes(saved: dict) -> dict:
    """Through torch.save and torch.load; what is no plain data needs the full unpickler."""
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    buffer.seek(0)
    try:
        return torch.load(buffer)
    except LOUD:
        buffer.seek(0)
        return torch.load(buffer, weights_only=False)


WAYS: dict[str, Callable[[dict], dict]] = {"as it is": dict, "as a copy": copy.deepcopy, "through a file": _bytes}


def state_dict(subject: Subject) -> str:
    """Clause 7."""
    pieces = subject.few(3)
    groups = [Group(pieces[:2]), Group(pieces[2:])] if subject.groups else [Group(pieces[:1])]
    pieces = [p for g in groups for p in g.pieces]
    own = {k: v for k, v in subject.others.items() if k == "lr"}
    live = _half(subject, groups)
    live.set(own)
    reference = _rest(live, pieces)
    for way, carry in WAYS.items():
        _carried(subject, groups, own, reference, way, carry)
    return (
        f"{len(pieces)} tensors carried over after step {MIDDLE}, {', '.join(WAYS)}, and a second time, go on unchanged"
    )


def _carried(subject: Subject, groups: list[Group], own: dict, reference, way: str, carry: Callable) -> None:
    pieces = [p for g in groups for p in g.pieces]
    live = _half(subject, groups)
    live.set(own)
    try:
        first = _loaded(subject, groups, live, carry)
        if way == "as a copy":
            _unchanged(subject, _rest(live, pieces), reference, f"at which its state was saved {way}")
        second = _loaded(subject, groups, first, carry)
        runs = [("", _rest(first if way != "as it is" else second, pieces))]
        runs += [(" a second time", _rest(second, pieces))] if way != "as it is" else []
    except LOUD as error:
        if isinstance(error, Broken):
            raise
        says = f"its state is not taken by a fresh instance {way}: it raised {reason(error)}"
        if in_its_code(error) and not deliberate(error):
            raise Broken("state-dict", says, MIDDLE) from error
        subject.refuse("its own state", error)
        raise NotApplicable(says) from error
    for again, run in runs:
        _unchanged(subject, run, reference, f"at which it was carried over into a fresh instance {way}{again}")


def _loaded(subject: Subject, groups: list[Group], live: Live, carry: Callable) -> Live:
    """A fresh instance on parameters of the same values, with the state of another."""
    values = iter(live.values())
    now = [replace(g, pieces=[replace(p, start=next(values)) for p in g.pieces]) for g in groups]
    fresh = Live(subject, now)
    fresh.optimizer.load_state_dict(carry(live.optimizer.state_dict()))
    return fresh


def _unchanged(subject: Subject, run, reference, what: str) -> None:
    for i in range(len(reference[0])):
        if found := subject.apart([x[i] for x in run], [x[i] for x in reference]):
            step = MIDDLE + found[0]
            raise Broken(
                "state-dict",
                f"after step {MIDDLE}, {what}, tensor {i + 1} is {found[1]:.3g} away at step {step} from where it is "
                "when the run just goes on",
                step,
            )
