"""What the usual test suites ask of an Adam, in our own words, and which of the seventeen mutants each notices.

direction: torch's test_optim.py: (W x + b)^2 summed must be smaller after 20 steps than before.
optima: optax's alias_test.py: a parabola and Rosenbrock's function are minimised to within 3e-2, by 10 000
steps at a learning rate of 0.1.  golden: Keras' adam_test.py: one step at learning rate 0.5 to within 1e-4,
and five steps of small gradients against stored numbers to within 5e-4.  float32: 20 steps in float32
beside a right one, to within rtol 1e-5 and atol 1e-6, as optimi's tests do.  `python -m benchmarks.criteria`
prints the table.  A criterion that the right Adams fail would be no criterion: they are run first.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmarks.adam_mutants import MUTANTS, RIGHT
from verify.progress import Progress

STORED = (0.999, 0.9982, 0.9974, 0.9965, 0.9955)  # Keras', at its defaults: lr 1e-3, eps 1e-7


def direction(make: Callable, right: Callable) -> bool:
    """Does the loss fall?"""
    chance = torch.Generator().manual_seed(0)
    weight, bias = (torch.nn.Parameter(torch.randn(*shape, generator=chance)) for shape in ((10, 5), (10,)))
    inputs, optimizer = torch.randn(5, generator=chance), make([weight, bias])
    loss = lambda: (weight.mv(inputs) + bias).pow(2).sum()
    first = loss().item()
    for _ in range(20):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return loss().item() < first


def optima(make: Callable, right: Callable) -> bool:
    """Are a parabola and Rosenbrock's function minimised?"""
    goal = torch.tensor([1.0, -1.0, 1.0])
    parabola = lambda x: 2 * (x - goal)
    valley = lambda x: torch.stack([-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)])
    return _reaches(make, [-1.0, 10.0, 1.0], goal, parabola) and _reaches(make, [0.0, 0.0], torch.ones(2), valley)


def _reaches(make: Callable, start: list, goal: torch.Tensor, gradient: Callable) -> bool:
    x = torch.nn.Parameter(torch.tensor(start))
    optimizer = make([x], lr=0.1)
    for _ in range(10_000):
        x.grad = gradient(x.detach())
        optimizer.step()
    return torch.allclose(x.detach(), goal, rtol=3e-2, atol=3e-2)


def golden(make: Callable, right: Callable) -> bool:
    """Are the stored numbers met?  What is stored for Adam is used for both rules' mutants, as far as a right one meets it."""
    x = torch.nn.Parameter(torch.arange(1.0, 5.0))
    gradient = torch.tensor([1.0, 6.0, 7.0, 2.0])
    single = _after(make([x], lr=0.5, eps=1e-7), x, gradient)
    wanted = _after_right(right, torch.arange(1.0, 5.0), gradient)
    if not torch.allclose(single, wanted, rtol=1e-4, atol=1e-4):
        return False
    return _meets_stored(make, right)


def _after(optimizer, x, gradient: torch.Tensor) -> torch.Tensor:
    x.grad = gradient.clone()
    optimizer.step()
    return x.detach()


def _after_right(right: Callable, start: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    x = torch.nn.Parameter(start)
    return _after(right([x], lr=0.5, eps=1e-7), x, gradient)


def _meets_stored(make: Callable, right: Callable) -> bool:
    stored = _five(right) if right is not RIGHT["adam"] else [torch.full((10,), s) for s in STORED]
    return all(torch.allclose(x, s, rtol=5e-4, atol=5e-4) for x, s in zip(_five(make), stored, strict=True))


def _five(make: Callable) -> list[torch.Tensor]:
    x = torch.nn.Parameter(torch.ones(10))
    optimizer, gradients = make([x], eps=1e-7), [torch.full((10,), 0.01), *[torch.arange(1.0, 11.0) / 10] * 4]
    return [_after(optimizer, x, g).clone() for g in gradients]


def float32(make: Callable, right: Callable) -> bool:
    """Are 20 steps in float32 as those of a right one?"""
    chance = torch.Generator().manual_seed(0)
    start, gradients = torch.randn(64, generator=chance), torch.randn(20, 64, generator=chance)
    ends = []
    for each in (make, right):
        x = torch.nn.Parameter(start.clone())
        optimizer = each([x])
        ends.append([_after(optimizer, x, g).clone() for g in gradients][-1])
    return torch.allclose(*ends, rtol=1e-5, atol=1e-6)


CRITERIA = {"torch: direction": direction, "optax: optima": optima, "Keras: golden": golden, "float32, 1e-5": float32}


def named(make: Callable) -> tuple[str, str]:
    """optproof's answer: the verdict, and the kind of the first deviation with the step at which it shows."""
    from verify import theories
    from verify.conform import certify_target
    from verify.subjects.resolve import of_object

    found = certify_target(of_object(make, make.__name__), theories.rules()[make.rule])
    if not found.deviations:
        return found.verdict, ""
    first = found.deviations[0]
    word = f"{first.kind}, `{first.reading}`" if first.reading else first.kind
    return found.verdict, f"{word}, step {first.first_step}"


def measure(progress=lambda: None) -> list[tuple]:
    """For each mutant: its fault, whether each criterion notices it, and optproof's answer."""
    rows = []
    for make in MUTANTS:
        noticed = [not passes(make, RIGHT[make.rule]) for passes in CRITERIA.values()]
        rows.append((make.__doc__, make.rule, *noticed, named(make)))
        progress()
    return rows


def sound() -> list[str]:
    """The criteria that a right Adam or AMSGrad fails."""
    return [name for name, passes in CRITERIA.items() for make in RIGHT.values() if not passes(make, make)]


def markdown(rows: list[tuple]) -> str:
    """The table of the README."""
    head = ("fault", "against", *CRITERIA, "optproof")
    lines = [f"| {' | '.join(head)} |", "|---|---|" + ":-:|" * len(CRITERIA) + "---|"]
    for fault, rule, *noticed, (_, answer) in rows:
        marks = ["x" if n else "" for n in noticed]
        lines.append(f"| {fault} | {rule} | {' | '.join(marks)} | {answer} |")
    sums = [str(sum(row[2 + i] for row in rows)) for i in range(len(CRITERIA))]
    flagged = sum(row[-1][0] in ("deviates", "variant") for row in rows)
    lines.append(f"| **noticed, of {len(rows)}** | | {' | '.join(sums)} | {flagged} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if unsound := sound():
        raise SystemExit(f"a right Adam fails: {unsound}")
    with Progress("seventeen Adams") as bar:
        table = markdown(measure(bar))
    print(table)
