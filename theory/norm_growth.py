r"""
# How momentum makes scale-invariant weights grow

The gradient of a scale-invariant loss is orthogonal to the weights, but the momentum is not:
it remembers gradients of weights that have moved since.  So each step adds more than its own
square to the square of the weights, and in the long run momentum makes them grow
$(1+\beta)/(1-\beta)$ times as much as gradient descent with steps of the same lengths.

## Main results
- `radial_momentum`   : the radial part of the momentum is the faded sum of the squares before
- `norm_growth`       : each step adds its own square and twice that faded sum
- `total_norm_growth` : after t steps every square counts once, and twice for each step that still carries it
- `growth_ratio`      : with steps of one length, momentum grows $(1+\beta)/(1-\beta)$ times as much

## References
- [HCO21] Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha.  AdamP: slowing down the slowdown for momentum optimizers on
  scale-invariant weights.  ICLR 2021.
"""

from theory.adamp import tangential
from theory.momentum import momentum
from theory.scale_invariance import Weights, slope, square
from verify import (
    HalfOpen,
    Later,
    Natural,
    NonNegative,
    Positive,
    Sequence,
    Smooth,
    Unit,
    Vector,
    claim,
    dot,
    equal,
    limit,
    total,
    unfolds,
)

# w_t = w_{t-1} - lr p_t, and P(t) is the square of p_t -----------------------------------------------


def faded(P, beta, t):
    """What momentum remembers of the squares before step t."""
    return total(lambda k: beta ** (t - k) * P(k), 1, t - 1)


def growth(P, lr, beta, t):
    """What step t adds to the square of the weights."""
    return lr**2 * (P(t) + 2 * faded(P, beta, t))


def total_growth(P, beta, t):
    """What t steps add, in units of lr^2: every square counts for itself and for all steps after it."""
    return total(lambda k: P(k) * (1 + 2 * beta * (1 - beta ** (t - k)) / (1 - beta)), 1, t)


@claim(
    "scale-invariance/radial-step",
    catalogue="P04",
    cites="HCO21 proof of Lemma 2.2",
    uses=("scale-invariance/orthogonal",),
)
def radial_step(F: Smooth(), w: Vector(), p: Vector(), lr: Positive, beta: HalfOpen):
    """A gradient adds nothing to the radial part of the momentum; only the weights' own move changes it."""
    moved = w - lr * p
    sums, averages = (
        rule.step(moved, slope(F, moved), (p,), 1, lr=lr, momentum=beta)
        for rule in (momentum, momentum.read_as("ema-buffer"))
    )
    return tuple(equal(dot(moved, q), beta * (dot(w, p) - lr * square(p))) for _, (q,) in (sums, averages))


@claim(
    "scale-invariance/radial-momentum",
    catalogue="P04",
    cites="HCO21 proof of Lemma 2.2",
    uses=("scale-invariance/radial-step",),
)
def radial_momentum(P: Sequence(NonNegative), lr: Positive, beta: Unit, t: Natural):
    """The radial part of the momentum is -lr times the faded sum of all squares before."""

    def step(radial, t):
        return beta * (radial - lr * P(t))

    return unfolds(step, lambda t: -lr * faded(P, beta, t + 1), start=0, t=t)


@claim(
    "scale-invariance/radial-momentum-unfaded",
    catalogue="P04",
    cites="HCO21, with the weights shifted by one",
    false=True,
)
def radial_momentum_unfaded(P: Sequence(Positive), lr: Positive, beta: Unit, t: Natural):
    """The square of the last step enters the radial part of the momentum unfaded."""

    def step(radial, t):
        return beta * (radial - lr * P(t))

    return unfolds(step, lambda t: -lr * faded(P, beta, t + 1) / beta, start=0, t=t)


def with_radial_part(w, v, radial):
    """Any vector p with <w, p> = radial; v is its tangential part and more."""
    return tangential(w, v) + radial / square(w) * w


@claim(
    "scale-invariance/norm-growth", catalogue="P05", cites="HCO21 Lemma 2.2", uses=("scale-invariance/radial-momentum",)
)
def norm_growth(w: Weights, v: Vector(), P: Sequence(NonNegative), lr: Positive, beta: Unit, t: Natural):
    """Step t of momentum adds its own square and twice the faded sum of the squares before it."""
    p = with_radial_part(w, v, -lr * faded(P, beta, t))
    after = square(w - lr * p)
    opened = square(w) - 2 * lr * dot(w, p) + lr**2 * square(p)
    return equal(after, square(w) + lr**2 * square(p) + 2 * lr**2 * faded(P, beta, t), via=[opened])


@claim("scale-invariance/norm-growth-once", catalogue="P05", cites="HCO21 Lemma 2.2 without its factor 2", false=True)
def norm_growth_once(w: Weights, P: Sequence(Positive), lr: Positive, beta: Unit, t: Later):
    """Step t of momentum, here along w, adds its own square and once the faded sum of the squares before it."""
    p = with_radial_part(w, w, -lr * faded(P, beta, t))
    return equal(square(w - lr * p), square(w) + lr**2 * square(p) + lr**2 * faded(P, beta, t))


@claim(
    "scale-invariance/total-growth",
    catalogue="P06",
    cites="sum of HCO21 Lemma 2.2",
    uses=("scale-invariance/norm-growth",),
)
def total_norm_growth(start: NonNegative, P: Sequence(NonNegative), lr: Positive, beta: Unit, t: Natural):
    """After t steps of momentum every square counts once, and twice for each step that still carries it."""

    def step(length, t):
        return length + growth(P, lr, beta, t)

    return unfolds(step, lambda t: start + lr**2 * total_growth(P, beta, t), start=start, t=t)


@claim("scale-invariance/total-growth-one-more", catalogue="P06", cites="the sum with one step too many", false=True)
def total_norm_growth_one_more(start: NonNegative, P: Sequence(Positive), lr: Positive, beta: Unit, t: Natural):
    """After t steps of momentum the last square counts twice as well."""

    def step(length, t):
        return length + growth(P, lr, beta, t)

    def closed(t):
        return start + lr**2 * total(lambda k: P(k) * (1 + 2 * beta * (1 - beta ** (t - k + 1)) / (1 - beta)), 1, t)

    return unfolds(step, closed, start=start, t=t)


# Momentum against gradient descent with steps of the same lengths ---------------------------------


def ratio_of_equal_steps(beta, t):
    """Growth by momentum over growth by descent after t steps of one length."""
    return (1 + beta) / (1 - beta) - 2 * beta * (1 - beta**t) / ((1 - beta) ** 2 * t)


@claim(
    "adamp/growth-ratio-exact", catalogue="P07", cites="HCO21 Corollary 2.3", uses=("scale-invariance/total-growth",)
)
def growth_ratio_exact(P: Sequence(Positive), beta: Unit, t: Natural):
    """The ratio of the growths falls short of (1 + beta)/(1 - beta) by the share of the latest squares."""
    plain, latest = total(P, 1, t), total(lambda k: beta ** (t - k) * P(k), 1, t)
    return equal(total_growth(P, beta, t) / plain, (1 + beta) / (1 - beta) - 2 * beta / (1 - beta) * latest / plain)


@claim(
    "adamp/growth-ratio-equal-steps", catalogue="P07", cites="HCO21 Corollary 2.3", uses=("adamp/growth-ratio-exact",)
)
def growth_ratio_equal_steps(length: Positive, beta: Unit, t: Natural):
    """With steps of one length the ratio of the growths is known for every number of steps."""
    return equal(total_growth(lambda k: length, beta, t), length * t * ratio_of_equal_steps(beta, t))


@claim("adamp/growth-ratio", catalogue="P07", cites="HCO21 Corollary 2.3", uses=("adamp/growth-ratio-equal-steps",))
def growth_ratio(beta: Unit):
    """With steps of one length, momentum in the long run grows the weights (1 + beta)/(1 - beta) times as much."""
    return limit(lambda t: ratio_of_equal_steps(beta, t), to="oo", equals=(1 + beta) / (1 - beta), over=Natural)


@claim("adamp/growth-ratio-one-way", catalogue="P07", cites="HCO21 Corollary 2.3 without its factor 2", false=True)
def growth_ratio_one_way(beta: Unit):
    """With steps of one length, momentum in the long run grows the weights 1 + beta/(1 - beta) times as much."""
    return limit(lambda t: ratio_of_equal_steps(beta, t), to="oo", equals=1 + beta / (1 - beta), over=Natural)
