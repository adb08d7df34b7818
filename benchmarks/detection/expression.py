"""Expressions of a rule's step as torch expressions: on tensors, on lists of tensors, on numbers.

A number (hyperparameters, t, and what is made of them) is computed by `math`, a tensor by torch; which is
which follows from the step's text alone.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from textwrap import dedent

from verify.mutation.anatomy import Anatomy, names, parse

NARROW = {8: "torch.bfloat16", 11: "torch.float16", 24: "torch.float32"}
ON_TENSORS = {
    "sqrt": "torch.sqrt({})",
    "magnitude": "torch.abs({})",
    "sign": "torch.sign({})",
    "dot": "({} * {}).sum()",
    "norm": "torch.linalg.vector_norm({})",
    "matmul": "({} @ {})",
    "transpose": "({}).T",
    "exp": "torch.exp({})",
    "log": "torch.log({})",
}
ON_NUMBERS = {
    "sqrt": "math.sqrt({})",
    "magnitude": "abs({})",
    "maximum": "max({}, {})",
    "minimum": "min({}, {})",
    "exp": "math.exp({})",
    "log": "math.log({})",
}
ON_LISTS = {"sqrt": "sqrt", "magnitude": "abs", "sign": "sign"}
OPERATIONS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}


class Unrendered(ValueError):
    """A step holds something that these styles do not write."""


class OnTensors:
    """Out-of-place expressions on one parameter.  timed: t and what depends on it are tensors, too."""

    def __init__(self, anatomy: Anatomy, timed: bool = False):
        self.anatomy, self.timed = anatomy, timed

    def is_number(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "size":
            return True
        if isinstance(node, ast.BinOp):
            return self.is_number(node.left) and self.is_number(node.right)
        time = names(node) & self.anatomy.in_time if self.timed else ()
        return self.anatomy.is_number(node) and not time

    def text(self, node: ast.AST) -> str:
        match node:
            case ast.Name() | ast.Constant():
                return ast.unparse(node)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return f"{self.text(left)} ** {self.text(right)}" if self._plain(left) else self._power(left, right)
            case ast.BinOp(left=left, op=op, right=right):
                return f"({self.text(left)} {_SIGNS[type(op)]} {self.text(right)})"
            case ast.UnaryOp(op=ast.USub(), operand=inside):
                return f"(-{self.text(inside)})"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return f"({self.text(left)} {_ORDER[type(op)]} {self.text(right)})"
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, args)
        raise Unrendered(f"`{ast.unparse(node)}`")

    def _plain(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name | ast.Constant)

    def _power(self, left, right) -> str:
        return f"({self.text(left)}) ** {self.text(right)}"

    def call(self, name: str, args: list) -> str:
        texts = [self.text(a) for a in args]
        number = all(map(self.is_number, args))
        if name == "narrow":
            return f"({texts[0]}).to({NARROW[args[1].value]}).to(torch.float64)"
        if name == "number":
            return texts[0]
        if name == "remainder":
            return f"({texts[0]} % {texts[1]})"
        if name == "size":
            return f"{texts[0]}.numel()"
        if name == "where":
            return self.choice(args, texts)
        if name in ("maximum", "minimum") and not number:
            return self.extremum(name, args, texts)
        if name == "sqrt" and number and not self.anatomy.is_correction(args[0]):
            return f"root({texts[0]})"
        table = ON_NUMBERS if number else ON_TENSORS
        if name in table:
            return table[name].format(*texts)
        if name in self.anatomy.rule.step.__globals__:
            return f"{name}({', '.join(texts)})"
        raise Unrendered(f"`{name}`")

    def choice(self, args: list, texts: list[str]) -> str:
        if self.is_number(args[0]):
            return f"({texts[1]} if {texts[0]} else {texts[2]})"
        return f"torch.where({', '.join(texts)})"

    def extremum(self, name: str, args: list, texts: list[str]) -> str:
        if any(map(self.is_number, args)):
            tensor, number = texts if self.is_number(args[1]) else texts[::-1]
            return f"torch.clamp({tensor}, {'min' if name == 'maximum' else 'max'}={number})"
        return f"torch.{name}({', '.join(texts)})"


class OnLists(OnTensors):
    """Expressions on lists of tensors, by the functions torch._foreach_*."""

    def text(self, node: ast.AST) -> str:
        if self.is_number(node) or isinstance(node, ast.Name):
            return super().text(node)
        match node:
            case ast.BinOp(left=left, op=ast.Pow(), right=right) if ast.unparse(right) == "2":
                return f"torch._foreach_mul({self.text(left)}, {self.text(left)})"
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
                return self._operation(left, OPERATIONS[type(op)], right)
            case ast.UnaryOp(operand=inside):
                return f"torch._foreach_neg({self.text(inside)})"
            case ast.Call(func=ast.Name(id=name), args=[inside]) if name in ON_LISTS:
                return f"torch._foreach_{ON_LISTS[name]}({self.text(inside)})"
            case ast.Call(func=ast.Name(id="where"), args=[condition, yes, no]) if self.is_number(condition):
                return f"({self.text(yes)} if {super().text(condition)} else {self.text(no)})"
            case ast.Call(func=ast.Name(id="maximum"), args=[a, b]) if not any(map(self.is_number, (a, b))):
                return f"torch._foreach_maximum({self.text(a)}, {self.text(b)})"
        return self._one_by_one(node)

    def _operation(self, left, name: str, right) -> str:
        if not self.is_number(left):
            return f"torch._foreach_{name}({self.text(left)}, {self.text(right)})"
        tensors, number = self.text(right), super().text(left)
        turned = {"sub": f"torch._foreach_neg({tensors})", "div": f"torch._foreach_reciprocal({tensors})"}
        how = {"sub": "add", "div": "mul"}.get(name, name)
        return f"torch._foreach_{how}({turned.get(name, tensors)}, {number})"

    def _one_by_one(self, node: ast.AST) -> str:
        found = sorted(names(node) & self.anatomy.data)
        each = ", ".join(found) + ("," if len(found) == 1 else "")
        return f"[{OnTensors(self.anatomy).text(node)} for {each} in zip({', '.join(found)})]"


_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%"}
_ORDER = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=="}


def inlined(node: ast.AST, space: dict) -> ast.AST:
    """An expression with the one-line helpers of its theory written out."""

    class Inline(ast.NodeTransformer):
        def visit_Call(self, call):
            self.generic_visit(call)
            helper = space.get(ast.unparse(call.func))
            body = _one_line(helper) if inspect.isfunction(helper) else None
            if body is None or call.keywords or len(call.args) != helper.__code__.co_argcount:
                return call
            values = dict(zip(inspect.signature(helper).parameters, call.args, strict=True))
            return inlined(_substituted(parse(body), values), helper.__globals__)

    return Inline().visit(node)


@cache
def _one_line(helper) -> str | None:
    """What a function returns, where that is all it does; None else, and for the kernel's own."""
    if helper.__module__.startswith("verify."):
        return None
    try:
        (function,) = ast.parse(dedent(inspect.getsource(helper))).body
    except (OSError, SyntaxError, ValueError):
        return None
    body = [s for s in getattr(function, "body", []) if not isinstance(s, ast.Expr)]
    return ast.unparse(body[0].value) if len(body) == 1 and isinstance(body[0], ast.Return) else None


def _substituted(node, values: dict):
    class Put(ast.NodeTransformer):
        def visit_Name(self, name):
            return values.get(name.id, name)

    return Put().visit(node)


__all__ = ["OnLists", "OnTensors", "Unrendered", "inlined"]
