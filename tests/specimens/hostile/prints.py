"""A step that prints without end.

undecided: more than 64 MiB of output
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        while True:
            print("x" * 1000)
