"""A step that calls sys.exit.

undecided: raised SystemExit
"""

import sys

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        sys.exit()
