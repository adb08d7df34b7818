"""A file whose import raises KeyboardInterrupt.

problem: KeyboardInterrupt
"""

from calm import Calm

raise KeyboardInterrupt


class Hostile(Calm):
    pass
