"""A step that makes 3 GB of bytes.

undecided: MemoryError.*a target may take (2 GiB|512 MiB) of memory
"""

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        self.kept = bytearray(3 * 10**9)
