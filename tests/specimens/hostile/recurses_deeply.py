"""A step that calls itself until the stack is full.

undecided: its process died: SIGSEGV|RecursionError
"""

import sys

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        sys.setrecursionlimit(10**9)
        sorted([0], key=lambda _: self.step())
