"""A step that closes every file descriptor.

undecided: its process died: exit code
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os.closerange(0, 10_000)
