"""Clauses 1 and 2: what happens to one tensor is no matter of the others.

The reference is the same optimizer with one tensor to itself.  A step at which a tensor has no
gradient does not happen to it, so its run is the run without that step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from verify.measure.clause import Broken, NotApplicable
from verify.measure.execute import LOUD, ROUNDINGS, SMALLEST_ROUNDING, STEPS, Subject
from verify.measure.live import Live, follow
from verify.measure.pieces import Group, Piece, distance, live_gradients, reason
from verify.measure.refusals import deliberate

MANY = 18  # tensors of one optimizer: where code takes many together, it does so from some number on
_EVER = tuple(range(1, STEPS + 1))


def no_gradient(subject: Subject) -> str:
    """Clause 1."""
    independent(subject)
    a, b = subject.few(2)
    cases = {
        "at steps 5 and 6": [a, b.without(5, 6)],
        "at steps 4 and 7": [a.without(4, 7), b],
        "before step 4": [a, b.without(1, 2, 3)],
        "at any step": [a, b.without(*_EVER)],
        "at step 1, as no other": [a.without(1), b.without(1)],
        "at steps 5 and 6, as no other": [a.without(5, 6), b.without(5, 6)],
        f"in its first steps, one of {MANY}": _many(subject),
    }
    lives = {when: [Group(pieces)] for when, pieces in cases.items()}
    if subject.groups:
        lives["at steps 4 and 5, as its whole group"] = [Group([a]), Group([b.without(4, 5)])]
    raised = {when: e for when, groups in lives.items() if (e := _without(subject, groups, when))}
    says = [f"it takes no tensor without a gradient {when}: {reason(e)}" for when, e in raised.items()]
    for when, error in raised.items():
        _refused(subject, when, error, len(raised) == len(lives))
    if len(raised) == len(lives):
        raise NotApplicable(says[0])
    went = f"{len(lives) - len(raised)} cases of missing gradients, in {STEPS} steps: the others' runs and its own go on unchanged"
    return "; ".join([went, *says])


def _many(subject: Subject) -> list[Piece]:
    """Many tensors, of which some begin later than others."""
    short = [replace(p, gradients=p.gradients[:5]) for p in subject.few(3)]
    begin = [[p, p.without(1), p.without(1, 2)] for p in short]
    return [begin[i % 3][i // 3 % 3] for i in range(MANY)]


def _refused(subject: Subject, when: str, error: BaseException, always: bool) -> None:
    """A step with gradients has to be taken, unless the code says that it wants all of them; one without any need not."""
    if not always and not when.endswith(", as no other") and not deliberate(error):
        raise Broken(
            "other", f"a tensor has no gradient {when}, and others have theirs: the step raised {reason(error)}"
        ) from error
    subject.refuse(f"a tensor without a gradient {when}", error)


def independent(subject: Subject) -> None:
    """NotApplicable where runs of one tensor are no reference for runs of several."""
    if subject.needs_closure:
        raise NotApplicable("it takes its gradients from a closure, and one direction for all tensors")
    if subject.random:
        raise NotApplicable("it draws random numbers, and with other tensors it draws others")


def _without(subject: Subject, groups: Sequence[Group], when: str) -> BaseException | None:
    """Why it does not take this, which is no silent fault."""
    pieces = [p for g in groups for p in g.pieces]
    try:
        live = Live(subject, groups)
        paths = _steps_without(live, pieces, when)
    except LOUD as error:
        if isinstance(error, Broken):
            raise
        return error
    for path, piece in zip(paths, pieces, strict=True):
        had = [k for k, g in enumerate(piece.gradients) if g is not None]
        reference = subject.alone(piece.skipping()) if had else []
        if found := subject.apart([path[k] for k in had], reference):
            _later(subject, piece, path, had[found[0] - 1] + 1, found[1], when)
    return None


def _steps_without(live: Live, pieces: Sequence[Piece], when: str) -> list[list[torch.Tensor]]:
    """The iterates; what has no gradient must stay as it is, in value and state."""
    paths: list[list[torch.Tensor]] = [[] for _ in pieces]
    for k, gradients in enumerate(live_gradients(pieces), start=1):
        before = [(p.detach().clone(), state_of(live, i)) for i, p in enumerate(live.parameters)]
        live.step(gradients)
        for i, (g, p) in enumerate(zip(gradients, live.parameters, strict=True)):
            paths[i].append(p.detach().clone())
            if g is None:
                _kept(live, i, before[i], k, when)
    return paths


def _kept(live: Live, i: int, before, step: int, when: str) -> None:
    p, (x, state) = live.parameters[i], before
    seen = f"a tensor of shape {tuple(p.shape)} has no gradient {when}"
    if gap := distance(p.detach(), x):
        kind = "decay-coupling" if _in_proportion(p.detach(), x) else "moment-recurrence"
        raise Broken(kind, f"{seen}, and step {step} moved it by {gap:.3g}", step)
    now = state_of(live, i)
    changed = [k for k, v in state.items() if k in now and not _equal(now[k], v)]
    if changed:
        kind = "step-index" if all(_size(state[k]) == 1 for k in changed) else "moment-recurrence"
        raise Broken(kind, f"{seen}, and step {step} changed its state {', '.join(map(str, changed))}", step)


def _in_proportion(now: torch.Tensor, before: torch.Tensor) -> bool:
    """Has every element shrunk by one factor?"""
    factors = now / before
    return bool((factors - factors.mean()).abs().max() <= ROUNDINGS * SMALLEST_ROUNDING)


def _later(subject: Subject, piece: Piece, path, step: int, gap: float, when: str) -> None:
    """The run after the missing gradients is another: as if they had been zero, or as if steps had been counted."""
    if None not in piece.gradients:
        raise _left_out(piece, path, step, gap, when)
    zeros = replace(piece, gradients=tuple(torch.zeros_like(piece.start) if g is None else g for g in piece.gradients))
    as_zero = not subject.apart(path, subject.alone(zeros))
    kind = "moment-recurrence" if as_zero else "step-index"
    why = "as if the missing gradients had been zeros" if as_zero else "the steps without a gradient count"
    raise Broken(
        kind,
        f"a tensor of shape {tuple(piece.start.shape)} has no gradient {when}: at step {step} it is {gap:.3g} away "
        f"from where it is when those steps do not happen, {why}",
        step,
    )


def _left_out(piece: Piece, path, step: int, gap: float, when: str) -> Broken:
    """A tensor with all its gradients goes another way, because others have none: it rests, or its steps differ."""
    rests = step > 1 and not distance(path[step - 1], path[step - 2])
    does = "it is not moved" if rests else f"it is {gap:.3g} away from where it is alone"
    return Broken(
        "parameter-groups" if rests else "state-sharing",
        f"a tensor of shape {tuple(piece.start.shape)} has all its gradients, and another has none {when}: at step {step} {does}",
        step,
    )


def state_of(live: Live, i: int) -> dict:
    """The tensors and numbers that the optimizer keeps for one parameter, copied."""
    return dict(_leaves((), live.optimizer.state.get(live.parameters[i], {})))


def _leaves(path: tuple, box):
    if isinstance(box, torch.Tensor):
        yield ".".join(map(str, path)), box.detach().clone()
    elif isinstance(box, int | float):
        yield ".".join(map(str, path)), box
    elif isinstance(box, dict | list | tuple):
        for key, inner in box.items() if isinstance(box, dict) else enumerate(box):
            yield from _leaves((*path, key), inner)


def _equal(a, b) -> bool:
    return not distance(torch.as_tensor(a), torch.as_tensor(b))


def _size(value) -> int:
    return value.numel() if isinstance(value, torch.Tensor) else 1


# Several tensors ------------------------------------------------------------------------------------

LAYOUTS = {
    "transposed": ((4, 3), lambda x: x.t().contiguous().t()),
    "with gaps": ((4, 3), lambda x: torch.stack([x, x], dim=-1)[..., 0]),
    "vector with gaps": ((5,), lambda x: torch.stack([x, x], dim=-1)[..., 0]),
    "permuted": ((2, 3, 2), lambda x: x.permute(2, 0, 1).contiguous().permute(1, 2, 0)),
    "channels last": ((2, 2, 3, 2), lambda x: x.contiguous(memory_format=torch.channels_last)),
}


def shapes(subject: Subject) -> str:
    """Clause 2."""
    taken = subject.shapes
    _untaken(subject)
    independent(subject)
    _from_generator(subject)
    refused = _layouts(subject)
    pieces = [subject.piece(s, 40 + i) for i, s in enumerate(taken)]
    for order in (pieces, pieces[::-1]):
        _together(subject, order)
    names = ", ".join(str(s) for s in dict.fromkeys(taken))
    return (
        f"{len(pieces)} tensors together, {STEPS} steps, shapes {names}, and {len(LAYOUTS) - len(refused)} layouts"
        + (f"; refused: {', '.join(refused)}" if refused else "")
    )


def _untaken(subject: Subject) -> None:
    """Says which shapes it does not take, once for each reason."""
    because: dict[type, tuple[BaseException, list[str]]] = {}
    for shape, error in subject.untaken.items():
        if shape or not subject.sparse:  # a single number has no rows
            because.setdefault(type(error), (error, []))[1].append(str(shape))
    for why, shapes in because.values():
        subject.refuse(f"parameters of shape {', '.join(shapes)}", why)


def _from_generator(subject: Subject) -> None:
    """Parameters as module.parameters() hands them over; a factory is given a list."""
    if subject.target.factory:
        return
    pieces = subject.few(2)
    try:
        paths = follow(Live(subject, [Group(pieces)], iter), pieces)
    except LOUD as error:
        if not deliberate(error):
            raise Broken(
                "other", f"parameters come from a generator, as a module's: it raised {reason(error)}"
            ) from error
        subject.refuse("parameters from a generator", error)
        return
    for path, reference in zip(paths, subject.run([Group(pieces)]), strict=True):
        if found := subject.apart(path, reference):
            raise Broken("other", f"parameters come from a generator: {found[1]:.3g} away at step {found[0]}", found[0])


def _layouts(subject: Subject) -> list[str]:
    """Each layout against the plain one; the names of those that it refuses to take."""
    refused: list[str] = []
    because: dict[str, tuple[BaseException, list[str]]] = {}
    for name, (shape, lay) in LAYOUTS.items():
        piece = subject.piece(shape, 60)
        if not subject.takes(piece):
            refused.append(name)
            continue
        plain = subject.alone(piece)
        try:
            path = subject.alone(piece.laid(lay))
        except LOUD as error:
            refused.append(name)
            because.setdefault(reason(error), (error, []))[1].append(name)
            continue
        if found := subject.apart(path, plain):
            left = not distance(path[-1], piece.start)
            step, gap = found
            raise Broken(
                "parameter-groups" if left else "other",
                f"a tensor of shape {shape} whose memory is {name} "
                + ("is not moved at all" if left else f"is {gap:.3g} away from a contiguous one at step {step}"),
                step,
            )
    for why, names in because.values():
        subject.refuse(f"parameters whose memory is {', '.join(names)}", why)
    return refused


def _together(subject: Subject, pieces: Sequence[Piece]) -> None:
    try:
        paths = subject.run([Group(pieces)])
    except LOUD as error:
        raise Broken(
            "state-sharing", f"{len(pieces)} tensors that it takes one by one: together the step raised {reason(error)}"
        ) from error
    for i, (path, piece) in enumerate(zip(paths, pieces, strict=True)):
        if found := subject.apart(path, subject.alone(piece)):
            raise _mixed(subject, pieces, paths, i, *found)


def _mixed(subject: Subject, pieces: Sequence[Piece], paths, i: int, step: int, gap: float) -> Broken:
    """Why a tensor among others is not updated as it would be alone."""
    piece = pieces[i]
    where = f"tensor {i + 1} of {len(pieces)}, of shape {tuple(piece.start.shape)}"
    if not distance(paths[i][-1], piece.start):
        return Broken("parameter-groups", f"{where} is not moved at all among others", step)
    kind, why = _cause(subject, pieces, paths, i, step)
    return Broken(kind, f"{where}, is {gap:.3g} away at step {step} from where it is alone: {why}", step)


def _cause(subject: Subject, pieces: Sequence[Piece], paths, i: int, step: int) -> tuple[str, str]:
    """Changes the others' gradients: of those that come later at that very step; of all at every step."""
    depends = lambda others: bool(subject.apart(subject.run([Group(others)])[i][:step], paths[i][:step]))
    if depends([_louder(p, (step,)) if j > i else p for j, p in enumerate(pieces)]):
        return "norm-scope", "it depends on the gradients of tensors that come later in the same step"
    if depends([p if j == i else _louder(p, _EVER) for j, p in enumerate(pieces)]):
        return "state-sharing", "it depends on the others' gradients"
    return "step-index", "it depends on how many the others are, and not on their gradients"


def _louder(piece: Piece, steps: tuple[int, ...]) -> Piece:
    """Three times the gradient at these steps."""
    gradients = (3 * g if g is not None and k in steps else g for k, g in enumerate(piece.gradients, 1))
    return replace(piece, gradients=tuple(gradients))
