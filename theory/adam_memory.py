r"""
# Adam at the ends of beta2

A second moment that never forgets is a plain mean, and one that forgets at once is the
newest square.  Without the correction the first of these limits does not exist: the second
moment vanishes, and the step grows without bound unless eps stops it.

## Main results
- `uncorrected_long_memory`     : without the correction the step diverges as beta2 tends to 1
- `uncorrected_long_memory_eps` : with eps it tends to plain descent instead
- `sign_descent`                : as beta2 tends to 0 only the sign of the gradient is left

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [BWAA18] Bernstein, Wang, Azizzadenesheli, Anandkumar.  signSGD.  ICML 2018.
- [BH18] Balles, Hennig.  Dissecting Adam.  ICML 2018.
"""

from theory.adam import adam, uncorrected
from theory.ema import average, corrected, squares
from verify import (
    Later,
    Natural,
    NonZero,
    Positive,
    Real,
    Sequence,
    Unit,
    claim,
    diverges,
    limit,
    magnitude,
    sign,
    sqrt,
    total,
)


def move_without_mean(run, g, t, *, beta2, **rest):
    """The same with beta1 = 0: the newest gradient, scaled."""
    _, x = run([g(t)], memory=(0, average(squares(g), beta2, t - 1)), first=t, beta1=0, beta2=beta2, **rest)
    return x


@claim(
    "adam/uncorrected-long-memory", about=uncorrected, catalogue="A06", cites="KB15 section 5", uses=("adam/moments",)
)
def uncorrected_long_memory(run, g: Sequence(NonZero), lr: Positive, t: Natural):
    """Without the correction the second moment vanishes like 1 - beta2 as beta2 tends to 1, and the step diverges."""
    v = lambda beta2: average(squares(g), beta2, t)
    step = lambda beta2: move_without_mean(run, g, t, lr=lr, beta2=beta2, eps=0)
    everything = total(squares(g), 1, t)
    return (
        limit(v, to=1, equals=0, over=Unit),
        limit(lambda beta2: v(beta2) / (1 - beta2), to=1, equals=everything, over=Unit),
        limit(lambda beta2: step(beta2) * sqrt(1 - beta2), to=1, equals=-lr * g(t) / sqrt(everything), over=Unit),
        diverges(lambda beta2: magnitude(step(beta2)), to=1, over=Unit),
    )


@claim(
    "adam/uncorrected-long-memory-eps",
    about=uncorrected,
    catalogue="A06",
    cites="KB15 section 5",
    uses=("adam/moments",),
)
def uncorrected_long_memory_eps(run, g: Sequence(Real), lr: Positive, eps: Positive, t: Natural):
    """Without the correction, and with eps, the step tends to plain descent at the rate lr / eps."""
    step = lambda beta2: move_without_mean(run, g, t, lr=lr, beta2=beta2, eps=eps)
    return limit(step, to=1, equals=-lr * g(t) / eps, over=Unit)


@claim(
    "adam/uncorrected-long-memory-rate",
    about=uncorrected,
    catalogue="A06",
    cites="the same, with the inverse for the inverse root",
    false=True,
)
def uncorrected_long_memory_rate(run, g: Sequence(NonZero), lr: Positive, t: Natural):
    """Without the correction the step diverges like 1 / (1 - beta2)."""
    step = lambda beta2: move_without_mean(run, g, t, lr=lr, beta2=beta2, eps=0)
    everything = total(squares(g), 1, t)
    return limit(lambda beta2: step(beta2) * (1 - beta2), to=1, equals=-lr * g(t) / sqrt(everything), over=Unit)


@claim("adam/sign-descent", about=adam, catalogue="A07", cites="BWAA18; BH18", uses=("adam/moments",))
def sign_descent(run, g: Sequence(NonZero), lr: Positive, t: Natural):
    """As beta2 tends to 0 only the newest square is left, and Adam with beta1 = 0 follows the sign of the gradient."""
    step = lambda beta2: move_without_mean(run, g, t, lr=lr, beta2=beta2, eps=0)
    return (
        limit(lambda beta2: corrected(squares(g), beta2, t), to=0, equals=g(t) ** 2, over=Unit),
        limit(step, to=0, equals=-lr * sign(g(t)), over=Unit),
    )


@claim("adam/sign-descent-one-late", about=adam, catalogue="A07", cites="the same, the last square kept", false=True)
def sign_descent_one_late(run, g: Sequence(NonZero), lr: Positive, t: Later):
    """As beta2 tends to 0 the newest square and the one before it remain."""
    step, two = lambda beta2: move_without_mean(run, g, t, lr=lr, beta2=beta2, eps=0), g(t) ** 2 + g(t - 1) ** 2
    return limit(step, to=0, equals=-lr * g(t) / sqrt(two), over=Unit)
