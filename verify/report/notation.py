"""Terms as the book prints them: written order, without the marks that only a program needs.

`tidy` takes off what distinguishes a program from a formula, and changes no value: double
signs, brackets of products of products and sums of sums, t + 1 - 1.  `flat` also turns
fractions of fractions into one fraction each.  `breadth` says about how wide a term will be,
so that long ones can be broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache

from verify import display
from verify.exact import Exact, exact, is_number, rebuild
from verify.report.tex import escape
from verify.statement_text import render


def latex(term) -> str:
    """A term, or text that a step holds, in LaTeX."""
    text = _Printer()(tidy(term)) if isinstance(term, Exact) else render(term, "latex")
    return _CALL.sub(r"\1\\mathopen{}\\left(", text)  # no space between a function and its bracket


_CALL = re.compile(r"(\\Gamma|\\max|\\min|\\operatorname\{\w+\}|(?<![A-Za-z])[A-Za-z])\\left\(")


class _Printer(display._Latex):
    """Names that LaTeX could trip over are printed as text."""

    def name(self, name: str, place: str = "") -> str:
        if _PLAIN.fullmatch(name):
            return super().name(name, place)
        return rf"\text{{{escape(name)}}}" + (f"_{{{place}}}" if place else "")


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*'*")


def letter(name: str) -> str:
    """A name as it stands in formulas."""
    return _Printer().name(name)


@cache
def tidy(node: Exact) -> Exact:
    """The same value, written as one writes by hand."""
    args = tuple(tidy(a) if isinstance(a, Exact) else a for a in node.args)
    way: Callable[..., Exact | None] | None = _WAYS.get(node.op)
    found = way(*args) if way else None
    return found if found is not None else rebuild(node.op, args)


# Signs: minus is taken out of products and quotients, and off what is subtracted ------------------------


def _minus(a: Exact) -> Exact | None:
    """-a, where a has a minus that shows."""
    if a.op == "neg":
        return a.args[0]
    return exact(-a.args[0]) if a.op == "number" and a.args[0] < 0 else None


def _neg(a: Exact) -> Exact | None:
    return _minus(a)


def _mul(a: Exact, b: Exact) -> Exact | None:
    for x, y in ((a, _minus(b)), (_minus(a), b)):
        if x is not None and y is not None:
            return -tidy(x * y)
    if b.op == "mul":
        return tidy(tidy(a * b.args[0]) * b.args[1])
    if a.op == "mul" and a.args[1] is b and b.op != "number":
        return a.args[0] * b**2
    return b**2 if a is b and b.op in ("symbol", "gamma", "call") else None


def _div(a: Exact, b: Exact) -> Exact | None:
    below, above = _minus(b), _minus(a)
    if below is not None:
        return tidy(-tidy(a / below))
    return -(above / b) if above is not None and a.op == "neg" else None


def _pow(a: Exact, b: Exact) -> Exact | None:
    if is_number(b, 0) and a.op in ("symbol", "pow"):
        return exact(1)
    if _is_whole(b) and a.op == "pow" and _is_whole(a.args[1]):
        return a.args[0] ** (a.args[1] * b)
    even = b.op == "number" and b.args[0].denominator == 1 and b.args[0] % 2 == 0
    return a.args[0] ** b if even and a.op == "neg" else None


def _abs(a: Exact) -> Exact | None:
    return abs(a.args[0]) if a.op == "neg" else None


# Sums: one after the other, their numbers added up, x - x left out ---------------------------------------


def _sum(a: Exact, b: Exact, sign: int) -> Exact | None:
    parts = [*terms(a), *((sign * s, x) for s, x in terms(b))]
    if sign < 0 and b.op in ("add", "sub"):
        shorter = _shorter(parts, anything=True)  # x - (x - y) is y
        return _added(shorter) if len(shorter) < len(parts) - 1 else None  # else a bracket behind a minus stays
    return _added(_shorter(parts))


def terms(node: Exact, sign: int = 1) -> list[tuple[int, Exact]]:
    """The terms of a sum with their signs, in order."""
    if node.op == "add":
        return terms(node.args[0], sign) + terms(node.args[1], sign)
    if node.op == "sub":
        return terms(node.args[0], sign) + (
            [(-sign, node.args[1])] if node.args[1].op in ("add", "sub") else terms(node.args[1], -sign)
        )
    opposite = _minus(node)
    return [(sign, node)] if opposite is None else [(-sign, opposite)]


def _shorter(parts: list[tuple[int, Exact]], anything: bool = False) -> list[tuple[int, Exact]]:
    """Without pairs x - x, and with one number at most."""
    kept: list[tuple[int, Exact]] = []
    for s, x in parts:
        if (-s, x) in kept and (anything or _counts(x)):
            kept.remove((-s, x))
        else:
            kept.append((s, x))
    numbers = [s * x.args[0] for s, x in kept if x.op == "number"]
    return kept if len(numbers) < 2 else _with_number(kept, sum(numbers, Fraction(0)))


def _counts(x: Exact) -> bool:
    """Is this a number, or a symbol for integers?  Only those are added up; a - a of other things says something."""
    return x.op == "number" or (x.op == "symbol" and getattr(x.args[1], "integer", False))


def _with_number(parts: list, total: Fraction) -> list:
    """Their numbers are one now, and stand where the first of them stood."""
    first = next(i for i, (_, x) in enumerate(parts) if x.op == "number")
    rest = [p for p in parts[:first] if p[1].op != "number"], [p for p in parts[first:] if p[1].op != "number"]
    return [*rest[0], *([(1 if total > 0 else -1, exact(abs(total)))] if total else []), *rest[1]]


def _added(parts: list[tuple[int, Exact]]) -> Exact:
    if not parts:
        return exact(0)
    (sign, found), *rest = parts
    found = found if sign > 0 else -found
    for s, x in rest:
        found = Exact("add" if s > 0 else "sub", found, x)
    return found


_WAYS: dict[str, Callable[..., Exact | None]] = {
    "neg": _neg, "mul": _mul, "div": _div, "pow": _pow, "abs": _abs,
    "add": lambda a, b: _sum(a, b, 1), "sub": lambda a, b: _sum(a, b, -1),
}  # fmt: skip


# Fractions of fractions ------------------------------------------------------------------------------


def flat(node: Exact) -> Exact:
    """The same value, tidy, with no fraction as a factor of a numerator or of a denominator."""
    return _flat(tidy(node))


@cache
def _flat(node: Exact) -> Exact:
    args = tuple(_flat(a) if isinstance(a, Exact) else a for a in node.args)
    found = rebuild(node.op, args)
    if found.op != "div" or not any(_fractional(a) for a in found.args):
        return found
    above, below, sign = _parts(found)
    whole = _product(above) / _product(below) if below else _product(above)
    return -whole if sign < 0 else whole


def _fractional(a: Exact) -> bool:
    """Is a fraction one of the factors?"""
    match a.op:
        case "mul":
            return any(map(_fractional, a.args))
        case "neg":
            return _fractional(a.args[0])
        case "pow":
            return _is_whole(a.args[1]) and _fractional(a.args[0])
    return a.op == "div"


def _parts(a: Exact) -> tuple[list[Exact], list[Exact], int]:
    """The factors above and below the bar, and the sign."""
    match a.op:
        case "mul" | "div":
            (up, down, s), (up2, down2, s2) = _parts(a.args[0]), _parts(a.args[1])
            return (up + up2, down + down2, s * s2) if a.op == "mul" else (up + down2, down + up2, s * s2)
        case "neg":
            up, down, s = _parts(a.args[0])
            return up, down, -s
        case "pow" if _is_whole(a.args[1]) and _fractional(a.args[0]):
            up, down, s = _parts(a.args[0])
            return [x ** a.args[1] for x in up], [x ** a.args[1] for x in down], s ** int(a.args[1].args[0])
    return ([] if is_number(a, 1) else [a]), [], 1


def _is_whole(n: Exact) -> bool:
    return n.op == "number" and n.args[0].denominator == 1 and n.args[0] > 0


def _product(factors: list[Exact]) -> Exact:
    """The factors, numbers first and sums over an index last."""
    ordered = sorted(factors, key=lambda x: {"number": 0, "total": 2, "greatest": 2, "integral": 2}.get(x.op, 1))
    found = ordered[0] if ordered else exact(1)
    for x in ordered[1:]:
        found = found * x
    return found


# How wide ------------------------------------------------------------------------------------------


def breadth(node: Exact) -> float:
    """About how many digits wide a term is on paper."""
    return _breadth(tidy(node))


@cache
def _breadth(node: Exact) -> float:
    parts = [_breadth(a) for a in node.args if isinstance(a, Exact)]
    match node.op:
        case "number":
            return len(str(node.args[0].numerator))
        case "symbol" | "call":
            return (
                1
                + 0.6 * (len(parts) and parts[0])
                + 0.8 * max(0, len(letter(node.args[0]).replace("\\mathrm", "")) - 4) ** 0.5
            )
        case "div":
            return max(parts) + 0.5
        case "pow":
            return parts[0] + 0.6 * parts[1] + (1 if node.args[0].op in ("add", "sub", "mul", "neg", "div") else 0)
        case "total" | "greatest" | "integral":
            return 3 + parts[0]
        case "where":
            return max(parts[1:]) + parts[0] + 4
    return sum(parts) + {"add": 2, "sub": 2, "mul": 1, "dot": 2.5, "sqrt": 1.5, "max": 5, "min": 5}.get(node.op, 1.5)
