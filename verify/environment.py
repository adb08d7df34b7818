"""With what a certificate was made: versions, and no path or name of a machine."""

from __future__ import annotations

import platform
from importlib import metadata

_DISTRIBUTIONS = ("torch", "adamp", "sympy", "mpmath", "python-flint", "z3-solver")


def version() -> str:
    """The version of optproof, also where it runs from a checkout that is not installed."""
    return installed("optproof") or _of_checkout() or "unknown"


def installed(distribution: str) -> str | None:
    """The version of a distribution; None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _of_checkout() -> str | None:
    import tomllib
    from pathlib import Path

    project = Path(__file__).parents[1] / "pyproject.toml"
    return tomllib.loads(project.read_text("utf-8"))["project"]["version"] if project.is_file() else None


def environment() -> dict[str, str]:
    """The "environment" of the JSON: versions, and the kind of machine."""
    found = {name: installed(name) for name in _DISTRIBUTIONS}
    return {
        "optproof": version(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: v for name, v in found.items() if v},
    }
