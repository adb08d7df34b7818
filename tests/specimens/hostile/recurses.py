"""A step that calls itself.

undecided: RecursionError|SIGSEGV
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        self.step()
