"""`optproof certify`: is it what its paper says?"""

from __future__ import annotations

import sys

import typer

from verify.commands import options as option
from verify.errors import Problem, nearest, signed


def certify(
    targets: option.Targets,
    against: option.Rule = None,
    set_: option.Settings = [],  # noqa: B006 - typer reads it, nobody writes it
    device: option.Device = "cpu",
    dtype: option.Dtype = "float64",
    accept: option.Readings = [],  # noqa: B006 - as above
    json: option.Json = None,
    jobs: option.Jobs = 0,
    limit: option.Limit = 120.0,
    debug: option.Debug = False,
) -> None:
    """Prove or refute that an optimizer is the algorithm of its paper.

    Exit codes: 0 everything conforms or is an accepted variant; 1 a deviation, or a variant that is not accepted;
    2 wrong usage, or a target that cannot be imported or constructed; 3 something is undecided.
    """
    from verify.accept import recorded
    from verify.publish import Output

    requests, table = _requests(targets, against, set_, device, dtype, limit, debug), recorded()
    _check_readings(accept, against)
    output = Output(json) if json else None
    try:
        result = _run(requests, jobs, limit, table, accept)
        _publish(result, output)
    finally:
        if output:
            output.close()
    _print(result, sys.stderr if json == "-" else sys.stdout)
    _complain(result, accept)
    raise typer.Exit(result.exit_code)


def _requests(targets, against, settings, device, dtype, limit, debug) -> list:
    from verify.subjects.text import settings as parse
    from verify.worker import Request

    for name, value, known in (("--device", device, option.DEVICES), ("--dtype", dtype, option.DTYPES)):
        if value not in known:
            raise Problem(f"{value!r} is no {name[2:]}{nearest(value, known)}", expected=" or ".join(known), where=name)
    if not limit > 0:
        raise Problem(f"a limit of {limit:g} seconds", expected="a positive number of seconds", where="--limit")
    parsed = parse(settings)
    return [Request(text, parsed, against, device, debug) for text in targets]


def _check_readings(accept, against) -> None:
    """Problem where a reading is none of any rule."""
    from verify import theories

    rules = [*theories.rules().values(), *([theories.rule(against)] if against else [])] if accept else []
    known = sorted({reading.id for rule in rules for reading in rule.readings})
    for unknown in (r for r in accept if r not in known):
        raise Problem(
            f"no rule has a reading {unknown!r}{nearest(unknown, known)}",
            expected="the id of a reading, as certificates print it",
            where=f"--accept {unknown}",
        )


def _run(requests, jobs, limit, table, accept):
    from verify import session
    from verify.pool import cores

    return session.run(requests, jobs or cores(), limit, table, accept)


def _publish(result, output) -> None:
    """Nothing is written where nothing was certified."""
    from verify.publish import document

    if output and result.certificates:
        output.write(document(result.certificates))


def _print(result, stream) -> None:
    from verify import printed

    blocks = (
        printed.block(c, j.source, o) for c, j, o in zip(result.certificates, result.jobs, result.outcomes, strict=True)
    )
    for shown in blocks:
        print(shown, file=stream, end="\n\n" if len(result.certificates) > 1 else "\n")
    if len(result.certificates) > 1:
        _table(result, stream)


def _table(result, stream) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    from verify.printed import row

    table = Table("target", "rule", "verdict", "proof", "follows, or differs in", "", box=SIMPLE)
    for certificate, outcome in zip(result.certificates, result.outcomes, strict=True):
        *cells, what = row(certificate)
        table.add_row(*cells, what, {"passes": "ok", "fails": "FAILS", "open": "open"}[outcome.state])
    console = Console(file=stream, width=None if stream.isatty() else 160, highlight=False)
    console.print(table, markup=False)
    print(_summary(result), file=stream)


def _summary(result) -> str:
    from collections import Counter

    counts = Counter(c.verdict for c in result.certificates)
    return ", ".join(f"{counts[v]} {v}" for v in ("conforms", "variant", "deviates", "undecided") if counts[v])


def _complain(result, accept) -> None:
    """On standard error: targets that are none, and readings accepted for nothing."""
    followed = {r for c in result.certificates for r in c.readings}
    idle = [f"--accept {r}: no target follows it" for r in accept if r not in followed]
    failing = [
        f"{c.target}: {o.message}"
        for c, o in zip(result.certificates, result.outcomes, strict=True)
        if o.state == "fails" and o.message
    ]
    if messages := [*map(str, result.problems), *failing, *idle]:
        print(signed(list(dict.fromkeys(messages))), file=sys.stderr)
