"""Is shipped code the algorithm of its paper?  One target against one rule, one certificate.

setting: what is quantified; bench: the code under the lifter; memory_map: what its memory
holds; paths: its branches; induct: the proof; trajectory: 50-digit and float64 runs.
"""

from __future__ import annotations


def certify_target(target, rule):
    """The certificate of a target against a rule (see verify/conform/decision.py)."""
    from verify.conform.decision import certify_target as decide

    return decide(target, rule)


__all__ = ["certify_target"]
