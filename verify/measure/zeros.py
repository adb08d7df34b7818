"""Clause 11: a zero gradient is a gradient, and what it does is the limit of what small ones do."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import torch

from verify.measure.alone import state_of
from verify.measure.clause import Broken, NotApplicable
from verify.measure.execute import STEPS, Subject
from verify.measure.pieces import Piece, distance, live_gradients

TINY = 1e-150  # next to any other gradient it is zero, and so is its square, though both are numbers
ZEROS = {"at steps 6 and 7": (6, 7), "at step 1": (1,)}
WHICH = {"all gradients": 1, "gradients of half of the elements": 2}


def zero(subject: Subject) -> str:
    """Clause 11: what a zero gradient does is the limit of what small ones do, where there is a limit."""
    if subject.needs_closure:
        raise NotApplicable("it takes its gradients from a closure")
    if subject.sparse:
        raise NotApplicable("it takes sparse gradients, in which a row of zeros is a row that is not there")
    (piece,) = subject.few(1)
    judged = 0
    for which, part in WHICH.items():
        for when, steps in ZEROS.items():
            judged += _limit(subject, piece, steps, part, f"{which} are 0 {when}")
    for when, steps in ZEROS.items():
        _counted(subject, piece, steps, when)
    if not judged:
        return "the steps with a zero gradient are counted; the update itself jumps at zero, so small gradients say nothing of it"
    return f"zero gradients {' and '.join(ZEROS)}: steps are counted, and {STEPS} steps go as with gradients of {TINY}"


def _at(piece: Piece, steps: tuple[int, ...], value: float, part: int = 1) -> Piece:
    """The same life with all gradients, or every second, this small at these steps."""
    return replace(
        piece, gradients=tuple(_small(g, value, part) if k in steps else g for k, g in enumerate(piece.gradients, 1))
    )


def _small(g: torch.Tensor, value: float, part: int) -> torch.Tensor:
    flat = g.clone().reshape(-1)
    flat[::part] = value
    return flat.reshape(g.shape)


def _limit(subject: Subject, piece: Piece, steps: tuple[int, ...], part: int, what: str) -> bool:
    """Was there a limit to compare with?"""
    zeros, above, below = (subject.alone(_at(piece, steps, v, part)) for v in (0.0, TINY, -TINY))
    if subject.apart(above, below) or not all(bool(x.isfinite().all()) for x in (*zeros, *above)):
        return False
    if not (found := subject.apart(zeros, above)):
        return True
    skipped = subject.alone(piece.without(*steps).skipping())
    kept = [x for k, x in enumerate(zeros, 1) if k not in steps]
    if part == 1 and not subject.apart(kept, skipped):
        why, kind = "as if that step had not been made", "moment-recurrence"
    elif part == 1 and _stands(zeros, piece, steps[0]):
        why, kind = "that step does not move it", "moment-recurrence"
    elif _elementwise(subject, piece):
        kind = "moment-recurrence" if _rests(subject, _at(piece, steps, 0.0, part), steps[-1], part) else "step-index"
        why = "its memory does not move on" if kind == "moment-recurrence" else "that step is not counted"
    else:
        return False  # a mean over the tensor may have a value of its own at zero
    raise Broken(
        kind,
        f"{what}: at step {found[0]} a tensor of shape {tuple(piece.start.shape)} is {found[1]:.3g} "
        f"away from where gradients of {TINY} take it, {why}",
        found[0],
    )


def _rests(subject: Subject, piece: Piece, step: int, part: int) -> bool:
    """Does a memory that moves at other steps stay as it is at this one, where the gradient is 0?"""
    live, states = subject.start([piece]), []
    for gradients in live_gradients([piece])[:step]:
        live.step(gradients)
        states.append(state_of(live, 0))
    shape = piece.start.shape
    moments = [k for k, v in states[-1].items() if isinstance(v, torch.Tensor) and v.shape == shape and k in states[0]]
    still = lambda a, b: torch.equal(a.reshape(-1)[::part], b.reshape(-1)[::part])
    return any(still(states[-1][k], states[-2][k]) and not still(states[0][k], states[1][k]) for k in moments)


def _stands(path, piece: Piece, step: int) -> bool:
    before = path[step - 2] if step > 1 else piece.start
    return not distance(path[step - 1], before)


def _elementwise(subject: Subject, piece: Piece) -> bool:
    """Does an element's gradient move that element alone?"""
    other = replace(piece, gradients=tuple(_doubled_first(g) for g in piece.gradients if g is not None))
    paths = zip(subject.alone(other), subject.alone(piece), strict=True)
    return all(torch.equal(a.reshape(-1)[1:], b.reshape(-1)[1:]) for a, b in paths)


def _doubled_first(g: torch.Tensor) -> torch.Tensor:
    flat = g.clone().reshape(-1)
    flat[:1] *= 2
    return flat.reshape(g.shape)


def _counted(subject: Subject, piece: Piece, steps: tuple[int, ...], when: str) -> None:
    """What counts the steps of a tensor counts this one too."""
    ordinary, zeros = (_counts(subject, p) for p in (piece, _at(piece, steps, 0.0)))
    for name, numbers in ordinary.items():
        counts = all(b - a == 1 for a, b in pairwise(numbers)) and len(numbers) == STEPS
        if counts and name in zeros and zeros[name] != numbers:
            raise Broken(
                "step-index",
                f"all gradients are 0 {when}: {name} is {zeros[name][-1]:g} after {STEPS} steps, and "
                f"{numbers[-1]:g} where no gradient is 0",
                steps[0],
            )


def _counts(subject: Subject, piece: Piece) -> dict[str, list[float]]:
    """Every single number in the state of the tensor, step by step."""
    live = subject.start([piece])
    found: dict[str, list[float]] = {}
    for gradients in live_gradients([piece]):
        live.step(gradients)
        for name, value in state_of(live, 0).items():
            if not isinstance(value, torch.Tensor) or value.ndim == 0:
                found.setdefault(name, []).append(float(value))
    return found
