"""Is a relation true on a whole box?  Balls that cover the box answer; where they are too wide, it is cut in two.

The slack of the relation (right - left, a slope, a difference) is evaluated on balls, once as
it stands and once in the mean value form f(m) + f'(X) (X - m), whose derivatives come from
Arb's power series.  A box is settled when the slack is certainly positive there, or a
hypothesis certainly fails; one point at which it is certainly negative refutes.  The
verdict names the box: an open end of a domain, or one at infinity, is approached and not met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import flint

from verify.check.evidence import Evidence, unknown
from verify.check.limits import bound_variable
from verify.domain import Domain
from verify.exact import Exact, exact, negation, walk
from verify.fold import Fold, Undecided, Unsupported
from verify.statement import AtMost, Claim, Holds, Monotone, Verdict
from verify.systems import Balls

EFFORT = 4000  # boxes
BITS = 96
MARGIN = Fraction(1, 64)  # of the width, kept from an open end
Box = dict[str, tuple[Fraction, Fraction]]
_SILENT = (ArithmeticError, ValueError, TypeError, AttributeError, Unsupported)


class Hull(Fold):
    """A fold on balls, in which an undecided comparison takes both branches."""

    def __init__(self, values: dict):
        super().__init__(values, Balls)

    def _apply(self, node: Exact):
        if node.op != "where":
            return super()._apply(node)
        condition, a, b = node.args
        try:
            return self(a if self(condition) else b)
        except Undecided:
            return self(a).union(self(b))

    def _compare(self, op, a, b):
        if any(isinstance(self(side), flint.arb_series) for side in (a, b)):
            raise Unsupported("a comparison of series")
        return super()._compare(op, a, b)


@dataclass(frozen=True)
class Goal:
    """A term that must be positive (or not negative) on the box; or its slope along the variable that `along` names."""

    term: Exact
    strict: bool
    along: str | None = None
    sign: int = 1

    def value(self, at: dict):
        if self.along is None:
            return Hull(at)(self.term)
        return self.sign * Hull(at | {self.along: _series(at[self.along], 2)})(self.term)[1]

    def slope(self, at: dict, name: str):
        """The derivative of the value in one variable."""
        if self.along is None:
            return Hull(at | {name: _series(at[name], 2)})(self.term)[1]
        if name != self.along:
            raise Unsupported("a mixed derivative")
        return 2 * self.sign * Hull(at | {name: _series(at[name], 3)})(self.term)[2]

    def settled(self, ball) -> bool:
        return bool(ball > 0 if self.strict else ball >= 0)

    def fails(self, ball) -> bool:
        return bool(ball <= 0 if self.strict else ball < 0)


def _series(ball, length: int):
    return flint.arb_series([ball, 1], length)


def enclose(claim: Claim, boxes: dict | None = None, effort: int = EFFORT) -> Evidence:
    """All relations of a claim on one box; `boxes` gives ends by name where the domain's window is not meant."""
    before, flint.ctx.prec = flint.ctx.prec, BITS
    try:
        symbols = claim.symbols()
        given = [exact(c) for c in claim.hypotheses(symbols)]
        found, domains = goals(claim, claim.relations(symbols))
        box = starting_box(domains, boxes or {})
        return _search(found, given, domains, box, effort)
    except Unsupported as reason:
        return unknown("enclose", str(reason))
    finally:
        flint.ctx.prec = before


def goals(claim: Claim, relations) -> tuple[list[Goal], dict]:
    """What must be positive, and the domains of all variables, those of monotone functions included."""
    domains, found = dict(claim.domains), []
    for r in relations:
        match r:
            case AtMost(left, right, _, strict):
                found.append(Goal(exact(right) - exact(left), strict))
            case Holds(condition):
                found += _of_condition(exact(condition))
            case Monotone(of, over, rising):
                x = bound_variable(of, over, claim.domains)
                domains[x.args[0]] = over
                found.append(_of_monotone(of, x, 1 if rising else -1))
            case _:
                raise Unsupported(f"a box cannot settle {type(r).__name__}: only inequalities and monotone functions")
    if any(n.op == "integral" for goal in found for n in walk(goal.term)):
        raise Unsupported("the error of an integral is estimated and not enclosed")
    return found, domains


def _of_condition(condition: Exact) -> list[Goal]:
    match condition.op:
        case "and":
            return [g for a in condition.args for g in _of_condition(a)]
        case "lt" | "le":
            return [Goal(condition.args[1] - condition.args[0], condition.op == "lt")]
    raise Unsupported(f"a box cannot settle the condition {condition!r}")


def _of_monotone(of: Callable, x: Exact, sign: int) -> Goal:
    if x.args[1].integer:
        return Goal(sign * (exact(of(x + 1)) - exact(of(x))), True)
    return Goal(exact(of(x)), True, x.args[0], sign)


# Boxes ------------------------------------------------------------------------------------


def starting_box(domains: dict, ends: dict) -> Box:
    """The given ends (numbers or decimal text), or the domain's window short of its open ends."""
    if unfit := [n for n, d in domains.items() if not isinstance(d, Domain)]:
        raise Unsupported(f"{unfit[0]} is no number, and has no box")
    return {n: (Fraction(ends[n][0]), Fraction(ends[n][1])) if n in ends else _window(d) for n, d in domains.items()}


def _window(domain: Domain) -> tuple[Fraction, Fraction]:
    low, high = domain.window
    margin = 0 if domain.integer else (high - low) * MARGIN
    return low + margin * (domain.open_low or domain.low is None), high - margin * (
        domain.open_high or domain.high is None
    )


def _ball(ends: tuple[Fraction, Fraction]):
    low, high = map(Balls.number, ends)
    return low if ends[0] == ends[1] else low.union(high)


def _middle(ends: tuple[Fraction, Fraction], domain: Domain) -> Fraction:
    middle = (ends[0] + ends[1]) / 2
    return Fraction(middle // 1) if domain.integer else middle


def _halves(box: Box, whole: Box, domains: dict) -> list[Box]:
    """The box cut across the side that is longest in proportion to the whole."""
    share = {n: (b - a) / (whole[n][1] - whole[n][0]) for n, (a, b) in box.items() if b > a}
    if not share:
        return []
    name = max(share, key=lambda n: share[n])
    low, high = box[name]
    middle = _middle(box[name], domains[name])
    return [box | {name: (low, middle)}, box | {name: (middle + 1 if domains[name].integer else middle, high)}]


# The search ---------------------------------------------------------------------------------


def _search(found: list[Goal], given: list[Exact], domains: dict, whole: Box, effort: int) -> Evidence:
    stack, seen = [whole], 0
    while stack:
        box, seen = stack.pop(), seen + 1
        open_goals = _open_goals(found, given, domains, box)
        if not open_goals:
            continue
        if (bad := _refutes(open_goals, given, domains, box)) is not None:
            return Evidence("enclose", Verdict.REFUTED, f"certainly false at {_show(bad)}", counterexample=bad)
        halves = _halves(box, whole, domains)
        if not halves or seen >= effort:
            return unknown("enclose", f"undecided on {_name(box)} after {seen} boxes")
        stack += halves
    return Evidence("enclose", Verdict.ENCLOSED, f"certain on {_name(whole)}, by {seen} boxes")


def _open_goals(found: list[Goal], given: list[Exact], domains: dict, box: Box) -> list[Goal]:
    """The goals that the balls of the box do not settle; none where a hypothesis certainly fails."""
    at = {n: _ball(ends) for n, ends in box.items()}
    if any(_certain(negation(c), at) for c in given):
        return []
    return [g for g in found if not _settled(g, at, box, domains)]


def _certain(condition: Exact, at: dict) -> bool:
    try:
        return bool(Hull(at)(condition))
    except _SILENT:
        return False


def _settled(goal: Goal, at: dict, box: Box, domains: dict) -> bool:
    for form in (lambda: goal.value(at), lambda: _mean_value(goal, at, box, domains)):
        try:
            if goal.settled(form()):
                return True
        except _SILENT:
            pass
    return False


def _mean_value(goal: Goal, at: dict, box: Box, domains: dict):
    """f(m) + sum of f_n(X) (X_n - m_n) over the real variables in which f has a derivative on balls."""
    centre, spread = dict(at), Balls.number(0)
    for name, ends in box.items():
        if domains[name].integer or ends[0] == ends[1]:
            continue
        try:
            slope = goal.slope(at, name)
        except Unsupported:
            continue
        middle = Balls.number(_middle(ends, domains[name]))
        centre[name], spread = middle, spread + slope * (at[name] - middle)
    return goal.value(centre) + spread


def _refutes(found: list[Goal], given: list[Exact], domains: dict, box: Box) -> dict | None:
    """The middle of the box, where a goal certainly fails there and the hypotheses certainly hold."""
    point = {n: _middle(ends, domains[n]) for n, ends in box.items()}
    at = {n: Balls.number(v) for n, v in point.items()}
    try:
        if all(_certain(c, at) for c in given) and any(g.fails(g.value(at)) for g in found):
            return point
    except _SILENT:
        pass
    return None


def _name(box: Box) -> str:
    return ", ".join(f"{n} in [{_short(a)}, {_short(b)}]" for n, (a, b) in box.items()) or "the one point"


def _show(point: dict) -> str:
    return ", ".join(f"{n} = {v}" for n, v in point.items())


def _short(q: Fraction) -> str:
    return str(q) if q.denominator < 1000 else f"{float(q):.6g}"
