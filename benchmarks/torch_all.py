"""torch's own database of configurations, certified: how many are proved, refuted, sampled, undecided.

python -m benchmarks.torch_all              certify both suites, print the tables, write benchmarks/torch_all.json
python -m benchmarks.torch_all --markdown   print the tables from the file
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.table import grid
from verify import session
from verify.certificate import Certificate
from verify.environment import environment
from verify.pool import cores
from verify.subjects.torch_database import FLAGS, PLAIN
from verify.worker import Request

RESULTS = Path(__file__).with_name("torch_all.json")
DECIDED = ("PROVED", "REFUTED", "SAMPLED")
HEAD = ("optimizer", "configurations", *DECIDED, "undecided", "follows, or breaks")


def measure(suite: str) -> dict:
    """One run of a suite: a row for each configuration, what is no target, and the seconds on this machine's cores."""
    begun = time.perf_counter()
    result = session.run([Request(suite)], cores())
    seconds = round(time.perf_counter() - begun)
    problems = [str(p).splitlines()[0] for p in result.problems]
    return {"seconds": seconds, "rows": [row(c) for c in result.certificates], "problems": problems}


def row(c: Certificate) -> dict:
    """A certificate as one row; a deviation is decided by what refutes it, however far the update was proved."""
    exact = "undecided" if c.verdict == "undecided" else c.exact.verdict.name
    broken = [x["clause"] for x in c.contract if x["verdict"] == "broken"]
    found = {"target": c.target, "verdict": c.verdict, "exact": exact, "readings": list(c.readings), "broken": broken}
    return found | ({"reason": c.notes[0] if c.notes else "no reason was given"} if exact == "undecided" else {})


def rows(suite: dict) -> list[tuple]:
    """One line for each optimizer, and one for all."""
    by_class: dict[str, list[dict]] = {}
    for r in suite["rows"]:
        by_class.setdefault(r["target"].partition("(")[0].rpartition(".")[2], []).append(r)
    lines = [(name, *counts(found), follows(found)) for name, found in sorted(by_class.items())]
    return [*lines, ("all", *counts(suite["rows"]), "")]


def counts(found: list[dict]) -> tuple[int, ...]:
    kinds = Counter(r["exact"] for r in found)
    return (len(found), *(kinds[k] for k in (*DECIDED, "undecided")))


def follows(found: list[dict]) -> str:
    """The readings that configurations follow and the clauses that they break, each with how often."""
    readings = Counter(x for r in found for x in r["readings"])
    clauses = Counter(f"breaks {x}" for r in found for x in r["broken"])
    return ", ".join(f"{what} ({n})" for what, n in (*readings.most_common(), *clauses.most_common()))


def markdown(results: dict) -> str:
    """A table for each suite, and the configurations that are not decided."""
    about = results["machine"]
    parts = [f"Measured on {about['cpus']} CPUs with Python {about['python']} and torch {about['torch']}."]
    for name in (PLAIN, FLAGS):
        suite = results[name]
        parts.append(f"`{name}`: {len(suite['rows'])} configurations in {suite['seconds']} s")
        parts.append(grid(HEAD, rows(suite)))
        parts += [f"- {r['target']}: {r['reason']}" for r in suite["rows"] if r["exact"] == "undecided"]
        parts += [f"- {problem}" for problem in suite["problems"]]
    return "\n\n".join(parts)


def main() -> int:
    """Measure, print and write; with --markdown, only print from the file."""
    if sys.argv[1:] != ["--markdown"]:
        about = environment()
        machine = {"cpus": os.cpu_count(), "python": about["python"], "torch": about["torch"].partition("+")[0]}
        results = {"machine": machine} | {name: measure(name) for name in (PLAIN, FLAGS)}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(markdown(json.loads(RESULTS.read_text("utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
