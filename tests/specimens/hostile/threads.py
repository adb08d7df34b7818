"""A step that leaves a thread behind that no interpreter waits for in vain.

conforms
"""

import threading
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed == 1:
            threading.Thread(target=time.sleep, args=(100_000,)).start()
