"""Keywords as text: "lr=0.1" of --set, and "torch.optim.SGD(momentum=0.9)" of a target's name.

Values are literals (numbers, True, False, None, words in quotes, tuples, and `tensor(NUMBER)`); nothing is ever
evaluated.
"""

from __future__ import annotations

import ast

from verify.errors import Problem

_KINDS = "a number, True, False, None, tensor(NUMBER), a word in quotes, or numbers with commas between them"


def setting(text: str) -> tuple[str, object]:
    """Name and value of "NAME=VALUE"."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise Problem(
            f"{text!r} is no setting", expected="NAME=VALUE, as lr=0.1 or betas=0.9,0.999", where=f"--set {text}"
        )
    return name.strip(), literal(value.strip(), f"--set {text}")


def settings(texts) -> dict:
    """Several settings; the same name twice is a Problem."""
    pairs = [setting(t) for t in texts]
    twice = sorted({n for n, _ in pairs if [m for m, _ in pairs].count(n) > 1})
    if twice:
        raise Problem(f"{', '.join(twice)} is set twice", expected="one value for each name", where="--set")
    return dict(pairs)


def literal(text: str, where: str):
    """The value that a text denotes."""
    try:
        value = _value(ast.parse(text, mode="eval").body)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = ...
    if not _allowed(value):
        raise Problem(f"{text!r} is no value", expected=_KINDS, where=where)
    return tuple(value) if isinstance(value, list) else value


def _value(node: ast.expr):
    """A literal, or torch's 0-d tensor of one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tensor":
        (number,) = node.args
        return _tensor(ast.literal_eval(number))
    return ast.literal_eval(node)


def _tensor(number):
    import torch

    if not isinstance(number, int | float):
        raise ValueError(f"no tensor of {number!r}")
    return torch.tensor(float(number))


def _allowed(value) -> bool:
    if isinstance(value, tuple | list):
        return all(isinstance(v, int | float) for v in value)
    return value is None or isinstance(value, int | float | str) or is_tensor(value)


def is_tensor(value) -> bool:
    """Is a keyword's value a tensor?  torch is not imported to ask."""
    return any(c.__module__ == "torch" and c.__name__ == "Tensor" for c in type(value).__mro__)


def is_single(value) -> bool:
    """A tensor of one number."""
    return is_tensor(value) and value.numel() == 1


def split_call(text: str) -> tuple[str, dict]:
    """ "pkg.Class" and its keywords, from "pkg.Class(lr=0.1)"; no keywords where there are no brackets."""
    start = text.find("(", text.rfind(":") + 1)
    if start < 0 or not text.endswith(")"):
        return text, {}
    try:
        call = ast.parse("_" + text[start:], mode="eval").body
    except SyntaxError:
        call = None
    if not isinstance(call, ast.Call) or call.args or not all(k.arg for k in call.keywords):
        raise Problem(
            f"{text!r} is no target",
            expected="keywords in the brackets, as SGD(momentum=0.9, nesterov=True)",
            where=f"target {text}",
        )
    return text[:start], {k.arg: literal(ast.unparse(k.value), f"target {text}") for k in call.keywords}


def call(base: str, keywords: dict) -> str:
    """The name of a configuration: the plain name, and keywords in brackets where there are any."""
    inside = ", ".join(f"{k}={written(v)}" for k, v in keywords.items())
    return f"{base}({inside})" if inside else base


def written(value) -> str:
    """A value as it is typed: a tensor of one number by its shortest decimal, as tensor(0.001)."""
    return f"tensor({decimal_of(value)})" if is_single(value) else repr(value)


def decimal_of(tensor) -> str:
    """The shortest decimal that the tensor's own type reads as its value."""
    return str(tensor.detach().cpu().reshape(()).numpy())
