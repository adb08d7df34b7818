"""A handler at the exit of Python that never ends.

conforms
"""

import atexit
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed == 1:
            atexit.register(time.sleep, 100_000)
