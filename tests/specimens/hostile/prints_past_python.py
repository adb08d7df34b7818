"""A step that writes a gigabyte to the file descriptor.

undecided: more than 64 MiB of output
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        for _ in range(1000):
            os.write(2, b"x" * 1_000_000)
