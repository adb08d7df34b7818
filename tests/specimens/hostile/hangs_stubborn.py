"""A step that never ends and handles every signal that can be handled.

undecided: did not end within the limit
"""

import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, lambda *_: None)
        while True:
            time.sleep(1)
