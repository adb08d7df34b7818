"""What is on the figures: claims and rules evaluated on numbers, and no formula typed again.

Each drawing names the claims and rules that it is made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np

from verify.check.points import Cubic
from verify.domain import Real
from verify.exact import Exact, exact, substitute
from verify.fold import evaluate
from verify.report.equations import equations
from verify.report.notation import latex
from verify.report.tex import Tex, maths
from verify.rule import Rule
from verify.statement import Claim, Limit
from verify.systems import Multiprecision
from verify.value import closed_form

COLOURS = ("#1b4f8a", "#b5482a", "#2e7d4f", "#7a3e8c", "#8a6d1b")  # apart in grey and for the colour-blind
STYLES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)))


@dataclass(frozen=True)
class Figure:
    """A picture that can be drawn: its file's name, its caption, and the claims and rules that it needs."""

    name: str
    caption: Callable[[dict], Tex]
    claims: tuple[str, ...]
    rules: tuple[str, ...]
    draw: Callable

    @property
    def home(self) -> str:
        """The claim, or else the rule, in whose chapter it stands."""
        return (self.claims or self.rules)[0]


FIGURES: list[Figure] = []


def figure(name: str, caption: Callable[[dict], Tex], claims: Iterable[str] = (), rules: Iterable[str] = ()):
    """Register a drawing: a function of axes and of what it needs, by name."""

    def register(draw: Callable) -> Callable:
        FIGURES.append(Figure(name, caption, tuple(claims), tuple(rules), draw))
        return draw

    return register


# Numbers -------------------------------------------------------------------------------------------


def number(term: Exact, **values) -> float:
    """The value of a term at a point."""
    return float(evaluate(term, {n: _multiprecision(v) for n, v in values.items()}, Multiprecision))


def _multiprecision(value):
    return Multiprecision.number(value) if isinstance(value, int | str | Fraction) else value


def vector(values: Iterable):
    """Numbers in an array."""
    return np.array([_multiprecision(v) for v in values], dtype=object)


def walk(rule: Rule, gradient: Callable, start, steps: int, **hyper) -> list:
    """The points of a rule that meets the gradients of its own points."""
    hyper = {n: _multiprecision(v) for n, v in hyper.items()}
    x, memory, points = start, rule.initial(start, **hyper), [start]
    for t in range(1, steps + 1):
        x, memory = rule.step(x, gradient(x, t), memory, _multiprecision(t), **hyper)
        points.append(x)
    return points


# The rectifier -------------------------------------------------------------------------------------


def _rectifier(rule: Rule) -> tuple[Exact, Exact]:
    """r_t and the condition under which it is used, without the names between."""
    known: dict[Exact, Exact] = {}
    for e in equations(rule):
        known[e.name] = substitute(e.value, known)
    found = {name.args[0]: value for name, value in known.items()}
    return found["r"], found["x"].args[0]  # x_t = rectified where the condition holds, else early


def _rectifier_caption(needs: dict) -> Tex:
    return Tex(
        "The rectifier of RAdam against the number of steps.  It begins where the step is rectified, and grows to 1."
    )


@figure("rectifier", _rectifier_caption, rules=["radam"], claims=["radam/rectifier-tends-to-one"])
def rectifier(axes, needs: dict) -> None:
    r, condition = _rectifier(needs["radam"])
    for i, beta2 in enumerate(("0.9", "0.99", "0.999", "0.9999")):
        steps = sorted({round(10 ** (k / 40)) for k in range(201)})
        points = [(t, number(r, t=t, beta2=beta2)) for t in steps if _holds(condition, t=t, beta2=beta2)]
        axes.plot(
            *zip(*points, strict=True),
            color=COLOURS[i],
            linestyle=STYLES[i],
            label=f"${latex(_symbol('beta2'))} = {beta2}$",
        )
    axes.set(xscale="log", xlabel="$t$", ylabel="$r_t$", ylim=(0, 1.03), xlim=(1, 1e5))
    axes.legend(loc="lower right")


def _symbol(name: str) -> Exact:
    return Real.symbol(name)


def _holds(condition: Exact, **values) -> bool:
    return bool(evaluate(condition, {n: _multiprecision(v) for n, v in values.items()}, Multiprecision))


# The variance --------------------------------------------------------------------------------------


def _variance_caption(needs: dict) -> Tex:
    return Tex(
        "The variance of RAdam's adaptive rate against the length of the average: exact, and to first order.  "
        "Each curve begins where its own domain does; the approximation exceeds the truth, and early on by far."
    )


@figure("variance", _variance_caption, claims=["radam/variance", "radam/first-order"])
def variance(axes, needs: dict) -> None:
    for i, (id, name) in enumerate({"radam/variance": "exact", "radam/first-order": "first order"}.items()):
        claim, closed = needs[id], closed_form(needs[id])
        low, scale = claim.domains["rho"].low, next(n for n in claim.domains if n != "rho")
        places = [low + Fraction(k * k + 1, 300) for k in range(1, 100)]
        values = [number(closed, rho=rho, **{scale: 1}) for rho in places]
        axes.plot([float(p) for p in places], values, color=COLOURS[i], linestyle=STYLES[i], label=name)
        axes.axvline(float(low), color="0.6", linewidth=0.6, linestyle=":")
    axes.set(
        yscale="log",
        xlabel=rf"${latex(_symbol('rho'))}$",
        ylabel=r"$\operatorname{Var}\,\psi$ where $\sigma = 1$",
        xlim=(0, 30),
        ylim=(0.01, 40),
    )
    axes.legend(loc="upper right")


# Growth of scale-invariant weights -----------------------------------------------------------------------


def _growth_caption(needs: dict) -> Tex:
    return Tex(
        "The length of scale-invariant weights under gradient descent and under momentum, with one learning rate and the same random "
        "batches.  The gradient is orthogonal to the weights at every step, so that they can only grow; momentum makes them grow faster."
    )


@figure(
    "growth", _growth_caption, claims=["adamp/growth-ratio", "scale-invariance/chain-rule"], rules=["sgd", "momentum"]
)
def growth(axes, needs: dict) -> None:
    slope = _slope(needs["scale-invariance/chain-rule"])
    runs: list[tuple[str, dict]] = [("sgd", {}), *(("momentum", {"momentum": m}) for m in ("0.5", "0.9", "0.95"))]
    for i, (name, hyper) in enumerate(runs):
        points = walk(needs[name], _batches(slope, 6, 250), vector([1, 0, 0, 0, 0, 0]), 250, lr="0.1", **hyper)
        label = rf"momentum, ${latex(_symbol('momentum'))} = {hyper['momentum']}$" if hyper else "gradient descent"
        lengths = [float((w * w).sum()) ** 0.5 for w in points]
        axes.plot(lengths, color=COLOURS[i], linestyle=STYLES[i])
        axes.annotate(label, (250, lengths[-1]), (4, -3), textcoords="offset points", color=COLOURS[i])
    axes.set(xlabel="$t$", ylabel=r"$\|w_t\|$", xlim=(0, 250), ylim=(0, None))


def _slope(claim: Claim) -> Exact:
    """The gradient in the chain rule: what is multiplied with the direction v."""
    (relation,) = claim.relations(claim.symbols())
    assert isinstance(relation, Limit)
    return exact(relation.equals).args[1]


def _batches(slope: Exact, dimension: int, steps: int) -> Callable:
    """The gradients of a scale-invariant loss that is another smooth function in each step."""
    chance = Random(1)
    draw = lambda: vector(Fraction(chance.randint(-100, 100), 100) for _ in range(3 * dimension))
    losses = [Cubic(draw().reshape(3, dimension)) for _ in range(steps)]
    return lambda w, t: evaluate(slope, {"w": w, "F": losses[t - 1]}, Multiprecision)


# Paths in a valley ------------------------------------------------------------------------------------

VALLEY = (1, 8)  # the loss is the sum of these times the squares
_PATHS = {
    "sgd": {"lr": "0.05"},
    "momentum": {"lr": "0.02", "momentum": "0.8"},
    "nesterov": {"lr": "0.02", "momentum": "0.8"},
    "rmsprop": {"lr": "0.1", "alpha": "0.9", "eps": "1e-8"},
    "adam": {"lr": "0.2", "beta1": "0.9", "beta2": "0.99", "eps": "1e-8"},
}


def loss(w):
    """A valley eight times as steep across as along."""
    return sum(c * x**2 for c, x in zip(VALLEY, w, strict=True))


def _paths_caption(needs: dict) -> Tex:
    formula = maths(latex(loss((_symbol("w1"), _symbol("w2")))))
    settings = "; ".join(
        f"{name} with " + ", ".join(f"${latex(_symbol(n))} = {_short(v)}$" for n, v in hyper.items())
        for name, hyper in _PATHS.items()
    )
    return Tex(f"Forty steps of five rules on {formula}, from the same point: {settings}.")


def _short(text: str) -> str:
    digits, _, power = text.partition("e")
    return f"10^{{{power}}}" if power else digits


@figure("paths", _paths_caption, rules=tuple(reversed(_PATHS)))
def paths(axes, needs: dict) -> None:
    x, y = np.meshgrid(np.linspace(-2.8, 1.2, 200), np.linspace(-1.2, 1.45, 200))
    axes.contour(x, y, loss((x, y)), levels=[0.1, 0.5, 1.5, 3.5, 7, 12, 20], colors="0.82", linewidths=0.6)
    gradient = lambda w, t: 2 * vector(VALLEY) * w
    for i, (name, hyper) in enumerate(_PATHS.items()):
        points = walk(needs[name], gradient, vector(["-2.5", "1.2"]), 40, **hyper)
        along, across = np.array(points, dtype=float).T
        look = {"color": COLOURS[i], "linestyle": STYLES[i], "marker": ".", "markersize": 2.6, "linewidth": 0.9}
        axes.plot(along, across, label=name, **look)
    axes.plot(0, 0, "+", color="black", markersize=7)
    axes.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal", xlim=(-2.8, 1.2), ylim=(-1.2, 1.45))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
