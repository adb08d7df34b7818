"""A step that closes standard output and standard error.

conforms
"""

import os
import sys

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed == 1:
            sys.stdout.close()
            os.close(1)
            os.close(2)
