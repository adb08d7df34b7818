"""The options that commands share or that would hide what a command does."""

from __future__ import annotations

from typing import Annotated

import typer

DEVICES, DTYPES = ("cpu", "cuda"), ("float64", "float32", "bfloat16", "float16")
_NAMES = "torch.optim.RAdam, pkg.mod:Class, file.py:Class or file.py:make"
_LATER = "Accepted now; numeric certificates come with a later release, and exact ones do not depend on it."

Target = Annotated[str, typer.Argument(metavar="TARGET", help=f"{_NAMES}.", show_default=False)]
Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...", help=f"{_NAMES}, or a suite: torch, torch-all, torch-all-flags.", show_default=False
    ),
]
Rule = Annotated[
    str | None, typer.Option(metavar="RULE", help="A name, or file.py[:name]. Default: the rule that the target has.")
]
Settings = Annotated[
    list[str], typer.Option("--set", metavar="NAME=VALUE", help="An argument of the constructor; repeatable.")
]
Device = Annotated[str, typer.Option(metavar="|".join(DEVICES), help=_LATER)]
Dtype = Annotated[str, typer.Option(metavar="|".join(DTYPES), help=_LATER)]
Readings = Annotated[
    list[str],
    typer.Option(metavar="READING", help="A reading that is fine, beside those of [tool.optproof.accept]; repeatable."),
]
Json = Annotated[str | None, typer.Option(metavar="FILE", help="Write the certificates; - is standard output.")]
Jobs = Annotated[int, typer.Option(min=0, metavar="N", help="Processes at a time; 0: one for each core.")]
Limit = Annotated[float, typer.Option(metavar="SECONDS", help="The time that one target may take.")]
Latex = Annotated[bool, typer.Option("--latex", help="Print LaTeX instead of Unicode.")]
Shape = Annotated[
    str | None,
    typer.Option(
        metavar="N[,N...]", help="The parameter's shape. Default: one element, or 2,2 where the rule mixes elements."
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]
