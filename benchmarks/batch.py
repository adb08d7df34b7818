"""How long a user waits: one file, cold, and a hundred files in one call.

    python -m benchmarks.batch [FILES [COLD]]

The files are optimizers as people write them: Adam, momentum, RMSProp and Adagrad in several
styles, and the same with one fault each.  Cold is a command of its own for one file, with
everything imported afresh; its time is held against that of importing torch and making one step.
Without arguments the figures are written to benchmarks/batch.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
import time
from itertools import islice, product
from pathlib import Path
from statistics import mean, median

from benchmarks.table import grid

RESULTS = Path(__file__).with_name("batch.json")
FILES, COLD, JOBS = 100, 6, 2
GOALS = {"cold median": 5.0, "cold worst": 20.0, "batch": 0.5}  # seconds
STEP = "import torch; p = torch.nn.Parameter(torch.ones(2)); p.grad = p.data.clone(); torch.optim.Adam([p]).step()"

_FRAME = """
import math
import torch


class Mine(torch.optim.Optimizer):
    def __init__(self, params, {signature}):
        super().__init__(params, dict({passed}))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = group["lr"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g, state = p.grad, self.state[p]
                if not state:
                    state["step"] = 0
                    state["m"], state["v"] = torch.zeros_like(p), torch.zeros_like(p)
                state["step"] += 1
                t, m, v = state["step"], state["m"], state["v"]
{body}
        return loss
"""

# What stands between the moments and the parameter, for each rule: (signature, passed on, read, styles, faults).
_ADAM = ("lr=1e-3, betas=(0.9, 0.999), eps=1e-8", "lr=lr, betas=betas, eps=eps")
_ADAM_READ = 'b1, b2 = group["betas"]\neps = group["eps"]\n'
_STYLES = {
    "adam": (
        *_ADAM,
        _ADAM_READ,
        [
            "m.mul_(b1).add_(g, alpha=1 - b1)\nv.mul_(b2).addcmul_(g, g, value=1 - b2)\n"
            "p.sub_(lr * (m / (1 - b1**t)) / ((v / (1 - b2**t)).sqrt() + eps))",
            "m.lerp_(g, 1 - b1)\nv.copy_(b2 * v + (1 - b2) * g.square())\nroot = math.sqrt(1 - b2**t)\n"
            "p.addcdiv_(m, v.sqrt().div_(root).add_(eps), value=-lr / (1 - b1**t))",
            "m.copy_(b1 * m + (1 - b1) * g)\nv.copy_(b2 * v + (1 - b2) * g * g)\nroot = math.sqrt(1 - b2**t)\n"
            "p.data = p.data - lr * root / (1 - b1**t) * m / (v.sqrt() + eps * root)",
            "m.mul_(b1).add_(g)\nv.mul_(b2).add_(g**2)\n"
            "m_hat, v_hat = m * (1 - b1) / (1 - b1**t), v * (1 - b2) / (1 - b2**t)\np -= lr * m_hat / (v_hat**0.5 + eps)",
        ],
        [
            ("1 - b2**t", "1 - b2**(t + 1)"),
            ("1 - b1**t", "1 - b1**max(t - 1, 1)"),
            ("eps", "100 * eps"),
            ("(1 - b1)", "(1 - b2)"),
        ],
    ),
    "momentum": (
        "lr=0.1, momentum=0.9",
        "lr=lr, momentum=momentum",
        'mu = group["momentum"]\n',
        ["m.mul_(mu).add_(g)\np.sub_(m, alpha=lr)", "m.copy_(mu * m + g)\np.data -= lr * m"],
        [("mu", "(1 - mu)"), ("lr", "-lr")],
    ),
    "rmsprop": (
        "lr=0.01, alpha=0.99, eps=1e-8",
        "lr=lr, alpha=alpha, eps=eps",
        'a, eps = group["alpha"], group["eps"]\n',
        [
            "v.mul_(a).addcmul_(g, g, value=1 - a)\np.sub_(lr * g / (v.sqrt() + eps))",
            "v.lerp_(g * g, 1 - a)\np -= lr * g / (v**0.5 + eps)",
        ],
        [("1 - a", "a"), ("lr *", "lr * t *")],
    ),
    "adagrad": (
        "lr=0.01, eps=1e-10",
        "lr=lr, eps=eps",
        'eps = group["eps"]\n',
        ["v.addcmul_(g, g)\np.sub_(lr * g / (v.sqrt() + eps))", "v += g**2\np.addcdiv_(g, v.sqrt() + eps, value=-lr)"],
        [("eps", "eps * eps"), ("g, ", "g / t, ")],
    ),
}


def written(folder: Path, count: int) -> list[tuple[str, str, bool]]:
    """`count` files as (target, rule, is it right), right ones and wrong ones in turn."""
    found = []
    for number, (rule, text, right) in enumerate(islice(_texts(), count)):
        file = folder / f"mine{number}.py"
        file.write_text(text)
        found.append((f"{file}:Mine", rule, right))
    return found


def _texts():
    """Endless: every style of every rule, right, then with each of its faults, then again under other defaults."""
    for turn in range(1000):
        for (rule, (signature, passed, read, styles, faults)), wrong in product(_STYLES.items(), (False, True)):
            for n, style in enumerate(styles):
                found, put = faults[(n + turn) % len(faults)] if wrong else ("", "")
                if wrong and found not in style:
                    continue
                body = read + (style.replace(found, put, 1) if wrong else style)
                text = _FRAME.format(signature=signature, passed=passed, body=textwrap.indent(body, " " * 16))
                yield rule, text.replace("lr=0.1,", f"lr={0.1 + turn / 100:g},"), not wrong


def cold(targets: list[tuple[str, str, bool]]) -> list[float]:
    """Seconds of one command for each file."""
    program = "import sys; from verify.cli import main; sys.exit(main())"
    return [_seconds([sys.executable, "-c", program, "certify", text, "--against", rule]) for text, rule, _ in targets]


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - start


def batch(targets: list[tuple[str, str, bool]], jobs: int = JOBS) -> dict:
    """One call for all files: seconds for each on average, seconds that it computed, and verdicts that are wrong."""
    from verify import session
    from verify.worker import Request

    start = time.perf_counter()
    result = session.run([Request(text, against=rule) for text, rule, _ in targets], jobs)
    seconds = time.perf_counter() - start
    right = {text: fine for text, _, fine in targets}
    false = [
        (c.target, c.rule, c.verdict)
        for c, job in zip(result.certificates, result.jobs, strict=True)
        if c.verdict != ("conforms" if right[job.request.text] else "deviates")
    ]
    slow = sorted(zip(result.cpu, (c.target for c in result.certificates), strict=True), reverse=True)[:5]
    return {"seconds": seconds / len(targets), "cpu": mean(result.cpu), "unexpected": false, "slowest": slow}


def measured(files: int, single: int) -> dict:
    """Seconds: of torch alone, of a command for one file, of each of many files in one call."""
    with tempfile.TemporaryDirectory() as folder:
        targets = written(Path(folder), files)
        alone = median(_seconds([sys.executable, "-c", STEP]) for _ in range(3))
        times = cold(targets[:: max(1, files // single)][:single])
        found = batch(targets)
    seconds = {
        "cold median": median(times),
        "cold worst": max(times),
        "batch": found["seconds"],
        "computing": found["cpu"],
    }
    return {"files": files, "alone": alone, **seconds, "unexpected": found["unexpected"], "slowest": found["slowest"]}


def markdown(found: dict) -> str:
    """The seconds as a table, each beside its goal."""
    names = {
        "alone": "torch alone: imported, and one step of Adam",
        "cold median": "`optproof certify` of one file, median",
        "cold worst": "the slowest of these",
        "batch": f"each of {found['files']} files in one call, `--jobs {JOBS}`",
        "computing": "of which it computes",
    }
    goals = {name: f"{goal:g} s" for name, goal in GOALS.items()}
    rows = [(says, f"{found[name]:.2f} s", goals.get(name, "")) for name, says in names.items()]
    return grid(("measured", "seconds", "goal"), rows)


def main(arguments: list[str]) -> int:
    """Measure, print and write; exit 1 where a verdict is not the one that the file deserves."""
    found = measured(*(int(a) for a in (*arguments, *(str(FILES), str(COLD))[len(arguments) :])))
    print(markdown(found))
    for seconds, name in found["slowest"]:
        print(f"  {seconds:6.2f} s  {Path(name).name}")
    for target, rule, verdict in found["unexpected"]:
        print(f"  unexpected: {Path(target).name} against {rule} is {verdict}")
    if not arguments:
        kept = {
            k: round(v, 2) if isinstance(v, float) else v
            for k, v in found.items()
            if k not in ("slowest", "unexpected")
        }
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    return 1 if found["unexpected"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
