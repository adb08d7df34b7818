"""A rule as a torch optimizer, in the styles in which people write them.

Each style is a frame (where memory is kept, how the parameter is reached and written) around the step's lines.
No style knows an optimizer: the lines come from the rule's text.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable
from copy import deepcopy
from textwrap import indent

import torch

from benchmarks.detection.expression import OnLists, OnTensors, Unrendered, inlined
from benchmarks.detection.inplace import inplace
from verify.conform.setting import USUAL
from verify.mutation.anatomy import Anatomy, target
from verify.rule import Rule

DEFAULTS = {"weight_decay": "0.01", "momentum_decay": "0.004", "alpha": "0.99", "lambd": "0.0001", "delta": "0.1"}

HEAD = """\
class {name}(torch.optim.Optimizer):
    def __init__(self, params, {arguments}):
        super().__init__(params, dict({group}))
{more}
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            {unpack}
{frame}
"""
EACH = """\
for param in group["params"]:
    if param.grad is None:
        continue
{inner}
"""
STYLES: dict[str, Callable] = {}


def style(make: Callable) -> Callable:
    STYLES[make.__name__] = make
    return make


class Text:
    """What the styles are made from: the step's lines, its memories, and how each of these starts."""

    def __init__(self, rule: Rule):
        self.rule = rule
        self.anatomy = Anatomy(rule)
        space = rule.step.__globals__
        self.statements = [inlined(deepcopy(s), space) for s in self.anatomy.body[:-1]]
        self.statements = [s for s in self.statements if not _skipped(s)]
        for s in self.statements:
            if not isinstance(s, ast.Assign):
                raise Unrendered(f"`{ast.unparse(s)}`")
        last = self.anatomy.body[-1].value.elts
        self.kept = [inlined(deepcopy(e), space) for e in last[1].elts]
        self.memory = list(rule.memory)
        self.numbers = [n for n in self.memory if n not in self.anatomy.data]

    def lines(self, expression: OnTensors) -> list[str]:
        return [f"{target(s)} = {expression.text(s.value)}" for s in self.statements]

    def first(self, name: str, like: str = "param", timed: bool = False) -> str:
        """The first value of a memory."""
        value = self.rule.start.get(name, 0)
        if isinstance(value, str):  # a hyperparameter
            return value if name in self.numbers else f"torch.full_like({like}, {value})"
        if name in self.numbers:
            return f"torch.tensor({float(value)}, dtype=torch.float64)" if timed else f"{float(value)}"
        return f"torch.zeros_like({like})" if value == 0 else f"torch.full_like({like}, {value})"

    def firsts(self, like: str = "param", timed: bool = False) -> str:
        return "".join(f", {n}={self.first(n, like, timed)}" for n in self.memory)

    def fresh(self, expression: OnTensors | None = None) -> list[str]:
        """What the step hands on as its memories."""
        return [(expression or OnTensors(self.anatomy)).text(e) for e in self.kept]


def _skipped(s: ast.stmt) -> bool:
    return isinstance(s, ast.Expr) or ast.unparse(getattr(s, "value", s)) == "memory"


def keywords(rule: Rule) -> dict[str, object]:
    """The constructor's keywords with defaults: beta1, beta2, ... as one tuple."""
    found: dict[str, object] = {}
    betas = [n for n in rule.hyperparameters if n.startswith("beta") and n[4:].isdigit()]
    for name, domain in rule.hyperparameters.items():
        if name in betas:
            found["betas"] = tuple(float(USUAL[b]) for b in betas)
        else:
            text = rule.constants.get(name) or DEFAULTS.get(name) or USUAL.get(name)
            found[name] = float(text) if text else 0.5 if domain.high == 1 else 1.0
    return found


def rendered(rule: Rule, name: str, style: str, more: str = "") -> str:
    """The source of a class that computes the rule."""
    text = Text(rule)
    frame, extra = STYLES[style](text)
    settings = keywords(rule)
    betas = ", ".join(n for n in rule.hyperparameters if n.startswith("beta") and n[4:].isdigit())
    unpack = "; ".join(f"{betas}, = group['betas']" if k == "betas" else f"{k} = group['{k}']" for k in settings)
    return HEAD.format(
        name=name,
        arguments=", ".join(f"{k}={v!r}" for k, v in settings.items()),
        group=", ".join(f"{k}={k}" for k in settings),
        more=indent(extra, "    "),
        unpack=unpack or "pass",
        frame=indent(frame, " " * 12),
    )


def made(rule: Rule, name: str, style: str) -> type:
    """The class itself."""
    from collections import namedtuple

    space = dict(rule.step.__globals__) | {
        "torch": torch,
        "math": math,
        "namedtuple": namedtuple,
        "copy": copy,
        "root": root,
    }
    exec(compile(rendered(rule, name, style), f"<{style}>", "exec"), space)  # noqa: S102 (rendered from a rule)
    return space[name]


def root(number):
    """The root where it is real; else not a number, so that a branch that is not taken may be computed."""
    return math.sqrt(number) if number >= 0 else math.nan


def _frame(*lines: str) -> str:
    return EACH.format(inner=indent("\n".join(lines), "    "))


# The styles ---------------------------------------------------------------------------------------


@style
def plain(text: Text) -> tuple[str, str]:
    """One parameter after the other, out of place."""
    start = f"state.update(step=0{text.firsts()})"
    reads = [f'{n} = state["{n}"]' for n in text.memory]
    writes = [f'state["{n}"] = {f}' for n, f in zip(text.memory, text.fresh(), strict=True)]
    return _frame(
        "state = self.state[param]", "if not state:", f"    {start}", 'state["step"] += 1', 't = state["step"]',
        "x, g = param, param.grad", *reads, *text.lines(OnTensors(text.anatomy)), *writes, "param.copy_(x)",
    ), ""  # fmt: skip


@style
def in_place(text: Text) -> tuple[str, str]:
    """As torch writes its single-tensor paths: mul_, add_, addcmul_, addcdiv_."""
    start = f"state.update(step=0{text.firsts()})"
    reads = [f'{n} = state["{n}"]' for n in text.memory]
    writes = [
        f'state["{n}"] = {f}' for n, f in zip(text.memory, text.fresh(), strict=True) if n in text.numbers or n != f
    ]
    return _frame(
        "state = self.state[param]", "if len(state) == 0:", f"    {start}", 'state["step"] += 1', 't = state["step"]',
        "x, g = param, param.grad", *reads, *inplace(text), *writes,
    ), ""  # fmt: skip


@style
def tensor_counters(text: Text) -> tuple[str, str]:
    """The count of steps, and all that follows from it, as tensors."""
    start = f"state.update(step=torch.zeros((), dtype=torch.float64){text.firsts(timed=True)})"
    reads = [f'{n} = state["{n}"]' for n in text.memory]
    writes = [
        f'state["{n}"].copy_({f})'
        for n, f in zip(text.memory, text.fresh(OnTensors(text.anatomy, timed=True)), strict=True)
    ]
    return _frame(
        "state = self.state[param]", "if not state:", f"    {start}", 'state["step"] += 1', 't = state["step"]',
        "x, g = param, param.grad", *reads, *text.lines(OnTensors(text.anatomy, timed=True)), *writes, "param.copy_(x)",
    ), ""  # fmt: skip


@style
def items(text: Text) -> tuple[str, str]:
    """The count of steps as a tensor that is read by .item(), memories in a list."""
    firsts = ", ".join(text.first(n) for n in text.memory)
    reads = [f'{n} = state["memory"][{i}]' for i, n in enumerate(text.memory)]
    return _frame(
        "state = self.state[param]", 'if "step" not in state:', '    state["step"] = torch.tensor(0)',
        f'    state["memory"] = [{firsts}]', 'state["step"] += 1', 't = state["step"].item()',
        "x, g = param.detach().clone(), param.grad", *reads, *text.lines(OnTensors(text.anatomy)),
        f'state["memory"] = [{", ".join(text.fresh())}]', "param.data.copy_(x)",
    ), ""  # fmt: skip


KEPT = """
def _everything(self):
    order = [param for group in self.param_groups for param in group["params"]]
    return order, [self.count, {boxes}]

def state_dict(self):
    order, boxes = self._everything()
    return super().state_dict() | {{"kept": [[box.get(param) for box in boxes] for param in order]}}

def load_state_dict(self, found):
    super().load_state_dict({{k: v for k, v in found.items() if k != "kept"}})
    order, boxes = self._everything()
    for param, row in zip(order, copy.deepcopy(found["kept"])):
        for box, value in zip(boxes, row):
            if value is not None:
                box[param] = value
"""


@style
def on_self(text: Text) -> tuple[str, str]:
    """Memory in dictionaries of the optimizer, one for each memory, which it saves and loads itself."""
    made = ["self.count = {}", *(f"self.kept_{n} = {{}}" for n in text.memory)]
    start = ["    self.count[param] = 0", *(f"    self.kept_{n}[param] = {text.first(n)}" for n in text.memory)]
    reads = [f"{n} = self.kept_{n}[param]" for n in text.memory]
    writes = [f"self.kept_{n}[param] = {f}" for n, f in zip(text.memory, text.fresh(), strict=True)]
    saved = KEPT.format(boxes=", ".join(f"self.kept_{n}" for n in text.memory))
    return _frame(
        "if param not in self.count:", *start, "self.count[param] = self.count[param] + 1", "t = self.count[param]",
        "x, g = param, param.grad", *reads, *text.lines(OnTensors(text.anatomy)), *writes, "param.copy_(x)",
    ), indent("\n".join(made), "    ") + "\n" + saved  # fmt: skip


@style
def functional(text: Text) -> tuple[str, str]:
    """A pure function of point, gradient and memories."""
    arguments = ", ".join(["x", "g", "t", *text.memory, *text.rule.hyperparameters])
    body = [*text.lines(OnTensors(text.anatomy)), f"return [{', '.join(['x', *text.fresh()])}]"]
    helper = "\n".join(["@staticmethod", f"def advance({arguments}):", indent("\n".join(body), "    ")]) + "\n"
    reads = ", ".join(f'state["{n}"]' for n in text.memory)
    values = ", ".join(filter(None, ["param", "param.grad", 'state["step"]', reads, *text.rule.hyperparameters]))
    writes = [f'state["{n}"] = memory[{i}]' for i, n in enumerate(text.memory)]
    return _frame(
        "state = self.state[param]", "if not state:", f"    state.update(step=0{text.firsts()})", 'state["step"] += 1',
        f"x, *memory = self.advance({values})", *writes, "param.copy_(x)",
    ), "\n" + helper  # fmt: skip


@style
def flattened(text: Text) -> tuple[str, str]:
    """Parameter, gradient and memories as flat vectors, written back through a view."""
    reads = [f'{n} = state["{n}"]' for n in text.memory]
    writes = [f'state["{n}"] = {f}' for n, f in zip(text.memory, text.fresh(), strict=True)]
    return _frame(
        "state = self.state[param]", "view = param.view(-1)", "if not state:", f"    state.update(step=0{text.firsts('view')})",
        'state["step"] += 1', 't = state["step"]', "x, g = view, param.grad.reshape(-1)", *reads,
        *text.lines(OnTensors(text.anatomy)), *writes, "view[:] = x",
    ), ""  # fmt: skip


@style
def named_tuple(text: Text) -> tuple[str, str]:
    """All memory of a parameter in one tuple, read by names."""
    fields = " ".join(["step", *text.memory])
    firsts = ", ".join(["0", *(text.first(n) for n in text.memory)])
    fresh = ", ".join(["t", *text.fresh()])
    return _frame(
        f'Memory = namedtuple("Memory", "{fields}")', 'if "memory" not in self.state[param]:',
        f'    self.state[param]["memory"] = ({firsts},)', 'memory = Memory(*self.state[param]["memory"])', "t = memory.step + 1",
        "x, g = param, param.grad", *(f"{n} = memory.{n}" for n in text.memory), *text.lines(OnTensors(text.anatomy)),
        f'self.state[param]["memory"] = tuple(Memory({fresh}))', "param.copy_(x)",
    ), ""  # fmt: skip


@style
def closures(text: Text) -> tuple[str, str]:
    """The step as a function made for each group, with its hyperparameters enclosed."""
    reads = [f'{n} = state["{n}"]' for n in text.memory]
    writes = [f'state["{n}"] = {f}' for n, f in zip(text.memory, text.fresh(), strict=True)]
    body = [
        "def update(param, g, state):", '    state["step"] = t = state.get("step", 0) + 1', "    x = param",
        *(f'    state.setdefault("{n}", {text.first(n)})' for n in text.memory), *(f"    {r}" for r in reads),
        *(f"    {line}" for line in text.lines(OnTensors(text.anatomy))), *(f"    {w}" for w in writes), "    return x",
    ]  # fmt: skip
    return "\n".join(body) + "\n" + _frame("param.copy_(update(param, param.grad, self.state[param]))"), ""


@style
def foreach(text: Text) -> tuple[str, str]:
    """Lists of tensors that have made as many steps, and the functions torch._foreach_*."""
    numbers = [f'{n} = self.state[params[0]]["{n}"]' for n in text.numbers]
    reads = [f'{n} = [self.state[param]["{n}"] for param in params]' for n in text.memory if n not in text.numbers]
    writes = [
        f'for i, param in enumerate(params):\n    self.state[param]["{n}"] = {f}' + ("" if n in text.numbers else "[i]")
        for n, f in zip(text.memory, text.fresh(OnLists(text.anatomy)), strict=True)
    ]
    together = [
        't = self.state[ready[0]]["step"]', 'params = [param for param in ready if self.state[param]["step"] == t]',
        'ready = [param for param in ready if self.state[param]["step"] != t]',
        "x, g = params, [param.grad for param in params]",
        *numbers, *reads, *text.lines(OnLists(text.anatomy)), *writes, "torch._foreach_copy_(params, x)",
    ]  # fmt: skip
    return "\n".join([
        'ready = [param for param in group["params"] if param.grad is not None]', "for param in ready:",
        "    if not self.state[param]:", f"        self.state[param].update(step=0{text.firsts()})",
        '    self.state[param]["step"] += 1', "while ready:", indent("\n".join(together), "    "),
    ]), ""  # fmt: skip


__all__ = ["STYLES", "Text", "keywords", "made", "rendered"]
