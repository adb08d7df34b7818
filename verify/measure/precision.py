"""Clause 9: a parameter stays what it is, and its update passes through no narrower type.

A narrower type is found by what it does.  All numbers that go in are shifted by a small factor; a smooth
function answers a shift of h with a second difference of size h * h, or with none where it is piecewise
constant.  Numbers that are rounded to b bits answer with 2^-b whatever h is, or, where the shift is below their
spacing, not at all.  A step with jumps (a sign, a threshold) shows this at few elements; a narrower type at most.  A maximum or a root
near its end may look like it, so torch must also have been seen to compute with numbers of a narrower type.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from verify.measure.alone import state_of
from verify.measure.clause import Broken
from verify.measure.execute import LOUD, ROUNDINGS, SMALLEST_ROUNDING, Subject
from verify.measure.narrow import compare, typed
from verify.measure.pieces import Group, Piece, live_gradients, reason
from verify.measure.refusals import deliberate
from verify.subjects.build import is_number
from verify.tensors import doubles

TYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
STEPS = 8
# Shifts as powers of two.  Two bits above the last of bfloat16, of float32 and below the latter's.
SHIFTS = (-6, -14, -22, -30)
NEARBY = 4  # powers of two between the shifts of which one is compared with the other
CURVED = 2.0**10  # a second derivative may be so many times what it is at the larger shift; narrow types give 2^16
# Where the shifts begin.  A threshold of the whole tensor that lies in one of these intervals lies in no other.
STARTS = (0.0, 0.011, 0.023)
NARROW = 2.0**-32  # a rounding of float32, the widest of them, and what may be lost of it on the way
WIDE = (12, 12)


def dtype(subject: Subject) -> str:
    """Clause 9."""
    taken = [t for t in TYPES if _kept(subject, t)]
    _mixed(subject, taken)
    if not subject.needs_closure:
        _not_narrow(subject)
    values = "".join(f"; {compare(subject, t)}" for t in taken if t is not torch.float64)
    names = ", ".join(str(t).removeprefix("torch.") for t in taken)
    return f"parameters of {names} stay what they are{values}; float64 responds to shifts down to 2^{SHIFTS[-1]} as a smooth function"


def _kept(subject: Subject, kind: torch.dtype) -> bool:
    """Runs with parameters of this type; False where it takes none."""
    pieces = [typed(p, kind) for p in subject.few(2)]
    try:
        live = subject.start(pieces)
        before = [_facts(p) for p in live.parameters]
        for gradients in live_gradients(pieces)[:3]:
            live.step(gradients)
    except LOUD as error:
        if kind is torch.float64:
            raise
        name = str(kind).removeprefix("torch.")
        if kind is torch.float32 and not deliberate(error) and "not implemented for" not in str(error):
            raise Broken(
                "other", f"parameters of {name}, the type of torch's own modules: the step raised {reason(error)}"
            ) from error
        subject.refuse(f"parameters of {name}", error)
        return False
    for p, then in zip(live.parameters, before, strict=True):
        for name, value in _facts(p).items():
            if value != then[name]:
                kind_of = "precision" if name == "dtype" else "other"
                raise Broken(
                    kind_of,
                    f"a {kind} parameter of shape {tuple(p.shape)}: its {name} was {then[name]} and is {value}",
                    1,
                )
        if not live.holds(p):
            raise Broken("parameter-groups", f"a {kind} parameter was replaced by another object in its group", 1)
    return True


def _mixed(subject: Subject, taken: list[torch.dtype]) -> None:
    """A float64 tensor in one group with others of narrower types goes its own way."""
    if subject.needs_closure or subject.random:
        return
    first, piece = subject.few(2)
    if subject.apart(subject.run([Group([first, piece])])[1], subject.alone(piece)):
        return  # not for its type: clause shapes says so
    for kind in taken[1:2] + taken[-1:]:
        try:
            path = subject.run([Group([typed(first, kind), piece])])[1]
        except LOUD as error:
            subject.refuse(f"float64 beside {str(kind).removeprefix('torch.')} in one group", error)
            continue
        if found := subject.apart(path, subject.alone(piece)):
            raise Broken(
                "precision",
                f"a float64 tensor beside one of {str(kind).removeprefix('torch.')}, in one group, is {found[1]:.3g} away at "
                f"step {found[0]} from where it is alone",
                found[0],
            )


def _facts(p: torch.Tensor) -> dict:
    return {"dtype": p.dtype, "shape": tuple(p.shape), "device": p.device, "requires_grad": p.requires_grad}


# Narrower types -----------------------------------------------------------------------------------------


def _not_narrow(subject: Subject) -> None:
    piece = subject.piece(WIDE if _takes(subject, WIDE) else subject.few(1)[0].start.shape, 70, STEPS)
    small = replace(piece, start=piece.start / 1024)  # so that the sum with x does not hide the update
    luck = np.random.RandomState(11)
    directions = [torch.from_numpy(luck.uniform(0.5, 1, x.shape)) for x in (small.start, *small.gradients)]
    _respond(subject, small, "parameters", partial(_shifted_start, subject, small, directions[0]))
    _respond(subject, small, "gradients", partial(_shifted_gradients, subject, small, directions[1:]))
    for name in subject.hyper:
        _respond(subject, small, name, partial(_shifted_number, subject, small, name))


def _takes(subject: Subject, shape) -> bool:
    try:
        subject.alone(subject.piece(shape, 70, STEPS))
    except LOUD:
        return False
    return True


def _shifted_start(subject: Subject, piece: Piece, direction, shift: float) -> torch.Tensor:
    return subject.start_and_run(replace(piece, start=piece.start * (1 - shift * direction)))


def _shifted_gradients(subject: Subject, piece: Piece, directions, shift: float) -> torch.Tensor:
    gradients = tuple(g * (1 - shift * d) for g, d in zip(piece.gradients, directions, strict=True))
    return subject.start_and_run(replace(piece, gradients=gradients))


def _shifted_number(subject: Subject, piece: Piece, name: str, shift: float) -> torch.Tensor:
    return subject.start_and_run(piece, **{name: _scaled(subject.hyper[name], shift)})


def _scaled(value, shift: float):
    """A number moved by a share of its distance to 0 or 1, whichever is nearer: 1 - beta is what betas act through."""
    if isinstance(value, tuple | list):
        return type(value)(_scaled(v, shift) for v in value)
    if not isinstance(value, float) or not is_number(value):
        return value
    return value - shift * (min(abs(value), abs(1 - value)) or value)


def _respond(subject: Subject, piece: Piece, what: str, run) -> None:
    """Broken where most elements answer small shifts as numbers of few bits do, wherever the shifts begin.

    Tensors pass through a narrower type by torch's operations, and these are seen; numbers may also do so elsewhere.
    """
    found = _first_narrow(run, STARTS[0])
    if found and all(_first_narrow(run, begin) for begin in STARTS[1:]):
        i, subject.noise = found
        computed, scalars = _narrow_operations(subject, piece)
        if not computed and not (what in subject.hyper and _persists(run, SHIFTS[i])):
            subject.noise = 0.0
            return  # a kink, a steep place or an unstable algorithm, and no number of a narrower type anywhere
        held = _narrow_state(subject)
        given = any(map(torch.is_tensor, subject.target.keywords.values()))  # a rate in the type that its giver chose
        mild = scalars and (given or _is_smooth_in_double(run))
        raise Broken("precision", _narrow(subject, what, i, held, computed), narrow=tuple(held), mild=mild)


def _is_smooth_in_double(run) -> bool:
    """Does nothing look narrow where torch makes new tensors in float64?  Then it was torch's default type."""
    with doubles():
        return _first_narrow(run, STARTS[0]) is None


def _first_narrow(run, begin: float) -> tuple[int, float] | None:
    """The first shift that is answered as if numbers were narrow, and the size of the answer."""
    try:
        middle = run(begin)
        ends = [(run(begin + 2.0**p), run(begin + 2.0 ** (p + 1))) for p in SHIFTS]
    except LOUD:
        return None  # it does not take these numbers
    if not all(bool(x.isfinite().all()) for pair in ends for x in pair):
        return None
    first = [(a - middle).abs() for a, _ in ends]
    second = [(b - 2 * a + middle).abs() for a, b in ends]
    slope = first[0] / 2.0 ** SHIFTS[0]
    floor = ROUNDINGS * STEPS * SMALLEST_ROUNDING * (middle.abs() + slope)
    for i in range(1, len(SHIFTS)):
        ratio = 2.0 ** (SHIFTS[i] - SHIFTS[i - 1])
        noisy = second[i] > CURVED * ratio**2 * second[i - 1] + CURVED * ratio * floor + 4 * floor
        dead = (first[i] == 0) & (first[i - 1] > floor / ratio)
        noisy &= second[i] > NARROW * slope  # less is float64's own, magnified
        if float((noisy | dead).double().mean()) > 0.5:
            return i, float(second[i].max())
    return None


def _persists(run, power: int) -> bool:
    """Is the answer to a shift about as large as to one of sixteen times its size?

    At a kink it would be a sixteenth, and of a smooth function less; only rounding is as large.
    """
    middle = run(0.0)
    far, near = ((run(2.0 ** (p + 1)) - 2 * run(2.0**p) + middle).abs() for p in (power + NEARBY, power))
    return float((near > far / 2.0 ** (NEARBY - 1)).double().mean()) > 0.5


def _narrow(subject: Subject, what: str, i: int, held: dict[str, str], computed: list[str]) -> str:
    where = f"; its state holds {', '.join(f'{k} in {kind}' for k, kind in held.items())}" if held else ""
    where += f"; torch computes {', '.join(computed[:3])}" if computed else ""
    return (
        f"float64 {what} shifted by 2^{SHIFTS[i]}: after {STEPS} steps most elements answer as if numbers had been "
        f"rounded to a narrower type on the way, by {subject.noise:.3g}{where}"
    )


class _Watch(TorchDispatchMode):
    """Writes down the operations that give numbers of a narrower type, other than whole ones."""

    def __init__(self):
        super().__init__()
        self.seen: dict[str, None] = {}
        self.scalars = True

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for x in tree_leaves((made, args)):
            if isinstance(x, torch.Tensor) and x.dtype in TYPES[1:] and bool((x != x.round()).any()):
                self.seen[f"{func.overloadpacket.__name__} in {str(x.dtype).removeprefix('torch.')}"] = None
                self.scalars &= x.numel() == 1
        return made


def _narrow_operations(subject: Subject, piece: Piece) -> tuple[list[str], bool]:
    """What torch computes in narrower types, and whether these are single numbers alone."""
    live = subject.start([piece])
    with _Watch() as watch:
        for gradients in live_gradients([piece])[:3]:
            live.step(gradients)
    return list(watch.seen), watch.scalars


def _narrow_state(subject: Subject) -> dict[str, str]:
    """The parts of the state that are kept in a narrower type, and the type."""
    (piece,) = subject.few(1)
    live = subject.start([piece])
    live.step(live_gradients([piece])[0])
    kept = {k: v for k, v in state_of(live, 0).items() if isinstance(v, torch.Tensor) and v.is_floating_point()}
    return {k: str(v.dtype).removeprefix("torch.") for k, v in kept.items() if v.dtype != torch.float64 and k != "step"}
