"""The points at which branches are looked for: ordinary ones, and those that a condition asks for."""

from __future__ import annotations

import random
from fractions import Fraction

from verify.conform.bench import Bench
from verify.conform.setting import gradient_value
from verify.exact import Exact, is_number, walk

_SCALES = (1, 1, 1, Fraction(1, 50), 20)


def pinned(condition: Exact) -> tuple[Exact, Exact] | None:
    """Symbol and number of a condition that leaves it no other: `s = n`, or `s <= n` at the low end of its domain."""
    if condition.op not in ("eq", "le"):
        return None
    a, b = condition.args
    symbol, number, end = (b, a, "high") if is_number(a) else (a, b, "low")
    if symbol.op != "symbol" or not is_number(number):
        return None
    only = condition.op == "eq" or number.args[0] == getattr(symbol.args[1], end)
    return (symbol, number) if only else None


def pins(conditions) -> dict[str, Fraction]:
    """The numbers that conditions give to symbols, as part of a point."""
    return {pin[0].args[0]: pin[1].args[0] for c in conditions if (pin := pinned(c))}


def near(condition: Exact, domain) -> list[Fraction]:
    """Members of a domain around the numbers of a condition."""
    literals = [n.args[0] for n in walk(condition) if is_number(n)]
    if domain.integer:
        found = [Fraction(int(q) + k) for q in literals for k in (-2, -1, 0, 1, 2)] + [
            Fraction(k) for k in range(1, 130)
        ]
    else:
        ends = [e for e in (domain.low, domain.high) if e is not None]
        found = [
            v
            for q in literals
            for v in (q, q * Fraction(99, 100), q * Fraction(101, 100), *((q + e) / 2 for e in ends))
        ]
    return [v for v in found if domain.contains(v)]


def values(bench: Bench, chance: random.Random, k: int, variables: list, x: list[str], g: str) -> dict:
    """A point: ordinary hyperparameters or near the defaults, early or late, large or small, now and then orthogonal."""
    s = bench.setting
    point = s.hyper_point(None if k % 3 == 0 else chance)
    point["t"] = Fraction(chance.choice([1, 2, 3, 4, 5, 6, 8, 12, 30, 100]))
    if "lr" in point:
        point[s.rate_before.args[0]] = point["lr"] * chance.choice((Fraction(1, 2), 1, 3))
    scale = Fraction(chance.choice(_SCALES))
    for variable in variables:
        value = gradient_value(chance) * scale
        low, high = variable.args[1].low, variable.args[1].high
        point[variable.args[0]] = abs(value) / (2 if high == 1 else 1) if low == 0 else value
    near = _orthogonal if s.count > 1 and k % 4 == 1 else lambda i, x, chance: gradient_value(chance)
    for name in x:
        point[name] = gradient_value(chance) * scale
    for i in range(s.count):
        point[f"{g}{i}"] = near(i, [point[n] for n in x], chance) * chance.choice([Fraction(1), Fraction(1), scale])
    return point


def _orthogonal(i: int, x: list, chance: random.Random) -> Fraction:
    """Nearly orthogonal to x in each pair of elements, so that projections act."""
    partner = i + 1 if i % 2 == 0 else i - 1
    return (x[partner] if partner < len(x) else Fraction(0)) * (1 if i % 2 == 0 else -1) + Fraction(
        chance.randint(-3, 3), 1000
    )
