"""A step that stops the process that watches it.

undecided: did not end within the limit
"""

import os
import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(100_000)
