"""Adams whose hyperparameters are not those of `param_groups` at each step."""

from specimens.adams import Folded


class KeepsConstructorRate(Folded):
    """lr is kept on the optimizer when it is constructed."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps)
        self.rate = lr

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, self.rate, beta1, beta2, eps)


class KeepsFirstRate(Folded):
    """lr is kept in the state at the first step."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, state.setdefault("rate", lr), beta1, beta2, eps)


class KeepsBetas(Folded):
    """betas are those of the constructor."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, lr, *self.defaults["betas"], eps)


class WritesRateDown(Folded):
    """Right: the last lr is written down, and read in the same step."""

    def update(self, p, g, state, lr, beta1, beta2, eps):
        state["rate"] = lr
        super().update(p, g, state, state["rate"], beta1, beta2, eps)


class DecidesWhenConstructed(Folded):
    """For betas above 0.95 the step is doubled, which the constructor decides."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, lr, betas, eps)
        self.factor = 2 if betas[0] > 0.95 else 1

    def update(self, p, g, state, lr, beta1, beta2, eps):
        super().update(p, g, state, lr * self.factor, beta1, beta2, eps)


def factory(params):
    """Right: takes the parameters alone."""
    return Folded(params, lr=0.01)
