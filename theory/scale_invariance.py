r"""
# Scale-invariant weights: why momentum makes them grow

A normalisation layer makes the loss depend on the direction of its weights alone.  Every
smooth loss of that kind is $f(w) = F(w / \|w\|)$ (take $F = f$), so what is proved for every
smooth $F$ is proved for all of them, in every dimension.  Its gradient is orthogonal to the
weights, so each step makes them longer.  What momentum adds to that growth stands in
theory/norm_growth.py, and what projecting the step takes away in theory/projection.py.

## Main results
- `chain_rule`        : the gradient is the tangential part of F's, divided by the length of w
- `orthogonal`        : the gradient is orthogonal to the weights
- `descent`           : each step of gradient descent adds its own square to that of the weights

## References
- [HCO21] Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha.  AdamP: slowing down the slowdown for momentum optimizers on
  scale-invariant weights.  ICLR 2021.
- [ALL19] Arora, Li, Lyu.  Theoretical analysis of auto rate-tuning by batch normalization.  ICLR 2019.
- [vL17] van Laarhoven.  L2 regularization versus batch and weight normalization.  2017.
"""

from theory.adamp import tangential
from theory.sgd import sgd
from verify import Positive, Smooth, Vector, claim, dot, equal, limit, norm

Weights = Vector(nonzero=True)


def square(w):
    """The squared length."""
    return dot(w, w)


def direction(w):
    """The unit vector along w."""
    return w / norm(w)


def loss(F, w):
    """A loss that depends on the direction of w alone."""
    return F(direction(w))


def slope(F, w):
    """Its gradient at w, by the chain rule."""
    return tangential(w, F.gradient(direction(w))) / norm(w)


# The gradient of a scale-invariant loss -----------------------------------------------------------


@claim("scale-invariance/invariant", catalogue="P01", cites="HCO21 section 2.1")
def invariant(F: Smooth(), w: Weights, c: Positive):
    """A function of the direction alone does not change when the weights are scaled."""
    return equal(loss(F, c * w), loss(F, w))


@claim("scale-invariance/chain-rule", catalogue="P01", cites="HCO21 section 2.1")
def chain_rule(F: Smooth(), w: Weights, v: Vector()):
    """The gradient of F(w/|w|) is the tangential part of F's own, divided by the length of w."""
    return limit(lambda h: (loss(F, w + h * v) - loss(F, w)) / h, to=0, equals=dot(v, slope(F, w)))


@claim(
    "scale-invariance/orthogonal",
    catalogue="P01",
    cites="HCO21 equation (4); Euler",
    uses=("scale-invariance/chain-rule",),
)
def orthogonal(F: Smooth(), w: Weights):
    """The gradient of a scale-invariant loss is orthogonal to the weights."""
    return equal(dot(w, slope(F, w)), 0)


@claim("scale-invariance/orthogonal-for-norms", catalogue="P01", cites="a loss of degree 1", false=True)
def orthogonal_for_norms(w: Weights):
    """The length of w, which is homogeneous of degree 1, does not change along w."""
    return limit(lambda h: (norm(w + h * w) - norm(w)) / h, to=0, equals=0)


@claim(
    "scale-invariance/gradient-shrinks",
    catalogue="P02",
    cites="HCO21 section 2.1; ALL19; vL17",
    uses=("scale-invariance/chain-rule",),
)
def gradient_shrinks(F: Smooth(), w: Weights, v: Vector(), c: Positive):
    """Where the weights are c times as long, the gradient is c times as short."""
    return equal(dot(v, slope(F, c * w)), dot(v, slope(F, w)) / c)


@claim(
    "scale-invariance/hessian",
    catalogue="P02",
    cites="HCO21 section 2.1; vL17",
    uses=("scale-invariance/gradient-shrinks",),
)
def hessian(F: Smooth(), w: Weights, v: Vector()):
    """The Hessian takes the weights to minus the gradient."""
    return limit(lambda h: (dot(v, slope(F, w + h * w)) - dot(v, slope(F, w))) / h, to=0, equals=-dot(v, slope(F, w)))


@claim(
    "scale-invariance/gradient-unscaled",
    catalogue="P02",
    cites="the gradient taken to be scale-invariant too",
    false=True,
    given=lambda F, w, c: (1 < c, 0 < square(slope(F, w))),
)
def gradient_unscaled(F: Smooth(), w: Weights, c: Positive):
    """The gradient does not change when the weights are scaled."""
    return equal(dot(slope(F, w), slope(F, c * w)), square(slope(F, w)))


@claim(
    "scale-invariance/descent",
    about=sgd,
    catalogue="P03",
    cites="HCO21 Lemma 2.1",
    uses=("scale-invariance/orthogonal",),
)
def descent(run, F: Smooth(), w: Weights, lr: Positive):
    """A step of gradient descent adds the square of its own length to that of the weights."""
    _, after = run([slope(F, w)], x=w, lr=lr)
    return equal(square(after), square(w) + lr**2 * square(slope(F, w)))


@claim(
    "scale-invariance/descent-keeps-norm",
    about=sgd,
    catalogue="P03",
    cites="steps taken to be rotations",
    false=True,
    given=lambda F, w: 0 < square(slope(F, w)),
)
def descent_keeps_norm(run, F: Smooth(), w: Weights, lr: Positive):
    """A step of gradient descent keeps the length of the weights."""
    _, after = run([slope(F, w)], x=w, lr=lr)
    return equal(square(after), square(w))
