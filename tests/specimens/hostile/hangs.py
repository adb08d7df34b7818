"""A step that never ends.

undecided: did not end within the limit
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        while True:
            pass
