"""A step that aborts.

undecided: its process died: SIGABRT
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os.abort()
