r"""
# Momentum: the heavy ball and Nesterov's acceleration

A buffer adds up the gradients, the older the lighter, and the parameter moves along the
buffer.  Nesterov's method looks one step ahead: it takes the gradient where the buffer is
about to carry the parameter.  Shipped code keeps that point ahead as its parameter.

## Main results
- `look_ahead`          : torch's parameter is the textbook's point ahead
- `lr_in_buffer`        : a constant learning rate may stand inside the buffer or outside
- `scheduled_buffers`   : under a schedule the buffers differ by the faded gradients times the changes of the rate

## References
- [Pol64] Polyak.  Some methods of speeding up the convergence of iteration methods.  1964.
- [Nes83] Nesterov.  A method for solving the convex programming problem with rate O(1/k^2).  1983.
- [SMDH13] Sutskever, Martens, Dahl, Hinton.  On the importance of initialization and momentum in deep learning.
  ICML 2013.
- [BBP12] Bengio, Boulanger-Lewandowski, Pascanu.  Advances in optimizing recurrent networks.  2012.
"""

from verify import (
    HalfOpen,
    Natural,
    NonNegative,
    NonZero,
    Positive,
    Reading,
    Real,
    Rule,
    Sequence,
    Unit,
    claim,
    equal,
    total,
    unfolds,
    where,  # noqa: F401 (named in a reading)
)


def momentum_step(x, g, memory, t, *, lr: Positive, momentum: HalfOpen):
    """Pol64, in the form of torch: the learning rate stays outside the buffer."""
    (b,) = memory
    fresh = g
    b = momentum * b + fresh
    x = x - lr * b
    return x, (b,)


def nesterov_step(x, g, memory, t, *, lr: Positive, momentum: HalfOpen):
    """Nes83, in the form of torch: the parameter is the point ahead."""
    (b,) = memory
    fresh = g
    b = momentum * b + fresh
    ahead = fresh + momentum * b
    x = x - lr * ahead
    return x, (b,)


# Readings that both share ------------------------------------------------------------------------


def inner_rate(*more: tuple[str, str]) -> Reading:
    """The buffer of learning rate times gradient; `more` is what else then loses its learning rate."""
    return Reading(
        "lr-in-buffer",
        "the learning rate is inside the buffer, which is the same only while it is constant",
        paper="momentum * b + fresh",
        code="momentum * b + lr * fresh",
        kind="momentum-form",
        more=more,
    )


def buffered(id: str, says: str, code: str, *more: tuple[str, str], adds=()) -> Reading:
    """A reading in which something else than the gradient enters the buffer."""
    paper, code = "fresh = g", f"fresh = {code}"
    return Reading(id, says, paper=paper, code=code, kind="momentum-form", more=more, adds=dict(adds))


def dampenings(*more: tuple[str, str]) -> tuple[Reading, Reading]:
    """The gradient enters the buffer weakened by 1 - dampening, on every step or on all but the first."""
    adds = dict(dampening=HalfOpen)
    always = "(1 - dampening) * g"
    later = "where(t > 1, (1 - dampening) * g, g)"
    says = "the gradient is weighted by 1 - dampening"
    return (
        buffered("dampening", says, always, *more, adds=adds),
        buffered("dampening-not-first", f"{says}, but not on the first step (torch)", later, *more, adds=adds),
    )


ema_says = "the buffer is an average: the gradient is weighted by 1 - momentum"
ema_buffer = buffered("ema-buffer", ema_says, "(1 - momentum) * g")

l2 = Reading(
    "l2",
    "weight decay is added to the gradient",
    paper="(b,) = memory",
    code="(b,) = memory\ng = g + weight_decay * x",
    kind="decay-coupling",
    adds=dict(weight_decay=NonNegative),
)

momentum = Rule(
    name="momentum",
    source="Polyak 1964, in torch's form",
    step=momentum_step,
    memory=dict(b=Real),
    readings=(inner_rate(("lr * b", "b")), *dampenings(), ema_buffer, l2),
)

nesterov = Rule(
    name="nesterov",
    source="Nesterov 1983, in torch's form",
    step=nesterov_step,
    memory=dict(b=Real),
    readings=(
        inner_rate(("fresh + momentum * b", "lr * fresh + momentum * b"), ("lr * ahead", "ahead")),
        *dampenings(("fresh + momentum * b", "g + momentum * b")),
        ema_buffer,
        Reading(
            "look-ahead",
            "the parameter is the point itself, and its gradient is taken at the point ahead, x - lr momentum b",
            paper="ahead",
            code="b",
            kind="momentum-form",
        ),
        l2,
    ),
)


# Nesterov's method: the textbook's point, and the point ahead that torch keeps -----------------------


def textbook_step(x, v, g, *, lr, momentum):
    """SMDH13, equations (3)-(4): g is the gradient at the point ahead, x + momentum v."""
    v = momentum * v - lr * g
    return x + v, v


@claim("nesterov/look-ahead", catalogue="Q06", cites="SMDH13 equations (3)-(4); BBP12 section 3.5")
def look_ahead(x: Real, v: Real, g: Real, lr: Positive, beta: HalfOpen):
    """Torch's parameter is the textbook's point ahead, x + beta v: every step keeps it so, with v = -lr b."""
    x_next, v_next = textbook_step(x, v, g, lr=lr, momentum=beta)
    ahead, (b_next,) = nesterov.step(x + beta * v, g, (-v / lr,), 1, lr=lr, momentum=beta)
    return equal(ahead, x_next + beta * v_next), equal(v_next, -lr * b_next)


@claim("nesterov/look-ahead-reading", catalogue="Q06", cites="SMDH13 equations (3)-(4)")
def look_ahead_reading(x: Real, b: Real, g: Real, lr: Positive, beta: HalfOpen):
    """The reading `look-ahead` walks the textbook's points, with v = -lr b."""
    x_next, (b_next,) = nesterov.read_as("look-ahead").step(x, g, (b,), 1, lr=lr, momentum=beta)
    x_textbook, v_textbook = textbook_step(x, -lr * b, g, lr=lr, momentum=beta)
    return equal(x_next, x_textbook), equal(-lr * b_next, v_textbook)


@claim(
    "nesterov/not-the-point-itself", about=nesterov, catalogue="Q06", cites="the two points taken for one", false=True
)
def not_the_point_itself(run, x: Real, g: NonZero, lr: Positive, beta: Unit):
    """After the first step torch's parameter is the textbook's point itself."""
    point, _ = textbook_step(x, x * 0, g, lr=lr, momentum=beta)
    _, parameter = run([g], x=x, lr=lr, momentum=beta)
    return equal(parameter, point)


# The learning rate inside the buffer or outside ------------------------------------------------------

inside = momentum.read_as("lr-in-buffer")


def remembered(g, beta, t):
    """All gradients until t, the older the lighter."""
    return total(lambda i: beta ** (t - i) * g(i), 1, t)


@claim("momentum/lr-in-buffer", catalogue="Q07", cites="torch.optim.SGD, the note on its momentum")
def lr_in_buffer(x: Real, b: Real, g: Real, lr: Positive, beta: HalfOpen):
    """A constant learning rate may stand inside the buffer: v = lr b, and the steps are the same."""
    x_inside, (v,) = inside.step(x, g, (lr * b,), 1, lr=lr, momentum=beta)
    x_outside, (b,) = momentum.step(x, g, (b,), 1, lr=lr, momentum=beta)
    return equal(x_inside, x_outside), equal(v, lr * b)


@claim("momentum/buffer", catalogue="Q07", cites="Pol64")
def buffer(g: Sequence(Real), lr: Positive, beta: Unit, t: Natural):
    """The buffer holds all gradients, the older the lighter."""

    def step(b, t):
        _, (b,) = momentum.step(0, g(t), (b,), t, lr=lr, momentum=beta)
        return b

    return unfolds(step, lambda t: remembered(g, beta, t), start=0, t=t)


@claim("momentum/buffer-with-rates", catalogue="Q07", cites="Pol64")
def buffer_with_rates(g: Sequence(Real), rate: Sequence(Positive), beta: Unit, t: Natural):
    """With the learning rate inside, the buffer holds every gradient with the rate of its own day."""

    def step(v, t):
        _, (v,) = inside.step(0, g(t), (v,), t, lr=rate(t), momentum=beta)
        return v

    return unfolds(step, lambda t: remembered(lambda i: rate(i) * g(i), beta, t), start=0, t=t)


@claim(
    "momentum/scheduled-buffers",
    catalogue="Q07",
    cites="torch.optim.SGD",
    uses=("momentum/buffer", "momentum/buffer-with-rates"),
)
def scheduled_buffers(g: Sequence(Real), rate: Sequence(Positive), beta: Unit, t: Natural):
    """Under a schedule the steps differ by the older gradients, faded, times the change of the rate since then."""
    within = remembered(lambda i: rate(i) * g(i), beta, t)
    changes = remembered(lambda i: (rate(i) - rate(t)) * g(i), beta, t)
    return equal(within - rate(t) * remembered(g, beta, t), changes)


def two_steps(rule, x, g1, g2, lr1, lr2, beta):
    """Where a rule stands after two steps with two learning rates."""
    x, memory = rule.step(x, g1, rule.initial(x), 1, lr=lr1, momentum=beta)
    x, _ = rule.step(x, g2, memory, 2, lr=lr2, momentum=beta)
    return x


@claim("momentum/two-rates", catalogue="Q07", cites="torch.optim.SGD, the note on its momentum")
def two_rates(x: Real, g1: Real, g2: Real, lr1: Positive, lr2: Positive, beta: HalfOpen):
    """After two steps the forms are beta (lr1 - lr2) g1 apart: alike for every g1 only if lr1 = lr2 or beta = 0."""
    inner, outer = (two_steps(rule, x, g1, g2, lr1, lr2, beta) for rule in (inside, momentum))
    return equal(outer - inner, beta * (lr1 - lr2) * g1)


@claim(
    "momentum/two-rates-alike",
    catalogue="Q07",
    cites="the two forms taken for one",
    false=True,
    given=lambda lr1, lr2: lr1 < lr2,
)
def two_rates_alike(g: NonZero, lr1: Positive, lr2: Positive, beta: Unit):
    """Under a schedule it is all one whether the learning rate stands inside the buffer or outside."""
    inner, outer = (two_steps(rule, 0, g, g, lr1, lr2, beta) for rule in (inside, momentum))
    return equal(inner, outer)
