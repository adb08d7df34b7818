"""Two releases against each other: every way of getting worse is seen, and only these fail."""

from __future__ import annotations

import json

import pytest
from conftest import made
from hypothesis import given
from hypothesis import strategies as st

from verify.certificate import VERDICTS, Exactness
from verify.compare import compare
from verify.publish import document, read, text
from verify.statement import Verdict


def _key(*certificates) -> dict:
    return {(c.target, c.rule): c.to_json() for c in certificates}


def _exact(verdict: Verdict, scope: str = "all t", shape="any"):
    from dataclasses import replace

    return replace(made(), exact=Exactness(verdict, scope, shape))


CONTRACT = {"clause": 3, "verdict": "holds", "detail": ""}
NUMERIC = {"device": "cpu", "dtype": "float64", "path": "single", "verdict": "ENCLOSED"}
BETTER_FIRST = {  # name: from a better certificate to a worse one
    "verdict": (made(), made("torch.optim.SGD", "sgd", "variant", "a")),
    "reading": (made("t", "r", "variant", "a"), made("t", "r", "variant", "a", "b")),
    "deviation": (made("t", "r", "variant", "a"), made("t", "r", "deviates")),
    "undecided": (made(), made("torch.optim.SGD", "sgd", "undecided")),
    "verdict of the proof": (_exact(Verdict.PROVED), _exact(Verdict.SAMPLED)),
    "scope of the proof": (_exact(Verdict.PROVED), _exact(Verdict.PROVED, "first 9 steps")),
    "steps of the proof": (_exact(Verdict.SAMPLED, "first 9 steps"), _exact(Verdict.SAMPLED, "first 3 steps")),
    "shape of the proof": (_exact(Verdict.PROVED), _exact(Verdict.PROVED, shape=(2, 2))),
    "contract": (made(contract=(CONTRACT,)), made(contract=(CONTRACT | {"verdict": "broken"},))),
    "numeric": (made(numeric=(NUMERIC,)), made(numeric=(NUMERIC | {"verdict": "REFUTED"},))),
}


@pytest.mark.parametrize("kind", BETTER_FIRST)
def test_what_got_worse_is_worse_and_the_way_back_is_better(kind):
    better, worse = map(_key, BETTER_FIRST[kind])
    there, back = compare(better, worse), compare(worse, better)
    assert there.worse
    assert not there.better
    assert back.better
    assert not back.worse


@pytest.mark.parametrize("kind", BETTER_FIRST)
def test_nothing_differs_from_itself(kind):
    for certificate in map(_key, BETTER_FIRST[kind]):
        assert compare(certificate, certificate) == compare({}, {})


def test_a_target_that_vanished_is_worse_and_a_new_one_is_not():
    one = _key(made())
    assert "no certificate any more" in compare(one, {}).worse[0]
    assert compare({}, one).worse == ()
    assert "new, conforms" in compare({}, one).other[0]
    assert "it is held against other now" in compare(one, _key(made(rule="other"))).worse[0]


def test_not_knowing_any_more_that_it_deviates_is_no_improvement():
    found = compare(_key(made("t", "r", "deviates")), _key(made("t", "r", "undecided")))
    assert (found.worse, found.better, len(found.other)) == ((), (), 1)


@given(
    st.lists(
        st.tuples(st.sampled_from("tuv"), st.sampled_from(VERDICTS), st.sets(st.sampled_from("ab"))),
        unique_by=lambda c: c[0],
    )
)
def test_files_are_read_as_they_were_written(tmp_path_factory, drawn):
    certificates = [made(t, "r", v, *sorted(readings)) for t, v, readings in drawn]
    file = tmp_path_factory.mktemp("files") / "f.json"
    file.write_text(text(document(certificates)), "utf-8")
    assert read(str(file)) == _key(*certificates)


def _write(folder, name: str, *certificates) -> str:
    (folder / name).write_text(text(document(certificates)), "utf-8")
    return str(folder / name)


def test_exit_code_1_on_a_new_disagreement_alone(tmp_path, optproof):
    better, worse = (_write(tmp_path, f"{i}.json", c) for i, c in enumerate(BETTER_FIRST["reading"]))
    code, out, _ = optproof("compare", better, worse)
    assert (code, "reading b, first at t = 5" in out) == (1, True)
    code, out, _ = optproof("compare", worse, better)
    assert (code, "better  t  against  r: no longer reading b" in out) == (0, True)
    assert optproof("compare", better, better)[0] == 0


def _spoilt(change) -> str:
    data = document([made()])
    change(data)
    return json.dumps(data)


BAD = {
    "no JSON": ("{", "cannot be read"),
    "no UTF-8": ("\udcff", "cannot be read"),
    "no object": ("[]", "holds no object"),
    "no schema": ("{}", "has the schema None"),
    "another schema": (_spoilt(lambda d: d.update(schema="optproof/9")), "has the schema 'optproof/9'"),
    "no certificates": (_spoilt(lambda d: d.pop("certificates")), "has no list of certificates"),
    "a certificate without a target": (
        _spoilt(lambda d: d["certificates"][0].pop("target")),
        "has a certificate without 'target'",
    ),
    "a certificate that is none": (
        _spoilt(lambda d: d["certificates"].append(1)),
        "has a certificate without 'target'",
    ),
    "an unknown verdict": (_spoilt(lambda d: d["certificates"][0].update(verdict="fine")), "has the verdict 'fine'"),
    "one certificate twice": (
        _spoilt(lambda d: d["certificates"].append(d["certificates"][0])),
        "has two certificates",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_malformed_file_is_one_message_and_exit_code_2(tmp_path, optproof, kind):
    content, message = BAD[kind]
    good = _write(tmp_path, "good.json", made())
    bad = tmp_path / "bad.json"
    bad.write_bytes(content.encode("utf-8", "surrogateescape"))
    for files in ((good, str(bad)), (str(bad), good)):
        code, out, err = optproof("compare", *files)
        assert (code, out) == (2, "")
        assert message in err
        assert "Traceback" not in err


def test_a_file_that_is_not_there_is_exit_code_2(optproof):
    code, _, err = optproof("compare", "nowhere.json", "nowhere.json")
    assert code == 2
    assert "nowhere.json cannot be read: No such file or directory" in err
