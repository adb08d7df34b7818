"""optproof's kernel: numbers, rules, claims, and the ways to know that a claim is true.

Read in this order: numbers (what is computed with), exact (terms), domain (where
variables live), rule (what an optimizer is), claim (what is said), check (how we know),
lift and conform (shipped code against its paper), certificate (what is published).

The names below are handed on lazily, so that importing `verify` loads nothing heavy.
"""

from importlib import import_module

_HOMES = {
    "verify.numbers": "below beta_function column_sums dimensions dot dot_rows exp first_matrix gamma greatest integral largest "
    "log magnitude matmul maximum minimum norm number pi root_mean_square rounded row_sums rows sign size "
    "sqrt total transpose where whole",
    "verify.exact": "Exact equals",
    "verify.domain": "Above AtLeast Between Count From HalfOpen Integer Later Natural NonNegative NonZero Positive Real "
    "Sequence Smooth Unit Vector",
    "verify.rule": "Reading Rule",
    "verify.statement": "Claim Verdict asymptotic at_most claim claims decreasing diverges equal holds increasing "
    "infinite less limit unfolds",
    "verify.certification": "certify",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'verify' has no name {name!r}")
    return getattr(import_module(_HOME[name]), name)
