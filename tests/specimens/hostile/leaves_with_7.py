"""A step that ends its process with a code.

undecided: its process died: exit code 7
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os._exit(7)
