r"""
# The exponential moving average

An exponential moving average forgets at a constant rate.  Started at zero it is too
small at first: its weights add up to $1 - \beta^t$, and dividing by that sum repairs it.
Nearly every adaptive optimizer is made of two such averages.

## Main results
- `closed_form` : the average is a weighted sum of all that it has seen
- `weights`     : its weights add up to $1 - \beta^t$

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
"""

from verify import Natural, Real, Sequence, Unit, claim, equal, total, unfolds


@claim("ema/closed-form", catalogue="A01", cites="KB15 Algorithm 1 and section 3, equation (1)")
def closed_form(g: Sequence(Real), beta: Unit, t: Natural):
    """The average is a sum of all gradients, the older the lighter."""

    def step(m, t):
        return beta * m + (1 - beta) * g(t)

    def closed(t):
        return (1 - beta) * total(lambda i: beta ** (t - i) * g(i), 1, t)

    return unfolds(step, closed, start=0, t=t)


@claim("ema/closed-form-shifted", catalogue="A01", cites="KB15, with the weights shifted by one", false=True)
def closed_form_shifted(g: Sequence(Real), beta: Unit, t: Natural):
    """The newest gradient already carries a factor beta."""

    def step(m, t):
        return beta * m + (1 - beta) * g(t)

    def closed(t):
        return (1 - beta) * total(lambda i: beta ** (t - i + 1) * g(i), 1, t)

    return unfolds(step, closed, start=0, t=t)


@claim("ema/weights", catalogue="A02", cites="KB15 section 3, equation (4)")
def weights(beta: Unit, t: Natural):
    """The weights of the average add up to 1 - beta^t."""
    return equal((1 - beta) * total(lambda i: beta ** (t - i), 1, t), 1 - beta**t)


@claim("ema/weights-one-late", catalogue="A02", cites="source 3, which corrects by 1 - beta^(t+1)", false=True)
def weights_one_late(beta: Unit, t: Natural):
    """The weights of the average add up to 1 - beta^(t+1)."""
    return equal((1 - beta) * total(lambda i: beta ** (t - i), 1, t), 1 - beta ** (t + 1))
