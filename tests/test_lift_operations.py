"""Every torch call that the lifter knows, against torch: the terms, evaluated, are torch's own numbers.

A case is a function of two matrices, a vector, a mask and a traced float.  It runs plainly on torch
and under a lift on symbols; the lifted terms are evaluated at the same numbers with 40 digits.
"""

from __future__ import annotations

from fractions import Fraction

import lift_cases
import lift_wild
import mpmath
import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from verify.domain import Natural, NonZero, Positive, Unit
from verify.lift import places, shapes
from verify.lift.guard import evaluator
from verify.lift.patch import Replacements
from verify.lift.record import Recorder
from verify.lift.tensor import TracedTensor
from verify.lift.torch import ALIASES, LOGICAL, RULES, _base, lifting, tensor
from verify.lift.trace import Traced, TracedFloat, TracedInt, value_of

A = [[0.7, -0.4, 1.25], [2.5, 0.3, -1.5]]
B = [[1.5, 0.25, -0.75], [0.6, 2.0, 0.9]]
V = [0.5, 1.75, 0.125]
S, T = 0.35, 7
pytestmark = pytest.mark.filterwarnings("ignore:This overload of:UserWarning")  # the older order is meant
ROUNDING = 1e-13  # a case makes at most some tens of roundings of 1.1e-16, on numbers below 100

CASES = lift_cases.CASES | lift_wild.CASES
POINT: dict[str, Fraction] = {"s": Fraction("0.35"), "t": Fraction(T)}


class _Names(TorchFunctionMode):
    """Write down the name of every torch call."""

    def __init__(self):
        super().__init__()
        self.seen: set[str] = set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.seen.add(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


def variable(name: str, values, domain) -> TracedTensor:
    values = np.array(values)
    terms = np.empty(values.shape, dtype=object)
    for i, value in np.ndenumerate(values):
        terms[i] = domain.symbol(name + "".join(map(str, i)))
        POINT[terms[i].args[0]] = Fraction(str(value))
    return tensor(values, terms)


def symbolic(case):
    """The case's results on symbols, and the names of the calls it made."""
    arguments = (
        variable("a", A, NonZero),
        variable("b", B, NonZero),
        variable("v", V, Positive),
        TracedFloat(S, Unit.symbol("s")),
        TracedInt(T, Natural.symbol("t")),
    )
    with lifting(Recorder(), Replacements([lift_cases, lift_wild])), _Names() as names:
        return flat(case(*arguments)), names.seen


def plain(case):
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        return flat(case(torch.tensor(A), torch.tensor(B), torch.tensor(V), S, T))
    finally:
        torch.set_default_dtype(before)


def flat(result) -> list:
    return list(result) if isinstance(result, tuple | list) else [result]


def evaluated(x):
    """A result's terms at the point; a number without a term stands for itself."""
    if not isinstance(x, TracedTensor | Traced):
        return np.array(float(x))
    terms = x.terms if isinstance(x, TracedTensor) else np.array(x.term, dtype=object)
    with mpmath.workdps(40):
        fold = evaluator(POINT)
        return np.array([float(fold(t)) for t in terms.reshape(-1)]).reshape(terms.shape)


def number(x):
    """A result's value as an array."""
    return (
        x.numbers.astype(float)
        if isinstance(x, TracedTensor)
        else x.detach().double().numpy()
        if isinstance(x, torch.Tensor)
        else np.array(float(value_of(x)))
    )


@pytest.mark.parametrize("name", CASES)
def test_terms_evaluate_to_torchs_numbers(name):
    (lifted, _), expected = symbolic(CASES[name]), plain(CASES[name])
    assert len(lifted) == len(expected)
    for x, e in zip(lifted, expected, strict=True):
        np.testing.assert_array_equal(number(x), number(e))
        np.testing.assert_allclose(evaluated(x), number(e), rtol=ROUNDING, atol=ROUNDING)


def canonical(name: str) -> str:
    """The rule that a torch call comes to."""
    base, _ = _base(name)
    return base if base in RULES | LOGICAL else ALIASES.get(base, base)


def test_every_operation_in_the_tables_is_exercised():
    seen = set().union(*(symbolic(case)[1] for case in CASES.values()))
    rules = {canonical(n.removeprefix("_foreach_")) for n in seen}
    moved = seen | {n.removesuffix("_") for n in seen}
    assert (RULES | LOGICAL).keys() - rules == set()
    assert {a for a in ALIASES if hasattr(torch.Tensor, a)} - moved == ALIASES_OF_ALIASES
    assert places.HANDLERS.keys() - seen - {"index_put_"} == set()
    assert (shapes.MOVES | shapes.CASTS | shapes.LIKE | shapes.FACTORIES) - seen == ELSEWHERE


ALIASES_OF_ALIASES = set()
ELSEWHERE = {"half", "float", "bfloat16"}  # narrow types: tests/test_lift_guards.py
