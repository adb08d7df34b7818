"""The PDF, by latexmk: no shell, no file from outside the folder, a limit in seconds, and the log kept."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT = 300.0  # seconds
NEEDED = ("latexmk", "pdflatex", "bibtex")
GET = "install TeX: apt install latexmk texlive-latex-recommended texlive-fonts-recommended lmodern; or TeX Live, MacTeX, MiKTeX"
_OPTIONS = (
    "-pdf",
    "-interaction=nonstopmode",
    "-halt-on-error",
    "-file-line-error",
    "-norc",
    "-silent",
    "-latexoption=-no-shell-escape",
)


@dataclass(frozen=True)
class Result:
    """What became of it: `pdf` is None where there is none, and `why` says why."""

    pdf: Path | None
    why: str = ""


def missing() -> list[str]:
    """The programs that are not there."""
    return [name for name in NEEDED if not shutil.which(name)]


def make(tex: Path, limit: float = LIMIT) -> Result:
    """The PDF beside the .tex file; nothing but TeX reads the file, and it reads nothing else."""
    if absent := missing():
        return Result(None, f"{', '.join(absent)} not found; {GET}")
    try:
        code = _run(["latexmk", *_OPTIONS, tex.name], tex.parent, limit)
    except subprocess.TimeoutExpired:
        return Result(None, f"latexmk did not end within {limit:g} seconds")
    pdf = tex.with_suffix(".pdf")
    if code or not pdf.is_file():
        return Result(None, f"latexmk ended with exit code {code}: {complaint(tex.with_suffix('.log'))}")
    return Result(pdf)


def _run(command: list[str], folder: Path, limit: float) -> int:
    """The exit code.  Everything that was started ends with it."""
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with subprocess.Popen(command, cwd=folder, env=_environment(), start_new_session=True, **quiet) as process:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise


def _kill(process: subprocess.Popen) -> None:
    """The process and all that it started: they are one group."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _environment() -> dict[str, str]:
    """Paranoid about files, and the same bytes for the same input."""
    return os.environ | {
        "openin_any": "p",
        "openout_any": "p",
        "shell_escape": "f",
        "max_print_line": "1000",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
    }


def complaint(log: Path) -> str:
    """The first error of a log."""
    text = log.read_text("utf-8", "replace") if log.is_file() else ""
    found = re.search(r"^(?:!|[^\s:]+:\d+:) *(.+)$", text, re.MULTILINE)
    return found[0].strip() if found else "it left no error in its log"


def overfull(log: Path) -> list[float]:
    """By how many points each overfull line is too wide."""
    text = log.read_text("utf-8", "replace") if log.is_file() else ""
    return [float(m) for m in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", text)]
