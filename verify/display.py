"""Terms as a reader sees them: LaTeX and Unicode, in the order in which they were written.

SymPy sorts `theta - eta m` into `-eta m + theta`; a printed rule should read like its
paper, so terms are printed from the program itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from math import inf

from verify.exact import Exact

_NAMES = """alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega
Delta Gamma Theta Lambda"""
_GREEK = _NAMES.split()
_LETTER = dict(zip(_GREEK, "αβγδεζηθκλμνξπρστφχψωΔΓΘΛ", strict=True)) | {
    "eps": "ε",
    "weight_decay": "λ",
    "lr": "η",
    "inf": "∞",
}
_WORD = {"eps": r"\varepsilon", "weight_decay": r"\lambda", "lr": r"\eta", "inf": r"\infty"}
_WORD |= {"infinity": r"\infty", "momentum": r"\mu", "momentum_decay": r"\psi"}
_ENDS_IN_WORD = re.compile(r"\\mathrm\{\w+\}'*(_\{[^{}]*\})?(\^\{[^{}]*\})?$")
_ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}
_SUBSCRIPTS = str.maketrans("0123456789+-tijkn", "₀₁₂₃₄₅₆₇₈₉₊₋ₜᵢⱼₖₙ")
_SUPERSCRIPTS = str.maketrans("0123456789+-tin()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗⁱⁿ⁽⁾")
_INDICES = "ijklpq"  # of sums
_REALS = "xyzuvw"  # of integrals
_TIGHTNESS = {"add": 1, "sub": 1, "neg": 1.5, "mul": 2, "div": 2, "pow": 4}
_REACHING = ("total", "greatest", "integral")  # what follows them would seem to be under them
_TURNED = {"lt": (">", ">"), "le": ("≥", r"\ge")}
_RELATIONS = {"lt": ("<", "<"), "le": ("≤", r"\le"), "eq": ("=", "="), "ne": ("≠", r"\ne"), "and": ("and", r"\land")}


def latex(term) -> str:
    """The term in LaTeX, as written."""
    return _Latex()(term)


def unicode(term, most: float = inf) -> str:
    """The term in one line of Unicode, as written; operations beyond `most` are dots."""
    return _Unicode(most)(term)


class _Printer:
    """What the two notations share: precedence, and the walk over the term."""

    column: int
    minus: str
    fraction_bars: bool
    group: Callable[[str], str]
    fraction: Callable[[str, str], str]
    named: Callable[[str, list[str]], str]
    name: Callable[[str], str]

    def __init__(self, most: float = inf):
        self.left = most  # a program prints as a tree, which may be exponentially larger

    def __call__(self, node, tight: float = 0) -> str:
        if not isinstance(node, Exact):
            return str(node)
        self.left -= 1
        if self.left < 0:
            return "…"
        text = self.render(node)
        loose = _TIGHTNESS.get(node.op, 9)
        if node.op == "number" and (node.args[0] < 0 or decimal(node.args[0]) is None):
            loose = 1.5
        if self.fraction_bars and node.op == "div":
            loose = 3
        return self.group(text) if loose < tight else text

    def render(self, node: Exact) -> str:
        method = getattr(self, "on_" + node.op, None)
        return method(*node.args) if method else self.named(node.op, [self(a) for a in node.args])

    def on_number(self, q: Fraction) -> str:
        return decimal(q) or self.fraction(str(q.numerator), str(q.denominator))

    def on_symbol(self, name, domain):
        letters = _INDICES if getattr(domain, "integer", True) else _REALS
        return (
            letters[int(name[1:]) % 6]
            if re.fullmatch(r"#\d+", name)
            else self.name(name.rstrip("'")) + "'" * name.count("'")
        )

    def on_add(self, a, b):
        return f"{self(a, 1)} + {self(b, 1.5)}"

    def on_sub(self, a, b):
        return f"{self(a, 1)} {self.minus} {self(b, 1.6)}"

    def on_neg(self, a):
        return f"{self.minus}{self(a, 2)}"

    def relation(self, op, a, b):
        if a.op == "number" and b.op != "number" and op in _TURNED:
            return f"{self(b)} {_TURNED[op][self.column]} {self(a)}"  # x > 1 reads better than 1 < x
        return f"{self(a)} {_RELATIONS[op][self.column]} {self(b)}"

    # fmt: off
    def on_lt(self, a, b): return self.relation("lt", a, b)
    def on_le(self, a, b): return self.relation("le", a, b)
    def on_eq(self, a, b): return self.relation("eq", a, b)
    def on_ne(self, a, b): return self.relation("ne", a, b)
    def on_and(self, a, b): return self.relation("and", a, b)
    # fmt: on


def _reaches_on(a: Exact) -> bool:
    """Does the term end in a sum, so that a factor behind it would be read as part of the sum?"""
    return a.op in _REACHING or (a.op in ("mul", "neg") and _reaches_on(a.args[-1]))


def _is_square(a: Exact) -> bool:
    """Is the term the squared length of a vector?"""
    return a.op == "dot" and a.args[0] is a.args[1]


def decimal(q: Fraction) -> str | None:
    """Integers and short decimals as such; None for other fractions."""
    if q.denominator == 1:
        n = str(q.numerator)
        return n if len(n) < 16 else f"{float(q):.3g}"
    rest = q.denominator
    for p in (2, 5):
        while rest % p == 0:
            rest //= p
    text = f"{float(q):.12g}"
    return text if rest == 1 and Fraction(text) == q and q.denominator > 8 else None


class _Latex(_Printer):
    column, minus, fraction_bars = 1, "-", True

    # fmt: off
    def group(self, text): return rf"\left({text}\right)"
    def fraction(self, a, b): return rf"-\frac{{{a[1:]}}}{{{b}}}" if a.startswith("-") else rf"\frac{{{a}}}{{{b}}}"
    def named(self, op, args): return rf"\operatorname{{{op}}}\left({', '.join(args)}\right)"
    def on_div(self, a, b): return rf"\frac{{{self(a)}}}{{{self(b)}}}"
    def on_sqrt(self, a): return rf"\left\|{self(a.args[0])}\right\|" if _is_square(a) else rf"\sqrt{{{self(a)}}}"
    def on_abs(self, a): return rf"\left|{self(a)}\right|"
    def on_exp(self, a): return f"e^{{{self(a)}}}"
    def on_log(self, a): return rf"\ln {self(a, 3)}"
    def on_gamma(self, a): return rf"\Gamma\left({self(a)}\right)"
    def on_sign(self, a): return rf"\operatorname{{sign}}\left({self(a)}\right)"
    def on_size(self, a): return rf"\dim {self(a, 3)}"
    def on_max(self, a, b): return rf"\max\left({self(a)}, {self(b)}\right)"
    def on_min(self, a, b): return rf"\min\left({self(a)}, {self(b)}\right)"
    def on_pi(self): return r"\pi"
    def on_infinity(self): return r"\infty"
    def on_call(self, name, _domain, index): return self.name(name, self(index))
    def on_apply(self, name, w): return rf"{self.name(name)}\left({self(w)}\right)"
    def on_gradient(self, name, w): return rf"\nabla {self.name(name)}\left({self(w)}\right)"
    def on_pow(self, a, b): return f"{self._base(a)}^{{{self(b)}}}"
    def on_not(self, a): return rf"\lnot {self(a, 3)}"
    def on_or(self, a, b): return rf"{self(a)} \lor {self(b)}"
    # fmt: on

    def _base(self, a):
        grouped = (
            a.op in ("div", "exp", "dot", "where") or _reaches_on(a) or (a.op == "number" and not self(a).isdigit())
        )
        if grouped or (a.op == "sqrt" and not _is_square(a.args[0])):
            return self.group(self(a))
        return f"{{{self(a, 4.5)}}}" if "'" in self(a, 4.5) else self(a, 4.5)  # a prime is a power already

    def on_dot(self, a, b):
        return rf"\left\|{self(a)}\right\|^2" if a is b else rf"\left\langle {self(a)}, {self(b)} \right\rangle"

    def on_mul(self, a, b):
        left, right = self.factor(a), self.factor(b, 2.5) if b.op == "where" else self(b, 2.5)
        wordy = right.startswith(r"\mathrm") or _ENDS_IN_WORD.search(left)
        return left + (r" \cdot " if right[0].isdigit() else r" \, " if wordy else " ") + right

    def on_where(self, c, a, b):
        return rf"\begin{{cases}} {self(a)} & \text{{if }} {self(c)} \\ {self(b)} & \text{{otherwise}} \end{{cases}}"

    def on_total(self, body, index, low, high):
        return rf"\sum_{{{self(index)}={self(low)}}}^{{{self(high)}}} {self(body, 1.7)}"

    def on_greatest(self, body, index, low, high):
        return rf"\max_{{{self(low)} \le {self(index)} \le {self(high)}}} {self(body, 1.7)}"

    def on_integral(self, body, index, low, high):
        return rf"\int_{{{self(low)}}}^{{{self(high)}}} {self(body, 1.7)} \, d{self(index)}"

    def factor(self, a, tight: float = 2):
        """A factor that another one follows."""
        return self.group(self(a)) if a.op == "where" or _reaches_on(a) else self(a, tight)

    def name(self, name: str, place: str = "") -> str:
        """A name as a letter with primes and indices, the last of which is the place in a sequence."""
        primes, name = "'" * name.count("'"), name.replace("'", "")
        head, digits = (name, "") if name in _WORD else _split(name)
        head, tail = (head, "") if head in _WORD else head.partition("_")[::2]
        letter, tail = (f"{_ACCENTS[tail]}{{{_word(head)}}}", "") if tail in _ACCENTS else (_word(head), tail)
        index = ", ".join(p for p in (tail and _word(tail), digits, place) if p)
        return letter + primes + (f"_{{{index}}}" if index else "")


def _word(text: str) -> str:
    if text in _GREEK:
        return "\\" + text
    if text in _WORD:
        return _WORD[text]
    safe = text.replace("_", r"\_")
    return safe if len(text) <= 1 else rf"\mathrm{{{safe}}}"


class _Unicode(_Printer):
    column, minus, fraction_bars = 0, "- ", False

    # fmt: off
    def group(self, text): return f"({text})"
    def fraction(self, a, b): return f"{a}/{b}"
    def named(self, op, args): return f"{op}({', '.join(args)})"
    def on_sub(self, a, b): return f"{self(a, 1)} - {self(b, 1.6)}"
    def on_neg(self, a): return f"-{self(a, 2)}"
    def on_mul(self, a, b):
        left = self.group(self(a)) if _reaches_on(a) else self(a, 2)
        right = self(b, 2.5)
        return f"{left} {'· ' * (a.op == 'div' or right[0].isdigit())}{right}"

    def on_div(self, a, b): return f"{self(a, 2)} / {self(b, 2.5)}"
    # fmt: on
    def on_sqrt(self, a):
        if _is_square(a):
            return f"‖{self(a.args[0])}‖"
        return "√" + (self(a) if a.op in ("symbol", "number", "call") else f"({self(a)})")

    # fmt: off
    def on_abs(self, a): return f"|{self(a)}|"
    def on_gamma(self, a): return f"Γ({self(a)})"
    def on_pi(self): return "π"
    def on_infinity(self): return "∞"
    def on_where(self, c, a, b): return f"({self(a)} if {self(c)} else {self(b)})"
    def on_dot(self, a, b): return f"‖{self(a)}‖²" if a is b else f"⟨{self(a)}, {self(b)}⟩"
    def on_total(self, body, i, low, high): return f"Σ[{self(i)}={self(low)}..{self(high)}] {self(body, 1.7)}"
    def on_greatest(self, body, i, low, high): return f"max[{self(i)}={self(low)}..{self(high)}] {self(body, 1.7)}"
    def on_integral(self, body, i, low, high): return f"∫[{self(low)}..{self(high)}] {self(body, 1.7)} d{self(i)}"
    # fmt: on

    # fmt: off
    def on_apply(self, name, w): return f"{self.name(name)}({self(w)})"
    def on_gradient(self, name, w): return f"∇{self.name(name)}({self(w)})"
    # fmt: on

    def on_call(self, name, _domain, index):
        text = self(index).replace(" ", "")
        return self.name(name) + (text.translate(_SUBSCRIPTS) if _small(text, _SUBSCRIPTS) else f"[{text}]")

    def on_pow(self, a, b):
        text = self(b).replace(" ", "")
        unclear = _reaches_on(a) or a.op == "dot" or (a.op == "sqrt" and not _is_square(a.args[0]))
        return (self.group(self(a)) if unclear else self(a, 4.5)) + (
            text.translate(_SUPERSCRIPTS)
            if _small(text, _SUPERSCRIPTS)
            else f"^{text}"
            if text.isalpha()
            else f"^({text})"
        )

    def name(self, name: str) -> str:
        head, digits = _split(name)
        if head not in _LETTER and "_" in head:
            head, _, tail = head.partition("_")
            return f"{_LETTER.get(head, head)}_{_LETTER.get(tail, tail)}{digits.translate(_SUBSCRIPTS)}"
        return _LETTER.get(head, head) + digits.translate(_SUBSCRIPTS)


def _split(name: str) -> tuple[str, str]:
    """A name and the digits at its end."""
    head = name.rstrip("0123456789")
    return head.removesuffix("_"), name[len(head) :]


def _small(text: str, table: dict) -> bool:
    return all(ord(c) in table for c in text)
