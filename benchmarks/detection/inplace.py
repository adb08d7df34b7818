"""The lines of a step as torch's own single-tensor code writes them: mul_, add_, addcmul_, addcdiv_, lerp_.

A line that has none of these forms is computed and copied.
"""

from __future__ import annotations

import ast

from benchmarks.detection.expression import OnTensors
from verify.mutation.anatomy import names, target


def inplace(text) -> list[str]:
    """The lines; memories and the point are written in place, so what is kept of them is cloned first."""
    return [line for s in text.statements for line in _line(text, OnTensors(text.anatomy), s)]


def _line(text, on: OnTensors, s) -> list[str]:
    name, value = target(s), s.value
    tensors = [n for n in text.memory if n not in text.numbers] + ["x"]
    if name not in tensors:
        clone = ".clone()" if isinstance(value, ast.Name) and value.id in tensors else ""
        return [f"{name} = {on.text(value)}{clone}"]
    match value:
        case ast.BinOp(left=ast.BinOp(left=weight, op=ast.Mult(), right=ast.Name(id=old)), op=ast.Add(), right=fresh):
            if old == name and on.is_number(weight) and name not in names(fresh):
                return [f"{name}.mul_({on.text(weight)})", _added(on, name, fresh)]
        case ast.BinOp(left=ast.Name(id=old), op=ast.Add(), right=fresh) if old == name and name not in names(fresh):
            return [_added(on, name, fresh)]
        case ast.BinOp(left=ast.Name(id="x"), op=ast.Sub(), right=step) if name == "x":
            return [_moved(on, step)]
    return [f"{name}.copy_({on.text(value)})"]


def _added(on: OnTensors, name: str, fresh) -> str:
    """A term added in place, with the function that has its form."""
    match fresh:
        case ast.BinOp(left=weight, op=ast.Mult(), right=ast.BinOp(left=a, op=ast.Pow(), right=ast.Constant(value=2))):
            if on.is_number(weight):
                return f"{name}.addcmul_({on.text(a)}, {on.text(a)}, value={on.text(weight)})"
        case ast.BinOp(left=weight, op=ast.Mult(), right=a) if on.is_number(weight) and not on.is_number(a):
            return f"{name}.add_({on.text(a)}, alpha={on.text(weight)})"
    return f"{name}.add_({on.text(fresh)})"


def _moved(on: OnTensors, step) -> str:
    """The step taken from the parameter in place."""
    match step:
        case ast.BinOp(left=ast.BinOp(left=rate, op=ast.Mult(), right=above), op=ast.Div(), right=below):
            if on.is_number(rate) and not on.is_number(above) and not on.is_number(below):
                return f"x.addcdiv_({on.text(above)}, {on.text(below)}, value=-({on.text(rate)}))"
        case ast.BinOp(left=rate, op=ast.Mult(), right=ast.Name(id="x")) if on.is_number(rate):
            return f"x.mul_(1 - {on.text(rate)})"
        case ast.BinOp(left=rate, op=ast.Mult(), right=above) if on.is_number(rate) and not on.is_number(above):
            return f"x.add_({on.text(above)}, alpha=-({on.text(rate)}))"
    return f"x.sub_({on.text(step)})"


__all__ = ["inplace"]
