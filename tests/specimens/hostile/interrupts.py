"""A step that raises KeyboardInterrupt.

undecided: raised KeyboardInterrupt
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        raise KeyboardInterrupt
