"""A step that never ends, with every signal blocked.

undecided: did not end within the limit
"""

import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(1)
