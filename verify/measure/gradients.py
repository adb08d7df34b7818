"""Clauses 6 and 10: gradients are read when they are there, and left alone."""

from __future__ import annotations

import dis
import inspect

import torch

from verify.measure.clause import Broken, NotApplicable
from verify.measure.execute import LOUD, STEPS, Subject
from verify.measure.live import Live
from verify.measure.pieces import Group, Piece, distance, live_gradients, reason
from verify.measure.refusals import deliberate

JUNK = 1e3  # what lies in a gradient's buffer between steps


def untouched(subject: Subject) -> str:
    """Clause 6."""
    if subject.needs_closure:
        raise NotApplicable("its closure computes the gradients anew in each step")
    pieces = subject.few(2)
    for own in _variants(subject):
        _unmodified(subject, pieces, own)
        if not subject.sparse:  # a sparse gradient has no buffer of a fixed size
            _not_aliased(subject, pieces, own)
    _cleared(subject, pieces)
    _in_parts(subject)
    return f"{len(pieces)} tensors, {STEPS} steps: gradients are left as they were, and one buffer for all steps does as well"


def _cleared(subject: Subject, pieces: list[Piece]) -> None:
    """zero_grad between steps, both ways, clears gradients and nothing else."""
    plain = subject.run([Group(pieces)])
    for to_none in (True, False) if not subject.sparse else (True,):
        live, path = _live(subject, pieces, {}), []
        try:
            for gradients in live_gradients(pieces):
                live.step(gradients)
                path.append(live.values())
                live.optimizer.zero_grad(set_to_none=to_none)
        except LOUD as error:
            subject.refuse(f"zero_grad(set_to_none={to_none})", error)
            continue
        for i, reference in enumerate(plain):
            if found := subject.apart([x[i] for x in path], reference):
                raise Broken(
                    "other",
                    f"zero_grad(set_to_none={to_none}) after each step: tensor {i + 1} is {found[1]:.3g} away at step "
                    f"{found[0]} from where it is without",
                    found[0],
                )


def _in_parts(subject: Subject) -> None:
    """Sparse gradients, where it takes them: a row that is given in two halves is that row."""
    piece = subject.piece((4, 3))
    try:
        whole = _sparsely(subject, piece, [0, 2, 3], [1.0, 1.0, 1.0])
    except LOUD:
        return  # it is for dense gradients
    try:
        parts = _sparsely(subject, piece, [2, 0, 3, 0], [1.0, 0.5, 1.0, 0.5])
    except LOUD as error:
        if not deliberate(error):
            raise Broken(
                "other", f"a sparse gradient with a row in two parts: the step raised {reason(error)}"
            ) from error
        return subject.refuse("sparse gradients with a row in two parts", error)
    if found := subject.apart(parts, whole):
        raise Broken(
            "other",
            f"sparse gradients with a row in two parts (not coalesced): {found[1]:.3g} away at step {found[0]} from where "
            "the same gradients take it when the row is whole",
            found[0],
        )


def _sparsely(subject: Subject, piece: Piece, rows: list[int], shares: list[float]) -> list[torch.Tensor]:
    """Its iterates with these rows of its gradients, each times its share."""
    live, path = subject.start([piece]), []
    (p,) = live.parameters
    for (g,) in live_gradients([piece])[:4]:
        assert g is not None
        values = g[rows] * torch.tensor(shares, dtype=g.dtype).unsqueeze(1)
        p.grad = torch.sparse_coo_tensor(torch.tensor([rows]), values, p.shape)
        live.go()
        path += live.values()
    return path


def _variants(subject: Subject) -> list[dict]:
    """The configuration, others of its numbers (a weight decay that is not 0), and the other direction."""
    found = [{}, subject.others] if subject.others else [{}]
    return found + ([{"maximize": True}] if subject.has("maximize") else [])


def _live(subject: Subject, pieces: list[Piece], own: dict) -> Live:
    live = Live(subject, [Group(pieces)], **{k: v for k, v in own.items() if k != "maximize"})
    if "maximize" in own:
        live.set(own)
    return live


def _with(own: dict) -> str:
    return f" with {', '.join(f'{k}={v}' for k, v in own.items())}" if own else ""


def _unmodified(subject: Subject, pieces: list[Piece], own: dict) -> None:
    live = _live(subject, pieces, own)
    for k, gradients in enumerate(live_gradients(pieces), start=1):
        before = live.give(gradients)
        live.go()
        for p, g in zip(live.parameters, before, strict=True):
            if p.grad is None or (gap := distance(_dense(p.grad), _dense(g))):
                seen = "took it away" if p.grad is None else f"changed it by {gap:.3g}"
                raise Broken(
                    "gradient-mutation",
                    f"the gradient of a tensor of shape {tuple(p.shape)} was set, and step {k}{_with(own)} {seen}",
                    k,
                )


def _dense(g: torch.Tensor) -> torch.Tensor:
    return g.to_dense() if g.is_sparse else g


def _not_aliased(subject: Subject, pieces: list[Piece], own: dict) -> None:
    plain, reused = _live(subject, pieces, own), _live(subject, pieces, own)
    for p in reused.parameters:
        p.grad = torch.empty_like(p)
    for k, gradients in enumerate(live_gradients(pieces), start=1):
        plain.step(gradients)
        for p, g in zip(reused.parameters, gradients, strict=True):
            p.grad.copy_(g)
        reused.go()
        for p in reused.parameters:
            p.grad.fill_(JUNK if k % 2 else 0.0)
        for a, b in zip(reused.values(), plain.values(), strict=True):
            if found := subject.apart([a], [b]):
                raise Broken(
                    "state-sharing",
                    f"one buffer holds the gradients of all steps{_with(own)}: at step {k} a tensor of shape "
                    f"{tuple(a.shape)} is {found[1]:.3g} away from where fresh gradients take it, so a gradient is kept by reference",
                    k,
                )


# Closures ---------------------------------------------------------------------------------------------


class _Closure:
    """Sets the gradients when it is called, and remembers how it was called."""

    def __init__(self, live: Live, gradients):
        self.live, self.gradients = live, gradients
        self.enabled: list[bool] = []
        self.value = torch.tensor(1.25, dtype=torch.float64)

    def __call__(self):
        self.enabled.append(torch.is_grad_enabled())
        self.live.give(self.gradients)
        return self.value


def closure(subject: Subject) -> str:
    """Clause 10."""
    if subject.needs_closure:
        raise NotApplicable("it needs a closure, and may call it as often as its algorithm says")
    (piece,) = subject.few(1)
    for before in ("zeros", "none"):
        _by_closure(subject, piece, before)
    return f"{STEPS} steps with a closure: called once in each, with gradients enabled, and its value came back"


def _by_closure(subject: Subject, piece: Piece, before: str) -> None:
    live, path = subject.start([piece]), []
    for k, gradients in enumerate(live_gradients([piece]), start=1):
        path.append(_called(live, gradients, k, before == "zeros"))
    if found := subject.apart(path, subject.alone(piece)):
        step, gap = found
        raise Broken(
            "other",
            f"a closure sets the gradients, which were {before} before: at step {step} the iterate is {gap:.3g} away from where gradients "
            "that are set beforehand take it",
            step,
        )


def _called(live: Live, gradients, step: int, zeros: bool) -> torch.Tensor:
    asked, live.count = _Closure(live, gradients), live.count + 1
    for p in live.parameters:
        p.grad = torch.zeros_like(p) if zeros else None
    live.subject.seed(step)
    try:
        value = live.optimizer.step(asked)
    except TypeError as error:
        if asked.enabled:
            raise
        raise NotApplicable(f"its step takes no closure: {reason(error)}") from error
    if not asked.enabled and not _mentions_closure(live.optimizer.step):
        raise NotApplicable("its step has the argument that torch prescribes, and its code never mentions it")
    if len(asked.enabled) != 1:
        raise Broken("other", f"step {step} called the closure {len(asked.enabled)} times, not once", step)
    if not asked.enabled[0]:
        raise Broken("other", f"step {step} called the closure with gradients disabled", step)
    if not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        raise Broken("other", f"step {step} left gradients disabled", step)
    if value is not asked.value and not _is(value, asked.value):
        raise Broken("other", f"step {step} returned {value!r}, and the closure's value was {float(asked.value)}", step)
    return live.values()[0]


def _mentions_closure(step) -> bool:
    """Does the code of a step read its first argument, or hand on what it was given?"""
    code = getattr(inspect.unwrap(step), "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return True
    names = [n for n in code.co_varnames[: code.co_argcount] if n != "self"][:1]
    return any(i.opname.startswith("LOAD") and i.argval in names for i in dis.get_instructions(code))


def _is(value, expected: torch.Tensor) -> bool:
    """The same number; float(loss) and loss.item() are as good as the loss."""
    try:
        return float(value) == float(expected)
    except (TypeError, ValueError):
        return False
