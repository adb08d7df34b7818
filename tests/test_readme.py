"""README.md is true: its files work as shown, its commands print what it prints, its tables are the recorded ones.

A block ```python NAME is a file.  A block ```console run is a transcript: its commands are run from top
to bottom in a folder that holds the files shown so far.  "..." stands for any lines; times and
counts of examples may differ.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RECORD = ROOT / "reports" / "torch.json"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word behind it, and its text."""

    language: str
    word: str
    text: str

    @property
    def file(self) -> str:
        return self.word if "." in self.word else ""

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command of a transcript with the lines that it prints."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found:
                found[-1][1].append(line)
        return found


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text."""
    return [Block(*m) for m in re.findall(r"^```(\w+)[ ]?(\S*)\n(.*?)^```$", text, re.M | re.S)]


# Transcripts --------------------------------------------------------------------------------------


class Shell:
    """A folder in which `optproof` and `pytest` are those of this checkout, whether installed or not."""

    def __init__(self, folder: Path):
        self.folder, self.code = folder, 0
        tools = folder / ".bin"
        tools.mkdir()
        for name, module in (("optproof", "verify.cli"), ("pytest", "pytest -p no:cacheprovider " + _plugin())):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            (tools / name).chmod(0o755)
        more = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COLUMNS"))} | more

    def __call__(self, command: str) -> list[str]:
        """What a command prints, on both streams."""
        if command == "echo $?":
            return [str(self.code)]
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.folder, env=self.environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
        )  # fmt: skip
        self.code = done.returncode
        return done.stdout.splitlines()


def _plugin() -> str:
    from importlib import metadata

    return (
        "" if any(p.value == "verify.plugin" for p in metadata.entry_points(group="pytest11")) else "-p verify.plugin"
    )


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Is it what was shown, but for times, counts of examples, empty lines, and what "..." stands for?"""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in map(steady, shown) if line)
    return bool(re.fullmatch(pattern, "".join(f"{line}\n" for line in map(steady, printed) if line)))


def steady(line: str) -> str:
    """A line without what may differ from run to run."""
    line = re.sub(r"\d+\.\d+ ?s\b", "# s", line.rstrip())
    return re.sub(r"\s+\[100%\]", " [100%]", re.sub(r"\d+ examples", "# examples", line))


@pytest.mark.slow
def test_the_transcripts_are_what_is_printed(tmp_path):
    shell, wrong = Shell(tmp_path), []
    for block in blocks(README):
        if block.file:
            (tmp_path / block.file).write_text(block.text, "utf-8")
        for command, shown in block.commands if block.word == "run" else ():
            printed = shell(command)
            if not agrees(shown, printed):
                wrong.append("\n".join([f"$ {command}", *printed, "", "but README.md shows", *shown]))
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["ok  0.3 s"], ["ok  1.7 s", ""], True),
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["a", "...", "d"], ["a", "d"], True),
        (["ok  0.3 s"], ["FAILS  0.3 s"], False),
        (["a"], ["a", "b"], False),
        (["a", "...", "d"], ["a", "b"], False),
        (["1"], ["0"], False),
    ],
)
def test_a_wrong_transcript_is_seen(shown, printed, same):
    assert agrees(shown, printed) is same


def test_blocks_are_found():
    text = "```python a.py\nx = 1\n```\n\n```console run\n$ one\n1\n2\n$ two\n```\n```text\nno\n```\n"
    file, transcript, other = blocks(text)
    assert (file.file, file.text, transcript.word, other.file) == ("a.py", "x = 1\n", "run", "")
    assert transcript.commands == [("one", ["1", "2"]), ("two", [])]


# Commands that are too long to run here -----------------------------------------------------------


def shown_commands(text: str) -> list[list[str]]:
    """The words of every optproof command in a transcript."""
    import shlex

    lines = (c for b in blocks(text) if b.language == "console" for c, _ in b.commands)
    return [shlex.split(line, comments=True) for line in lines if line.startswith("optproof ")]


def unknown_options(words: list[str], optproof) -> list[str]:
    """The options of a command that its help does not name."""
    path = words[1:3] if words[1] == "theory" else words[1:2]
    code, said, _ = optproof(*path, "--help")
    known = set(re.findall(r"--[a-z-]+", said)) if code == 0 else set()
    return [w for w in words if w.startswith("--") and w not in known]


def test_every_option_that_is_shown_exists(optproof):
    commands = shown_commands(README)
    assert len(commands) > 10
    assert not [(" ".join(c), bad) for c in commands if (bad := unknown_options(c, optproof))]
    assert unknown_options(["optproof", "certify", "x", "--againts", "adam"], optproof) == ["--againts"]


def test_every_make_target_that_is_shown_exists():
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    done = subprocess.run([bash, str(ROOT / ".ci" / "run"), "readme"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_every_function_for_rules_is_named():
    from verify import numbers

    made = {
        n for n, f in vars(numbers).items() if n in verify_names() and getattr(f, "__module__", "") == numbers.__name__
    }
    assert not [name for name in {*made, "equals"} if f"`{name}`" not in README]


def verify_names() -> list[str]:
    import verify

    return verify.__all__


def test_every_rule_is_named():
    from verify import theories

    assert not [name for name in theories.names() if f"`{name}`" not in README]


# Tables -------------------------------------------------------------------------------------------


def certified_rows(text: str) -> dict[str, tuple[str, str, list[str]]]:
    """Target: rule, verdict and readings, from the table of `make certify`, whose cells may go on below."""
    table = next(b for b in blocks(text) if b.word == "certify").text
    rows: dict[str, list[str]] = {}
    target = ""
    for line in table.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if cells[0].startswith(("torch.optim.", "adamp.")):
            target, rows[cells[0]] = cells[0], cells[1:]
        elif target and line.startswith(" " * 20):
            rows[target].append(line.strip())
    return {
        name: (c[0], c[1], re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+|guard", " ".join(c[3:]))) for name, c in rows.items()
    }


def test_the_table_of_make_certify_is_the_standing_record():
    record = {c["target"]: c for c in json.loads(RECORD.read_text("utf-8"))["certificates"]}
    shown = certified_rows(README)
    assert set(shown) == {name for name in record if "foreach" not in name}
    for name, (rule, verdict, readings) in shown.items():
        known = record[name]
        followed = [d["reading"] for d in known["deviations"] if d["reading"]]
        assert (rule, verdict, sorted(readings)) == (known["rule"], known["verdict"], sorted(followed)), name


def _results(name: str) -> dict:
    return json.loads((ROOT / "benchmarks" / f"{name}.json").read_text("utf-8"))


def test_the_benchmarks_are_those_of_the_last_run():
    from benchmarks import batch, table, torch_all
    from benchmarks.detection.table import by_style, head, loaded

    outcomes = loaded(_results("detection"))
    shown = [
        table.markdown(_results("results")),
        torch_all.markdown(_results("torch_all")),
        batch.markdown(_results("batch")),
    ]
    for text in (*shown, head(outcomes), by_style(outcomes)):
        assert text in README
