"""The pytest front door: `pytest --optproof TARGET`, and the fixture `certify`.

Every configuration of a target becomes a test `optproof::<name>`, also where there is no
test file.  It is certified in a process of its own, so that a hang ends at its limit.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser) -> None:
    """`--optproof` and `--optproof-against`."""
    group = parser.getgroup("optproof", "optimizers against their papers")
    group.addoption(
        "--optproof",
        action="append",
        default=[],
        metavar="TARGET",
        help="certify a target, as torch.optim.Adam or file.py:Class; repeatable",
    )
    group.addoption(
        "--optproof-against", default=None, metavar="RULE", help="the rule for --optproof: a name, or file.py[:name]"
    )
    group.addoption(
        "--optproof-limit",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="the time that one target may take (default: 120)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session, config, items) -> None:
    """Add the targets' tests; -k and -m then select among them as among any others."""
    if texts := config.getoption("optproof"):
        items += _items(session, config, texts)


def _items(session, config, texts: list[str]) -> list[pytest.Item]:
    from verify import accept
    from verify import session as certifying
    from verify.errors import Problem
    from verify.pool import Pool
    from verify.worker import Request

    pool = Pool(1, config.getoption("optproof_limit"))
    config.add_cleanup(pool.close)
    try:
        plans = certifying.plan(pool, [Request(text, against=config.getoption("optproof_against")) for text in texts])
        table = accept.recorded(config.rootpath)
    except Problem as problem:
        raise pytest.UsageError(str(problem)) from None
    if problems := [str(p) for plan in plans for p in plan.problems]:
        raise pytest.UsageError("\n".join(problems))
    jobs = [job for plan in plans for job in plan.jobs]
    door = _Door.from_parent(session, name="optproof", nodeid="optproof", jobs=jobs, pool=pool, table=table)
    report = door.ihook.pytest_make_collect_report(collector=door)
    door.ihook.pytest_collectreport(report=report)  # so that they are counted as collected
    return report.result


class _Door(pytest.Collector):
    """The parent of our tests, in place of a file."""

    def __init__(self, *, jobs, pool, table, **rest):
        super().__init__(**rest)
        self.jobs, self.shared = jobs, {"pool": pool, "table": table}

    def collect(self):
        return [_Certification.from_parent(self, name=job.name, job=job, **self.shared) for job in self.jobs]


class _Failed(Exception):
    """A certificate that does not pass; the message is its printed block."""


class _Certification(pytest.Item):
    """One target against its rule."""

    def __init__(self, *, job, pool, table, **rest):
        super().__init__(**rest)
        self.job, self.pool, self.table = job, pool, table

    def runtest(self) -> None:
        from verify import accept, printed, worker

        certificate = self.pool.map(worker.certify, [self.job], worker.undecided)[0]
        outcome = accept.judge(certificate, self.table)
        if outcome.state != accept.PASSES:
            raise _Failed(printed.block(certificate, self.job.source, outcome))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if isinstance(excinfo.value, _Failed) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return "optproof", None, f"{self.name} against {self.job.rule}"


@pytest.fixture
def certify():
    """`certify(MyAdam, against="adam")` fails the test where that does not conform; it returns the certificates."""
    from verify.certification import check

    return check
