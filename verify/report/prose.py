"""Sentences of a theory file as typeset text: what is plainly mathematics in them becomes mathematics.

A docstring says "at most sqrt(K_t) lr" and `$1 - \\beta^t$`.  The first is recognised word by
word, the second is checked to be a formula and nothing else; all that remains is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache

from verify.report.notation import letter
from verify.report.tex import GREEK, Tex, code, escape, maths, together
from verify.report.written import is_formula
from verify.statement import claims

Links = Callable[[str], Tex | None]
_NOTHING: Links = lambda word: None

_TOKEN = re.compile(
    r"""(?P<code>`[^`\n]+`)
      | (?P<formula>\$[^$]+\$)
      | (?P<link>[A-Za-z][\w-]*(?:/[\w-]+)+(?:\.py)?)
      | (?P<abbreviation>\b(?:[a-z]\.){2,}|'[a-z]+\b)
      | (?P<product><[\w ]+,[\w ]+>)
      | (?P<name>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)
      | (?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![A-Za-z]))
      | (?P<ordinal>\d+[A-Za-z]+)
      | (?P<dashes>--+)
      | (?P<sign>->|<=|>=|!=|_(?=\()|[-+*/^()=<>|,]|\.\.\.)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SIGNS = {"->": r"\to ", "<=": r"\le ", ">=": r"\ge ", "!=": r"\ne ", "*": r"\cdot ", "...": r"\dots ", "|": r"\vert "}
_WORDS = {"sqrt", "exp", "Var", "max", "min", "log", "sign"}
_GREEK = frozenset(GREEK) - {"gamma", "delta", "pi", "Gamma", "Delta", "Theta", "Lambda"}
_AMBIGUOUS = frozenset(
    {"gamma", "delta", "pi", "Gamma", "Delta", "a", "A", "I"}
)  # words too, where no operator is beside
_RELATIVES = frozenset({"->", "<=", ">=", "!=", *"=<>+-*/^_"})


def sentence(text: str, links: Links = _NOTHING) -> Tex:
    """One or more sentences; `links(word)` gives the reference that a claim's id or a file's name stands for."""
    quoted = re.sub(r'"([^"]*)"', "“\\1”", re.sub(r"(?<![\w$])'(?=\w)", "‘", " ".join(text.split())))
    tokens = [(m.lastgroup or "other", m.group()) for m in _TOKEN.finditer(quoted)]
    return together(_pieces(tokens, links))


def paragraphs(text: str, links: Links = _NOTHING) -> list[Tex]:
    """Text with blank lines between its paragraphs."""
    return [sentence(p, links) for p in re.split(r"\n\s*\n", text.strip()) if p.strip()]


def _pieces(tokens: list, links: Links) -> Iterator[Tex]:
    i = 0
    while i < len(tokens):
        kind, text = tokens[i]
        before, last = tokens[i - 1] if i else ("space", "")
        behind = text == "-" and (before in ("name", "number") or last == ")")  # 5-6 is no minus six
        run = _run(tokens[i:]) if kind in ("name", "number", "sign", "product") and not behind else []
        if run and is_formula(formula := _formula(run)):
            yield maths(formula)
            i += len(run)
        else:
            yield _text(kind, text, links)
            i += 1


def _text(kind: str, text: str, links: Links) -> Tex:
    if kind == "code":
        return links(text[1:-1]) or code(text[1:-1])
    if kind == "formula":
        return maths(text[1:-1]) if is_formula(text[1:-1]) else escape(text)
    if kind == "sign" and text in _SIGNS and text not in ("|", "*", "..."):
        return maths(_SIGNS[text])
    if kind == "link":
        return links(text) or (code(text) if text.endswith(".py") else escape(text))
    return escape(text)


# What is mathematics -------------------------------------------------------------------------------


def _run(tokens: list) -> list:
    """The longest formula at the start of the tokens; [] where there is none."""
    end = next((i for i, (kind, text) in enumerate(tokens) if not _may_be_formula(kind, text)), len(tokens))
    for stop in range(end, 0, -1):
        if _is_formula(tokens[:stop]):
            return tokens[:stop]
    return []


def _may_be_formula(kind: str, text: str) -> bool:
    return kind in ("number", "sign", "space", "product") or (
        kind == "name" and (_is_name(text) or text in _AMBIGUOUS or text in _WORDS or _is_quantity(text))
    )


def _is_quantity(text: str) -> bool:
    """Is this word a variable of some claim, or a hyperparameter of some rule?"""
    return text in _quantities(len(claims))


@lru_cache(maxsize=1)
def _quantities(_count: int) -> frozenset[str]:
    named = {n for c in claims.values() for n in c.domains}
    rules = {c.about for c in claims.values() if c.about}
    return frozenset(
        named
        | {n for r in rules for n in (*r.hyperparameters, *(a for x in r.readings for a in x.adds))}
        | {"momentum", "weight_decay"}
    )


def _is_name(text: str) -> bool:
    """A single letter, a Greek one, lr and eps, with indices."""
    head = re.match(r"[A-Za-z]+", text).group()  # type: ignore[union-attr]
    if text in _AMBIGUOUS or text == "z3" or re.fullmatch(r"[A-Z]\d\d+", text):  # L20 is a reference
        return False
    return (
        len(head) == 1
        or text.startswith("sum_")
        or head in _GREEK
        or head in ("lr", "eps")
        or (head in _AMBIGUOUS and text != head)
    )


def _is_formula(run: list) -> bool:
    """Balanced, begun and ended by operands, and with a name that only a formula has."""
    bare = [(k, t) for k, t in run if k != "space"]
    if run[0][0] == "space" or run[-1][0] == "space" or not _balanced([t for _, t in bare]):
        return False
    if not (_begins(bare[0]) and _ends(bare[-1])) or _juxtaposed(bare):
        return False
    names = any(k == "product" or (k == "name" and (_is_name(t) or "_" in t)) for k, t in bare)
    calculates = any(t in _RELATIVES for _, t in bare) and any(k != "number" for k, t in bare if k != "sign")
    numeric = all(k in ("number", "sign") for k, _ in bare) and (
        "/" in dict(bare).values() or bare[0][1] == "-" or "e" in bare[-1][1]
    )
    return names or calculates or numeric


def _begins(token) -> bool:
    return token[0] != "sign" or token[1] in ("(", "-", "|", "...")


def _ends(token) -> bool:
    return (token[0] != "sign" and token[1] not in _WORDS) or token[1] in (")", "|", "...")


def _juxtaposed(bare: list) -> bool:
    """An article, or a word that may be no name, with no operator beside it."""
    for i, (kind, text) in enumerate(bare):
        beside = [bare[j][1] for j in (i - 1, i + 1) if 0 <= j < len(bare)]
        unsure = text in _AMBIGUOUS or (_is_quantity(text) and not _is_name(text) and "_" not in text)
        between = len(beside) == 2 and all(_is_name(b) for b in beside if b[0].isalpha()) and text not in _AMBIGUOUS
        if kind == "name" and unsure and not between and not any(b in _RELATIVES | {"(", ")"} for b in beside):
            return True
    return False


def _balanced(texts: list[str]) -> bool:
    """Do all brackets close, and do commas stand inside of them?"""
    depth = 0
    for t in texts:
        depth += (t == "(") - (t == ")")
        if depth < 0 or (t == "," and not depth):
            return False
    return depth == 0 and texts.count("|") % 2 == 0


# As LaTeX ------------------------------------------------------------------------------------------


def _formula(run: list) -> str:
    tokens, out = [t for t in run if t[0] != "space"], []
    while tokens:
        out.append(_atom(tokens))
    return " ".join(out)


def _atom(tokens: list) -> str:
    """The next piece, taken off the tokens: roots and powers take what follows."""
    kind, text = tokens.pop(0)
    if text in ("^", "_"):
        return f"{text}{{{_argument(tokens)}}}"
    if text == "sqrt" and tokens and tokens[0][1] == "(":
        return rf"\sqrt{{{_argument(tokens)}}}"
    if kind == "product":
        return rf"\langle {', '.join(map(_words, text[1:-1].split(',')))} \rangle"
    if kind == "name":
        name = rf"\sum_{{{text[4:]}}}" if text.startswith("sum_") else letter(text)
        return rf"\operatorname{{{text}}}" if text in _WORDS else name
    return number(text) if kind == "number" else _SIGNS.get(text, text)


def number(text: str) -> str:
    """A decimal as it is printed: a power of ten where it has one."""
    digits, _, power = text.partition("e")
    if not power:
        return digits
    scale = f"10^{{{int(power)}}}"
    return (
        scale
        if Fraction(digits) == 1
        else rf"{digits.rstrip('0').rstrip('.') if '.' in digits else digits} \cdot {scale}"
    )


def _words(text: str) -> str:
    """Names and numbers side by side, as a product."""
    return " ".join(letter(w) if w[0].isalpha() else w for w in re.findall(r"[A-Za-z]\w*|\d+", text))


def _argument(tokens: list) -> str:
    """A bracket without its brackets, or one atom."""
    if not tokens:
        return ""
    if tokens[0][1] == "-":
        return str(tokens.pop(0)[1]) + _argument(tokens)
    if tokens[0][1] != "(":
        return _atom(tokens)
    inside = tokens[1 : _closing(tokens)]
    del tokens[: len(inside) + 2]
    return _formula(inside)


def _closing(tokens: list) -> int:
    """Where the bracket closes that the tokens begin with."""
    depth = 0
    for i, (_, text) in enumerate(tokens):
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return i
    return len(tokens)
