"""z3 as a second prover: is the opposite of a statement satisfiable over the reals?

Every term is translated here again, without the normal form: a root is a fresh s with
s >= 0 and s*s = x, a power with a symbolic exponent a fresh positive real, a maximum an
if-then-else.  A divisor is required not to vanish, but only under the conditions of the
branches that it stands in, since the branch not taken may be undefined.  `unsat` is a proof
for all reals; `sat` may be an artefact of the fresh variables and is never a refutation.
"""

from __future__ import annotations

from fractions import Fraction

from verify.exact import Exact, is_number, negation
from verify.fold import Fold, Unsupported
from verify.systems import Formulas


def proves(goal: Exact, given: tuple[Exact, ...] = (), effort: int = 24_000_000) -> bool | None:
    """True: z3 shows that the goal follows; None: it does not with this effort (z3's own count of work, not time)."""
    z3 = Formulas.z3
    translate = Translation()
    try:
        facts = [translate(c) for c in given]
        opposite = translate(negation(goal))
    except Unsupported:
        return None
    solver = z3.Solver()
    solver.set("rlimit", effort)
    solver.add(*translate.facts, *facts, opposite)
    return True if solver.check() == z3.unsat else None


def feasible(conditions, effort: int = 12_000_000) -> bool | None:
    """Can the conditions hold together?  None where z3 does not know."""
    z3 = Formulas.z3
    translate = Translation()
    try:
        facts = [translate(c) for c in conditions]
    except Unsupported:
        return None
    solver = z3.Solver()
    solver.set("rlimit", effort)
    solver.add(*translate.facts, *facts)
    return {z3.sat: True, z3.unsat: False}.get(solver.check())


class Translation(Fold):
    """An exact term as a z3 real; `facts` are what its symbols and fresh variables obey."""

    def __init__(self):
        super().__init__({}, Formulas)
        self.facts: list = []
        self.fresh: dict = {}
        self.guards: list = []

    def _apply(self, node: Exact):
        special = getattr(self, "on_" + node.op, None)
        return special(node) if special else super()._apply(node)

    def on_symbol(self, node):
        name, domain = node.args
        if not hasattr(domain, "window"):
            raise Unsupported(f"{name} is a vector")
        x = self._new(node, name)  # two variables of one name and different domains are two variables
        self.facts += _bounds(x, domain)
        return x

    def on_call(self, node):
        name, domain, _ = node.args
        x = self._new(node, name)
        self.facts += _bounds(x, domain)
        return x

    def _require(self, *facts) -> None:
        """Take facts as true wherever the operation at hand is carried out."""
        z3 = Formulas.z3
        self.facts += [z3.Implies(z3.And(*self.guards), f) for f in facts] if self.guards else facts

    def _under(self, guard, node):
        """The node, evaluated where the guard holds."""
        self.guards.append(guard)
        try:
            return self(node)
        finally:
            self.guards.pop()

    def on_div(self, node):
        below = self(node.args[1])
        if is_number(node.args[1], 0):
            raise Unsupported("a division by the number 0")
        if node.args[1].op != "number":
            self._require(below != 0)
        return self(node.args[0]) / below

    def on_sqrt(self, node):
        inside = self(node.args[0])
        s = self._new(node, "root")
        self._require(s >= 0, s * s == inside)
        return s

    def on_pow(self, node):
        base, exponent = node.args
        if exponent.op == "number":
            return self._number_power(node, base, exponent.args[0])
        linear, constant = _linear(exponent)
        p = self._new(("pow", base, linear), "power")
        self.facts += self._power_facts(base, linear, p)
        if constant >= 0:
            return p * self._number_power(node, base, constant) if constant else p
        q = self._new(node, "power")  # b**(t - 1) is 1 at b = 0 and t = 1, so it is no quotient
        self.facts += [q * self._number_power(node, base, -constant) == p, *self._power_facts(base, exponent, q)]
        return q

    def _number_power(self, node, base, n: Fraction):
        if n.denominator != 1 or abs(n) > 24:
            raise Unsupported(f"z3 gets no power {n}")
        x = self(base)
        if n < 0:
            self._require(x != 0)
        result = Formulas.number(1)
        for _ in range(abs(int(n))):
            result = result * x
        return result if n >= 0 else 1 / result

    def _power_facts(self, base, linear, p):
        """A base in (0, 1) with an exponent of at least 1 gives at most the base."""
        if base.op != "symbol" or not getattr(base.args[1], "nonnegative", False):
            return []
        facts = [p >= 0] if base.args[1].sign is None else [p > 0]
        if base.args[1].high == 1 and _at_least_one(linear):
            facts.append(p <= self(base))
        return facts

    def on_abs(self, node):
        x = self(node.args[0])
        return Formulas.z3.If(x >= 0, x, -x)

    def on_where(self, node):
        z3, c = Formulas.z3, self(node.args[0])
        return z3.If(c, self._under(c, node.args[1]), self._under(z3.Not(c), node.args[2]))

    def on_and(self, node):
        first = self(node.args[0])
        return Formulas.z3.And(first, self._under(first, node.args[1]))

    def on_not(self, node):
        return Formulas.z3.Not(self(node.args[0]))

    def on_true(self, node):
        return Formulas.z3.BoolVal(True)

    def on_false(self, node):
        return Formulas.z3.BoolVal(False)

    def on_total(self, node):
        return self._new(node, "sum")

    def on_greatest(self, node):
        return self._new(node, "greatest")

    def on_dot(self, node):
        x = self._new(node, "dot")
        self.facts += [x >= 0] if node.args[0] is node.args[1] else []
        return x

    def on_exp(self, node):
        """A positive number of at least 1 + x, and more than that unless x = 0."""
        x, known = self(node.args[0]), len(self.fresh)
        e = self._new(node, "exp")
        self.facts += [e > 0, Formulas.z3.If(x == 0, e == 1, e > 1 + x)] if len(self.fresh) > known else []
        return e

    on_gamma = on_log = on_integral = on_round = on_total

    def _new(self, key, name):
        if key not in self.fresh:
            self.fresh[key] = Formulas.z3.Real(f"{name}!{len(self.fresh)}")
        return self.fresh[key]


def _bounds(x, domain) -> list:
    facts = []
    if domain.low is not None:
        facts.append(x > Formulas.number(domain.low) if domain.open_low else x >= Formulas.number(domain.low))
    if domain.high is not None:
        facts.append(x < Formulas.number(domain.high) if domain.open_high else x <= Formulas.number(domain.high))
    return [*facts, x != 0] if domain.nonzero else facts


def _linear(exponent: Exact) -> tuple[Exact, Fraction]:
    """exponent = rest + constant, for sums and differences with a number."""
    if exponent.op in ("add", "sub"):
        a, b = exponent.args
        if b.op == "number":
            rest, constant = _linear(a)
            return rest, constant + (b.args[0] if exponent.op == "add" else -b.args[0])
        if a.op == "number" and exponent.op == "add":
            rest, constant = _linear(b)
            return rest, constant + a.args[0]
    return exponent, Fraction(0)


def _at_least_one(exponent: Exact) -> bool:
    return exponent.op == "symbol" and exponent.args[1].low is not None and exponent.args[1].low >= 1
