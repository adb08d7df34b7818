r"""
# Averaged stochastic gradient descent

The iterates of gradient descent with a slowly falling rate wander about the minimum, and
their average is nearer to it than they are: as near, in the limit, as the best method with
second derivatives.  The average costs nothing but its memory: the iterates do not see it.
The rate and its names are those of Bottou's code, which torch follows too.

## Main results
- `average_is_mean` : the recurrence of the average unfolds into the plain mean of the iterates
- `first_rate`      : the first step is taken at the rate lr, all later ones at smaller rates

## References
- [PJ92] Polyak, Juditsky.  Acceleration of stochastic approximation by averaging.  SIAM J. Control Optim. 1992.
- [Xu11] Xu.  Towards optimal one pass large scale learning with averaged stochastic gradient descent.  2011.
- [Bot12] Bottou.  Stochastic gradient descent tricks.  2012.
"""

from verify import (
    Natural,
    NonNegative,
    Positive,
    Reading,
    Real,
    Rule,
    Sequence,
    claim,
    equal,
    less,
    maximum,
    total,
    unfolds,
)


def step(x, g, memory, t, *, lr: Positive, lambd: NonNegative, alpha: Positive, t0: NonNegative):
    """PJ92, (3) and (4), for the loss with lambd |x|^2 / 2 added, at the rate of Xu11, (15); averaged after step t0."""
    (average,) = memory
    eta = lr / (1 + lambd * lr * (t - 1)) ** alpha
    x = x - eta * (g + lambd * x)
    weight = 1 / maximum(1, t - t0)
    average = average + weight * (x - average)
    return x, (average,)


asgd = Rule(
    name="asgd",
    source="Polyak, Juditsky 1992, (3) and (4), at the rate of Xu 2011",
    step=step,
    memory=dict(average=Real),
    constants=dict(alpha="0.75", lambd="0.0001", t0="1000000"),
    outputs=("average",),
    readings=(
        Reading(
            "rate-ahead",
            "each step computes the next one's rate and keeps it, so a changed lr takes effect one step late",
            paper="""\
eta = lr / (1 + lambd * lr * (t - 1)) ** alpha
x = x - eta * (g + lambd * x)
""",
            code="""\
x = x - eta * (g + lambd * x)
eta = lr / (1 + lambd * lr * t) ** alpha
""",
            kind="parameter-groups",
            memory=dict(eta=Real),
            start=dict(eta="lr"),
            breaks="schedule",
        ),
        Reading(
            "float32-rate",
            "the rate and the weight of the average are kept in float32, whatever the parameter's type",
            code="eta, mu in float32",
            kind="precision",
            narrow="eta mu",
        ),
        Reading(
            "average-late",
            "the average starts one step late, and leaves out the first iterate after t0",
            paper="t - t0",
            code="t - 1 - t0",
            kind="step-index",
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient, beside lambd",
            paper="(average,) = memory",
            code="(average,) = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)


# The average ----------------------------------------------------------------------------------------


def averaging(rule, x):
    """What one step makes of the average, where the t-th iterate is x(t); averaged from the start."""

    def refresh(average, t):
        _, (after,) = rule.step(x(t), 0, (average,), t, lr=1, lambd=0, alpha=1, t0=0)
        return after

    return refresh


def mean(x):
    """The plain mean of the first t members."""
    return lambda t: total(x, 1, t) / t


@claim("asgd/average-is-mean", about=asgd, cites="PJ92, (4)")
def average_is_mean(run, x: Sequence(Real), t: Natural):
    """After t steps the average is the plain mean of the t iterates."""
    return unfolds(averaging(asgd, x), mean(x), start=x(1), t=t, first=1)


@claim("asgd/late-average-is-mean", about=asgd.read_as("average-late"), cites="torch.optim.ASGD", false=True)
def late_average_is_mean(run, x: Sequence(Real), t: Natural):
    """Where the average starts one step late it is the plain mean of all t iterates too."""
    return unfolds(averaging(asgd.read_as("average-late"), x), mean(x), start=x(1), t=t, first=1)


# The rate -------------------------------------------------------------------------------------------


def second_steps(run, x, g, **hyper):
    """What the first two steps add to the parameter."""
    x0, x1, x2 = run([g(1), g(2)], x=x, memory=(0,), **hyper)
    return x1 - x0, x2 - x1


@claim("asgd/first-rate", about=asgd, cites="Xu11, (15)")
def first_rate(run, x: Real, g: Sequence(Real), lr: Positive, lambd: Positive, t0: NonNegative):
    """The first step is taken at the rate lr, and with alpha = 1 the second at lr / (1 + lambd lr)."""
    first, second = second_steps(run, x, g, lr=lr, lambd=lambd, alpha=1, t0=t0)
    slower = lr / (1 + lambd * lr)
    return (
        equal(first, -lr * (g(1) + lambd * x)),
        equal(second, -slower * (g(2) + lambd * (x + first))),
        less(slower, lr, slack=lr * lambd * lr / (1 + lambd * lr)),
    )


@claim("asgd/rate-stays", about=asgd, cites="the same, as if lambd only decayed the weights", false=True)
def rate_stays(run, x: Real, g: Sequence(Real), lr: Positive, lambd: Positive, t0: NonNegative):
    """The second step is taken at the rate lr too."""
    first, second = second_steps(run, x, g, lr=lr, lambd=lambd, alpha=1, t0=t0)
    return equal(second, -lr * (g(2) + lambd * (x + first)))
