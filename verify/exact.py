"""Exact real numbers as a shared program: what was computed, in the order it was written.

An `Exact` is a node of a hash-consed program of real operations.  It never cancels a
pole and never reorders a sum, so three things can be read off it later: the formula as
its author wrote it, the divisors that must not vanish, and the roundings that a computer
makes on the way.  SymPy, z3, Arb, mpmath and torch values are made from it on demand by
verify/fold.py; the same node is never built twice, so a hundred steps of an optimizer
stay a hundred steps long.

Comparisons build conditions.  A condition has no truth value of its own: `where` takes
both branches, and a bare `if` on one is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from weakref import WeakValueDictionary

CONDITIONS = frozenset({"lt", "le", "eq", "ne", "and", "or", "not", "true", "false"})
BINDERS = frozenset({"total", "greatest", "integral"})


class SameTerm(int):
    """What == between terms gives: whether they are one term; no condition on their symbols."""


class Exact:
    """One operation on exact numbers.

    `op` names it, `args` are its operands: nodes, or plain data for the leaves number(Fraction),
    symbol(name, domain), call(name, domain, index).  Binders hold (body, bound symbol, low, high).
    """

    __slots__ = ("__weakref__", "args", "op")
    op: str
    args: tuple
    _table: WeakValueDictionary = WeakValueDictionary()

    def __new__(cls, op: str, *args):
        key = (op, args)
        node = cls._table.get(key)
        if node is None:
            node = object.__new__(cls)
            node.op, node.args = op, args
            cls._table[key] = node
        return node

    # fmt: off
    def __add__(self, other): return _binary("add", self, other)
    def __radd__(self, other): return _binary("add", other, self)
    def __sub__(self, other): return _binary("sub", self, other)
    def __rsub__(self, other): return _binary("sub", other, self)
    def __mul__(self, other): return _binary("mul", self, other)
    def __rmul__(self, other): return _binary("mul", other, self)
    def __truediv__(self, other): return _binary("div", self, other)
    def __rtruediv__(self, other): return _binary("div", other, self)
    def __pow__(self, other): return _binary("pow", self, other)
    def __rpow__(self, other): return _binary("pow", other, self)
    def __neg__(self): return exact(-self.args[0]) if self.op == "number" else Exact("neg", self)
    def __pos__(self): return self
    def __abs__(self): return exact(abs(self.args[0])) if self.op == "number" else Exact("abs", self)
    def __lt__(self, other): return compare("lt", self, other)
    def __gt__(self, other): return compare("lt", other, self)
    def __le__(self, other): return compare("le", self, other)
    def __ge__(self, other): return compare("le", other, self)

    def __and__(self, other): return both(self, other)
    def __rand__(self, other): return both(other, self)
    def __or__(self, other): return negation(both(negation(self), negation(other)))
    def __invert__(self): return negation(self)
    # fmt: on

    def __eq__(self, other):
        return SameTerm(self is other)  # type: ignore[override]

    def __ne__(self, other):
        return SameTerm(self is not other)  # type: ignore[override]

    __hash__ = object.__hash__

    def __bool__(self):
        if self.op in ("true", "false"):
            return self.op == "true"
        raise TypeError(f"the truth of `{self}` depends on its symbols; write where(condition, a, b) instead of `if`")

    def __int__(self):
        if self.op == "number" and self.args[0].denominator == 1:
            return int(self.args[0])
        raise TypeError(f"`{self}` is not a known integer")

    def __repr__(self):
        from verify.display import unicode

        return unicode(self, most=300)


TRUE, FALSE = Exact("true"), Exact("false")


def exact(value) -> Exact:
    """An exact number: from int, Fraction, Decimal, decimal text or a float; TypeError for anything else.

    A float is read as the shortest decimal that prints like it: a literal means what was typed.
    """
    match value:
        case Exact():
            return value
        case SameTerm():
            raise TypeError("== between terms asks whether they are one term; write equals(a, b) for the condition")
        case bool():
            return TRUE if value else FALSE
        case int() | Fraction() | Decimal() | str():
            return Exact("number", Fraction(value))
        case float():
            return Exact("number", Fraction(repr(float(value))))
    raise TypeError(f"a {type(value).__name__} is no exact number; expected int, Fraction, decimal text or float")


def symbol(name: str, domain) -> Exact:
    """A variable that ranges over a domain."""
    return Exact("symbol", name, domain)


def _binary(op: str, a, b):
    try:
        a, b = exact(a), exact(b)
    except TypeError:
        return NotImplemented
    if a.op == b.op == "number" and (known := _constant(op, a.args[0], b.args[0])) is not None:
        return exact(known)
    short = _trivial(op, a, b)
    return Exact(op, a, b) if short is None else short


def _constant(op: str, a: Fraction, b: Fraction):
    match op:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "div" if b:
            return a / b
        case "pow" if b.denominator == 1 and (a or b > 0) and abs(b) <= 4096:
            return a ** int(b)
    return None


def _trivial(op: str, a: Exact, b: Exact) -> Exact | None:
    """Steps that change neither value nor rounding; never x/x or x - x."""
    zero_a, zero_b = is_number(a, 0), is_number(b, 0)
    match op:
        case "add" if zero_a or zero_b:
            return b if zero_a else a
        case "sub" if zero_b:
            return a
        case "sub" if zero_a:
            return -b
        case "mul" if zero_a or zero_b:
            return exact(0)
        case "mul" if is_number(a, 1) or is_number(b, 1):
            return b if is_number(a, 1) else a
        case "div" | "pow" if is_number(b, 1):
            return a
    return None


def is_number(x, value=None) -> bool:
    """Is this a literal number (and equal to `value`, where one is given)?"""
    return isinstance(x, Exact) and x.op == "number" and (value is None or x.args[0] == value)


def compare(op: str, a, b):
    """The condition a < b, a <= b, a = b or a != b."""
    try:
        a, b = exact(a), exact(b)
    except TypeError:
        return NotImplemented
    if a.op == b.op == "number":
        p, q = a.args[0], b.args[0]
        return exact({"lt": p < q, "le": p <= q, "eq": p == q, "ne": p != q}[op])
    if a is b:
        return exact(op in ("le", "eq"))
    return Exact(op, a, b)


def equals(a, b) -> Exact:
    """The condition a = b, in the numbers' own system (`==` on terms asks whether they are the same node)."""
    condition = compare("eq", a, b)
    return a == b if condition is NotImplemented else condition


def both(a, b) -> Exact:
    """The condition that both hold."""
    a, b = exact(a), exact(b)
    if a is TRUE or b is FALSE or a is b:
        return b
    return a if b is TRUE or a is FALSE else Exact("and", a, b)


def negation(a) -> Exact:
    """The opposite condition, pushed through comparisons."""
    a = exact(a)
    match a.op:
        case "true" | "false":
            return exact(a is FALSE)
        case "not":
            return a.args[0]
        case "lt":
            return Exact("le", a.args[1], a.args[0])
        case "le":
            return Exact("lt", a.args[1], a.args[0])
        case "eq" | "ne":
            return Exact("ne" if a.op == "eq" else "eq", *a.args)
    return Exact("not", a)


def function(op: str, *args) -> Exact:
    """An operation by name, for those that operators do not spell."""
    return Exact(op, *map(exact, args))


def bind(op: str, body: Callable, low, high, domain) -> Exact:
    """A binder whose index is named by the binders inside that use it, so that equal sums are one node."""
    trial = symbol("#?", domain)
    inner = [n.args[1].args[0] for n in walk(exact(body(trial))) if n.op in BINDERS and "#?" in loose(n)]
    index = symbol(f"#{1 + max((int(name[1:]) for name in inner), default=-1)}", domain)
    return Exact(op, exact(body(index)), index, exact(low), exact(high))


@cache
def loose(node: Exact) -> frozenset[str]:
    """The bound indices that occur in a term outside their binder."""
    if node.op == "symbol":
        return frozenset({node.args[0]} if node.args[0].startswith("#") else ())
    found = frozenset().union(*(loose(a) for a in node.args if isinstance(a, Exact)))
    return found - {node.args[1].args[0]} if node.op in BINDERS else found


def walk(*roots: Exact) -> Iterator[Exact]:
    """Every node once, operands before the operations that use them."""
    seen: set[Exact] = set()
    stack = [(r, False) for r in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready:
            seen.add(node)
            yield node
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args) if isinstance(a, Exact) and a not in seen)


def divisors(*roots: Exact) -> list[Exact]:
    """Every term that is divided by: the side conditions under which the program is defined."""
    return list(dict.fromkeys(n.args[1] for n in walk(*roots) if n.op == "div" and n.args[1].op != "number"))


def symbols(*roots: Exact) -> dict[str, Exact]:
    """The free symbols by name."""
    return {n.args[0]: n for n in walk(*roots) if n.op == "symbol" and not n.args[0].startswith("#")}


def substitute(root: Exact, replace: dict[Exact, Exact]) -> Exact:
    """The term with nodes replaced; a binder shields its own index."""
    done: dict[Exact, Exact] = dict(replace)

    def go(node: Exact) -> Exact:
        if node not in done:
            if node.op in BINDERS and node.args[1] in replace:
                free = {k: v for k, v in replace.items() if k is not node.args[1]}
                body = substitute(node.args[0], free) if free else node.args[0]
                done[node] = Exact(node.op, body, node.args[1], *map(go, node.args[2:]))
            else:
                args = tuple(go(a) if isinstance(a, Exact) else a for a in node.args)
                done[node] = node if args == node.args else rebuild(node.op, args)
        return done[node]

    return go(root)


def rebuild(op: str, args: tuple) -> Exact:
    """A node from its operation and operands, with the trivial steps taken."""
    if op in ("add", "sub", "mul", "div", "pow"):
        return _binary(op, *args)
    if op in ("lt", "le", "eq", "ne"):
        return compare(op, *args)
    if op == "where" and args[0].op in ("true", "false"):
        return args[1] if args[0] is TRUE else args[2]
    if op in ("abs", "neg"):
        return abs(args[0]) if op == "abs" else -args[0]
    if op in ("and", "not"):
        return both(*args) if op == "and" else negation(*args)
    return Exact(op, *args)
