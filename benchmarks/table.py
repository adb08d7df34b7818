"""The measured numbers as tables: for the terminal, and as the Markdown that stands in README.md."""

from __future__ import annotations

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

HEAD = ("optimizer", "verdict", "lift", "map", "prove", "other")


def markdown(results: dict) -> str:
    """Both tables in Markdown: a row for each optimizer, its foreach path in the last column, and the other measurements."""
    about = results["machine"]
    machine = f"Measured on {about['cpus']} CPUs with Python {about['python']} and torch {about['torch']}."
    sums = {
        plain(r["target"]): f"{sum(r[name] for name in HEAD[2:]):.2f} s"
        for r in results["suite"]
        if "foreach" in r["target"]
    }
    single = [r for r in results["suite"] if "foreach" not in r["target"]]
    rows = [(*_cells(r), sums.get(r["target"], "")) for r in (*single, total(results["suite"]))]
    return "\n\n".join([machine, grid((*HEAD, "foreach, in all"), rows), grid(("measured", "result"), facts(results))])


def plain(target: str) -> str:
    """The name of the same configuration in the default path."""
    return target.replace(", foreach=True)", ")").replace("(foreach=True)", "")


def grid(head: tuple, rows: list[tuple]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def total(suite: list[dict]) -> dict:
    """The sums over all targets, both paths."""
    sums = {name: round(sum(r[name] for r in suite), 1) for name in HEAD[2:]}
    return {"target": f"all {len(suite)}, both paths", "verdict": ""} | sums


def _cells(row: dict) -> tuple[str, ...]:
    seconds = (f"{row[name]:.2f} s" if row["verdict"] else f"{row[name]:.1f} s" for name in HEAD[2:])
    return (row["target"], row["verdict"], *seconds)


def facts(results: dict) -> list[tuple[str, str]]:
    """One line for each measurement that is not of one optimizer."""
    claims, points, forms, faults = (results[k] for k in ("claims", "points", "normal_form", "mutants"))
    proof, floats = faults["conformance"], faults["float32"]
    return [
        (
            "claims checked, one process",
            f"{claims['per_second']} per second ({claims['claims']} in {claims['seconds']} s)",
        ),
        ("Arb comparisons of two sides at a point, 256 bits", f"{points['per_second']} per second"),
        (
            "equations of the catalogue decided by the normal form alone",
            f"{forms['normal_form']} of {forms['identities']}",
        ),
        ("the same by SymPy's `simplify`", f"{forms['simplify']} of {forms['identities']}"),
        ("time of `simplify` over the normal form, where both decide", _ratio(forms)),
        (f"mutants of Adam killed by conformance, of {faults['mutants']}", f"{proof['killed']}{_rest(proof)}"),
        *(
            (f"killed by float32 runs of {floats['steps']} steps, gradients of scale {scale}", str(n))
            for scale, n in floats["killed"].items()
        ),
    ]


def _ratio(forms: dict) -> str:
    whole = forms["simplify_seconds"] / forms["normal_form_seconds"]
    return f"{whole:.0f} in sum, {forms['median_ratio']} in the median"


def _rest(proof: dict) -> str:
    more = ((proof["equal"], "proved equal"), (proof["open"], "open"))
    return "".join(f", {n} {what}" for n, what in more if n)


def show(results: dict) -> None:
    """Both tables on the terminal."""
    console = Console(highlight=False)
    console.width = max(console.width, 100)
    suite = Table(*HEAD, box=SIMPLE)
    for row in (*results["suite"], total(results["suite"])):
        suite.add_row(*_cells(row))
    others = Table("measured", "result", box=SIMPLE)
    for cells in facts(results):
        others.add_row(*cells)
    console.print(suite, others, markup=False)
