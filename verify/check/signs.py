"""Signs that show in the structure of a term, where its normal form does not show them.

A sum is non-negative where each of its terms is; a product where its factors are.  Two
facts about a largest term are used: within a sum over i the largest of f(1), ..., f(t) is
at least f(i), and a sum of t non-negative terms lies between the largest of them and t
times it.  Each is applied by what the term does as that part of it rises: the part is
replaced by the bound that makes the term least, and what is left must be non-negative.
"""

from __future__ import annotations

from verify.check import smt
from verify.check.algebra import Normal
from verify.check.defined import undefined_beside
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.domain import AtLeast
from verify.exact import Exact, exact, is_number, loose, substitute, symbol, walk
from verify.fold import Unsupported

EFFORT = 6_000_000


def form_sign(term: Exact) -> str | None:
    """The sign that the normal form shows (see Ring.sign)."""
    try:
        return Normal()(term).sign()
    except (Unsupported, TooManyGenerators, DividesByZero):
        return None


def nonnegative(sign: str | None) -> bool:
    return sign in ("+", "0+", "0")


def _weaker(*signs: str | None) -> str | None:
    """The sign of a product or quotient of terms that are not negative."""
    if not all(map(nonnegative, signs)):
        return None
    return "+" if all(s == "+" for s in signs) else "0+"


def _stronger(*signs: str | None) -> str | None:
    """The sign of a sum of terms that are not negative."""
    if not all(map(nonnegative, signs)):
        return None
    return "+" if "+" in signs else "0+"


class Signs:
    """The sign of terms under conditions; `ranges` are the binders around the term in question."""

    def __init__(self, given: tuple[Exact, ...] = (), ranges: dict[Exact, tuple] | None = None):
        self.given, self.ranges = given, ranges or {}

    def __call__(self, term: Exact, root: bool = True) -> str | None:
        """ "+" where positive, "0+" where not negative, "0" where zero, None where neither is seen."""
        shown = form_sign(term)
        shown = shown if nonnegative(shown) else self._from_an_end(term)
        if nonnegative(shown):
            return shown
        rule = getattr(self, "on_" + term.op, None)
        found = rule(*term.args) if rule else None
        return found or self._against_largest(term) or (self._against_sums(term) if root else self._by_z3(term))

    def _inner(self, *terms: Exact) -> list[str | None]:
        return [self(t, root=False) for t in terms]

    # Operations ------------------------------------------------------------------------

    def on_mul(self, a, b):
        return "0+" if a is b else _weaker(*self._inner(a, b))

    def on_div(self, a, b):
        return _weaker(*self._inner(a, b))

    def on_add(self, a, b):
        return _stronger(*self._inner(a, b))

    def on_sub(self, a, b):
        """A sum less its largest term; 1 less a power that is at most 1."""
        same = a.op == "total" and b.op == "greatest" and a.args == b.args
        if same and nonnegative(self._body(*a.args)):
            return "0+"
        falls = is_number(a, 1) and b.op == "pow" and all(map(nonnegative, self._inner(b.args[0] - 1, -b.args[1])))
        return "0+" if falls else None

    def on_pow(self, base, exponent):
        even = exponent.op == "number" and exponent.args[0] % 2 == 0
        return self(base, root=False) or ("0+" if even else None)

    def on_sqrt(self, a):
        return self(a, root=False)

    def on_max(self, a, b):
        found = self._inner(a, b)
        return "+" if "+" in found else ("0+" if any(map(nonnegative, found)) else None)

    def on_total(self, body, index, low, high):
        found = self._body(body, index, low, high)
        return "+" if found == "+" and nonnegative(form_sign(high - low)) else ("0+" if nonnegative(found) else None)

    def on_greatest(self, body, index, low, high):
        return self._body(body, index, low, high)

    def _body(self, body, index, low, high):
        inside = Signs(self.given, {**self.ranges, index: (low, high)})
        return inside(body, root=False)

    # Leaves ----------------------------------------------------------------------------

    def _from_an_end(self, term):
        """The sign by form once the index of a binder around the term is counted from the low or the high end."""
        for index, (low, high) in self.ranges.items():
            if index.args[0] in loose(term):
                steps = symbol(index.args[0] + "'", AtLeast(0))
                for place in (low + steps, high - steps):
                    if nonnegative(shown := form_sign(substitute(term, {index: place}))):
                        return shown
        return None

    def _by_z3(self, term):
        inside = set(walk(term))
        within = tuple(c for i, (low, high) in self.ranges.items() for c in (low <= i, i <= high) if i in inside)
        return "0+" if smt.proves(term >= 0, (*self.given, *within), EFFORT) else None

    def _against_largest(self, term):
        """The term with a largest value replaced by the one at the index of a sum around it."""
        for node in walk(term):
            if node.op == "greatest" and not loose(node):
                for index, ends in self.ranges.items():
                    lower = {node: substitute(node.args[0], {node.args[1]: index})}
                    if node.args[2:] == ends and rises(term, node, self, lower):
                        least = substitute(term, lower)
                        kept = undefined_beside((least,), (term,), self.given) is None
                        return "0+" if kept and nonnegative(self(least, root=False)) else None
        return None

    def _against_sums(self, term):
        """The term with a sum replaced by its largest term, or by as many of these as the sum has terms."""
        for node in walk(term):
            if node.op == "total" and not loose(node) and nonnegative(self._body(*node.args)):
                count = node.args[3] - node.args[2] + 1
                largest = Exact("greatest", *node.args)
                for bound, direction in ((largest, 1), (count * largest, -1)):
                    other = {node: bound}
                    if form_sign(count) == "+" and _direction(term, node, self, other) == direction:
                        least = substitute(term, other)
                        kept = undefined_beside((least,), (term,), self.given) is None
                        return "0+" if kept and nonnegative(self(least, root=False)) else None
        return None


def visible_sign(term: Exact, given=(), strict: bool = False) -> str | None:
    """Which engine sees that the term is >= 0 (> 0): "form", "structure", "z3", or None."""
    for engine, find in (("form", form_sign), ("structure", Signs(tuple(given)))):
        shown = find(term)
        if shown == "+" or (nonnegative(shown) and not strict):
            return engine
    return "z3" if smt.proves(exact(0) < term if strict else exact(0) <= term, given) else None


def rises(term: Exact, part: Exact, signs: Signs, lower: dict) -> bool:
    """Can the term not fall as the part rises from its value in `lower`?"""
    return _direction(term, part, signs, lower) == 1


def _direction(term: Exact, part: Exact, signs: Signs, other: dict) -> int | None:
    """1 where the term rises with the part, between it and its `other` value, -1 where it falls; 0 without it."""
    if term is part:
        return 1
    if part not in set(walk(term)):
        return 0
    inner = [_direction(a, part, signs, other) if isinstance(a, Exact) else 0 for a in term.args]
    match term.op:
        case "add" | "max" | "min":
            return _joint(*inner)
        case "sub":
            return _joint(inner[0], None if inner[1] is None else -inner[1])
        case "neg":
            return None if inner[0] is None else -inner[0]
        case "sqrt":
            return inner[0]
        case "mul" | "div" | "pow":
            return _one_moves(term, inner, signs, other)
    return None


def _joint(a: int | None, b: int | None) -> int | None:
    if a is None or b is None or a * b == -1:
        return None
    return a or b


def _one_moves(term: Exact, inner: list[int | None], signs: Signs, other: dict) -> int | None:
    """A product with a factor that is not negative; a quotient by a positive term; a power of what stays so."""
    still = inner.index(0) if 0 in inner else None
    if still is None or not nonnegative(signs(term.args[still], root=False)):
        return None
    if term.op == "mul":
        return inner[1 - still]
    ends = (term.args[0], substitute(term.args[0], other)) if term.op == "pow" else ()
    return inner[0] if still == 1 and all(nonnegative(signs(end, root=False)) for end in ends) else None


__all__ = ["Signs", "form_sign", "nonnegative", "rises", "visible_sign"]
