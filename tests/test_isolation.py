"""Hostile optimizers: whatever they do to their process, the reason is said in time, and nobody else notices.

Each file of specimens/hostile says in the last line of its docstring what is to come out.
"""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from verify import family, session, watch
from verify.cell import Limits
from verify.worker import Request

pytestmark = pytest.mark.skipif(not family.LINUX, reason="limits of memory and the family of a process are Linux's")

HOSTILE = Path(__file__).parent / "specimens" / "hostile"
FILES = sorted(f for f in HOSTILE.glob("*.py") if f.stem != "calm")
LIMITS = Limits(seconds=4, memory=1 << 29)
CALM = f"{HOSTILE / 'calm.py'}:Calm"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Every hostile optimizer, a quiet one before and after them, in one run; from a folder that one of them deletes."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("doomed"))
    try:
        texts = [f"{CALM}(lr=0.5)", *(f"{file}:Hostile" for file in FILES), f"{CALM}(lr=0.25)"]
        found = session.run(
            [Request(text, against="sgd") for text in texts], jobs=2, limit=LIMITS
        )  # one run: what one does must not reach another
    finally:
        os.chdir(before)
    said = {str(p).partition(".py:")[0].rpartition("/")[2]: str(p) for p in found.problems}
    names = [job.request.text.rpartition("/")[2].partition(".py:") for job in found.jobs]
    keys = [stem if stem != "calm" else rest for stem, _, rest in names]
    return dict(zip(keys, zip(found.certificates, found.seconds, strict=True), strict=True)), said


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_hostile_optimizer_ends_in_time_and_the_reason_is_said(results, file):
    certified, problems = results
    kind, _, why = ast.get_docstring(ast.parse(file.read_text())).splitlines()[-1].partition(": ")
    if kind == "problem":
        assert file.stem not in certified
        assert re.search(why, problems[file.stem])
        return
    assert file.stem in certified, problems.get(file.stem)
    certificate, seconds = certified[file.stem]
    assert certificate.verdict == kind
    assert re.search(why, "; ".join(certificate.notes))
    assert max(map(len, certificate.notes), default=0) < 5000
    assert seconds < LIMITS.seconds + 1


@pytest.mark.parametrize("setting", ["0.5", "0.25"])
def test_the_others_are_not_affected(results, setting):
    certificate, _ = results[0][f"Calm(lr={setting})"]
    assert (certificate.verdict, certificate.exact.verdict.name) == ("conforms", "PROVED")


def test_no_process_is_left(results):
    from verify.pool import _MARK

    assert family.marked(_MARK) - {os.getpid()} <= {*family.descendants(os.getpid())}
    deep = [p for child in family.descendants(os.getpid()) for p in family.descendants(child)]
    assert not [p for p in deep if family.alive(p)]  # the server and what tracks it stay, alone


# The command ---------------------------------------------------------------------------------------

LINGERS = """
import os, time
from pathlib import Path
from calm import Calm

class Hostile(Calm):
    def disturb(self):
        if not os.fork():
            os.setsid()
            time.sleep(100_000)
        Path(__file__).with_name("ready").touch()
        time.sleep(100_000)
"""


def _start(*arguments: str, mark: str, **more) -> subprocess.Popen:
    program = "import sys; from verify.cli import main; sys.exit(main())"
    paths = os.pathsep.join([str(HOSTILE), str(HOSTILE.parents[2])])
    environment = os.environ | {"PYTHONPATH": paths, "OPTPROOF_TEST": mark}
    heeds = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell starts background jobs deaf to it
    command = [sys.executable, "-c", program, "certify", *arguments]
    return subprocess.Popen(command, env=environment, text=True, preexec_fn=heeds, **more)


def _wait(condition, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return bool(found)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_command_that_is_interrupted_leaves_nothing_behind(tmp_path, number):
    (tmp_path / "lingers.py").write_text(LINGERS)
    mark = uuid.uuid4().hex
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    target = f"{tmp_path / 'lingers.py'}:Hostile"
    with _start(target, "--against", "sgd", "--json", str(tmp_path / "out.json"), mark=mark, **pipes) as command:
        assert _wait((tmp_path / "ready").exists, 60)
        assert len(family.marked(mark)) >= 4  # the guard sees them: command, server, watcher, child
        command.send_signal(number)
        out, err = command.communicate(timeout=10)
    assert (out, "Traceback" in err) == ("", False)
    assert command.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:  # nobody can tidy up after that, but the watchers notice it
        assert not list(tmp_path.glob("*.json*"))
    assert _wait(lambda: not family.marked(mark), 3)


def test_standard_output_is_the_json_alone_whatever_targets_print(tmp_path):
    names = ("prints_much", "prints_past_python", "dies_late", "threads")
    targets = [f"{HOSTILE / name}.py:Hostile" for name in names]
    with _start(
        *targets, "--against", "sgd", "--json", "-", mark="", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as command:
        out, err = command.communicate(timeout=60)
    verdicts = [c["verdict"] for c in json.loads(out)["certificates"]]
    assert verdicts == ["conforms", "undecided", "undecided", "conforms"]
    assert "x" * 1000 in err
    assert command.returncode == 3


# The pieces ----------------------------------------------------------------------------------------


def test_a_task_may_yield_and_what_it_yielded_before_its_end_is_known():
    def task(number):
        yield number
        os._exit(number)

    answer = watch.run(task, (5,), LIMITS)
    assert answer.values == (5,)
    assert answer.why == "its process died: exit code 5"


def test_what_a_task_raises_comes_back_as_text():
    def task():
        raise ZeroDivisionError("by nothing")

    answer = watch.run(task, (), LIMITS)
    assert str(answer.error) == "ZeroDivisionError: by nothing"


def test_what_cannot_be_pickled_is_said():
    assert "pickle" in str(watch.run(lambda: lambda: 0, (), LIMITS).error)


def test_what_was_there_before_is_not_ended():
    stranger = subprocess.Popen(["sleep", "100"], start_new_session=True)
    try:
        assert stranger.pid in family.descendants(os.getpid())
        assert watch.run(os.getpid, (), LIMITS).values != (os.getpid(),)
        assert family.end_marked("OPTPROOF_NO_SUCH_MARK=1") == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
