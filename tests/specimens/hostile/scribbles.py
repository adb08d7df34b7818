"""A step that writes into every file descriptor that it finds.

undecided: answer
"""

import contextlib
import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        for number in range(3, 100):
            with contextlib.suppress(OSError):
                os.write(number, b"what is this" * 10)
