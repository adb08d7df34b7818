"""torch's own database of optimizer configurations, `torch.testing._internal.common_optimizers.optim_db`.

The suite `torch-all` holds every configuration that the database generates for the CPU, and
`torch-all-flags` each of them again with the implementation flags that torch tests there
(`foreach` where the device has such kernels, `differentiable`, `fused`).  Nothing is listed
here: a configuration that torch adds is a target of the next run.
"""

from __future__ import annotations

from collections.abc import Iterator

from verify.errors import Problem
from verify.subjects.build import target
from verify.subjects.target import Target
from verify.subjects.torch_optim import rule_of as rule_of_torch

PLAIN, FLAGS = "torch-all", "torch-all-flags"


def suite(name: str) -> list[Target]:
    """The targets of `torch-all` and `torch-all-flags`; none of any other suite.

    Problem where torch's database does not import: it needs the package expecttest.
    """
    if name not in (PLAIN, FLAGS):
        return []
    return [
        target(cls, f"torch.optim.{cls.__name__}", keywords, rule_of_torch(cls, keywords), stands_alone=True)
        for cls, keywords in configurations(flags=name == FLAGS)
    ]


def configurations(flags: bool = False) -> Iterator[tuple[type, dict]]:
    """Class and keywords of every configuration on the CPU, in the database's order."""
    database, with_flags = _database()
    import torch

    for info in database:
        found = with_flags("cpu", torch.float64, info) if flags else info.optim_inputs_func(device="cpu")
        for configuration in found:
            yield info.optim_cls, dict(configuration.kwargs)


def _database():
    try:
        from torch.testing._internal.common_optimizers import (
            _get_optim_inputs_including_global_cliquey_kwargs as with_flags,
        )
        from torch.testing._internal.common_optimizers import optim_db
    except ImportError as error:
        raise Problem(
            f"the suites {PLAIN} and {FLAGS} need torch's own test database, which does not import: {error}",
            expected="torch.testing._internal.common_optimizers, which needs the package expecttest",
            where=f"target {PLAIN}",
            todo="pip install expecttest; or name single targets, as 'torch.optim.SGD(momentum=0.9)'",
        ) from error
    return optim_db, with_flags


def rule_of(cls: type, keywords: dict | None = None) -> str | None:
    """None: `verify/subjects/torch_optim.py` names the rules of torch's classes."""
    return None
