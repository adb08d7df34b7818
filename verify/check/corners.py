"""The sign of a polynomial over letters u >= 0, read off its coefficients.

Where all coefficients have one sign, so has the polynomial; and it vanishes nowhere if at every
corner that the letters can reach, 0 or infinity, one of its monomials is left.
"""

from __future__ import annotations

from itertools import product


def sign_by_coefficients(polynomial, free, zeros, tops) -> str | None:
    """ "+", "0+", "-", "0-" or None (open).

    `free` letters take either sign, `zeros` may be 0, and `tops` may be infinite: there the monomials
    with less than the degree that it gives are lost.
    """
    signs, monomials = set(), []
    for exponents, c in polynomial.to_dict().items():
        if any(exponents[i] % 2 for i in free):
            return None
        signs.add(c > 0)
        monomials.append(exponents)
    if len(signs) > 1:
        return None
    return ("" if _never_vanishes(monomials, zeros, tops) else "0") + ("+" if signs.pop() else "-")


def _never_vanishes(monomials, zeros: set, tops: dict) -> bool:
    """At every corner that the letters can reach (0 or infinity) one of the monomials is left."""
    either = sorted(zeros & tops.keys())
    if len(either) > 8:
        return False
    for choice in product((False, True), repeat=len(either)):
        low = zeros - {i for i, infinite in zip(either, choice, strict=True) if infinite}
        high = tops.keys() - low
        if not any(all(m[i] == 0 for i in low) and all(m[i] == tops[i] for i in high) for m in monomials):
            return False
    return True
