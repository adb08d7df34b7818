"""Measure everything, print it, and write benchmarks/results.json."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from benchmarks import engines, mutants, suite
from benchmarks.table import markdown, show
from verify.environment import environment
from verify.progress import Progress

RESULTS = Path(__file__).with_name("results.json")


def measured() -> dict:
    """Every measurement, with the kind of machine: its cores, and the versions of Python and torch."""
    about = environment()
    found: dict = {
        "machine": {"cpus": os.cpu_count(), "python": about["python"], "torch": about["torch"].partition("+")[0]}
    }
    parts = {
        "suite": suite.measure,
        "claims": engines.checked,
        "points": engines.points,
        "normal_form": engines.against_simplify,
        "mutants": mutants.measure,
    }
    for name, measure in parts.items():
        with Progress(f"measuring {name}") as progress:
            found[name] = measure(progress)
    return found


def main() -> int:
    """Measure, print and write; with --markdown, only print the README's tables from the file."""
    if sys.argv[1:] == ["--markdown"]:
        print(markdown(json.loads(RESULTS.read_text("utf-8"))))
        return 0
    results = measured()
    show(results)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
