"""Short programs that fail where a clause is broken: what a maintainer can run, and keep as a test.

Each takes `make`, which takes parameters and keywords and returns the optimizer.  A demonstration is shown
only where it has been seen to fail on the target itself.  It judges nothing: the clause did, and `assert_close`
compares at torch's own tolerance for the type, which a maintainer's test would take too.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import partial

import torch

from verify.measure.execute import LOUD
from verify.subjects.target import Target


def snippet(target: Target, clause: str, own: dict, raised: bool) -> str | None:
    """A program that fails on the target because the clause is broken; None where there is none that does.

    own: other values of its hyperparameters.  raised: whether the clause is broken because the target raised.
    """
    shown, source = DEMONSTRATIONS[clause], _source(target)
    other = own if len(inspect.signature(shown).parameters) > 1 else {}
    if source is None or not _fails(partial(shown, _maker(target), **other), raised):
        return None
    text = "\n\n".join(inspect.getsource(f) for f in (values, walk, shown)).replace("  # noqa: B905", "")
    call = ", ".join(["make", *(f"{k}={v!r}" for k, v in other.items())])
    first = "import copy\n\n" if "copy." in text else ""
    return f"{first}import torch\n{source}\n\n\n{text}\n\n{shown.__name__}({call})\n"


def _maker(target: Target) -> Callable:
    def make(params, **own):
        made = target.make(params) if target.factory else target.make(params, **target.keywords | own)
        for group in made.param_groups if target.factory else ():
            group.update(own)
        return made

    return make


def _source(target: Target) -> str | None:
    """Import and `make` as text; None where the target has no name that can be imported."""
    bound = target.make.keywords if isinstance(target.make, partial) else {}
    thing = target.make.func if isinstance(target.make, partial) else target.make
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
    if not module or not name.isidentifier() or module == "__main__":
        return None
    first = f"from {module} import {name}\n\n\ndef make(params, **own):\n"
    if target.factory:
        made = f"    made = {name}({', '.join(['params', *(f'{k}={v!r}' for k, v in bound.items())])})\n"
        return first + made + "    for group in made.param_groups:\n        group.update(own)\n    return made"
    defaults = {n: p.default for n, p in inspect.signature(thing).parameters.items()}
    plain = {k: v for k, v in target.keywords.items() if repr(defaults.get(k)) != repr(v)}
    return first + f"    return {name}(params, **{'own' if not plain else f'({plain!r} | own)'})"


def _fails(shown: Callable, raised: bool) -> bool:
    try:
        shown()
    except AssertionError:
        return True
    except LOUD:
        return raised
    return False


# What follows is printed.  It may use torch, copy, and the two functions that come first.


def values(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def walk(optimizer, parameters, gradients):
    for step in gradients:
        for p, g in zip(parameters, step):  # noqa: B905
            p.grad = None if g is None else g.clone()
        optimizer.step()


def tensor_without_gradient(make):
    g, start = values(9, 3, 2), values(3, 2, seed=1)
    p, q, alone = (torch.nn.Parameter(start.clone()) for _ in range(3))
    walk(make([p, q]), [p, q], [(g[k], None if k in (0, 4, 5) else g[k]) for k in range(9)])
    walk(make([alone]), [alone], [(g[k],) for k in range(9) if k not in (0, 4, 5)])
    torch.testing.assert_close(q, alone, rtol=1e-9, atol=1e-12)  # steps without a gradient do not happen to q
    many = [torch.nn.Parameter(start.clone()) for _ in range(18)]
    walk(make(many), many, [[g[k] if i == 0 or k > 1 else None for i in range(18)] for k in range(4)])
    late = torch.nn.Parameter(start.clone())
    walk(make([late]), [late], [(g[k],) for k in (2, 3)])
    torch.testing.assert_close(many[1], late, rtol=1e-9, atol=1e-12)  # one of many that begins at the third step
    walk(make([{"params": [p]}, {"params": [q]}]), [p, q], [(g[0], None)])
    walk(make([p]), [p], [(None,)])


def several_tensors(make):
    shapes = [(3, 2), (3, 2), (2, 3), (6,), ()]
    starts = [values(*s, seed=i) for i, s in enumerate(shapes)]
    together = [torch.nn.Parameter(x.clone()) for x in starts]
    together[2] = torch.nn.Parameter(starts[2].t().contiguous().t())
    g = [[values(*s, seed=10 * k + i) for i, s in enumerate(shapes)] for k in range(4)]
    walk(make(p for p in together), together, g)
    for i, p in enumerate(together):
        alone = torch.nn.Parameter(starts[i].clone())
        walk(make([alone]), [alone], [(g[k][i],) for k in range(4)])
        torch.testing.assert_close(p, alone, rtol=1e-9, atol=1e-12)  # as if it had an optimizer to itself


def groups_of_their_own(make, **own):
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    for values_of_its_own in (own, *({k: v} for k, v in own.items())):
        p, q, late, alone, fresh = (torch.nn.Parameter(start.clone()) for _ in range(5))
        optimizer = make([{"params": [p]}, {"params": [q], **values_of_its_own}])
        walk(optimizer, [p, q], [(g[k], g[k]) for k in range(6)])
        walk(make([alone], **values_of_its_own), [alone], [(g[k],) for k in range(6)])
        torch.testing.assert_close(q, alone, rtol=1e-9, atol=1e-12)
        walk(make([fresh]), [fresh], [(g[k],) for k in range(6)])
        torch.testing.assert_close(p, fresh, rtol=1e-9, atol=1e-12)  # each group has its own values
    fresh = torch.nn.Parameter(start.clone())
    optimizer.add_param_group({"params": [late]})
    walk(optimizer, [late], [(g[k],) for k in range(6)])
    walk(make([fresh]), [fresh], [(g[k],) for k in range(6)])
    torch.testing.assert_close(late, fresh, rtol=1e-9, atol=1e-12)  # a group that comes later starts afresh


def changed_in_the_group(make, **own):
    g, start = values(8, 3, 2), values(3, 2, seed=1)
    for name, value in own.items():
        p, q = (torch.nn.Parameter(start.clone()) for _ in range(2))
        optimizer, plain = make([p]), make([q])
        walk(optimizer, [p], [(g[k],) for k in range(4)])
        walk(plain, [q], [(g[k],) for k in range(4)])
        fresh = make([q], **{name: value})
        state = plain.state_dict()
        state["param_groups"][0][name] = value
        fresh.load_state_dict(state)
        optimizer.param_groups[0][name] = value
        walk(optimizer, [p], [(g[k],) for k in range(4, 8)])
        walk(fresh, [q], [(g[k],) for k in range(4, 8)])
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12, msg=f"{name} of the group is not used")
    p, q = (torch.nn.Parameter(start.clone()) for _ in range(2))
    for parameter, scheduled in ((p, True), (q, False)):
        optimizer = make([parameter])
        for group in optimizer.param_groups:
            group.update({"initial_lr": group["lr"]} if scheduled else {}, lr=group["lr"] / 2)
        walk(optimizer, [parameter], [(g[k],) for k in range(4)])
    torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)  # initial_lr is the scheduler's alone
    p, q = (torch.nn.Parameter(start.clone()) for _ in range(2))
    for parameter, factor in ((p, 1), (q, 0)):
        optimizer = make([parameter])
        walk(optimizer, [parameter], [(g[k],) for k in range(4)])
        for group in optimizer.param_groups:
            group["lr"] = factor * group["lr"]
        walk(optimizer, [parameter], [(g[4],)])
    assert not torch.equal(p, q), "the next step is the same when lr is set to 0"


def ascent(make, **own):
    decay = {k: v for k, v in own.items() if k == "weight_decay"}
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    p, q, r, s = (torch.nn.Parameter(start.clone()) for _ in range(4))
    walk(make([p], maximize=True, **decay), [p], [(g[k],) for k in range(6)])
    walk(make([q], maximize=False, **decay), [q], [(-g[k],) for k in range(6)])
    torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)
    optimizer = make([{"params": [s], "maximize": False}, {"params": [r], "maximize": True}], **decay)
    walk(optimizer, [s, r], [(-g[k], g[k]) for k in range(6)])
    torch.testing.assert_close(r, q, rtol=1e-9, atol=1e-12)


def gradients_left_alone(make):
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    for own in ({}, {"weight_decay": 0.1}, {"maximize": True}):
        p, q = (torch.nn.Parameter(start.clone()) for _ in range(2))
        if not set(own) <= set(make([p]).param_groups[0]):
            continue
        optimizer, q.grad = make([q], **own), torch.zeros_like(q)
        for k in range(6):
            q.grad.copy_(g[k])
            optimizer.step()
            assert q.grad is not None, "the gradient is gone after the step"
            assert torch.equal(q.grad, g[k]), "the gradient is another after the step"
            q.grad.fill_(7.0)  # the buffer is used again
            optimizer.zero_grad(set_to_none=False)
        walk(make([p], **own), [p], [(g[k],) for k in range(6)])
        torch.testing.assert_close(q, p, rtol=1e-9, atol=1e-12)


def saved_and_loaded(make):
    g, start = values(8, 3, 2), values(3, 2, seed=1)
    p = torch.nn.Parameter(start.clone())
    optimizer = make([p])
    walk(optimizer, [p], [(g[k],) for k in range(4)])
    q = torch.nn.Parameter(p.detach().clone())
    fresh = make([q])
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    walk(optimizer, [p], [(g[k],) for k in range(4, 8)])
    walk(fresh, [q], [(g[k],) for k in range(4, 8)])
    torch.testing.assert_close(q, p, rtol=1e-9, atol=1e-12)


def two_instances(make):
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    p, q, later = (torch.nn.Parameter(start.clone()) for _ in range(3))
    first, second = make([p]), make([q])
    for k in range(6):
        walk(first, [p], [(g[k],)])
        walk(second, [q], [(g[k],)])
    walk(make([later]), [later], [(g[k],) for k in range(6)])
    torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(p, later, rtol=1e-9, atol=1e-12)


def type_kept(make):
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    p = torch.nn.Parameter(start.clone())
    optimizer = make([p])
    walk(optimizer, [p], [(g[0],)])
    assert p.dtype is torch.float64, f"a float64 parameter is {p.dtype} after the step"
    walk(optimizer, [p], [(g[k],) for k in range(1, 6)])
    single = torch.nn.Parameter(start.float())
    walk(make([single]), [single], [(g[k].float(),) for k in range(6)])
    torch.testing.assert_close(single.double(), p, rtol=1e-4, atol=1e-5)
    for name, x in optimizer.state[p].items():
        if torch.is_tensor(x) and x.is_floating_point() and not torch.equal(x, x.round()):
            assert x.dtype is torch.float64, f"{name} of a float64 parameter is kept in {x.dtype}"


def closure_called(make):
    p, q, calls = torch.nn.Parameter(values(3, 2)), torch.nn.Parameter(values(3, 2)), []

    def closure():
        calls.append(torch.is_grad_enabled())
        p.grad = values(3, 2, seed=1)
        return 1.25

    p.grad = torch.zeros_like(p)
    assert make([p]).step(closure) == 1.25, "the closure's value is returned"
    r = p
    p = torch.nn.Parameter(values(3, 2))
    make([p]).step(closure)
    torch.testing.assert_close(p, r, rtol=1e-9, atol=1e-12)  # it had no gradient before the closure was called
    calls.pop()
    walk(make([q]), [q], [(values(3, 2, seed=1),)])
    torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)  # the closure sets the gradients
    assert calls == [True], f"the closure is called once, with gradients enabled, not {calls}"


def zero_is_a_gradient(make):
    g, start = values(6, 3, 2), values(3, 2, seed=1)
    p, q = (torch.nn.Parameter(start.clone()) for _ in range(2))
    for parameter, small in ((p, 0.0), (q, 1e-150)):
        gradients = [(torch.full_like(g[k], small) if k in (0, 3, 4) else g[k],) for k in range(6)]
        walk(make([parameter]), [parameter], gradients)
    torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


DEMONSTRATIONS: dict[str, Callable] = {
    "no-gradient": tensor_without_gradient,
    "shapes": several_tensors,
    "groups": groups_of_their_own,
    "schedule": changed_in_the_group,
    "maximize": ascent,
    "gradients": gradients_left_alone,
    "state-dict": saved_and_loaded,
    "instances": two_instances,
    "dtype": type_kept,
    "closure": closure_called,
    "zero-gradient": zero_is_a_gradient,
}
