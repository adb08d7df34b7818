"""Long and odd lives of a parameter, many at once: each element of a flat array lives another.

Where a rule updates every element as it would be alone, all of them fit into one run; where it mixes
elements, each is the life of a whole tensor, with sizes that differ from element to element.
"""

from __future__ import annotations

import numpy as np

STARTS = (0.5, -2.0, 0.0, 300.0)
# Shapes that the elements are dealt out to; the last ones are laid out in other ways.
SHAPES = ((), (1,), (5,), (2, 3), (2, 3, 2), (2, 1, 3, 2), (2, 1, 2, 1, 3))
TURNS = "huge and tiny in turn"
LIVES = (
    "ordinary",
    "constant",
    "signs alternate",
    "one, then zeros",
    "zeros at first",
    "zeros now and then",
    "sparse",
    "huge",
    "tiny",
    "shrinking",
    "growing",
    TURNS,
    "as small as eps",
    "steady, then turned",
)


def lives(count: int, steps: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Starts (count) and gradients (steps, count); the element i lives LIVES[i % len(LIVES)]."""
    luck = np.random.RandomState(seed)
    plain = luck.uniform(0.05, 1.5, (steps, count)) * luck.choice([-1, 1], (steps, count))
    t = np.arange(1, steps + 1.0)
    gradients = np.stack([_life(LIVES[i % len(LIVES)], plain[:, i], t) for i in range(count)], axis=1)
    starts = np.array([STARTS[(i + i // len(LIVES)) % len(STARTS)] for i in range(count)])
    return starts, gradients


def _life(name: str, plain: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The gradients of one element."""
    return {
        "ordinary": lambda: plain,
        "constant": lambda: np.ones_like(t),
        "signs alternate": lambda: 0.7 * (-1) ** t,
        "one, then zeros": lambda: (t == 1) * 1.0,
        "zeros at first": lambda: plain * (t > 5),
        "zeros now and then": lambda: plain * (t % 3 > 0),
        "sparse": lambda: plain * (t % 17 == 0),
        "huge": lambda: 1e10 * plain,
        "tiny": lambda: 1e-10 * plain,
        "shrinking": lambda: plain * 0.95**t,
        "growing": lambda: plain * 1.02 ** np.minimum(t, 1000),
        TURNS: lambda: plain * np.where(t % 2, 1e6, 1e-6),
        "as small as eps": lambda: 1e-8 * plain,
        "steady, then turned": lambda: np.where(t < 200, 0.3, -0.2),
    }[name]()
