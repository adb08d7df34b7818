"""What is quantified when a target meets a rule, and the points at which the code is run.

The rule's hyperparameters are symbols whatever their default, zero included; of the code's
other keywords zeros, booleans and None stay what they are and numbers become symbols too.
A point gives every symbol a value, so that the code has something to compute with while
its terms are recorded.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np

from verify.conform import keywords
from verify.domain import Domain, NonNegative, Positive, Real, Unit
from verify.exact import Exact, exact
from verify.lift.sparse import Pattern
from verify.rule import Rule
from verify.subjects.target import Target
from verify.subjects.text import decimal_of, is_single, is_tensor

USUAL = {
    "lr": "0.001",
    "beta1": "0.9",
    "beta2": "0.999",
    "beta3": "0.9999",
    "eps": "0.00000001",
    "weight_decay": "0",
    "momentum": "0.9",
    "alpha": "0.99",
    "rho": "0.9",
}


def earlier(name: str) -> str:
    """The name of a hyperparameter's value before a change in `param_groups`."""
    return f"{name}°"


def decimal(value) -> Fraction:
    """The decimal that was typed, as an exact rational; of a tensor, the shortest that its type reads as its value."""
    if is_tensor(value):
        return Fraction(Decimal(decimal_of(value)))
    return Fraction(Decimal(repr(value))) if isinstance(value, float) else Fraction(value)


@dataclass(frozen=True)
class Setting:
    """One target against one rule at one shape.

    names: the symbol's name of keywords (or members of tuple keywords) that go by another one in the rule.
    pattern: of a rule for sparse gradients, which elements they have.
    """

    target: Target
    rule: Rule
    shape: tuple[int, ...] = (2,)
    names: dict = field(default_factory=dict, hash=False)
    pattern: Pattern = field(default_factory=Pattern)

    @cached_property
    def slots(self) -> dict[tuple, tuple[str, object]]:
        """(keyword, position or None) -> (symbol name, default value) of everything that is quantified."""
        found = {}
        for keyword, value in self.target.keywords.items():
            members = list(enumerate(value)) if isinstance(value, tuple | list) else [(None, value)]
            for position, member in members:
                name = self.symbol_name(keyword, position)
                member = self._usual(name) if self._left_out(name, position, member) else member
                if self._quantified(name, member):
                    found[keyword, position] = (name, member)
        return found

    def _left_out(self, name: str, position, member) -> bool:
        """Is it a member of a tuple for which the code computes a value of its own, as for None in (None, 0.001)?"""
        return member is None and position is not None and name in self.rule.hyperparameters

    def _usual(self, name: str) -> float:
        return float(self.rule.constants.get(name) or USUAL.get(name, "0"))

    @cached_property
    def _named(self) -> dict[str, str]:
        numbers = [k for k, v in self.target.keywords.items() if not isinstance(v, bool)]
        return keywords.names(numbers, self.rule.hyperparameters)

    def symbol_name(self, keyword: str, position) -> str:
        if self.names or position is not None:
            return self.names.get((keyword, position), self.own(keyword, position))
        return self._named.get(keyword, keyword)

    def own(self, keyword: str, position) -> str:
        """The name of a keyword, or of a member of a tuple: betas has a beta1, eps an eps1."""
        whole = keyword if position is None else f"{keyword}{position + 1}"
        plain = position is None or whole in self.rule.hyperparameters
        return whole if plain else f"{keyword.removesuffix('s')}{position + 1}"

    def _quantified(self, name: str, value) -> bool:
        if isinstance(value, bool) or not (isinstance(value, int | float) or is_single(value)) or self._counted(name):
            return False
        if name in self.rule.hyperparameters:
            return True
        return bool(value != 0) and (name in self.known or isinstance(value, float))  # a zero of no rule's stays zero

    def _counted(self, name: str) -> bool:
        return getattr(self.rule.hyperparameters.get(name), "counted", False)

    @cached_property
    def known(self) -> set[str]:
        """The hyperparameters of the rule and of its readings."""
        return set(self.rule.hyperparameters).union(*(r.adds for r in self.rule.readings))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Whole numbers that no rule names, or that it counts with too: how often, how many, whether.  They stay."""
        named = {self.symbol_name(k, None): v for k, v in self.target.keywords.items() if not isinstance(v, bool)}
        open_ones = lambda n: n not in self.known or self._counted(n)
        return {n: v for n, v in named.items() if isinstance(v, int) and v and open_ones(n)}

    @cached_property
    def domains(self) -> dict[str, Domain]:
        """The domain of each hyperparameter symbol."""
        added = {name: domain for r in self.rule.readings for name, domain in r.adds.items()}
        return {
            n: self.rule.hyperparameters.get(n) or added.get(n) or _guess(value) for n, value in self.slots.values()
        }

    @cached_property
    def symbols(self) -> dict[str, Exact]:
        return {name: domain.symbol(name) for name, domain in self.domains.items()}

    @cached_property
    def built(self) -> dict[str, Exact]:
        """The same hyperparameters as they were when the optimizer was constructed."""
        return {name: domain.symbol(earlier(name)) for name, domain in self.domains.items()}

    @property
    def rate_before(self) -> Exact:
        """The learning rate of the step before, which memory may hold."""
        return self.domains["lr"].symbol("lr before")

    @cached_property
    def defaults(self) -> dict[str, Fraction]:
        """The class's own values of the quantified keywords."""
        return {name: decimal(value) for name, value in self.slots.values()}

    @cached_property
    def plain(self) -> dict[str, Fraction]:
        """Numbers of the constructor that stay what they are (zeros that the rule does not name)."""
        found = {self.symbol_name(k, None): v for k, v in self.target.keywords.items()}
        return {
            n: decimal(v)
            for n, v in found.items()
            if isinstance(v, int | float) and not isinstance(v, bool) and n not in self.symbols
        }

    @cached_property
    def fixed(self) -> dict[str, Fraction]:
        """The rule's hyperparameters that the code has no keyword for: the paper's constant, or the usual value."""
        missing = [n for n in self.rule.hyperparameters if n not in self.symbols]
        return {n: Fraction(self.rule.constants.get(n) or USUAL.get(n, "0")) for n in missing}

    @property
    def count(self) -> int:
        return int(np.prod(self.shape, dtype=int))

    def array(self, make) -> np.ndarray:
        """An object array of the shape from `make(flat index)`."""
        cells = np.empty(self.count, dtype=object)
        for i in range(self.count):
            cells[i] = make(i)
        return cells.reshape(self.shape)

    def variables(self, name: str, domain: Domain = Real) -> np.ndarray:
        """One symbol for each element: name0, name1, ..."""
        return self.array(lambda i: domain.symbol(f"{name}{i}"))

    def gradient(self, name: str) -> np.ndarray:
        """One symbol for each element that the gradient has, and 0 for the others."""
        return self.array(lambda i: exact(0) if i in self.pattern.absent else Real.symbol(f"{name}{i}"))

    def rule_hyper(self, rule: Rule | None = None) -> dict[str, Exact]:
        """The rule's keywords as terms."""
        return self._keywords(rule, self.symbols, exact)

    def numbers(self, values: dict, make, rule: Rule | None = None) -> dict:
        """The rule's keywords as numbers: `make` turns an exact rational into one."""
        return self._keywords(rule, {n: make(q) for n, q in values.items() if n in self.symbols}, make)

    def _keywords(self, rule: Rule | None, known: dict, make) -> dict:
        """A rule's keywords: quantified, else as the code has them, else the paper's, else the usual ones."""
        rest = self.plain | {n: q for n, q in self.fixed.items() if n not in self.plain}
        rule = rule or self.rule
        usual = USUAL | rule.constants  # the constant of a reading, where the code has no keyword for it
        return {
            n: known[n] if n in known else make(rest.get(n, Fraction(usual.get(n, "0")))) for n in rule.hyperparameters
        }

    def code_hyper(self, member) -> dict:
        """The constructor's keywords, each quantified one replaced by member(name); a tensor stays one."""
        made = {}
        for keyword, value in self.target.keywords.items():
            if isinstance(value, tuple | list):
                parts = [
                    member(self.slots[keyword, i][0]) if (keyword, i) in self.slots else v for i, v in enumerate(value)
                ]
                made[keyword] = tuple(parts)
            else:
                made[keyword] = member(self.slots[keyword, None][0]) if (keyword, None) in self.slots else value
                if is_single(value):
                    made[keyword] = _tensor(made[keyword])
        return made

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the certificate says about keywords that are no plain numbers."""
        named = [k for k, v in self.target.keywords.items() if is_single(v)]
        tensors = (
            f"{k} is a tensor: certified for float64, where a float32 tensor rounds what it holds" for k in named
        )
        tuples = ((k, v) for k, v in self.target.keywords.items() if isinstance(v, tuple | list))
        open_ones = (
            f"{self.symbol_name(k, i)} is None unless it is given: certified for every number in its place"
            for k, v in tuples
            for i, member in enumerate(v)
            if member is None
        )
        return (*tensors, *open_ones)

    # Points ---------------------------------------------------------------------------------

    def inner_point(self) -> dict[str, Fraction]:
        """The defaults, but none at an end of its domain: code keeps no buffer where momentum is 0."""
        ends = lambda n: (self.domains[n].low, self.domains[n].high)
        tenth = lambda n: (self.domains[n].low or 0) + Fraction(1, 10)
        fits = lambda n, q: q not in ends(n) and self.domains[n].contains(q)
        inner = lambda n: next(q for q in (Fraction(USUAL.get(n, "0")), tenth(n)) if fits(n, q))
        return {n: inner(n) if q in ends(n) else q for n, q in self.hyper_point(None).items()}

    def hyper_point(self, chance: random.Random | None) -> dict[str, Fraction]:
        """Values of the hyperparameters: the defaults, or a random ordinary choice."""
        if chance is None:
            return {n: q if self.domains[n].contains(q) else Fraction(1, 2) for n, q in self.defaults.items()}
        return {n: _ordinary(d, self.defaults[n], chance) for n, d in self.domains.items()}


def _tensor(number):
    """A 0-d tensor of a number, with its term where it carries one."""
    import torch

    from verify.lift.torch import tensor
    from verify.lift.trace import Traced, value_of

    if isinstance(number, Traced):
        return tensor(float(value_of(number)), number.term)
    return torch.tensor(float(number), dtype=torch.float64)


def _guess(value) -> Domain:
    """The domain of a keyword that the rule does not know."""
    if value < 0:
        return Real
    return Unit if Fraction(1, 2) <= value < 1 else Positive if value else NonNegative


def _ordinary(domain: Domain, default: Fraction, chance: random.Random) -> Fraction:
    if domain.high == 1:
        return Fraction(chance.randint(300, 970), 1000)
    if domain.integer:
        return Fraction(max(1, int(default)))
    return (domain.low or 0) + Fraction(chance.randint(10, 400), 1000)


def gradient_value(chance: random.Random) -> Fraction:
    """An ordinary non-zero gradient."""
    return Fraction(chance.choice([-1, 1]) * chance.randint(50, 1500), 1000)
