"""A step that starts processes which start processes.

undecided: started more than 32 processes
"""

import os

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        while True:
            os.fork()
