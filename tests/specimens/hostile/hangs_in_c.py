"""A step that sleeps in C, where no Python handler runs.

undecided: did not end within the limit
"""

import ctypes

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        ctypes.PyDLL(None).sleep(100_000)
