"""The standing record: the same bytes wherever it is made, and a paper for every rule."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from verify import record, theories
from verify.environment import environment
from verify.errors import Problem

BIBLIOGRAPHY = (Path(__file__).parents[1] / "reports" / "bibliography.bib").read_text("utf-8")


def test_the_record_is_the_same_every_time_and_says_nothing_about_the_machine(tmp_path, prover, monkeypatch):
    prover["torch.optim.RAdam"] = "variant", "threshold-5"
    record.write(tmp_path / "one", 1)
    monkeypatch.setattr("platform.python_version", lambda: "3.99")
    monkeypatch.setattr("platform.machine", lambda: "abacus")
    record.write(tmp_path / "two", 2)
    names = sorted(f.name for f in (tmp_path / "one").iterdir())
    assert names == ["matrix.md", "torch.json"]
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
    assert set(json.loads((tmp_path / "one" / "torch.json").read_text())["environment"]) < set(environment())


def test_the_matrix_has_one_row_for_each_certificate(tmp_path, prover):
    prover["torch.optim.RAdam"] = "variant", "a|b"
    result = record.write(tmp_path, 1)
    rows = [line for line in (tmp_path / "matrix.md").read_text().splitlines() if line.startswith("| `")]
    assert len(rows) == len(result.certificates)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {10}


def test_build_tags_are_no_news():
    assert record.portable({"torch": "2.13.0+cpu", "python": "3.11", "platform": "Linux"}) == {"torch": "2.13.0"}


def test_nothing_is_written_where_a_target_is_missing(tmp_path, prover, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "adamp", None)
    with pytest.raises(Problem, match="adamp"):
        record.write(tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()


def test_an_undecided_target_is_exit_code_3(tmp_path, prover, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert record.main() == 0
    prover["torch.optim.RAdam"] = ("undecided",)
    assert record.main() == 3
    assert "1 of them undecided" in capsys.readouterr().out


@pytest.mark.parametrize("rule", theories.rules().values(), ids=lambda r: r.name)
def test_the_paper_of_every_rule_is_in_the_bibliography(rule):
    author, year = re.match(r"(\w+)", rule.source)[1], re.search(r"\d{4}", rule.source)[0]
    entries = re.split(r"\n(?=@)", BIBLIOGRAPHY)
    assert any(author in entry and re.search(rf"year\s*= \{{{year}\}}", entry) for entry in entries)


def test_the_bibliography_is_well_formed():
    keys = re.findall(r"^@\w+\{(\S+),$", BIBLIOGRAPHY, re.M)
    assert len(keys) == len(set(keys)) == BIBLIOGRAPHY.count("\n@")
    assert BIBLIOGRAPHY.count("{") == BIBLIOGRAPHY.count("}")
