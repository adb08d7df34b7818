"""A step that prints more than anybody reads.

conforms: all but the first 64 KiB was dropped
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        print("x" * 1_000)
