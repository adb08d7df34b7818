"""What the code calls a hyperparameter of the rule: torch's names, and those that others use.

A keyword with the rule's own name is that hyperparameter.  One that the rule does not know
stands for a hyperparameter that has no keyword yet, in the order of the table; whatever is
left keeps its name.  A wrong guess proves nothing: the update would not be the rule's.
"""

from __future__ import annotations

from collections.abc import Iterable

OTHERS = {
    "lr": "learning_rate eta step_size stepsize alpha rate",
    "beta1": "b1 beta_1 beta1 rho1 m_decay momentum mu beta",
    "beta2": "b2 beta_2 rho2 v_decay rho decay_rate alpha",
    "beta3": "b3 beta_3",
    "eps": "epsilon eps1 eps_ e delta tiny stabiliser stabilizer",
    "weight_decay": "wd lambda_ lambd lmbda lam decay l2 weight_decay_rate decoupled_weight_decay",
    "momentum": "mu beta momentum_factor gamma beta1",
    "momentum_decay": "schedule_decay psi",
    "alpha": "rho beta decay decay_rate smoothing beta2 gamma",
    "rho": "beta decay decay_rate alpha gamma",
    "delta": "threshold",
    "history_size": "history memory memory_size history_length pairs m",
}


def names(keywords: Iterable[str], hyperparameters: Iterable[str]) -> dict[str, str]:
    """For each keyword the name of its symbol."""
    keywords, wanted = list(keywords), list(hyperparameters)
    tuples = {f"{k[:-1]}{i}" for k in keywords if k.endswith("s") for i in (1, 2, 3)}
    missing = [h for h in wanted if h not in keywords and h not in tuples]
    found: dict[str, str] = {}
    for name in missing:
        free = [k for k in OTHERS.get(name, "").split() if k in keywords and k not in wanted and k not in found]
        if free:
            found[free[0]] = name
    return {k: found.get(k, k) for k in keywords}
