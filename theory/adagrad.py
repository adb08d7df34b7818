r"""
# AdaGrad

AdaGrad divides by the root of the sum of all squares so far: a coordinate that has moved
much moves less from now on.  Nothing is ever forgotten, so its steps can only shrink.

## Main results
- `long_memory_of_adam` : as $\beta_2 \to 1$, Adam without a mean and with the rate $1 / \sqrt{t}$
  tends to AdaGrad with $\sqrt{t}$ times its eps

## References
- [KB15] Kingma, Ba.  Adam: a method for stochastic optimization.  ICLR 2015.
- [DHS11] Duchi, Hazan, Singer.  Adaptive subgradient methods for online learning and
  stochastic optimization.  JMLR 2011.
"""

from theory.adam import adam
from theory.adam_memory import move_without_mean
from theory.ema import squares
from verify import (
    Later,
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
    limit,
    sqrt,
    total,
)


def step(x, g, memory, t, *, lr: Positive, eps: NonNegative):
    """DHS11, the diagonal form: s is the sum of all squares."""
    (s,) = memory
    s = s + g**2
    return x - lr * g / (sqrt(s) + eps), (s,)


adagrad = Rule(
    name="adagrad",
    source="Duchi, Hazan, Singer 2011, diagonal AdaGrad",
    step=step,
    memory=dict(s=NonNegative),
    readings=(
        Reading(
            "eps-inside",
            "eps is added under the root",
            paper="sqrt(s) + eps",
            code="sqrt(s + eps)",
            kind="epsilon-placement",
        ),
        Reading(
            "lr-decay",
            "the learning rate falls like 1 / (1 + (t - 1) lr_decay)",
            paper="lr * g",
            code="lr / (1 + (t - 1) * lr_decay) * g",
            kind="schedule",
            adds=dict(lr_decay=NonNegative),
        ),
        Reading(
            "initial-accumulator",
            "the sum of squares starts at initial_accumulator_value",
            kind="state-initialisation",
            adds=dict(initial_accumulator_value=NonNegative),
            start=dict(s="initial_accumulator_value"),
        ),
        Reading(
            "l2",
            "weight decay is added to the gradient",
            paper="(s,) = memory",
            code="(s,) = memory\ng = g + weight_decay * x",
            kind="decay-coupling",
            adds=dict(weight_decay=NonNegative),
        ),
    ),
)


def move(run, g, t, **hyper):
    """What AdaGrad's t-th step adds to the parameter."""
    _, x = run([g(t)], memory=(total(squares(g), 1, t - 1),), first=t, **hyper)
    return x


def long_memory(rule, g, t, **hyper):
    """The t-th step of Adam without a mean, as a function of beta2."""
    return lambda beta2: move_without_mean(rule.run, g, t, beta2=beta2, **hyper)


@claim(
    "adagrad/long-memory-of-adam",
    about=adagrad,
    catalogue="A08",
    cites="KB15 section 5",
    uses=("adam/moments", "ema/plain-mean"),
)
def long_memory_of_adam(run, g: Sequence(Real), lr: Positive, eps: Positive, t: Natural):
    """With beta1 = 0, beta2 -> 1 and the rate lr / sqrt(t), Adam's step tends to AdaGrad's with sqrt(t) eps."""
    rate, adagrads = lr / sqrt(t), {"lr": lr, "eps": eps}
    return (
        limit(
            long_memory(adam, g, t, lr=rate, eps=eps), to=1, equals=move(run, g, t, lr=lr, eps=sqrt(t) * eps), over=Unit
        ),
        limit(long_memory(adam, g, t, lr=rate, eps=eps / sqrt(t)), to=1, equals=move(run, g, t, **adagrads), over=Unit),
    )


@claim(
    "adagrad/long-memory-of-adam-inside",
    about=adagrad.read_as("eps-inside"),
    catalogue="A08",
    cites="KB15 section 5",
    uses=("adagrad/long-memory-of-adam",),
)
def long_memory_of_adam_inside(run, g: Sequence(Real), lr: Positive, eps: Positive, t: Natural):
    """Where eps stands under the root, Adam's is to be eps / t."""
    inside = adam.read_as("eps-inside")
    return limit(
        long_memory(inside, g, t, lr=lr / sqrt(t), eps=eps / t), to=1, equals=move(run, g, t, lr=lr, eps=eps), over=Unit
    )


@claim(
    "adagrad/long-memory-of-adam-same-eps",
    about=adagrad,
    catalogue="A08",
    cites="KB15 section 5, with one eps for both",
    false=True,
)
def long_memory_of_adam_same_eps(run, g: Sequence(NonZero), lr: Positive, eps: Positive, t: Later):
    """With beta1 = 0, beta2 -> 1 and the rate lr / sqrt(t), Adam's step tends to AdaGrad's with the same eps."""
    return limit(
        long_memory(adam, g, t, lr=lr / sqrt(t), eps=eps), to=1, equals=move(run, g, t, lr=lr, eps=eps), over=Unit
    )
