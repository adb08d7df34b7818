"""The house is as ARCHITECTURE.md draws it: every module is in its tables, imports run in their order, nothing is long.

Each guard is tried on a specimen that it must catch.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import verify

ROOT = Path(__file__).parents[1]
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 300, 40, 8


def sources(root: Path = ROOT) -> dict[str, str]:
    """The text of every module of theory/ and verify/, by its dotted name."""
    files = sorted(f for package in ("theory", "verify") for f in (root / package).rglob("*.py"))
    return {".".join(f.relative_to(root).with_suffix("").parts): f.read_text("utf-8") for f in files}


SOURCES = sources()


def places(text: str) -> dict[str, int]:
    """Each module of ARCHITECTURE.md's tables with the number of its group; 0 for a theory."""
    found, group = {}, 0
    for line in text.splitlines():
        if heading := re.match(r"### (?:(\d+)\. )?", line):
            group = int(heading[1] or 0)
        elif row := re.match(r"\| `((?:theory|verify)/[\w/]+)` \|", line):
            found[row[1].replace("/", ".")] = group
    return found


PLACES = places((ROOT / "ARCHITECTURE.md").read_text("utf-8"))


# Imports ------------------------------------------------------------------------------------------


def imports(text: str, modules: set[str], inside: bool = True) -> Iterator[tuple[str, str]]:
    """(module, name) of each import of ours; name is "" for a module.  inside: also those within functions."""
    for node in _statements(ast.parse(text), inside):
        if isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole, "") if _known(whole, modules) else (node.module or "", alias.name)


def _known(name: str, modules: set[str]) -> bool:
    return name in modules or f"{name}.__init__" in modules


def _statements(tree: ast.AST, inside: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        yield node
        if inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _statements(node, inside)


def ours(name: str, found: dict[str, str], inside: bool = True) -> set[str]:
    """The modules of this house that a module imports."""
    named = {module for module, _ in imports(found[name], set(found), inside)}
    return {n if n in found else f"{n}.__init__" for n in named if _known(n, set(found))}


def against_the_order(found: dict[str, str], order: dict[str, int]) -> list[tuple[str, str]]:
    """Imports of a later group, within verify."""
    pairs = ((a, b) for a in found if a.startswith("verify.") and a != "verify.__init__" for b in ours(a, found))
    return sorted((a, b) for a, b in pairs if order[a] < order[b])


def circle(found: dict[str, str]) -> list[str]:
    """Modules that import each other in a circle when they are loaded; empty where there are none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        rounds = (walk(other, [*path, name]) for other in sorted(ours(name, found, inside=False)))
        seen = next((r for r in rounds if r), [])
        done.add(name)
        return seen

    return next((r for name in found if (r := walk(name, []))), [])


def strange_imports(found: dict[str, str]) -> list[str]:
    """What a theory file imports beside the names of verify/__init__ and other theories."""
    theories = {n: t for n, t in found.items() if n.startswith("theory.") and n != "theory.__init__"}
    pairs = ((n, module, name) for n, text in theories.items() for module, name in imports(text, set(found)))
    fine = lambda module, name: module.startswith("theory.") or (module == "verify" and name in verify.__all__)
    return [f"{n}: {module} {name}".strip() for n, module, name in pairs if not fine(module, name)]


def of_theory(found: dict[str, str]) -> list[str]:
    """Modules of verify that import a theory."""
    kernel = ((n, text) for n, text in found.items() if n.startswith("verify."))
    return [n for n, text in kernel if any(m.split(".")[0] == "theory" for m, _ in imports(text, set(found)))]


def test_every_module_is_in_the_tables():
    assert set(SOURCES) == set(PLACES)


def test_imports_run_in_the_order_of_the_tables():
    assert against_the_order(SOURCES, PLACES) == []


def test_nothing_imports_in_a_circle():
    assert circle(SOURCES) == []


def test_the_kernel_knows_no_theory():
    assert of_theory(SOURCES) == []


def test_a_theory_imports_names_of_the_kernel_and_theories_alone():
    assert strange_imports(SOURCES) == []


LOW, HIGH = "verify.low", "verify.high"


@pytest.mark.parametrize(
    "low",
    [
        "from verify.high import x",
        "from verify import high",
        "import verify.high",
        "def f():\n    from verify.high import x",
    ],
)
def test_an_import_against_the_order_is_caught(low):
    assert against_the_order({LOW: low, HIGH: ""}, {LOW: 1, HIGH: 2}) == [(LOW, HIGH)]
    assert against_the_order({LOW: low, HIGH: ""}, {LOW: 2, HIGH: 1}) == []


def test_a_circle_is_caught():
    back = "from verify.low import y"
    assert circle({LOW: "from verify.high import x", HIGH: back}) == [LOW, HIGH]
    assert circle({LOW: "def f():\n    from verify.high import x", HIGH: back}) == []


@pytest.mark.parametrize("kernel", ["import theory", "from theory.adam import adam", "def f():\n    import theory.ema"])
def test_a_kernel_that_knows_a_theory_is_caught(kernel):
    assert of_theory({LOW: kernel, "theory.adam": "", "theory.ema": ""}) == [LOW]


@pytest.mark.parametrize(
    "line", ["import sympy", "from verify.exact import exact", "from verify import nothing", "from verify import exact"]
)
def test_a_theory_that_reaches_into_the_kernel_is_caught(line):
    assert len(strange_imports({"theory.a": line, "verify.exact": ""})) == 1
    assert strange_imports({"theory.a": "from verify import claim\nfrom theory.b import x", "theory.b": ""}) == []


def test_a_module_in_no_table_is_caught():
    text = (
        "### 1. One\n| `verify/low` | low |\n### 2. Two\n| `verify/high` | high |\n### Theories\n| `theory/a` | a |\n"
    )
    assert places(text) == {LOW: 1, HIGH: 2, "theory.a": 0}


# Lengths ------------------------------------------------------------------------------------------


def functions(text: str) -> list[tuple[str, int]]:
    """Every function with its number of lines."""
    found = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [(n.name, (n.end_lineno or n.lineno) - n.lineno + 1) for n in found]


def long_files(found: dict[str, str]) -> list[str]:
    return [n for n, text in found.items() if len(text.splitlines()) > LONGEST_FILE]


def long_functions(found: dict[str, str]) -> list[str]:
    return [f"{n}: {f}" for n, text in found.items() for f, lines in functions(text) if lines > LONGEST_FUNCTION]


def test_no_file_is_long():
    assert long_files(SOURCES) == []


def test_no_function_is_long():
    assert long_functions(SOURCES) == []


@pytest.mark.parametrize("package", ["theory", "verify"])
def test_half_of_the_functions_are_short(package):
    lengths = [n for name, text in SOURCES.items() if name.startswith(package) for _, n in functions(text)]
    assert median(lengths) <= MEDIAN_FUNCTION


def test_what_is_long_is_caught():
    body = "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION
    assert long_functions({LOW: body}) == ["verify.low: f"]
    assert long_functions({LOW: body.replace("    x = 1\n", "", 1)}) == []
    assert long_files({LOW: "x = 1\n" * (LONGEST_FILE + 1), HIGH: "x = 1\n" * LONGEST_FILE}) == [LOW]


def without_purpose(found: dict[str, str]) -> list[str]:
    """Modules that do not open with what they are for."""
    return [n for n, text in found.items() if not ast.get_docstring(ast.parse(text))]


def test_every_file_opens_with_what_it_is_for():
    assert without_purpose(SOURCES) == []
    assert without_purpose({LOW: '"""What it is for."""\n', HIGH: "x = 1\n"}) == [HIGH]
