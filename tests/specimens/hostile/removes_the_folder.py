"""A step that deletes the working directory.

conforms
"""

import os
import shutil

from calm import Calm


class Hostile(Calm):
    def disturb(self):
        if self.disturbed == 1:
            shutil.rmtree(os.getcwd())
