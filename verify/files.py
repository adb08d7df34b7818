"""Python files that a user names: "path/to/file.py" and "path/to/file.py:name"."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from verify.errors import Problem, nearest

_imported: dict[Path, ModuleType] = {}


def split_file(text: str) -> tuple[str, str] | None:
    """Path and name of "file.py:name" (the name may be empty); None where no file is meant."""
    found = re.fullmatch(r"(?P<path>.+?\.py)(?::(?P<name>.*))?", text, flags=re.DOTALL)
    return (found["path"], found["name"] or "") if found else None


def import_file(path: str) -> ModuleType:
    """A file as a module: its folder goes on `sys.path`, the module into `sys.modules`.

    What the file raises is raised.  Problem where there is no such file.
    """
    file = Path(path).resolve()
    if not file.is_file():
        beside = [p.name for p in file.parent.glob("*.py")] if file.parent.is_dir() else []
        raise Problem(
            f"there is no file {path}{nearest(file.name, beside)}", expected="a Python file", where=str(file.parent)
        )
    if file not in _imported:
        _imported[file] = _import(file)
    return _imported[file]


def _import(file: Path) -> ModuleType:
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    there = sys.modules.get(file.stem)
    if there and Path(getattr(there, "__file__", None) or "").resolve() == file:
        return there
    name = file.stem if not there else f"{file.stem}_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"Python knows no way to import {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses and pickles look there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
