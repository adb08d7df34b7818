"""A step that takes the means of leaving away.

conforms
"""

import os
import sys

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        os._exit = lambda code: None
        sys.exit = lambda code=0: None
