"""Every claim of every theory, held to one standard."""

from __future__ import annotations

import re

import pytest

from verify import theories
from verify.check.outcome import check, settle
from verify.statement import Claim, claims
from verify.statement_text import STYLES, quantifiers, statement

theories.load()
ALL = [pytest.param(c, id=id) for id, c in claims.items()]
TRUE = [pytest.param(c, id=id) for id, c in claims.items() if not c.false]
NUMBERED = [pytest.param(c, id=id) for id, c in claims.items() if not c.false and c.catalogue]

# How far each chapter of the catalogue of claims goes.
LAST = {"A": 42, "R": 24, "P": 14, "Q": 19, "C": 7, "M": 23, "F": 8}
# What the first release has to prove: the three source papers, and the two of the quadratic that their rules need.
REQUIRED = """
    A01 A02 A03 A04 A05 A06 A07 A08 A10 A11 A13 A14 A15 A16 A19 A20 A21 A24 A26 A29 A30
    R01 R02 R03 R04 R06 R08 R11 R12 R14 R15
    P01 P02 P03 P04 P05 P06 P07 P10 P11
    Q06 Q07
"""


@pytest.mark.parametrize("claim", ALL)
def test_stands_where_its_file_says(claim: Claim):
    """The verdict that is stated, with a counterexample where it is REFUTED; values that agree; nothing it uses is weaker."""
    (found,) = settle([check(claim).summary()])
    assert found.as_expected, f"{found.verdict.name}, not {found.expected.name}: {found.detail}"
    assert found.agreement is None or found.agreement["ok"]


@pytest.mark.parametrize("claim", ALL)
def test_says_one_sentence(claim: Claim):
    said = claim.statement
    assert "\n" not in said, "one line"
    assert said.endswith("."), "a sentence ends with a full stop"
    assert ". " not in said, "one sentence"
    first = said.split()[0]
    assert first[0].isupper() or not first.isalpha() or len(first) == 1, "a capital, or a formula"
    assert len(said) <= 160


@pytest.mark.parametrize("claim", ALL)
def test_is_found_and_cited(claim: Claim):
    assert re.fullmatch(r"[a-z0-9-]+/[a-z0-9]+(-[a-z0-9]+)*", claim.id)
    assert claim.cites
    assert all(used in claims and not claims[used].false for used in claim.uses)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("claim", ALL)
def test_can_be_printed(claim: Claim, style: str):
    lines = [quantifiers(claim, style), *statement(claim, style)]
    assert len(lines) > 1
    assert all(claim.domains) or not claim.domains
    assert not any(sign in line for line in lines for sign in ("#", "None", "<function", "Exact("))


@pytest.mark.parametrize("claim", [p for p in ALL if p.values[0].catalogue])
def test_number_is_in_the_catalogue(claim: Claim):
    chapter, number = re.fullmatch(r"([A-Z])(\d\d)[a-z]?", claim.catalogue).groups()
    assert 1 <= int(number) <= LAST[chapter]


@pytest.mark.parametrize("claim", NUMBERED)
def test_has_a_near_miss(claim: Claim):
    """Beside every true claim of the catalogue stands a false one, which must be refuted."""
    assert any(other.false for other in claims.values() if other.catalogue == claim.catalogue)


@pytest.mark.parametrize("number", REQUIRED.split())
def test_catalogue_is_covered(number: str):
    assert any(c.catalogue == number and not c.false for c in claims.values())


def test_numbers_are_taken_once():
    """An id names one claim; a claim proved weaker than its file hopes says why."""
    assert all(claims[id].id == id for id in claims)
    assert all(c.because for c in claims.values() if c.stands < c.stands.PROVED)
