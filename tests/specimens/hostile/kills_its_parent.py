"""A step that kills the process that watches it.

undecided: the process that watches it died: SIGKILL
"""

import os
import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(100_000)
