"""A step that stops its own process.

undecided: did not end within the limit
"""

import os
import signal

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os.kill(os.getpid(), signal.SIGSTOP)
