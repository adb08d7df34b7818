"""Numbers without data, such as 1 - beta1^t or sqrt(1 - beta2) / 2, recognised from their values.

What ties a slot of the code to a memory of the rule is a factor that depends on
hyperparameters and the step count alone.  Its values at many points are fitted as a product
of half-integer powers of what such factors are made of, times a rational; 40 digits decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath

from verify import numbers
from verify.exact import Exact, exact, is_number

EXACT = mpmath.mpf(10) ** -20  # of 40 digits; what agrees so far is no accident
LARGEST = 10**7  # numerator and denominator of the rational part
Factor = Callable[[Exact, dict], Exact]  # of the step count and the terms of hyperparameters and memories by name


@dataclass(frozen=True)
class Base:
    """A part of a product: its value at a sample and its term, both for the step count t."""

    value: Callable  # (numbers by name, k) -> mpf
    term: Callable  # (terms by name, t) -> Exact


def bases(betas: list[str], rates: list[str], products: list[str], fixed: list[str]) -> list[list[Base]]:
    """What factors are made of, in lists that are tried one after the other.

    betas: names of decay rates.  rates: of positive hyperparameters.  products: of memories without
    data, such as NAdam's product of momenta.  fixed: decay rates that are known numbers.
    """
    ordinary = [b for name in betas for b in _of_beta(name)] + [_itself(n) for n in rates]
    ordinary += [b for name in fixed for b in (_corrected(name), _power(name))]
    ordinary += [b for name in products for b in (_itself(name), _rest(name))]
    count = Base(lambda n, k: mpmath.mpf(k), lambda s, t: t)
    later = [_corrected(name, 1) for name in betas]
    return [ordinary, [*ordinary, count], [*ordinary, *later]]


def _itself(name: str) -> Base:
    return Base(lambda n, k: n[name], lambda s, t: s[name])


def _rest(name: str) -> Base:
    return Base(lambda n, k: 1 - n[name], lambda s, t: 1 - s[name])


def _corrected(name: str, ahead: int = 0) -> Base:
    return Base(lambda n, k: 1 - n[name] ** (k + ahead), lambda s, t: 1 - s[name] ** (t + ahead))


def _of_beta(name: str) -> list[Base]:
    return [_rest(name), _corrected(name), _itself(name), _power(name)]


def _power(name: str) -> Base:
    return Base(lambda n, k: n[name] ** k, lambda s, t: s[name] ** t)


@dataclass(frozen=True)
class Sample:
    """One step of one draw: the numbers of the hyperparameters and memories without data, and the step count."""

    numbers: dict
    k: int


def product(values: list, samples: list[Sample], choices: list[list[Base]]) -> Factor | None:
    """The factor with these values, as a product; None where none fits."""
    if not values or any(not mpmath.isfinite(v) or v == 0 for v in values) or len({mpmath.sign(v) for v in values}) > 1:
        return None
    if all(abs(v - values[0]) <= EXACT * abs(values[0]) for v in values) and (q := rational(values[0])) is not None:
        return lambda t, terms: exact(q)
    for chosen in choices:
        exponents = _exponents(values, samples, chosen)
        if exponents is not None:
            (front, powers), sign = exponents, int(mpmath.sign(values[0]))
            return lambda t, terms, chosen=chosen: _written(sign * front, powers, [b.term(terms, t) for b in chosen])  # type: ignore[misc]
    return None


def shifted(values: list, samples: list[Sample], choices: list[list[Base]]) -> Factor | None:
    """A product, 1 minus a product, or the logarithm of one of these."""
    if found := product(values, samples, choices):
        return found
    if found := product([1 - v for v in values], samples, choices):
        return lambda t, terms, f=found: 1 - f(t, terms)  # type: ignore[misc]
    powers = [mpmath.exp(v) for v in values if abs(v) < 1000]
    if len(powers) == len(values) and (found := product(powers, samples, choices)):
        return lambda t, terms, f=found: numbers.log(f(t, terms))  # type: ignore[misc]
    return None


def rational(value) -> Fraction | None:
    """The fraction of small numbers that a number is."""
    if not mpmath.isfinite(value) or abs(value) > LARGEST:
        return None
    found = Fraction(str(mpmath.nstr(value, 38))).limit_denominator(LARGEST)
    near = abs(mpmath.mpf(found.numerator) / found.denominator - value) <= EXACT * (1 + abs(value))
    return found if near and found else None


def _exponents(values, samples: list[Sample], chosen: list[Base]) -> tuple[Fraction, list[Fraction]] | None:
    """The rational in front and the exponents, by logarithms; None where they are no half-integers."""
    rows, right = [], []
    for value, sample in zip(values, samples, strict=True):
        logs = [mpmath.log(b) if (b := base.value(sample.numbers, sample.k)) > 0 else mpmath.inf for base in chosen]
        if all(map(mpmath.isfinite, logs)):  # a beta of 0 has no logarithm
            rows.append([*logs, mpmath.mpf(1)])
            right.append(mpmath.log(abs(value)))
    if len(rows) < len(chosen) + 1:
        return None
    a, y = mpmath.matrix(rows), mpmath.matrix(right)
    found = solution(a.T * a, a.T * y)
    if found is None or any(abs(e) > 64 for e in found):
        return None
    front = rational(mpmath.exp(found[len(chosen)]))
    powers = [Fraction(int(mpmath.nint(2 * e)), 2) for e in found[: len(chosen)]]
    if front is None:
        return None
    logs = [mpmath.mpf(e.numerator) / e.denominator for e in powers]
    rest = a * mpmath.matrix([*logs, mpmath.log(mpmath.mpf(front.numerator) / front.denominator)]) - y
    return (front, powers) if max(abs(r) for r in rest) < EXACT else None


def solution(matrix, right) -> list | None:
    """The solution of a square system; None where it is singular (which mpmath also reports as a TypeError)."""
    try:
        return list(mpmath.lu_solve(matrix, right))
    except (ZeroDivisionError, TypeError):
        return None


def _written(front: Fraction, powers: list[Fraction], terms: list[Exact]) -> Exact:
    """The product as a quotient; what is below has the positive exponents of the inverse."""
    above, below = exact(abs(front.numerator)), exact(front.denominator)
    for base, e in zip(terms, powers, strict=True):
        power = _raised(base, abs(e))
        above, below = (above * power, below) if e > 0 else (above, below * power)
    whole = above if is_number(below, 1) else above / below
    return whole if front > 0 else -whole


def _raised(base: Exact, e: Fraction) -> Exact:
    root = numbers.sqrt(base) if e.denominator == 2 else None
    whole = base ** int(e) if int(e) else None
    parts = [p for p in (whole, root) if p is not None]
    return parts[0] * parts[1] if len(parts) == 2 else parts[0] if parts else exact(1)
