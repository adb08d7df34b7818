"""A step that raises what cannot be printed.

undecided: raised Unspeakable
"""

from calm import Calm


class Unspeakable(Exception):
    def __str__(self):
        raise self


class Hostile(Calm):
    def disturb(self):
        raise Unspeakable
