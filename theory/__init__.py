"""The mathematics: one file per family of optimizers, and nothing but mathematics.

Importing a file registers its rules and claims.
"""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every theory file."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
