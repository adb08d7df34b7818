"""Measure, print, and write benchmarks/detection.json: `python -m benchmarks.detection [--sample N] [--jobs N]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.detection.measure import measure
from benchmarks.detection.table import counted, loaded, markdown
from verify.progress import Progress

RESULTS = Path(__file__).parents[1] / "detection.json"


def main() -> int:
    """Exit 1 where a wrong one passed or a right one was flagged."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many cases, spread over all; nothing is written")
    parser.add_argument("--jobs", type=int, help="processes; as many as there are cores")
    parser.add_argument("--markdown", action="store_true", help="print the tables of the last run")
    options = parser.parse_args()
    if options.markdown:
        print(markdown(loaded(json.loads(RESULTS.read_text("utf-8")))))
        return 0
    with Progress("certifying mutants and rewrites") as progress:
        outcomes = measure(options.sample, options.jobs, progress)
    found = counted(outcomes)
    print(markdown(outcomes))
    for what in ("survived", "open", "flagged_equivalents", "not_proved", "other_kind"):
        print(f"\n{what}:", *found[what], sep="\n  ", file=sys.stderr)
    if options.sample is None:
        RESULTS.write_text(json.dumps(found | {"cases": [o.to_json() for o in outcomes]}, indent=1) + "\n", "utf-8")
    return 1 if found["survived"] or found["flagged_equivalents"] else 0


if __name__ == "__main__":
    sys.exit(main())
