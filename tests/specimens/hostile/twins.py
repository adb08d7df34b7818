"""A step that forks, so that two processes think that they are the one.

conforms
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed == 1:
            os.fork()
