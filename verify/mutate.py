"""Single faults, planted in a rule's own text: what shipped code gets wrong most often.

Each edit changes one place of the step (verify/mutation/).  Planted in a rule they are mutants that
every checker must kill; held against code that deviates, the one that fits is the diagnosis.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain

import mpmath
import numpy as np

from verify import numbers
from verify.exact import Exact, function
from verify.mutation import constants, course, places, terms
from verify.mutation.anatomy import Anatomy
from verify.mutation.edit import Edit
from verify.rule import Rule

NAMES = ("sqrt", "magnitude", "where", "maximum", "minimum")


@dataclass(frozen=True)
class Mutant:
    """A rule with one fault: the text `paper` became `code`."""

    original: Rule
    edit: Edit
    text: str

    @cached_property
    def rule(self) -> Rule:
        """The rule that the text states."""
        space = (
            {name: getattr(numbers, name) for name in NAMES}
            | self.original.step.__globals__
            | {"narrow": narrow, "remainder": remainder}
        )
        exec(compile(self.text, "<mutant>", "exec"), space)  # noqa: S102 (the text is the rule's own, with one edit)
        step = space[self.original.step.__name__]
        step.__source__ = self.text
        start = self.original.start | self.edit.start
        return replace(self.original, step=step, start=start, chosen=(*self.original.chosen, "mutant"))

    @property
    def paper(self) -> str:
        return self.edit.paper

    @property
    def code(self) -> str:
        return self.edit.code

    @property
    def kind(self) -> str:
        return self.edit.kind

    @property
    def says(self) -> str:
        return self.edit.says

    @property
    def operator(self) -> str:
        return self.edit.operator


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every rule that differs from this one by a single edit, each text once; where the kind is known first."""
    edits = chain(*(family.edits(anatomy(rule)) for family in (places, constants, terms, course)))
    yield from _distinct(rule, sorted(edits, key=lambda edit: edit.kind == "other"))


@lru_cache(maxsize=64)
def anatomy(rule: Rule) -> Anatomy:
    return Anatomy(rule)


def late(rule: Rule, mutant: Mutant, step: int) -> Mutant | None:
    """The same fault, from a step on."""
    edit = course.late(anatomy(rule), mutant.edit, step)
    return planted(rule, edit) if edit else None


def resets(rule: Rule, step: int) -> Iterator[Mutant]:
    """A memory set back at one step."""
    for name in rule.memory:
        yield planted(rule, course.reset_at(anatomy(rule), name, step))


def scaled(rule: Rule, factor: Fraction) -> Mutant:
    """The learning rate multiplied by a number."""
    return planted(rule, constants.scaled_rate(anatomy(rule), factor))


def planted(rule: Rule, edit: Edit) -> Mutant:
    return Mutant(rule, edit, ast.unparse(edit.tree))


def _distinct(rule: Rule, edits: Iterable[Edit]) -> Iterator[Mutant]:
    seen = {ast.unparse(anatomy(rule).tree)}
    for edit in edits:
        mutant = planted(rule, edit)
        key = f"{mutant.text}{sorted(edit.start.items())}"
        if key not in seen:
            seen.add(key)
            yield mutant


def narrow(x, bits: int):
    """A number as a type with so many significant bits holds it, elementwise."""
    if isinstance(x, Exact):
        return function("round", x, bits)
    if getattr(x, "shape", None):
        cells = x.copy()
        for i in np.ndindex(cells.shape):
            cells[i] = narrow(cells[i], bits)
        return cells
    with mpmath.workprec(bits):
        return +x


def remainder(t, number: int):
    """What is left of t when it is divided by a number."""
    return t - number * function("floor", t / number) if isinstance(t, Exact) else t % number


__all__ = ["Mutant", "anatomy", "late", "mutants", "narrow", "planted", "resets", "scaled"]
