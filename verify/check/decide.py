"""Does a condition follow from others?  Asked of z3, over the normal form's generators.

The conditions are brought to polynomials first, so that rho_t > 5 and rho_t > 4 written
in two ways are about the same monomials; z3 then sees reals with the bounds that the
generators are known to have.
"""

from __future__ import annotations

from functools import lru_cache

from verify.check.algebra import Normal
from verify.check.ring import DividesByZero, TooManyGenerators
from verify.check.truths import operands
from verify.exact import Exact, compare, negation
from verify.fold import Unsupported
from verify.systems import Formulas

EFFORT = 6_000_000  # z3 counts its own work; a limit in seconds would make verdicts depend on the load


def follows(goal: Exact, given: tuple[Exact, ...]) -> bool | None:
    """True where the goal follows, False where its opposite does, None where neither is shown."""
    if goal.op in ("true", "false"):
        return goal.op == "true"
    for answer, wanted in ((True, goal), (False, negation(goal))):
        if impossible((*given, negation(wanted))):
            return answer
    return None


def impossible(conditions: tuple[Exact, ...], effort: int = EFFORT) -> bool:
    """Does z3 show, with this effort, that the conditions cannot hold together?"""
    return _check(conditions, effort) == "unsat"


def vanishes_nowhere(normal: Normal, polynomial, given: tuple[Exact, ...] = ()) -> bool:
    """Does z3 show that a polynomial of the normal form's ring has no zero under the conditions?"""
    reals = _Reals(normal)
    return _answer(reals, lambda: [reals.polynomial(polynomial) == 0, *map(reals.condition, given)]) == "unsat"


@lru_cache(maxsize=4096)
def _check(conditions: tuple[Exact, ...], effort: int) -> str:
    """z3's word on conditions; the same ones are asked for every element and every shape."""
    reals = _Reals(Normal())
    return _answer(reals, lambda: map(reals.condition, conditions), effort)


def _answer(reals: _Reals, facts, effort: int = EFFORT) -> str:
    """z3's word on the facts, together with what their generators obey."""
    solver = Formulas.z3.Solver()
    solver.set("rlimit", effort)
    try:
        solver.add(*facts())
        solver.add(*reals.bounds())
    except (Unsupported, TooManyGenerators, DividesByZero):
        return "unknown"
    return str(solver.check())


class _Reals:
    """Polynomials of the ring as z3 terms."""

    def __init__(self, normal: Normal):
        self.normal = normal
        self.made: dict[int, tuple] = {}

    def letter(self, g):
        if g.index not in self.made:
            self.made[g.index] = (g, Formulas.z3.Real(f"a{g.index}"))
        return self.made[g.index][1]

    def polynomial(self, p):
        generators = self.normal.ring.generators
        total = Formulas.number(0)
        for exponents, c in p.to_dict().items():
            term = Formulas.z3.Q(int(c.p), int(c.q))
            for i, e in enumerate(exponents):
                for _ in range(int(e)):
                    term = term * self.letter(generators[i])
            total = total + term
        return total

    def bounds(self) -> list:
        """What the generators are known to obey; squares may bring in further ones."""
        done, facts = set(), []
        while todo := [g for i, (g, _) in self.made.items() if i not in done]:
            for g in todo:
                done.add(g.index)
                facts += self._of(g)
        return facts

    def _of(self, g) -> list:
        x = self.letter(g)
        low, high = (None if end is None else Formulas.number(end) for end in (g.low, g.high))
        facts = [] if low is None else [x >= low if g.reaches_low else x > low]
        facts += [] if high is None else [x <= high if g.reaches_high else x < high]
        facts += [x != 0] if g.nonzero else []
        facts += [self._square(x, g.square)] if g.square is not None else []
        return facts + ([Formulas.z3.Or(x == 0, x == 1)] if g.idempotent else [])

    def _square(self, x, square):
        """A root squares to its radicand; of a radicand that may be negative nothing is said where it is."""
        equation = x * x == self.polynomial(square)
        if self.normal.ring.sign(square) in ("+", "0+", "0"):
            return equation
        return Formulas.z3.Implies(self.polynomial(square) >= 0, equation)  # it may stand in a branch that is not taken

    def condition(self, c: Exact):
        z3 = Formulas.z3
        match c.op:
            case "true" | "false":
                return z3.BoolVal(c.op == "true")
            case "and":
                return z3.And(*map(self.condition, c.args))
            case "not":
                return z3.Not(self.condition(c.args[0]))
            case "lt" | "le" | "eq" | "ne":
                return self._comparison(c)
        raise Unsupported(f"no comparison: `{c.op}`")

    def _comparison(self, c: Exact):
        """a < b as the sign of the polynomial num * den of b - a; max(p, q) < b as p < b and q < b."""
        a, b = c.args
        if c.op in ("lt", "le") and {a.op, b.op} & {"max", "min"}:
            every = a.op == "max" or b.op == "min"
            left, right = operands(a, "max" if every else "min"), operands(b, "min" if every else "max")
            parts = [self.condition(compare(c.op, p, q)) for p in left for q in right]
            return Formulas.z3.And(*parts) if every else Formulas.z3.Or(*parts)
        gap = self.normal(c.args[1]) - self.normal(c.args[0])
        x = self.polynomial(gap.num) * (1 if self.normal.ring.sign(gap.den) == "+" else self.polynomial(gap.den))
        return {"lt": x > 0, "le": x >= 0, "eq": x == 0, "ne": x != 0}[c.op]


__all__ = ["follows", "impossible", "vanishes_nowhere"]
