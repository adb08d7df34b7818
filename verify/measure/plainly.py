"""How the code is run: eagerly, quietly, on one thread, and without a trace in the dice."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch


@contextmanager
def plainly() -> Iterator[None]:
    """Small tensors gain nothing from threads, and a compiled step says nothing that an eager one does not."""
    threads = torch.get_num_threads()
    dice = torch.get_rng_state(), random.getstate(), np.random.get_state()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        if "torch._dynamo" in sys.modules:  # else nothing is compiled
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.set_rng_state(dice[0]), random.setstate(dice[1]), np.random.set_state(dice[2])
