"""Clauses 3 and 8: groups stay apart, and instances stay apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verify.measure.alone import independent
from verify.measure.clause import Broken, NotApplicable
from verify.measure.execute import LOUD, STEPS, Subject
from verify.measure.live import Live
from verify.measure.pieces import Group, Piece, distance, live_gradients, reason
from verify.measure.shared import changed, shared

LATER = 4  # steps before a group is added


def instances(subject: Subject) -> str:
    """Clause 8."""
    a, b = (subject.piece(subject.few(1)[0].start.shape, 30 + i) for i in range(2))
    for begin in (0, 3):
        for path, piece, which in zip(_interleaved(subject, a, b, begin), (a, b), ("first", "second"), strict=True):
            if found := subject.apart(path, subject.alone(piece)):
                _shared(subject, a, f"the {which} of two instances that step in turn", *found)
    if found := subject.repeated:
        _shared(subject, a, "an instance made after another", *found)
    return f"two instances that step in turn for {STEPS} steps, and one made after another, run as if they were alone"


def _interleaved(subject: Subject, a: Piece, b: Piece, begin: int) -> tuple[list, list]:
    """Both run in turn; the second is made when the first has done `begin` steps."""
    first, mine, its = subject.start([a]), [], []
    second = None
    for k in range(STEPS + begin):
        if k == begin:
            second = subject.start([b])
        if k < STEPS:
            first.step([a.gradients[k]])
            mine += first.values()
        if second and k >= begin:
            second.step([b.gradients[k - begin]])
            its += second.values()
    return mine, its


def _shared(subject: Subject, piece: Piece, which: str, step: int, gap: float) -> None:
    """Instances differ: because of a memory that can be named, or because nothing repeats."""
    live = subject.start([piece])
    before = shared(live.optimizer)
    for gradients in live_gradients([piece]):
        live.step(gradients)
    places = changed(before, shared(live.optimizer))
    if not places and subject.repeated:
        raise NotApplicable("nondeterministic: two runs from one start differ, with the same seeds")
    where = f"they share {', '.join(places[:3])}" if places else "they share a memory"
    raise Broken("state-sharing", f"{which} is {gap:.3g} away at step {step} from one that is by itself: {where}", step)


def groups(subject: Subject) -> str:
    """Clause 3."""
    independent(subject)
    if not subject.groups:
        if subject.ungrouped:
            subject.refuse("a second group", subject.ungrouped)
        raise NotApplicable("it takes one group only")
    a, b = subject.few(2)
    if subject.own:
        _two(subject, a, b, subject.own)
        _one_by_one(subject, a, b)
    for own in ({}, subject.own) if subject.own else ({},):
        _added(subject, a, b, own)
    return (
        f"groups that differ in {_names(subject.own)}, in all at once and in each alone, and a group added after step "
        f"{LATER}, run as if they were alone"
    )


def _names(own: dict) -> str:
    return ", ".join(own) or "nothing"


def _two(subject: Subject, a: Piece, b: Piece, own: dict) -> None:
    wrong = _first_wrong(subject, a, b, own)
    if not wrong:
        return
    single = [k for k in own if _first_wrong(subject, a, b, {k: own[k]})]
    which, (step, gap) = wrong
    what = f"{', '.join(single)} of the {which}" if single else f"the hyperparameters of the {which}"
    raise Broken(
        "parameter-groups",
        f"of two groups that differ in {_names(own)}, {what} is not its own: at step {step} its tensor is {gap:.3g} "
        "away from where it is alone with the same values",
        step,
    )


def _one_by_one(subject: Subject, a: Piece, b: Piece) -> None:
    """Groups that agree in all but one number: code may take groups together by the others."""
    for name, value in subject.own.items() if len(subject.own) > 1 else ():
        try:
            subject.alone(a, **{name: value}), subject.alone(b, **{name: value})
        except LOUD:
            continue  # it takes this value only together with others
        _two(subject, a, b, {name: value})


def _first_wrong(subject: Subject, a: Piece, b: Piece, own: dict):
    """The first group, in either order, that does not run as it would alone."""
    both: list[tuple[Piece, dict]] = [(a, {}), (b, own)]
    for order in (both, both[::-1]):
        paths = subject.run([Group([p], o) for p, o in order])
        for name, path, (piece, o) in zip(("first group", "second group"), paths, order, strict=True):
            if found := subject.apart(path, subject.alone(piece, **o)):
                return name, found
    return None


def _added(subject: Subject, a: Piece, b: Piece, own: dict) -> None:
    try:
        paths = _with_later_group(subject, a, b, own)
    except LOUD as error:
        raise Broken(
            "parameter-groups", f"a group added after step {LATER}, and the next step raised {reason(error)}", LATER + 1
        ) from error
    short = replace(b, gradients=b.gradients[: STEPS - LATER])
    if found := subject.apart(paths[0], subject.alone(a)):
        raise Broken("state-sharing", f"adding a group moved another group's tensor by {found[1]:.3g}", found[0])
    if found := subject.apart(paths[1], subject.alone(short, **own)):
        _late(subject, a, b, own, paths[1], *found)


def _with_later_group(subject: Subject, a: Piece, b: Piece, own: dict) -> tuple[list, list]:
    live: Live = subject.start([a])
    mine, its = [], []
    for k in range(STEPS):
        if k == LATER:
            live.join([b], own)
        live.step([a.gradients[k], *([b.gradients[k - LATER]] if k >= LATER else [])])
        mine.append(live.values()[0])
        its += live.values()[1:]
    return mine, its


def _late(subject: Subject, a: Piece, b: Piece, own: dict, path: Sequence, step: int, gap: float) -> None:
    where = f"a tensor in a group added after step {LATER}"
    if not distance(path[-1], b.start):
        raise Broken("parameter-groups", f"{where} is not moved at all", LATER + 1)
    louder = replace(a, gradients=tuple(3 * g for g in a.gradients if g is not None))
    shared_memory = subject.apart(_with_later_group(subject, louder, b, own)[1][:step], path[:step])
    kind = "state-sharing" if shared_memory else "parameter-groups" if _stale(subject, a, b, own) else "step-index"
    why = {
        "state-sharing": "it depends on the gradients of the other group",
        "parameter-groups": "its own hyperparameters are not used",
        "step-index": "its first step is not counted as the first",
    }[kind]
    raise Broken(kind, f"{where} is {gap:.3g} away at its step {step} from where a fresh one is: {why}", LATER + step)


def _stale(subject: Subject, a: Piece, b: Piece, own: dict) -> bool:
    """Is the later group right as soon as it has no values of its own?"""
    short = replace(b, gradients=b.gradients[: STEPS - LATER])
    return bool(own) and not subject.apart(_with_later_group(subject, a, b, {})[1], subject.alone(short))
