r"""
# SparseAdam

An embedding's gradient names the few rows that a batch has looked up.  Lazy Adam is Adam for
these rows alone: where a row is not named, neither the weight nor its memories move, and only
the count of steps goes on.  So a word that is seen for the first time at a late step finds
memories that are still zero and corrections that are almost one.

## Main results
- `absent`     : a step without the coordinate changes nothing
- `first_seen` : how far a coordinate moves that is first seen at step t

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [Py26] The PyTorch contributors.  SparseAdam, in the documentation of torch.optim.
"""

from theory.adam import correction_readings, epsilon_readings
from verify import (
    HalfOpen,
    Later,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    claim,
    equal,
    sign,
    sqrt,
    where,
)


def step(x, g, memory, t, present, *, lr: Positive, beta1: HalfOpen, beta2: HalfOpen, eps: Positive):
    """Py26: Adam (KB15, Algorithm 1) with a mask of the coordinates that the gradient has."""
    m, v = memory
    m = where(present, beta1 * m + (1 - beta1) * g, m)
    v = where(present, beta2 * v + (1 - beta2) * g**2, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    x = where(present, x - lr * m_hat / (sqrt(v_hat) + eps), x)
    return x, (m, v)


sparseadam = Rule(
    name="sparseadam",
    source="Kingma, Ba 2015, Algorithm 1, on the rows that are present, as torch documents SparseAdam",
    step=step,
    memory=dict(m=Real, v=NonNegative),
    sparse=True,
    readings=(
        *epsilon_readings,
        *correction_readings,
        Reading(
            "memories-decay",
            "the moments of rows that are not in the gradient decay as well, and only the weights wait",
            paper="where(present, beta1 * m + (1 - beta1) * g, m)",
            code="beta1 * m + (1 - beta1) * g",
            kind="moment-recurrence",
            more=(("where(present, beta2 * v + (1 - beta2) * g**2, v)", "beta2 * v + (1 - beta2) * g**2"),),
        ),
        Reading(
            "all-move",
            "the weights of rows that are not in the gradient go on moving by their old moments",
            paper="where(present, x - lr * m_hat / (sqrt(v_hat) + eps), x)",
            code="x - lr * m_hat / (sqrt(v_hat) + eps)",
            kind="moment-recurrence",
        ),
    ),
)


ABSENT = 0  # the gradient of a coordinate that is not there


@claim("sparseadam/absent", about=sparseadam, cites="Py26, steps 2 and 3")
def absent(run, x: Real, m: Real, v: NonNegative, lr: Positive, beta1: Unit, beta2: Unit, eps: Positive, t: Natural):
    """A step without the coordinate changes neither the weight nor its memories."""
    hyper = dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    after, memory = sparseadam.advance(x, ABSENT, (m, v), t, **hyper)
    _, point = run([ABSENT], x=x, memory=(m, v), first=t, **hyper)
    return equal(point, x), equal(after, x), equal(memory[0], m), equal(memory[1], v)


def first_move(run, g, t, lr, beta1, beta2):
    """How far a coordinate moves, without eps, that is seen at step t for the first time."""
    _, x = run([g], first=t, lr=lr, beta1=beta1, beta2=beta2, eps=0)
    return x


@claim("sparseadam/first-seen", about=sparseadam, cites="Py26; the corrections count all steps")
def first_seen(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Natural):
    """A coordinate first seen at step t moves by lr (1 - beta1) / (1 - beta1^t) sqrt((1 - beta2^t) / (1 - beta2))."""
    share = (1 - beta1) / (1 - beta1**t) * sqrt((1 - beta2**t) / (1 - beta2))
    return equal(first_move(run, g, t, lr, beta1, beta2), -lr * share * sign(g))


@claim("sparseadam/first-seen-as-adam", about=sparseadam, cites="KB15's first step, whenever it is", false=True)
def first_seen_as_adam(run, g: NonZero, lr: Positive, beta1: Unit, beta2: Unit, t: Later):
    """A coordinate moves by lr when it is first seen, at whatever step."""
    return equal(first_move(run, g, t, lr, beta1, beta2), -lr * sign(g))
