r"""
# The exponential moving average

An exponential moving average forgets at a constant rate.  Started at zero it is too
small at first: its weights add up to $1 - \beta^t$, and dividing by that sum repairs it.
Nearly every adaptive optimizer is made of two such averages.

## Main results
- `closed_form`         : the average is a weighted sum of all that it has seen
- `weights`             : its weights add up to $1 - \beta^t$
- `between_extremes`    : divided by that sum, it lies between the smallest and the largest value
- `drift`               : what is left of the bias is what the values have drifted
- `plain_mean`          : as $\beta \to 1$ the repaired average becomes the plain mean
- `plain_mean_corrected`: and how fast

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
"""

from verify import (
    Later,
    Natural,
    NonZero,
    Real,
    Sequence,
    Unit,
    at_most,
    claim,
    equal,
    greatest,
    limit,
    magnitude,
    total,
    unfolds,
)


def average(term, beta, t):
    """The moving average of term(1), ..., term(t), started at 0."""
    return (1 - beta) * total(lambda i: beta ** (t - i) * term(i), 1, t)


def corrected(term, beta, t):
    """The moving average divided by the sum of its weights."""
    return average(term, beta, t) / (1 - beta**t)


def mean(term, t):
    """The plain mean of term(1), ..., term(t)."""
    return total(term, 1, t) / t


def squares(g):
    """The squares of a sequence."""
    return lambda i: g(i) ** 2


def recurrence(g, beta):
    """One step of the average of g."""
    return lambda m, t: beta * m + (1 - beta) * g(t)


# Closed form and weights ------------------------------------------------------------------------


@claim("ema/closed-form", catalogue="A01", cites="KB15 Algorithm 1 and section 3, equation (1)")
def closed_form(g: Sequence(Real), m0: Real, beta: Unit, t: Natural):
    """The average is a sum of all gradients, the older the lighter, and of what is left of its first value."""
    return unfolds(recurrence(g, beta), lambda t: beta**t * m0 + average(g, beta, t), start=m0, t=t)


@claim("ema/closed-form-shifted", catalogue="A01", cites="KB15, with the weights shifted by one", false=True)
def closed_form_shifted(g: Sequence(Real), beta: Unit, t: Natural):
    """The newest gradient already carries a factor beta."""
    return unfolds(recurrence(g, beta), lambda t: beta * average(g, beta, t), start=0, t=t)


@claim("ema/weights", catalogue="A02", cites="KB15 section 3, equation (4)")
def weights(beta: Unit, t: Natural):
    """The weights of the average add up to 1 - beta^t."""
    return equal(average(lambda i: 1, beta, t), 1 - beta**t)


@claim("ema/weights-one-late", catalogue="A02", cites="source 3, which corrects by 1 - beta^(t+1)", false=True)
def weights_one_late(beta: Unit, t: Natural):
    """The weights of the average add up to 1 - beta^(t+1)."""
    return equal(average(lambda i: 1, beta, t), 1 - beta ** (t + 1))


@claim("ema/between-extremes", catalogue="A03", cites="folklore", uses=("ema/weights",))
def between_extremes(g: Sequence(Real), beta: Unit, t: Natural):
    """The corrected average lies between the smallest and the largest of the values."""
    largest = greatest(g, 1, t)
    smallest = -greatest(lambda i: -g(i), 1, t)
    return (
        at_most(corrected(g, beta, t), largest, slack=corrected(lambda i: largest - g(i), beta, t)),
        at_most(smallest, corrected(g, beta, t), slack=corrected(lambda i: g(i) - smallest, beta, t)),
    )


@claim("ema/largest-size", catalogue="A03", cites="folklore", uses=("ema/weights",))
def largest_size(g: Sequence(Real), beta: Unit, t: Natural):
    """In size the corrected average is at most the largest of the values."""
    largest = greatest(lambda i: magnitude(g(i)), 1, t)
    return (
        at_most(corrected(g, beta, t), largest, slack=corrected(lambda i: largest - g(i), beta, t)),
        at_most(-corrected(g, beta, t), largest, slack=corrected(lambda i: largest + g(i), beta, t)),
    )


@claim("ema/between-extremes-uncorrected", catalogue="A03", cites="the same without the correction", false=True)
def between_extremes_uncorrected(g: NonZero, beta: Unit, t: Natural):
    """The average as it stands is at least the smallest of the squares, already where all of them are alike."""
    return at_most(g**2, average(lambda i: g**2, beta, t))


# Moving expectations ----------------------------------------------------------------------------


def bias(s, beta, t):
    """What separates the average's expectation from (1 - beta^t) s(t), where s(i) is that of the i-th value."""
    return average(lambda i: s(i) - s(t), beta, t)


def line(a, b):
    """Expectations that move along a line."""
    return lambda i: a + b * i


def bias_of_line(b, beta, t):
    """The bias of expectations a + b i."""
    return -b * (beta - t * beta**t + (t - 1) * beta ** (t + 1)) / (1 - beta)


@claim("ema/drift", catalogue="A04", cites="KB15 section 3, equations (2) to (4): zeta", uses=("ema/weights",))
def drift(s: Sequence(Real), beta: Unit, t: Natural):
    """The expectation is (1 - beta^t) times the newest one, up to a zeta that moves only as the expectations do."""
    return (
        equal(average(s, beta, t), s(t) * (1 - beta**t) + bias(s, beta, t)),
        equal(bias(s, beta, t + 1), beta * bias(s, beta, t) - beta * (1 - beta**t) * (s(t + 1) - s(t))),
    )


@claim("ema/no-drift", catalogue="A04", cites="KB15 section 3: zeta = 0 where the second moment is stationary")
def no_drift(a: Real, beta: Unit, t: Natural):
    """Where the expectations stand still, zeta vanishes."""
    return equal(bias(lambda i: a, beta, t), 0)


@claim("ema/linear-drift", catalogue="A04", cites="KB15 section 3, zeta for a moment that moves along a line")
def linear_drift(a: Real, b: Real, beta: Unit, t: Natural):
    """Where the expectations move along a line, zeta tends to -b beta / (1 - beta)."""
    late = b * average(lambda i: i, beta, t) - b * t * (1 - beta**t)
    return (
        equal(bias(line(a, b), beta, t), bias_of_line(b, beta, t), via=[late]),
        limit(lambda t: bias_of_line(b, beta, t), to="oo", equals=-b * beta / (1 - beta), over=Natural),
    )


@claim("ema/linear-drift-without-beta", catalogue="A04", cites="the same, a factor beta forgotten", false=True)
def linear_drift_without_beta(b: NonZero, beta: Unit):
    """Where the expectations move along a line, zeta tends to -b / (1 - beta)."""
    return limit(lambda t: bias_of_line(b, beta, t), to="oo", equals=-b / (1 - beta), over=Natural)


# Long memory ------------------------------------------------------------------------------------


@claim("ema/plain-mean", catalogue="A05", cites="KB15 section 5, where the sum is misprinted")
def plain_mean(g: Sequence(Real), t: Natural):
    """As beta tends to 1 the corrected average of the squares tends to their plain mean."""
    return limit(lambda beta: corrected(squares(g), beta, t), to=1, equals=mean(squares(g), t), over=Unit)


@claim("ema/plain-mean-misprinted", catalogue="A05", cites="KB15 section 5 as printed: sum_i g_t^2", false=True)
def plain_mean_misprinted(c: NonZero, t: Later):
    """As beta tends to 1 the corrected average of the squares of c, 2 c, ..., t c tends to the newest square."""
    g = lambda i: c * i
    return limit(lambda beta: corrected(squares(g), beta, t), to=1, equals=mean(lambda i: g(t) ** 2, t), over=Unit)


def tilt(s, t, centre):
    """The first-order term of the corrected average in 1 - beta: newer values count more."""
    return mean(lambda i: (i - centre) * s(i), t)


def first_order(s, t):
    """How fast the corrected average tends to the plain mean."""
    return lambda beta: (corrected(s, beta, t) - mean(s, t)) / (1 - beta)


@claim("ema/plain-mean-corrected", catalogue="A05b", cites="own: the next term of the limit", uses=("ema/plain-mean",))
def plain_mean_corrected(g: Sequence(Real), t: Natural):
    """To first order in 1 - beta the corrected average tilts about the middle of the window, (t + 1) / 2."""
    return limit(first_order(squares(g), t), to=1, equals=tilt(squares(g), t, (t + 1) / 2), over=Unit)


@claim("ema/plain-mean-corrected-off-centre", catalogue="A05b", cites="the same, centred at t / 2", false=True)
def plain_mean_corrected_off_centre(g: Sequence(NonZero), t: Natural):
    """To first order in 1 - beta the corrected average tilts about t / 2."""
    return limit(first_order(squares(g), t), to=1, equals=tilt(squares(g), t, t / 2), over=Unit)
