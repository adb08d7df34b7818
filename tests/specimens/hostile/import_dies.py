"""A file whose import ends the process.

undecided: died: exit code 3
"""

import os

from calm import Calm

os._exit(3)


class Hostile(Calm):
    pass
