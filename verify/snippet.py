"""A counterexample as anybody can replay it: exact numbers, and a script of plain torch to paste.

The script builds the optimizer as the certificate's reader would, feeds it the gradients, and prints
what the rule makes of them beside what the code does.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import groupby

import mpmath

from verify.conform.trajectory import Difference, Scenario, replay
from verify.lift.sparse import PART


def counterexample(difference: Difference) -> dict:
    """An input in exact decimals, what the rule makes of it, and what the real optimizer does in float64.

    "snippet" is the same as a script for plain torch.
    """
    s = difference.scenario
    with mpmath.workdps(50):
        found = {
            "hyperparameters": {name: _text(q) for name, q in s.hyper.items()},
            "shape": list(difference.bench.setting.shape),
            "x": list(map(_text, s.start)),
            "gradients": [list(map(_text, g)) for g in s.gradients[: difference.step]],
            "changes": [[k, name, _text(q)] for k, name, q in s.changes if k <= difference.step],
            "step": difference.step,
            "element": difference.element,
            "theory": mpmath.nstr(difference.theory, 20),
            "code": mpmath.nstr(difference.code, 20),
            "replayed_in_float64": repr(float(replay(difference.bench, s, difference.step)[difference.element])),
        }
    return found | {"snippet": snippet(difference, found)}


def snippet(difference: Difference, shown: dict) -> str:
    """The script that prints the code's number and theory's."""
    setting, s = difference.bench.setting, difference.scenario
    shape = tuple(setting.shape)
    lines = [
        "import torch",
        *_imports(setting.target),
        "",
        "torch.set_default_dtype(torch.float64)",
        f"x = torch.nn.Parameter(torch.tensor({_floats(s.start)}).reshape({shape}))",
        *_construction(difference),
        f"for step, gradient in enumerate({_gradients(s, difference.step)}, start=1):",
        *_changes(difference),
        *_feeding(setting, f"torch.tensor(gradient).reshape({shape})"),
        "    optimizer.step()",
        f'print("theory:", "{shown["theory"]}")',
        f'print("code:  ", x.detach().reshape(-1)[{difference.element}].item())',
    ]
    return "\n".join(lines) + "\n"


def _feeding(setting, gradient: str) -> list[str]:
    """The lines that give the parameter its gradient, where it is sparse as the certificate's was."""
    if not setting.rule.sparse:
        return [f"    x.grad = {gradient}"]
    if not setting.pattern.twice:
        return [f"    x.grad = {gradient}.to_sparse(1)"]
    return [
        f"    whole = {gradient}.to_sparse(1)",
        "    rows, entries = whole.indices(), whole.values()  # the first row is named twice, in parts that add up",
        "    rows = torch.cat([rows, rows[:, :1]], dim=1)",
        f"    entries = torch.cat([entries[:1] - {PART}, entries[1:], entries[:1] * 0 + {PART}])",
        "    x.grad = torch.sparse_coo_tensor(rows, entries, whole.shape)",
    ]


def _imports(target) -> list[str]:
    """How a script gets at the optimizer: from a file, a module, or the reader's own session."""
    where, name = _place(target)
    if where.endswith(".py"):
        return ["import runpy", "", f'{name} = runpy.run_path("{where}")["{name}"]']
    return [f"from {where} import {name}"] if where else [f"# {name}: the optimizer that was certified"]


def _place(target) -> tuple[str, str]:
    """The file or module of a target, and the name of its class or factory there."""
    plain = re.sub(r"\(.*$", "", target.name, flags=re.DOTALL)
    make = getattr(target.make, "func", target.make)
    name = getattr(make, "__qualname__", plain)
    if ":" in plain:
        where, _, last = plain.rpartition(":")
        return where, last
    module = plain.rpartition(".")[0] or getattr(make, "__module__", "")
    return ("" if "<locals>" in name or module == "__main__" else module), name.rpartition(".")[2]


def _construction(difference: Difference) -> list[str]:
    setting, hyper = difference.bench.setting, difference.scenario.hyper
    name = _place(setting.target)[1]
    keywords = setting.code_hyper(lambda n: float(hyper[n]))
    if setting.target.factory:
        bound = getattr(setting.target.make, "keywords", {})
        called = ", ".join(["[x]", *(f"{k}={v!r}" for k, v in bound.items())])
        return [
            f"optimizer = {name}({called})",
            "for group in optimizer.param_groups:",
            f"    group.update({keywords!r})",
        ]
    called = ", ".join(["[x]", *(f"{k}={v!r}" for k, v in keywords.items())])
    return [f"optimizer = {name}({called})"]


def _changes(difference: Difference) -> list[str]:
    """The lines that give a hyperparameter another value before a step."""
    bench, lines = difference.bench, []
    for step, name, value in difference.scenario.changes:
        for _, group, key, *position in (p for p, n in bench.offered.items() if n == name):
            place = f'optimizer.param_groups[{group}]["{key}"]'
            new = f"({', '.join(_members(bench, key, position[0], value))})" if position else repr(float(value))
            lines += [f"    if step == {step}:", f"        {place} = {new}"]
    return lines


def _members(bench, key: str, position: int, value: Fraction) -> list[str]:
    """A tuple of a parameter group with one member exchanged."""
    held = bench.setting.target.keywords[key]
    return [repr(float(value)) if i == position else repr(v) for i, v in enumerate(held)]


def _gradients(s: Scenario, steps: int) -> str:
    """The gradients as lists; those that repeat are written once."""
    runs = [(row, len(list(same))) for row, same in groupby(s.gradients[:steps])]
    if all(n == 1 for _, n in runs):
        return f"[{', '.join(_floats(row) for row, _ in runs)}]"
    return " + ".join(f"[{_floats(row)}]" + (f" * {n}" if n > 1 else "") for row, n in runs)


def _floats(row) -> str:
    return repr([float(q) for q in row])


def _text(q: Fraction) -> str:
    """An exact decimal, as the runs' points all are; else the fraction."""
    with localcontext() as digits:
        digits.prec = 60
        text = format(Decimal(q.numerator) / q.denominator, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if Fraction(text) == q else f"{q.numerator}/{q.denominator}"


__all__ = ["counterexample", "snippet"]
