"""A step that starts threads without end.

undecided: raised RuntimeError: can't start new thread
"""

import threading
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        while True:
            threading.Thread(target=time.sleep, args=(100_000,), daemon=True).start()
