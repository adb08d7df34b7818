"""A step that leaves an alarm nobody handles.

undecided: its process died: SIGALRM
"""

import signal
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(10)
