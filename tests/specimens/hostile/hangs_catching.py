"""A step that never ends and catches whatever is raised in it.

undecided: did not end within the limit
"""

import contextlib
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(1)
