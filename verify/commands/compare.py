"""`optproof compare`: did a release of an optimizer move away from its paper?"""

from __future__ import annotations

from typing import Annotated

import typer


def compare(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="Certificates of the release before, as --json wrote them.", show_default=False
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Certificates of the release after.", show_default=False)],
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Certificates of two releases; exit 1 on a new disagreement.

    A new disagreement is a worse verdict, a weaker proof, a reading or deviation that was not there, or a target
    that vanished.
    """
    from verify.compare import compare as compare_certificates
    from verify.publish import read

    found = compare_certificates(read(old), read(new))
    for title, lines in (("worse", found.worse), ("better", found.better), ("other", found.other)):
        for line in lines:
            print(f"{title:<7} {line}")
    print(f"{len(found.worse)} worse, {len(found.better)} better, {len(found.other)} other")
    raise typer.Exit(1 if found.worse else 0)
