r"""
# L-BFGS

Newton's method asks for the inverse of the matrix of second derivatives.  L-BFGS never writes
that matrix down: it keeps the last few steps s and what each did to the gradient, y, and two
loops over these pairs apply the matrix that they stand for to a gradient.  A pair is forgotten
where the memory is full.  The step here has the fixed length lr; a line search is not stated.

## Main results
- `one_pair`      : with one pair the two loops multiply by the BFGS matrix, written out
- `secant`        : that matrix turns y into s, as the inverse of the second derivatives would
- `newest_secant` : with two pairs it does so for the newer, whatever the older

## References
- [NW06] Nocedal, Wright.  Numerical Optimization.  2nd edition, Springer 2006.
- [LN89] Liu, Nocedal.  On the limited memory BFGS method for large scale optimization.  Mathematical Programming 1989.
"""

from verify import (  # noqa: F401 (readings name some)
    AtLeast,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Vector,
    below,
    claim,
    dot,
    equal,
    largest,
    magnitude,
    minimum,
    sign,
    whole,
)


def two_loops(g, pairs):
    """NW06, Algorithm 7.4 with (7.20): the matrix of the pairs (s, y), the oldest first, times g."""
    alphas, scale = [], 1
    for s, y in reversed(pairs):
        alphas.append(dot(s, g) / dot(s, y))
        g = g - alphas[-1] * y
    for s, y in pairs[-1:]:
        scale = dot(s, y) / dot(y, y)
    r = scale * g
    for s, y in pairs:
        r = r + (alphas.pop() - dot(y, r) / dot(s, y)) * s
    return r


def step(x, g, memory, t, *, lr: Positive, history_size: AtLeast(1)):
    """NW06, Algorithm 7.5 with steps of the fixed length lr; `before` and `held` are the last point and its gradient."""
    pairs, before, held = memory
    if t > 1:
        pairs = (*pairs, (x - before, g - held))[-whole(history_size) :]
    direction = two_loops(g, pairs)
    rate = lr
    after = x - rate * direction
    return after, (pairs, x, g)


lbfgs = Rule(
    name="lbfgs",
    source="Nocedal, Wright 2006, Algorithm 7.5",
    step=step,
    memory=dict(pairs=Real, before=Real, held=Real),
    start=dict(pairs=()),
    constants=dict(history_size="100", curvature="0.0000000001"),
    elementwise=False,
    objective=True,
    readings=(
        Reading(
            "first-step-scaled",
            "the first step is divided by the sum of the gradient's sizes where that is more than 1",
            paper="rate = lr",
            code="rate = lr * minimum(1, 1 / dot(sign(g), g)) if t < 2 else lr",
            kind="other",
        ),
        Reading(
            "pairs-tested",
            "a pair is kept only where s and y have an inner product above 1e-10; the paper's line search ensures that it is positive",
            paper="t > 1",
            code="t > 1 and below(curvature, dot(x - before, g - held))",
            kind="threshold",
            adds=dict(curvature=Positive),
        ),
        Reading(
            "comes-to-rest",
            "nothing moves once no element of the gradient exceeds tolerance_grad, or its slope is below tolerance_change",
            paper="after = x - rate * direction",
            code="""\
rests = largest(magnitude(g)) <= tolerance_grad or below(dot(g, direction), tolerance_change)
after = x if rests else x - rate * direction
""",
            kind="threshold",
            adds=dict(tolerance_grad=NonNegative, tolerance_change=NonNegative),
        ),
    ),
)


# The matrix that the pairs stand for ------------------------------------------------------------------


def stepped(run, w, g, s, y):
    """The inner product of w and the second step, of length 1, where s was the first and y what it did to the gradient."""
    before, after = run([g], x=s, memory=((), s - s, g - y), first=2, lr=1, history_size=1)
    return dot(w, before - after)


def written_out(w, g, s, y, twice):
    """The inner product of w and BFGS's update of the matrix scale I by one pair, times g; `twice` is 2."""
    pulled = dot(s, g) * dot(w, y) + dot(y, g) * dot(w, s)
    return (dot(s, y) * dot(w, g) - pulled) / dot(y, y) + twice * dot(s, g) / dot(s, y) * dot(w, s)


@claim("lbfgs/one-pair", about=lbfgs, cites="NW06, (6.17) and (7.20)", given=lambda s, y: dot(s, y) > 0)
def one_pair(run, w: Vector(), g: Vector(), s: Vector(nonzero=True), y: Vector(nonzero=True)):
    """With one pair the step is BFGS's matrix, an update of a multiple of the identity, times the gradient."""
    return equal(stepped(run, w, g, s, y), written_out(w, g, s, y, 2))


@claim("lbfgs/one-pair-once", about=lbfgs, cites="the same, with a 1 for the 2", false=True)
def one_pair_once(run, s: Vector(nonzero=True)):
    """With one pair the last term of that matrix has the coefficient 1."""
    return equal(stepped(run, s, s, s, s), written_out(s, s, s, s, 1))


@claim("lbfgs/secant", about=lbfgs, cites="NW06, (6.6)", given=lambda s, y: dot(s, y) > 0)
def secant(run, w: Vector(), s: Vector(nonzero=True), y: Vector(nonzero=True)):
    """The matrix of one pair turns y into s: had the gradient been y, the second step would go back."""
    return equal(stepped(run, w, y, s, y), dot(w, s))


@claim(
    "lbfgs/newest-secant",
    cites="NW06, (6.6) and Algorithm 7.4",
    given=lambda s1, y1, s2, y2: (dot(s1, y1) > 0, dot(s2, y2) > 0),
)
def newest_secant(
    w: Vector(),
    s1: Vector(nonzero=True),
    y1: Vector(nonzero=True),
    s2: Vector(nonzero=True),
    y2: Vector(nonzero=True),
):
    """The matrix of two pairs turns the newer y into the newer s, whatever the older pair."""
    return equal(dot(w, two_loops(y2, ((s1, y1), (s2, y2)))), dot(w, s2))
