"""The standing record: what the suite `torch` is today, as files that a diff can read.

    python -m verify.record          (`make record`)

It writes reports/torch.json, the certificates without what depends on the machine, and
reports/matrix.md.  Both are the same wherever they are made, so that CI can say whether they
are stale.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from verify import accept, session
from verify.certificate import Certificate
from verify.environment import environment
from verify.errors import Problem, signed
from verify.pool import cores
from verify.printed import first_step
from verify.publish import document, text
from verify.worker import Request

SUITE = "torch"
FOLDER = Path("reports")
_OF_MACHINE = ("python", "platform")


def portable(about: dict[str, str]) -> dict[str, str]:
    """The environment without the machine: versions of what was certified and of what proved it, no build tags."""
    return {name: version.partition("+")[0] for name, version in about.items() if name not in _OF_MACHINE}


def matrix(certificates: Sequence[Certificate], outcomes: Sequence[accept.Outcome], about: dict[str, str]) -> str:
    """One row for each target, in Markdown."""
    lines = [
        f"# The suite `{SUITE}`",
        "",
        f"torch {about.get('torch', '?')}, adamp {about.get('adamp', '?')}; written by `make record`.",
        f"The certificates are in [{SUITE}.json]({SUITE}.json); `optproof certify TARGET` makes one again.",
        "",
        "| target | rule | verdict | exact | scope | shape | readings or deviations | first at t | reason |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(c, o) for c, o in zip(certificates, outcomes, strict=True)),
        "",
    ]
    return "\n".join(lines)


def _row(c: Certificate, outcome: accept.Outcome) -> str:
    shape = c.exact.shape if isinstance(c.exact.shape, str) else " x ".join(map(str, c.exact.shape)) or "0-d"
    what = c.readings or tuple(dict.fromkeys(d.kind for d in c.deviations))
    reason = outcome.message or "; ".join(c.notes if c.verdict == "undecided" else ())
    cells = (
        f"`{c.target}`",
        c.rule,
        c.verdict,
        c.exact.verdict.name,
        c.exact.scope,
        shape,
        ", ".join(what),
        first_step(c) or "",
        reason,
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def write(folder: Path, jobs: int) -> session.Result:
    """Certify the suite and write both files.  Problem, and nothing written, where a target is missing."""
    result = session.run([Request(SUITE)], jobs, table=accept.recorded())
    if result.problems:
        raise result.problems[0]
    about = portable(environment())
    contents = {
        f"{SUITE}.json": text(document(result.certificates, about)),
        "matrix.md": matrix(result.certificates, result.outcomes, about),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            _replace(folder / name, content)
    except OSError as error:
        raise Problem(
            f"{folder} cannot be written: {error.strerror}", "a folder that can be written to", str(folder)
        ) from error
    return result


def _replace(file: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
        out.write(content)
    os.chmod(temporary, 0o644)
    os.replace(temporary, file)


def main() -> int:
    """Write the record; exit 3 where it holds an undecided target, since that may depend on the machine."""
    try:
        result = write(FOLDER, cores())
    except Problem as problem:
        print(signed([problem]), file=sys.stderr)
        return problem.code
    undecided = [c.target for c in result.certificates if c.verdict == "undecided"]
    print(f"{FOLDER}: {len(result.certificates)} certificates, {len(undecided)} of them undecided")
    return 3 if undecided else 0


if __name__ == "__main__":
    sys.exit(main())
