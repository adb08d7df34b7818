"""The shell's front door.  Each command is imported when it is called, so that `--help` is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import typer
from typer.core import TyperGroup

# Name: module, its function or typer app, one line of help.
_COMMANDS = {
    "certify": (
        "verify.commands.certify",
        "certify",
        "Prove or refute that an optimizer is the algorithm of its paper.",
    ),
    "lift": ("verify.commands.lift", "lift", "Print the update that an optimizer's code really computes."),
    "theory": ("verify.commands.theory", "app", "List, show, check and evaluate the theorems."),
    "report": (
        "verify.commands.report",
        "report",
        "Write the proofs and tables as LaTeX, and as a PDF.",
    ),
    "compare": ("verify.commands.compare", "compare", "Certificates of two releases; exit 1 on a new disagreement."),
}


class _Lazy(TyperGroup):
    """Shows one line for each command without importing it, and imports the one that is called."""

    _listing = False

    def format_help(self, ctx, formatter):
        self._listing = True
        super().format_help(ctx, formatter)

    def get_command(self, ctx, cmd_name):
        if self._listing or cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        return load(cmd_name)


def load(name: str):
    """The command behind a name."""
    module, attribute, line = _COMMANDS[name]
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        single.command(name)(found)
        found = single
    command = typer.main.get_command(found)
    command.name, command.help = name, command.help or line
    return command


app = typer.Typer(
    cls=_Lazy,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Proves theorems about optimizers, and proves that a shipped optimizer is the algorithm of its paper.\n\n"
    "Exit codes: 0 everything conforms or is an accepted variant; 1 a deviation, or a variant that is not accepted; "
    "2 wrong usage, or a target that cannot be imported or constructed; 3 something is undecided.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from verify.environment import version

        typer.echo(f"optproof {version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
):
    pass


def _stub(name: str, line: str) -> None:
    """What the list of commands shows; `_Lazy` puts the real one in its place."""
    app.command(name, help=line)(lambda: None)


for _name, (_, _, _line) in _COMMANDS.items():
    _stub(_name, _line)


def main(argv: list[str] | None = None) -> int:
    """Run one command; a Problem becomes one message and its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(arguments)
    except Exception as error:
        if "--debug" in arguments:
            raise
        print(_message(error), file=sys.stderr)
        return getattr(error, "code", 2)


def _run(arguments: list[str]) -> int:
    try:
        return typer.main.get_command(app).main(args=arguments, prog_name="optproof") or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def _message(error: Exception) -> str:
    from verify.errors import Problem, reason, signed

    if isinstance(error, Problem):
        return signed([error])
    todo = "run it again with --debug, and report what it prints"
    return signed([Problem(f"this is a fault of optproof itself: {reason(error)}", todo=todo)])


if __name__ == "__main__":
    sys.exit(main())
