r"""
# Rprop

Resilient propagation reads nothing from the gradient but its signs.  Each weight has a step
size of its own, which grows while the sign stays and shrinks where it turns: then a minimum
was jumped over, and the last step is taken back.  Where the gradient is small the steps need
not be, so a flat valley is crossed as quickly as a steep one.

## Main results
- `sign_only`         : scaling the gradients of every step by any positive numbers changes nothing
- `first_turn`        : where the sign turns, the paper takes back the step before
- `no_step_at_a_turn` : as torch reads it, the weight then stays where it is

## References
- [RB93] Riedmiller, Braun.  A direct adaptive method for faster backpropagation learning: the RPROP algorithm.  ICNN 1993.
- [IH03] Igel, Hüsken.  Empirical evaluation of the improved Rprop learning algorithms.  Neurocomputing 2003.
"""

from verify import (
    Above,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Unit,
    below,
    claim,
    equal,
    maximum,
    minimum,
    sign,
    where,
)


def step(x, g, memory, t, *, lr: Positive, eta1: Unit, eta2: Above(1), step_size1: Positive, step_size2: Positive):
    """RB93, (4) to (6): delta is the step size, moved the last change of x, held the gradient of the step before."""
    delta, moved, held = memory
    turned = below(g * held, 0)
    stayed = below(0, g * held)
    grown = minimum(delta * eta2, step_size2)
    shrunk = maximum(delta * eta1, step_size1)
    delta = where(stayed, grown, where(turned, shrunk, delta))
    moved = where(turned, -moved, -sign(g) * delta)
    x = x + moved
    held = where(turned, 0, g)
    return x, (delta, moved, held)


rprop = Rule(
    name="rprop",
    source="Riedmiller, Braun 1993, (4) to (6)",
    step=step,
    memory=dict(delta=Real, moved=Real, held=Real),
    start=dict(delta="lr"),
    constants=dict(eta1="0.5", eta2="1.2", step_size1="0.000001", step_size2="50"),
    readings=(
        Reading(
            "no-backtracking",
            "where the sign turns the weight stays where it is; the paper takes back the last step",
            paper="moved = where(turned, -moved, -sign(g) * delta)",
            code="moved = where(turned, 0, -sign(g) * delta)",
            kind="threshold",
            memory=dict(moved=None),
        ),
        Reading(
            "always-clipped",
            "the step size is kept between its bounds on every step, the first too; the paper bounds it where it changes",
            paper="delta = where(stayed, grown, where(turned, shrunk, delta))",
            code="delta = minimum(maximum(where(stayed, delta * eta2, where(turned, delta * eta1, delta)), step_size1), step_size2)",
            kind="threshold",
        ),
        Reading(
            "sign-kept",
            "where the sign turns the gradient is remembered all the same, so the next step changes the step size again",
            paper="held = where(turned, 0, g)",
            code="held = g",
            kind="threshold",
        ),
    ),
)


# Signs alone ------------------------------------------------------------------------------------------


def scaled_step(run, x, g, delta, moved, held, scale, before, **hyper):
    """The step where this gradient and the one before are multiplied by two numbers."""
    _, after = run([scale * g], x=x, memory=(delta, moved, before * held), **hyper)
    return after


@claim("rprop/sign-only", about=rprop, cites="RB93, section 3")
def sign_only(
    run,
    x: Real,
    g: Real,
    delta: Positive,
    moved: Real,
    held: Real,
    scale: Positive,
    before: Positive,
    eta1: Unit,
    eta2: Above(1),
    step_size1: Positive,
    step_size2: Positive,
):
    """Multiplying the gradients by any positive numbers, others at every step, changes no step."""
    hyper = dict(lr=1, eta1=eta1, eta2=eta2, step_size1=step_size1, step_size2=step_size2)
    scaled = scaled_step(run, x, g, delta, moved, held, scale, before, **hyper)
    return equal(scaled, scaled_step(run, x, g, delta, moved, held, 1, 1, **hyper))


@claim("rprop/scale-free", about=rprop, cites="the same, with numbers of any sign", false=True)
def scale_free(run, x: Real, g: NonZero, delta: Positive, held: NonZero, scale: NonZero):
    """Multiplying the gradients by any numbers but 0, others at every step, changes no step."""
    hyper = dict(lr=1, eta1=1 / (1 + delta / delta), eta2=2, step_size1=delta / 2, step_size2=2 * delta)
    scaled = scaled_step(run, x, g, delta, delta, held, scale, scale, **hyper)
    return equal(scaled, scaled_step(run, x, g, delta, delta, held, 1, 1, **hyper))


# Where the sign turns ---------------------------------------------------------------------------------


def turn(run, x, g1, g2, lr, **memory):
    """Two steps from the start, whose gradients have opposite signs: the points before, between and after."""
    half = lr / (2 * lr)
    return run([g1, -g2], x=x, memory=memory["start"], lr=lr, eta1=half, eta2=2, step_size1=lr / 4, step_size2=4 * lr)


@claim("rprop/first-turn", about=rprop, cites="RB93, (6)")
def first_turn(run, x: Real, g1: Positive, g2: Positive, lr: Positive):
    """Where the sign turns at the second step, the first is taken back."""
    x0, x1, x2 = turn(run, x, g1, g2, lr, start=(lr, 0, 0))
    return equal(x1, x - lr), equal(x2, x0)


@claim("rprop/no-step-at-a-turn", about=rprop.read_as("no-backtracking"), cites="IH03, Algorithm 3; torch.optim.Rprop")
def no_step_at_a_turn(run, x: Real, g1: Positive, g2: Positive, lr: Positive):
    """Without taking back, the weight stays where the first step brought it."""
    _, x1, x2 = turn(run, x, g1, g2, lr, start=(lr, 0))
    return equal(x1, x - lr), equal(x2, x1)


@claim("rprop/turn-taken-back", about=rprop.read_as("no-backtracking"), cites="the same, as in the paper", false=True)
def turn_taken_back(run, x: Real, g1: Positive, g2: Positive, lr: Positive):
    """Without taking back, the second step returns to the start too."""
    x0, _, x2 = turn(run, x, g1, g2, lr, start=(lr, 0))
    return equal(x2, x0)
