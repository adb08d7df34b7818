"""Defects that torch once shipped, written again as small optimizers.

- issue #78807: the foreach path of Adam(amsgrad=True) took a maximum with the stored one, and did not store it.
- pull request #92699: the next product of NAdam's momenta was multiplied by mu_t twice in one of its paths.
"""

import torch
from torch.optim import Optimizer


class ForeachAMSGrad(Optimizer):
    """pytorch #78807: `max_exp_avg_sqs` is rebound to a new list, so the state keeps its zeros."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if not state:
                    names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
                    state.update(step=0, **{name: torch.zeros_like(p) for name in names})
                state["step"] += 1
                exp_avgs, exp_avg_sqs, max_exp_avg_sqs = (
                    [state["exp_avg"]],
                    [state["exp_avg_sq"]],
                    [state["max_exp_avg_sq"]],
                )
                torch._foreach_lerp_(exp_avgs, [p.grad], 1 - beta1)
                torch._foreach_mul_(exp_avg_sqs, beta2)
                torch._foreach_addcmul_(exp_avg_sqs, [p.grad], [p.grad], 1 - beta2)
                max_exp_avg_sqs = torch._foreach_maximum(max_exp_avg_sqs, exp_avg_sqs)
                denominators = torch._foreach_sqrt(max_exp_avg_sqs)
                torch._foreach_div_(denominators, (1 - beta2 ** state["step"]) ** 0.5)
                torch._foreach_add_(denominators, group["eps"])
                torch._foreach_addcdiv_([p], exp_avgs, denominators, -group["lr"] / (1 - beta1 ** state["step"]))


class TwiceMultipliedNAdam(Optimizer):
    """pytorch PR #92699: `mu_product_next` is mu_product * mu * mu_next, although mu_product holds mu already."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "momentum_decay": momentum_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            (beta1, beta2), lr, decay = group["betas"], group["lr"], group["momentum_decay"]
            for p in (p for p in group["params"] if p.grad is not None):
                state = self.state[p]
                if not state:
                    state.update(step=0, mu_product=1.0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
                state["step"] += 1
                t = state["step"]
                mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (k * decay)) for k in (t, t + 1))
                state["mu_product"] *= mu
                state["exp_avg"].lerp_(p.grad, 1 - beta1)
                state["exp_avg_sq"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
                denominator = (state["exp_avg_sq"] / (1 - beta2**t)).sqrt() + group["eps"]
                mu_product_next = state["mu_product"] * mu * mu_next
                p.addcdiv_(p.grad, denominator, value=-lr * (1 - mu) / (1 - state["mu_product"]))
                p.addcdiv_(state["exp_avg"], denominator, value=-lr * mu_next / (1 - mu_product_next))
