"""The update that an optimizer's code computes, printed as equations.

The code is run for some steps, its memory is then replaced by symbols, and one more step is
taken: its terms are the update, valid wherever the same branches are taken.  Further
runs, later in time and with a gradient at right angles to the parameter, show the branches
that the code takes there, where these are others.
"""

from __future__ import annotations

import numpy as np

from verify.conform.bench import Bench, branches
from verify.conform.setting import Setting
from verify.display import latex, unicode
from verify.domain import Natural, Real
from verify.errors import Problem, reason
from verify.lift.equations import equations
from verify.lift.machine import Machine
from verify.rule import Rule
from verify.subjects.target import Target

RUNS = ((1, False), (12, False), (1, True))  # steps before the one that is printed; is its gradient at right angles?


def lifted(target: Target, rule: Rule | None, style: str = "unicode", shape: tuple[int, ...] | None = None) -> str:
    """The code's equations, one block for each branch that was met.

    style: "unicode" or "latex".  shape: of the parameter; one element, or 2 x 2 for a rule that
    mixes elements.  Problem where the code cannot be lifted.
    """
    rule = rule or Rule("none", "", _nothing)
    bench = Bench(Setting(target, rule, ((1,) if rule.elementwise else (2, 2)) if shape is None else shape))
    try:
        pages = [_page(bench, *run, style) for run in RUNS]
    except Exception as error:
        raise Problem(
            f"{target.name} cannot be lifted: {reason(error)}",
            expected="a step made of operations that the lifter knows",
            where=f"target {target.name}",
            code=3,
        ) from error
    return "\n\n".join(dict.fromkeys(pages))


def _nothing(x, g, memory, t):
    return x, memory


def _page(bench: Bench, warm: int, orthogonal: bool, style: str) -> str:
    """The update after `warm` steps, with the conditions under which it is this one."""
    show = latex if style == "latex" else unicode
    machine = bench.machine(bench.start_point(1, None), terms=bench.setting.symbols)
    before = {}
    for k in range(warm):
        before = _numbers(machine)
        _step(machine, bench, np.full(bench.setting.shape, (k + 2) / 3))
    names = _forget(machine, bench, before)
    machine.conditions.clear()
    _step(machine, bench, _turned(machine.x_values) if orthogonal else np.full(bench.setting.shape, 0.6))
    slots = machine.slots()
    after = {path: slots[path].terms for path in names if path in slots} | {("x",): machine.x}
    updates = {
        name: term for path, terms in after.items() for name, term in zip(names[path], np.ravel(terms), strict=True)
    }
    changed = {name: term for name, term in updates.items() if show(term) != show(Real.symbol(name))}
    conditions = [show(c) for c in branches(machine)]
    return "\n".join([*([f"where {' and '.join(conditions)}"] if conditions else []), *equations(changed, style)])


def _step(machine: Machine, bench: Bench, values: np.ndarray) -> None:
    gradient = [Real.symbol(name) for name in _elements("g", bench.setting.count)]
    machine.step(np.array(gradient, dtype=object), values)


def _turned(x: np.ndarray) -> np.ndarray:
    """Neighbours exchanged, one of them negated: at right angles to x (an odd element out stays as it is)."""
    flat = np.ravel(x).copy()
    even = flat.size // 2 * 2
    flat[:even] = np.stack([-flat[1:even:2], flat[0:even:2]], axis=1).ravel()
    return flat.reshape(x.shape)


def _numbers(machine: Machine) -> dict[tuple, list]:
    return {path: slot.values.tolist() for path, slot in machine.slots().items()}


def _forget(machine: Machine, bench: Bench, before: dict) -> dict[tuple, list[str]]:
    """Put symbols in place of the memory and the parameter; the names of both, by slot.

    Settings of a group are no memory, unless the last step has changed them.
    """
    names = {("x",): _elements("x", bench.setting.count)}
    taken = {unicode(Real.symbol(name)) for name in ("x", "g", *bench.setting.symbols)}
    for path, slot in machine.slots().items():
        if path[0] != "state" and slot.values.tolist() == before.get(path):
            continue
        name = "_".join(map(str, path[1:]))
        names[path] = _elements(f"state_{name}" if unicode(Real.symbol(name)) in taken else name, slot.values.size)
        counter = slot.kind == "int" or path[-1] == "step"
        terms = [(Natural if counter else Real).symbol(name) for name in names[path]]
        machine.set_slot(path, np.array(terms, dtype=object).reshape(slot.values.shape), slot.values)
    machine.set_x(np.array([Real.symbol(n) for n in names["x",]], dtype=object), machine.x_values)
    return names


def _elements(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}{i}" for i in range(count)]
