"""Evaluate an exact term in any number system, refusing what it does not know.

SymPy's `lambdify` prints rationals as Python divisions and asks balls yes-or-no
questions; both turn an enclosure into a wrong answer.  This fold does neither: every
literal is made by the system itself, a shared node is computed once, and of a `where`
only the branch that the condition picks is evaluated.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable

from verify import numbers
from verify.exact import Exact, loose
from verify.numbers import Undefined

sys.setrecursionlimit(max(sys.getrecursionlimit(), 50_000))  # a term is as deep as its program is long


class Unsupported(TypeError):
    """The term has an operation that this number system has no rule for."""


class Undecided(ArithmeticError):
    """Two balls overlap, so that a comparison of them has no certain answer."""


def evaluate(root: Exact, values: dict, system, like=None):
    """The value of a term.

    `values` maps symbol names to numbers of `system` (sequences: to functions of an int).
    Raises Unsupported for an operation without a rule, KeyError for a missing symbol.
    """
    return Fold(values, system, like)(root)


class Fold:
    """One evaluation: a memo over the shared nodes of any number of terms."""

    def __init__(self, values: dict, system, like=None):
        self.values, self.system, self.like = values, system, like
        self.memo: dict[Exact, object] = {}

    def __call__(self, node: Exact):
        if node in self.memo:
            return self.memo[node]
        result = self._apply(node)
        if not loose(node):
            self.memo[node] = result
        return result

    def _apply(self, node: Exact):
        rule = _RULES.get(node.op)
        if rule:
            return rule(self, *node.args)
        name = _NAMED.get(node.op)
        if name is None or not hasattr(self.system, name):
            raise Unsupported(f"{self.system.__name__} has no rule for `{node.op}`, met in {node!r}")
        return getattr(self.system, name)(*map(self, node.args))

    def _index(self, symbol: Exact, value):
        inner = Fold({**self.values, symbol.args[0]: value}, self.system, self.like)
        inner.memo = self.memo
        return inner

    def _loop(self, name, body, index, low, high):
        at = lambda i: self._index(index, i)(body)
        return getattr(numbers, name)(at, self(low), self(high))

    def _integral(self, body, index, low, high):
        if not hasattr(self.system, "integral"):
            raise Unsupported(f"{self.system.__name__} has no rule for integrals")
        top = None if high.op == "infinity" else self(high)
        at = lambda x: self._index(index, x)(body)
        return self.system.integral(at, self(low), top, self.like)

    def _power(self, base: Exact, exponent: Exact):
        n = exponent.args[0] if exponent.op == "number" else None
        if n is not None and n.denominator == 1 and abs(n) < 4096:
            return self(base) ** int(n)
        return self(base) ** self(exponent)

    def _where(self, condition, a, b):
        chosen = self(condition)
        if isinstance(chosen, bool):
            return self(a if chosen else b)
        return self.system.where(chosen, self(a), self(b))

    def _call(self, name, _domain, index):
        return self.values[name](numbers.whole(self(index)))

    def _on_arrays(self, name: str, *args):
        """An operation that arrays answer, since a vector's value is an array of the system's numbers."""
        values = [self(a) for a in args]
        kind = numbers.system(*values)
        if not hasattr(kind, name):
            raise Unsupported(f"{kind.__name__} has no rule for `{name}`")
        return getattr(kind, name)(*values)

    def _compare(self, op: str, a, b):
        """A comparison; the system's own way, where it has one (balls may not be decided)."""
        way = getattr(self.system, "compare", None)
        return way(op, self(a), self(b)) if way else COMPARE[op](self(a), self(b))

    def _divide(self, a, b):
        below = self(b)
        if isinstance(below, (int, float)) and below == 0:
            raise Undefined("division by zero")
        return self(a) / below


COMPARE = {"lt": operator.lt, "le": operator.le, "eq": operator.eq, "ne": operator.ne}
_RULES: dict[str, Callable] = {
    "number": lambda self, q: self.system.number(q, self.like),
    "symbol": lambda self, name, _domain: self.values[name],
    "call": Fold._call,
    "apply": lambda self, name, w: self.values[name](self(w)),
    "gradient": lambda self, name, w: self.values[name].gradient(self(w)),
    "dot": lambda self, a, b: self._on_arrays("dot", a, b),
    "size": lambda self, a: self._on_arrays("size", a),
    "add": lambda self, a, b: self(a) + self(b),
    "sub": lambda self, a, b: self(a) - self(b),
    "mul": lambda self, a, b: self(a) * self(b),
    "div": Fold._divide,
    "neg": lambda self, a: -self(a),
    "abs": lambda self, a: numbers.magnitude(self(a)),
    "pow": Fold._power,
    "where": Fold._where,
    "total": lambda self, *args: self._loop("total", *args),
    "greatest": lambda self, *args: self._loop("greatest", *args),
    "integral": Fold._integral,
    "pi": lambda self: self.system.pi(self.like),
    "true": lambda self: True,
    "false": lambda self: False,
    **{op: (lambda self, a, b, op=op: self._compare(op, a, b)) for op in COMPARE},
    "and": lambda self, a, b: self(a) and self(b),
    "not": lambda self, a: not self(a),
}
_NAMED = {n: n for n in ("sqrt", "sign", "exp", "log", "gamma", "sin", "cos", "atan", "erf", "round", "floor")} | {
    "max": "maximum",
    "min": "minimum",
}


__all__ = ["Fold", "Undefined", "Unsupported", "evaluate"]
