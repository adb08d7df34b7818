"""What every test shares: Hypothesis draws the same examples on every run of CI, and the doors have handles."""

from __future__ import annotations

import os
import sys

import pytest
from doors_cases import MINE
from hypothesis import HealthCheck, settings

from verify import cell
from verify.cell import Answer
from verify.certificate import Certificate, Deviation, Exactness
from verify.statement import Verdict

pytest_plugins = ["pytester"]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "here")


class InlinePool:
    """verify.pool.Pool without processes, for tests of what happens around them."""

    def __init__(self, jobs: int, limit: float):
        self.jobs, self.limit = jobs, limit

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def close(self):
        pass

    def map(self, function, items, failed, progress=lambda: None, more=()):
        return [function(item, *more) for item in items]

    def run(self, function, items, progress=lambda: None, more=()):
        return [Answer(tuple(cell.values(function, (item, *more)))) for item in items]


def made(
    target: str = "torch.optim.SGD", rule: str = "sgd", verdict: str = "conforms", *readings: str, **more
) -> Certificate:
    """A certificate as the prover could have made it."""
    kinds = [(r, "other") for r in readings] or ([(None, "direction")] if verdict == "deviates" else [])
    deviations = tuple(
        Deviation(
            kind,
            f"says {r or kind}",
            "theory",
            "code",
            5,
            "0.1",
            {
                "hyperparameters": {"lr": "0.1"},
                "x": ["1"],
                "gradients": [["2"]] * 5,
                "step": 5,
                "theory": "1",
                "code": "3",
            },
            r,
        )
        for r, kind in kinds
    )
    strength = {"deviates": Verdict.REFUTED, "undecided": Verdict.UNKNOWN}.get(verdict, Verdict.PROVED)
    return Certificate(target, rule, verdict, Exactness(strength, memory={"exp_avg": "m"}), deviations, **more)


@pytest.fixture
def optproof(capsys):
    """`code, out, err = optproof("certify", ...)`: one command, in this process."""
    from verify.cli import main

    def run(*argv: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(argv))
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory with mine.py in it; what is imported from it is forgotten afterwards."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [n for n, m in sys.modules.items() if str(getattr(m, "__file__", None)).startswith(str(tmp_path))]:
        del sys.modules[name]


@pytest.fixture
def prover(monkeypatch):
    """A prover that is no prover: `prover["torch.optim.SGD"] = "variant", "eps-hat"`, and everything else conforms.

    `prover.asked` lists the targets and rules that came; an exception as an answer is raised.
    """

    class Answers(dict):
        asked = []

        def __call__(self, target, rule):
            self.asked.append((target.name, rule.name))
            answer = self.get(target.name, ("conforms",))
            if isinstance(answer, BaseException):
                raise answer
            return made(target.name, rule.name, *answer)

    answers = Answers()
    monkeypatch.setattr("verify.conform.certify_target", answers)
    monkeypatch.setattr("verify.session.Pool", InlinePool)
    monkeypatch.setattr("verify.pool.Pool", InlinePool)
    return answers
