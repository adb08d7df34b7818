"""Conformance is a theorem, by induction over the steps.

Base: after the first step from a fresh optimizer, iterates and memories correspond.
Step: from corresponding memories, at a symbolic t, one step of the code and one of the
rule give equal iterates and corresponding memories, on every branch.  Both are identities
between programs: the normal form proves them, and Arb must agree at the points of the
branch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from verify.check import decide
from verify.check.prove import visible_sign
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.conform.bench import Bench, T
from verify.conform.defined import never, unguarded
from verify.conform.equality import all_equal, pinned_of, under
from verify.conform.memory_map import MemoryMap, flat, has_data, trace_rule
from verify.conform.paths import Exploration, Explorer, Path
from verify.exact import Exact, divisors, equals, exact, symbols
from verify.fold import Unsupported
from verify.rule import Rule


@dataclass
class Proof:
    """Whether code and rule were shown equal, and where not."""

    proved: bool
    conditions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)  # differences only where a hyperparameter is at its end
    paths: int = 0
    unexplored: bool = False
    apart: list[dict] = field(
        default_factory=list
    )  # points at which code and rule certainly differ, of each branch one
    in_part: bool = False  # not proved on a branch that has conditions, which few trajectories take
    elementwise: bool = False
    stale: tuple[str, ...] = ()  # hyperparameters of which the code goes on using an earlier value


def together(rule: Rule, proofs: list[Proof]) -> Proof:
    """The proofs at all shapes as one; a reading may fail where a hyperparameter is at its end, and says so."""
    failures, edges = ([f for p in proofs for f in getattr(p, kind)] for kind in ("failures", "edges"))
    proved = not failures and (bool(rule.chosen) or not edges)
    apart = [point for p in proofs for point in p.apart]
    unexplored, in_part = any(p.unexplored for p in proofs), any(p.in_part for p in proofs)
    joined = replace(proofs[0], proved=proved, failures=failures, edges=edges, apart=apart)
    return replace(joined, unexplored=unexplored, in_part=in_part)


def memories(bench: Bench, rule: Rule) -> dict[str, np.ndarray]:
    """The rule's memories as symbols, in their domains; one symbol where all elements hold one number."""
    _, after = trace_rule(bench.whole, rule, 1)[0]
    shared = {name for name, terms in after.items() if len(set(flat(terms))) == 1 and not has_data(flat(terms)[0])}
    symbol = lambda name, i: rule.memory[name].symbol(f"{name}_{0 if name in shared else i}")
    start = rule.initial(bench.setting.array(lambda i: exact(0)), **bench.setting.rule_hyper(rule))
    shapes = dict(zip(rule.memory, map(np.shape, start), strict=True))
    found = {name: [symbol(name, i) for i in range(int(np.prod(shape, dtype=int)))] for name, shape in shapes.items()}
    return {name: flat(cells).reshape(shapes[name]) for name, cells in found.items()}


def prove(bench: Bench, rule: Rule, mapped: MemoryMap) -> Proof:
    """Base case and step for this rule, memory map and shape."""
    before = memories(bench, rule)
    if leaving := invariants(bench, rule, before) + unkept(rule, mapped):
        return Proof(False, failures=leaving)
    first, step_of_rule = _first_of(rule, bench), _next_of(rule, bench, before)
    base = Explorer.first(bench, _terms(first)).explore()
    proof = _gather(base, lambda path: _base_on(path, rule, mapped, first))
    if proof.failures:
        return proof
    later = Explorer.later(bench, mapped, before, T, _terms(step_of_rule)).explore()
    step = _gather(later, lambda path: _step_on(path, rule, mapped, step_of_rule))
    assumed = (*base.assumed, *later.assumed)
    done = later.paths if step.proved and proof.proved else []  # of what is not proved nobody asks where it holds
    divided = [c for path in done for c in _divisions(path, step_of_rule[0], assumed)]
    step.conditions = list(dict.fromkeys(proof.conditions + step.conditions + divided))
    step.edges, step.proved = proof.edges + step.edges, step.proved and proof.proved
    step.apart = [] if mapped.unknown else step.apart  # slots of any content may well make a difference
    step.stale = tuple(dict.fromkeys(n for path in later.paths for n in path.run.stale))
    step.elementwise = all(_elementwise(p.run.snapshots[0].x, before) for p in later.paths)
    return step


def invariants(bench: Bench, rule: Rule, before: dict[str, np.ndarray]) -> list[str]:
    """The step is proved for memories in their domains, so the rule must keep them there."""
    y, g = bench.setting.variables("y"), bench.setting.gradient("g")
    start = rule.initial(bench.setting.array(lambda i: exact(0)), **bench.setting.rule_hyper(rule))
    _, after = rule.advance(y, g, tuple(before.values()), T + 1, **bench.setting.rule_hyper(rule))
    bad = []
    for name, first, later in zip(rule.memory, start, after, strict=True):
        low, high = rule.memory[name].low, rule.memory[name].high
        for term in {flat(first)[0], flat(later)[0]}:
            gaps = ([term - low] if low is not None else []) + ([high - term] if high is not None else [])
            bad += [
                f"the memory {name} is not seen to stay in its domain" for gap in gaps if not visible_sign(exact(gap))
            ]
    return bad


def unkept(rule: Rule, mapped: MemoryMap) -> list[str]:
    """What the rule gives out beside the iterate must be held by a slot."""
    held = {entry.holds for entry in mapped.entries}
    return [
        f"no part of the code's memory is known to hold the rule's {name}" for name in rule.outputs if name not in held
    ]


def _gather(explored: Exploration, compare: Callable) -> Proof:
    """The differences on every branch, those at the end of a hyperparameter's range apart."""
    inside: list[str] = []
    edges: list[str] = []
    in_part = False
    for path in explored.paths:
        found, edge = compare(path), _at_an_end(path.conditions)
        (edges if edge else inside).extend(found)
        in_part |= bool(found and path.conditions and not edge)
    inside += [f"a branch was not explored: {c!r}" for c in explored.missing]
    conditions = [repr(c) for c in explored.assumed]
    apart = [path.apart for path in explored.paths if path.apart and not _at_an_end(path.conditions)]
    done = not inside and not edges
    return Proof(done, conditions, inside, edges, len(explored.paths), bool(explored.missing), apart, in_part)


def _at_an_end(conditions) -> bool:
    """Is the branch only for a hyperparameter at the end of its domain, such as momentum = 0?"""
    pinned = pinned_of(conditions)[1]
    return any(n.args[0] in (s.args[1].low, s.args[1].high) and s.args[0] != "t" for s, n in pinned.items())


def _first_of(rule: Rule, bench: Bench) -> tuple:
    """The rule's iterate and memories after the first step of a fresh optimizer."""
    hyper: dict = bench.setting.rule_hyper(rule)
    start = rule.initial(bench.setting.array(lambda i: exact(0)), **hyper)
    return next(rule.walk([bench.gradient(1)], bench.x, start, **hyper))


def _next_of(rule: Rule, bench: Bench, before: dict[str, np.ndarray]) -> tuple:
    """The rule's iterate and memories after a step from memories at a symbolic t."""
    y, g = bench.setting.variables("y"), bench.setting.gradient("g")
    return rule.advance(y, g, tuple(before.values()), T + 1, **bench.setting.rule_hyper(rule))


def _terms(after: tuple) -> list[Exact]:
    x, memories = after
    return [e for array in (x, *memories) for e in flat(array) if isinstance(e, Exact)]


def _base_on(path: Path, rule: Rule, mapped: MemoryMap, first: tuple) -> list[str]:
    """The first step from a fresh optimizer."""
    x, after = first
    named = dict(zip(rule.memory, after, strict=True))
    return _differences(path, x, mapped.after(x, named, exact(1)), "after the first step ")


def _step_on(path: Path, rule: Rule, mapped: MemoryMap, step_of_rule: tuple) -> list[str]:
    """One step from corresponding memories at a symbolic t."""
    x, after = step_of_rule
    named = dict(zip(rule.memory, after, strict=True))
    return _differences(path, x, mapped.after(x, named, T + 1) | mapped.constant)


def _differences(path: Path, x, wanted: dict, when: str = "") -> list[str]:
    """What differs on a branch: the iterate, a slot's content, a slot that is not there."""
    snapshot = path.run.snapshots[0]
    pairs = [] if never(x, path.conditions, path.points) else [("x", snapshot.x, x)]
    pairs += [(str(p[-1]), snapshot.slots[p].terms, terms) for p, terms in wanted.items() if p in snapshot.slots]
    under = " and ".join(map(repr, path.conditions)) or "all inputs"
    lost = (
        []
        if pinned_of(path.conditions)[1]
        else [f"{when}{p[-1]} is missing for {under}" for p in wanted if p not in snapshot.slots]
    )
    return lost + [f"{when}{name} differs for {under}" for name, a, b in pairs if not all_equal(a, b, path)]


def _divisions(path: Path, x, assumed: tuple[Exact, ...]) -> list[str]:
    """Divisors of the code that may vanish where those of the rule's x do not: the proof excludes these points."""
    allowed = divisors(*flat(x))
    allowed += [r.args[0] for r in allowed if r.op == "sqrt"]  # zero together with its root
    bare = map(unguarded, flat(path.run.snapshots[0].x), flat(x))
    return [f"{d!r} ≠ 0" for d in divisors(*bare) if not _harmless(d, allowed, (*path.conditions, *assumed))]


def _harmless(divisor: Exact, allowed: list[Exact], conditions) -> bool:
    """Does the divisor never vanish, or only where one of the rule's does?"""
    if any(divisor is r for r in allowed) or _plainly_positive(divisor):
        return True
    normal = under(())  # where the steps were compared, and so most of it is known already
    try:
        d = normal(divisor)
        if d.sign() in ("+", "-") or any((d / normal(r)).sign() in ("+", "-") for r in allowed):
            return True
    except (Unsupported, TooManyGenerators, DividesByZero):
        return False
    return decide.impossible((*conditions, equals(divisor, 0)))


def _plainly_positive(term: Exact) -> bool:
    """Positive at a glance: before anything is brought to a normal form."""
    match term.op:
        case "number":
            return term.args[0] > 0
        case "symbol":
            return getattr(term.args[1], "sign", None) == 1
        case "max":
            return any(map(_plainly_positive, term.args))
        case "min" | "mul" | "div" | "add" | "sqrt":
            return all(map(_plainly_positive, term.args))
    return False


def _elementwise(x: np.ndarray, before: dict[str, np.ndarray]) -> bool:
    """Does element i depend on elements i alone (of the point, the gradient and the memories)?"""
    if any(m.size != x.size for m in before.values()):
        return False
    for i, term in enumerate(flat(x)):
        own = {f"y{i}", f"g{i}"} | {flat(m)[i].args[0] for m in before.values()}
        others = {f"{v}{j}" for v in "yg" for j in range(x.size)} | {
            s.args[0] for m in before.values() for s in flat(m)
        }
        if set(symbols(term)) & (others - own):
            return False
    return True
