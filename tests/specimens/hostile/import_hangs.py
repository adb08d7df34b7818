"""A file whose import never ends.

undecided: did not end within the limit
"""

import time

from calm import Calm

time.sleep(100_000)


class Hostile(Calm):
    pass
