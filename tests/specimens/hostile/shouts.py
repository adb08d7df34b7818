"""A step that raises a message of 10 MB.

undecided: raised ValueError: x
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        raise ValueError("x" * 10**7)
