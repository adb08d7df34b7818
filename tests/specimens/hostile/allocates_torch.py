"""A step that makes a tensor of 3 GB and never touches it.

undecided: allocate memory.*a target may take (2 GiB|512 MiB) of memory
"""

import torch
from calm import Calm


class Hostile(Calm):
    def disturb(self):
        self.kept = torch.zeros(3 * 10**9, dtype=torch.uint8)
