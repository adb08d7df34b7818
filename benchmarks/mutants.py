"""Who notices a planted fault: the proof of conformance, or a comparison of float32 trajectories?

Every single-edit mutant of Adam (verify/mutate.py) becomes an optimizer for torch.  A mutant is
killed by conformance where 50-digit trajectories of its code and of the rule are apart, and by
float32 where its parameters and the correct ones, after each of 100 steps with normal gradients of
one scale, fail torch.testing.assert_close at its own tolerances.
"""

from __future__ import annotations

import torch

from verify import theories
from verify.conform import induct, memory_map
from verify.conform.bench import Bench
from verify.conform.setting import Setting
from verify.conform.trajectory import Comparison
from verify.mutate import mutants
from verify.rule import Rule
from verify.subjects.resolve import of_object

STEPS, ELEMENTS, SCALES = 100, 64, (1.0, 1e-3, 1e-6)


def shipped(rule: Rule) -> type[torch.optim.Optimizer]:
    """A torch optimizer that computes a rule of Adam's hyperparameters."""

    class Shipped(torch.optim.Optimizer):
        def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
            super().__init__(params, dict(lr=lr, beta1=beta1, beta2=beta2, eps=eps))

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                hyper = {name: group[name] for name in rule.hyperparameters}
                for p in group["params"]:
                    state = self.state[p] or {"step": 0} | {name: torch.zeros_like(p) for name in rule.memory}
                    memory = tuple(state[name] for name in rule.memory)
                    x, memory = rule.step(p, p.grad, memory, state["step"] + 1, **hyper)
                    self.state[p] = {"step": state["step"] + 1} | dict(zip(rule.memory, memory, strict=True))
                    p.copy_(x)

    return Shipped


def by_conformance(mutant: Rule, rule: Rule) -> str:
    """ "killed", "equal" (proved to be the rule after all), or "open"."""
    bench = Bench(Setting(of_object(shipped(mutant), "mutant"), rule))
    if Comparison([bench], 14).first_difference(rule):
        return "killed"
    run = bench.from_start(memory_map.STEPS, bench.start_point(memory_map.STEPS, None))
    return "equal" if induct.prove(bench, rule, memory_map.find(bench, rule, run)).proved else "open"


def trajectory(rule: Rule, scale: float) -> list[torch.Tensor]:
    """The iterates in float32, with the same normal gradients for every rule."""
    chance = torch.Generator().manual_seed(0)
    x = torch.nn.Parameter(torch.randn(ELEMENTS, generator=chance))
    optimizer, path = shipped(rule)([x]), []
    for _ in range(STEPS):
        x.grad = scale * torch.randn(ELEMENTS, generator=chance)
        optimizer.step()
        path.append(x.detach().clone())
    return path


def by_float32(mutant: Rule, correct: list[torch.Tensor], scale: float) -> bool:
    """Does a comparison at assert_close's tolerances notice the mutant?"""
    try:
        for mine, wanted in zip(trajectory(mutant, scale), correct, strict=True):
            torch.testing.assert_close(mine, wanted)
    except (AssertionError, ArithmeticError):
        return True
    return False


def measure(progress=lambda: None) -> dict:
    """How many mutants of Adam each method kills, and which ones float32 misses at each scale of the gradients."""
    rule = theories.rules()["adam"]
    correct = {scale: trajectory(rule, scale) for scale in SCALES}
    missed: dict[float, list[str]] = {scale: [] for scale in SCALES}
    proofs = []
    for mutant in mutants(rule):
        proofs.append(by_conformance(mutant.rule, rule))
        for scale in SCALES:
            if not by_float32(mutant.rule, correct[scale], scale):
                missed[scale].append(f"{mutant.paper} -> {mutant.code}")
        progress()
    killed = {f"{scale:g}": len(proofs) - len(names) for scale, names in missed.items()}
    return {
        "rule": rule.name,
        "mutants": len(proofs),
        "conformance": {answer: proofs.count(answer) for answer in ("killed", "equal", "open")},
        "float32": {"steps": STEPS, "elements": ELEMENTS, "killed": killed},
        "missed": {f"{scale:g}": names for scale, names in missed.items()},
    }
