"""Faults, planted in a rule's own text: anatomy says what the parts of a step are, the others change one of them.

terms: dropped, doubled, turned, squared; constants: swapped, scaled, shifted in t; places: where eps, a
correction, a decay or a maximum enters; course: stale, reordered, reset, begun at another value, late.
"""
