"""An optimizer whose __del__ raises.

undecided: raised ValueError: no farewell in Hostile.__del__
"""

from calm import Calm


class Hostile(Calm):
    def __del__(self):
        raise ValueError("no farewell")
