r"""
# The projection onto the tangent space

What is left of a step when its part along the weights is taken away is orthogonal to them.
Such a step lets the weights grow as gradient descent does, whatever the optimizer was; it
slows the growth that momentum causes, and does not prevent it.

## Main results
- `projection`        : the tangential part is a symmetric projection that leaves nothing of the weights
- `projected_growth`  : a projected step adds its own square to that of the weights

## References
- [HCO21] Heo, Chun, Oh, Han, Yun, Kim, Uh, Ha.  AdamP: slowing down the slowdown for momentum optimizers on
  scale-invariant weights.  ICLR 2021.
"""

from theory.adamp import tangential
from theory.scale_invariance import Weights, square
from verify import Natural, Positive, Real, Sequence, Vector, at_most, claim, dot, equal, norm, total


@claim("scale-invariance/projection", catalogue="P10", cites="HCO21 equations (8)-(9)")
def projection(w: Weights, p: Vector(), u: Vector()):
    """Taking the tangential part twice is taking it once; it is symmetric, and leaves nothing of the weights."""
    twice = tangential(w, tangential(w, p))
    return (
        equal(dot(u, twice), dot(u, tangential(w, p))),
        equal(dot(u, tangential(w, p)), dot(tangential(w, u), p)),
        equal(dot(u, tangential(w, w)), 0),
    )


@claim("scale-invariance/projection-shortens", catalogue="P10", cites="HCO21 equations (8)-(9)")
def projection_shortens(w: Weights, p: Vector()):
    """The tangential part of a vector is no longer than the vector."""
    return at_most(square(tangential(w, p)), square(p), slack=dot(w, p) ** 2 / square(w))


@claim("scale-invariance/projection-trace", catalogue="P10", cites="HCO21 equations (8)-(9)")
def projection_trace(w: Sequence(Real), d: Natural):
    """In d dimensions the trace of the projection is d - 1."""
    squares = total(lambda k: w(k) ** 2, 1, d)
    return equal(total(lambda i: 1 - w(i) ** 2 / squares, 1, d), d - 1)


@claim(
    "scale-invariance/projection-unnormalised",
    catalogue="P10",
    cites="the projection without its denominator",
    false=True,
    given=lambda w: 1 < square(w),
)
def projection_unnormalised(w: Weights):
    """p - <w, p> w, applied twice, is the same as applied once."""

    def part(p):
        return p - dot(w, p) * w

    return equal(dot(w, part(part(w))), dot(w, part(w)))


@claim(
    "scale-invariance/projected-growth", catalogue="P11", cites="HCO21 section 3", uses=("scale-invariance/projection",)
)
def projected_growth(w: Weights, p: Vector(), lr: Positive):
    """A projected step adds its own square to that of the weights, as descent does, and never shortens them."""
    q = tangential(w, p)
    after = square(w - lr * q)
    return equal(after, square(w) + lr**2 * square(q)), at_most(square(w), after, slack=(lr * norm(q)) ** 2)


@claim(
    "scale-invariance/projected-still",
    catalogue="P11",
    cites="source 5, which says that the growth is prevented",
    false=True,
    given=lambda w, p: dot(w, p) ** 2 < square(w) * square(p),
)
def projected_still(w: Weights, p: Vector(), lr: Positive):
    """A projected step keeps the length of the weights."""
    return equal(square(w - lr * tangential(w, p)), square(w))
