"""An optimizer whose __del__ never ends.

undecided: did not end within the limit
"""

from calm import Calm


class Hostile(Calm):
    def __del__(self):
        while True:
            pass
