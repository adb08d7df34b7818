"""The real optimizer against its rule: what hides from a lift is found, and what is right is not."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from specimens import adams, contracts, hidden, layerwise, matrices  # noqa: E402

from verify import theories  # noqa: E402
from verify.conform.setting import Setting  # noqa: E402
from verify.measure.enclosed import Enclosed, enclosed  # noqa: E402
from verify.measure.execute import CannotRun  # noqa: E402
from verify.measure.unwatched import departure  # noqa: E402
from verify.numbers import maximum, sqrt, where  # noqa: E402
from verify.subjects.build import target  # noqa: E402


def departs(make, rule="adam", readings=(), **keywords):
    found = theories.rule(rule).read_as(*readings)
    return departure(Setting(target(make, make.__name__, keywords), found), found)


RIGHT = [
    (torch.optim.Adam, "adam", (), {}),
    (torch.optim.Adam, "adam", (), {"foreach": True}),
    (torch.optim.SGD, "nesterov", (), {"momentum": 0.9, "nesterov": True}),
    (torch.optim.RMSprop, "rmsprop", (), {}),
    (torch.optim.Adadelta, "adadelta", (), {}),
    (torch.optim.RAdam, "radam", ("threshold-5", "eps-hat"), {}),
    (adams.Folded, "adam", (), {}),
    (adams.Products, "adam", (), {}),
    (adams.Rooted, "adam", (), {}),
    (contracts.Renewed, "adamw", (), {}),
    (layerwise.Lamb, "lamb", (), {}),
]


@pytest.mark.parametrize(("make", "rule", "readings", "keywords"), RIGHT, ids=lambda x: getattr(x, "__name__", None))
def test_what_is_right_stays_inside_its_rounding(make, rule, readings, keywords):
    assert departs(make, rule, readings, **keywords) is None


@pytest.mark.parametrize("make", hidden.HIDDEN, ids=lambda c: c.__name__)
def test_what_hides_is_found(make):
    assert departs(make) is not None


@pytest.mark.parametrize("make", [matrices.WholeRatio, matrices.CappedRatio])
def test_tall_matrices_of_every_ratio_are_tried(make):
    assert departs(make, "muon") is not None


def test_a_tensor_at_rest_shows_a_norm_that_is_divided_by():
    assert departs(layerwise.Unguarded, "lamb").scenario == "at rest at first"


@pytest.mark.parametrize(("make", "step"), [(adams.Late, 101), (adams.After1000, 1001)])
def test_the_first_step_is_named(make, step):
    assert departs(make).step == step


def test_torch_keeps_a_product_in_float32():
    """NAdam's is allowed for where the rounding of float32 is, and only there."""
    assert departs(torch.optim.NAdam, "nadam") is not None
    rule = theories.rule("nadam")
    assert departure(Setting(target(torch.optim.NAdam, "NAdam"), rule), rule, unit=2.0**-24) is None


def test_nothing_compared_is_no_agreement():
    class Refuses(contracts.Base):
        def step(self, closure=None):
            raise RuntimeError("not today")

    with pytest.raises(CannotRun):
        departs(Refuses, "adamw")


# Numbers that know their rounding ---------------------------------------------------------------------


FORMULAS = {
    "sum": lambda a, b: a + b - 3 * a,
    "quotient": lambda a, b: (1 - a) / (b + 2),
    "powers": lambda a, b: a**7 - b**2 * a,
    "root": lambda a, b: sqrt(abs(a * b)) / (1 + a),
    "larger": lambda a, b: maximum(a, b) * where(a > b, a, b),
}


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_the_truth_lies_inside(formula):
    """Forty digits know where the truth is."""
    luck = np.random.RandomState(3)
    a, b = luck.uniform(-1, 1, 40), luck.uniform(-1, 1, 40)
    ball = formula(Enclosed(a, np.zeros(40)), Enclosed(b, np.zeros(40)))
    with mpmath.workdps(40):
        for x, y, value, radius in zip(a, b, ball.value, ball.radius, strict=True):
            truth = formula(mpmath.mpf(x), mpmath.mpf(y))
            assert abs(truth - mpmath.mpf(value)) <= radius <= 1e-13
    assert enclosed(Fraction(1, 10)).radius > 0
    assert enclosed(Fraction(1, 2)).radius == 0
