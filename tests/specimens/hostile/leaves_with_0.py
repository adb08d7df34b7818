"""A step that ends its process as if all were well.

undecided: its process died: exit code 0
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os._exit(0)
