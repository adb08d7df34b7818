"""A step that raises a message of 100 MB.

undecided: raised ValueError: x
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        raise ValueError("x" * 10**8)
