"""Gradient descent as it should be, with a place for what the other files of this folder do to the process."""

import torch


class Calm(torch.optim.Optimizer):
    disturbed = 0

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    def disturb(self):
        """Once in each step."""

    @torch.no_grad()
    def step(self, closure=None):
        type(self).disturbed += 1
        self.disturb()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=group["lr"])
