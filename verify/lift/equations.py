"""A lifted step as the code's own equations, in LaTeX or Unicode.

A lifted update is one shared program; written out as a single formula it fills a page.
Here every memory gets one equation, new values are primed (m'), and what is used more than
once or would make a line too long gets a name of its own (u_1, u_2, ...), in the order in
which the code computes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from verify import display
from verify.domain import Real
from verify.exact import CONDITIONS, Exact, exact, is_number, symbol, walk

SHARED = 6  # operations from which a subterm that is used twice gets a name
LONGEST = 22  # operations that one equation may show
_LEAVES = ("number", "symbol", "call", "true", "false", "infinity", "pi")


def equations(updates: dict[str, Exact], style: str = "unicode") -> list[str]:
    """One equation for each entry (name -> its term after the step), after those of the named subterms.

    The symbols in the terms are the values before the step.  style is "unicode" or "latex".
    """
    if style not in ("unicode", "latex"):
        raise ValueError(f"style {style!r}; expected 'unicode' or 'latex'")
    page = _Page(updates, _latex if style == "latex" else _unicode)
    return page.lines()


class _Page:
    """The names given so far, and the equations in order."""

    def __init__(self, updates: dict[str, Exact], show: Callable):
        self.updates, self.show = updates, show
        self.uses = Counter(a for n in walk(*updates.values()) for a in n.args if isinstance(a, Exact))
        self.roots: dict[Exact, str] = {}
        for name, term in updates.items():
            if term.op not in _LEAVES:
                self.roots.setdefault(term, name)
        self.named: dict[Exact, Exact] = {}
        self.written: dict[Exact, Exact] = {}
        self.length: dict[Exact, int] = {}
        self.primed: dict[str, str] = {}
        self.out: list[str] = []

    def lines(self) -> list[str]:
        for node in walk(*self.updates.values()):
            self._visit(node)
        for name, term in self.updates.items():
            if self.roots.get(term) != name:
                self._equation(self._prime(name), self.named.get(term, term))
        return self.out

    def _visit(self, node: Exact) -> None:
        """Write a node with the names of its parts; give it a name where it deserves one."""
        parts = [a for a in node.args if isinstance(a, Exact)]
        self.written[node] = self._rewritten(node) if parts else node
        self.length[node] = 1 + sum(0 if a in self.named else self.length[a] for a in parts) if parts else 0
        if node in self.roots:
            self._name(node, self._prime(self.roots[node]))
        elif node.op not in CONDITIONS and self._deserves(node):
            self._name(node, symbol(f"u_{sum(s.args[0].startswith('u_') for s in self.named.values()) + 1}", Real))

    def _rewritten(self, node: Exact) -> Exact:
        return _tidy(Exact(node.op, *(self._short(a) if isinstance(a, Exact) else a for a in node.args)))

    def _short(self, node: Exact) -> Exact:
        return self.named.get(node, self.written[node])

    def _deserves(self, node: Exact) -> bool:
        return self.length[node] > LONGEST or (self.uses[node] > 1 and self.length[node] >= SHARED)

    def _name(self, node: Exact, name: Exact) -> None:
        self._equation(name, self.written[node])
        self.named[node] = name

    def _prime(self, name: str) -> Exact:
        """The symbol of a new value; a token that `show` turns into the name and a prime."""
        token = "qz" + "".join(chr(ord("a") + int(d)) for d in str(len(self.primed)))
        known = next((t for t, n in self.primed.items() if n == name), None)
        self.primed.setdefault(known or token, name)
        return symbol(known or token, Real)

    def _equation(self, left: Exact, right: Exact) -> None:
        self.out.append(self.show(left, right, self.primed))


def _tidy(node: Exact) -> Exact:
    """The same value, easier on the eye: t - 1 + 1 is t, and x + (-1) y is x - y."""
    if node.op not in ("add", "sub"):
        return node
    a, b = node.args
    if is_number(b) and (inner := _shift(a)) is not None:
        total = inner[1] + (b.args[0] if node.op == "add" else -b.args[0])
        return inner[0] + exact(total) if total >= 0 else inner[0] - exact(-total)
    if node.op == "add" and b.op == "mul" and is_number(b.args[0], -1):
        return a - b.args[1]
    return node


def _shift(node: Exact) -> tuple[Exact, Fraction] | None:
    """x and c where the term is x + c or x - c."""
    if node.op in ("add", "sub") and is_number(node.args[1]):
        return node.args[0], node.args[1].args[0] * (1 if node.op == "add" else -1)
    return None


def _unicode(left: Exact, right: Exact, primed: dict[str, str]) -> str:
    text = f"{display.unicode(left)} = {display.unicode(right)}"
    for token, name in sorted(primed.items(), key=lambda item: -len(item[0])):
        text = text.replace(token, display.unicode(symbol(name, Real)) + "′")
    return text


def _latex(left: Exact, right: Exact, primed: dict[str, str]) -> str:
    text = f"{display.latex(left)} = {display.latex(right)}"
    for token, name in primed.items():
        text = text.replace(rf"\mathrm{{{token}}}", display.latex(symbol(name, Real)) + "'")
    return text
