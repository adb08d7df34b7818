"""A step that fills shared memory, which no limit of the system counts as its own.

undecided: more than (2 GiB|512 MiB) of memory
"""

import mmap
import time

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        kept = mmap.mmap(-1, 3 * 10**9)
        for _ in range(3000):
            kept.write(b"x" * 10**6)
        time.sleep(10)
