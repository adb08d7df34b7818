"""A step that leaves a process behind, in a session of its own and without a parent.

conforms: left 1 process behind
"""

import os
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed > 1:
            return
        if os.fork():
            os.wait()
            return
        os.setsid()
        if not os.fork():
            time.sleep(100_000)
        os._exit(0)
