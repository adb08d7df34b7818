"""A step that kills the process that watches it, and leaves a process in a session of its own.

undecided: the process that watches it died: SIGKILL
"""

import os
import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if not os.fork():
            os.setsid()
            time.sleep(100_000)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(100_000)
