"""A step that reads from address 0.

undecided: its process died: SIGSEGV
"""

import ctypes

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        ctypes.string_at(0)
