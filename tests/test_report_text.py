"""What the book prints: escaped once, tidy without another value, and the same as what was proved."""

from __future__ import annotations

import mpmath
import pytest
from report_cases import HOSTILE, forget

from verify import theories
from verify.domain import Domain, Natural, Real, Sequence, Unit
from verify.exact import Exact, exact, substitute
from verify.fold import evaluate
from verify.numbers import dot, exp, sqrt, total
from verify.report import figures
from verify.report.bibliography import FILE, bibliography
from verify.report.equations import Unreadable, difference, equations
from verify.report.families import families
from verify.report.formula import display, line
from verify.report.named import named
from verify.report.notation import flat, latex, tidy
from verify.report.prose import sentence
from verify.report.relations import all_said
from verify.report.tex import Tex, escape, render
from verify.report.written import formula, is_formula
from verify.statement import claim, claims, equal
from verify.systems import Multiprecision

__all__ = ["forget"]  # a fixture

# Escaping ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("special", '\\{}$&#%_^~<>"`[]*|')
def test_no_special_character_stands_bare(special):
    assert escape(special) != special
    assert escape(f"a{special}b") == f"a{escape(special)}b"


def test_text_is_escaped_once_and_latex_never():
    assert (
        render("difference.tex", pair={"paper": [Tex(r"\alpha")], "code": [r"\alpha"], "texts": []}).count(r"\alpha")
        == 1
    )
    assert escape(escape("a_b")) == r"a\_b"


@pytest.mark.parametrize("odd", ["𝔸", "\x00", "\u202e", "漢"])
def test_every_character_has_a_form_that_tex_knows(odd):
    assert all(ord(c) < 128 for c in escape(odd))


def test_two_hyphens_stay_two():
    assert "--" not in escape("certify --json")


@pytest.mark.parametrize(
    "good", [r"1 - \beta^t", r"\frac{1}{2}", r"\|w\|", r"\{0\}", r"x^{a^b}", r"C^\infty(\mathbb{R}^d)"]
)
def test_formulas_of_a_theory_file_are_taken(good):
    assert is_formula(good)
    assert formula(good) == good


@pytest.mark.parametrize(
    "bad",
    [r"\input{x}", r"x^a^b", r"x_a_b", "x}", "{x", r"\frac{1}", r"\sqrt x", "x^", "", " ", "$", r"\left(x", "a%b", "ρ"],
)
def test_what_is_no_formula_is_text(bad):
    assert not is_formula(bad)
    assert "$" not in str(sentence(f"${bad}$")).replace(r"\$", "").replace(r"$\rho$", "").replace("$x$", "").replace(
        "$a$", ""
    )


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("at most sqrt(K_t) lr", r"at most $\sqrt{K_{t}} \eta$"),
        ("the t-th step", "the $t$-th step"),
        ("where beta1 = beta2^2.", r"where $\beta_{1} = \beta_{2} ^{2}$."),
        ("a Gamma function of a sum", "a Gamma function of a sum"),
        ("the betas, and 3 of 4", "the betas, and 3 of 4"),
        ("(2, 4) and (3)-(4)", "(2, 4) and (3)-(4)"),
        ("eps = 1e-08", r"$\varepsilon = 10^{-8}$"),
        ("2^3^4", r"2\textasciicircum{}3\textasciicircum{}4"),
        ("Adam's i.e. `a_b`", r"Adam's i.e. \texttt{a\_\allowbreak{}b}"),
        ("p - <w, p> w", r"$p - \langle w, p \rangle w$"),
    ],
)
def test_sentences(said, printed):
    assert sentence(said) == printed


# What is printed is what was proved ------------------------------------------------------------------


x, beta, t = Real.symbol("x"), Unit.symbol("beta"), Natural.symbol("t")
TERMS = [
    beta * ((1 - beta) * x) - (-x),
    x - (x - beta * x),
    (-x) * beta / (1 - beta) / (-(x**2)),
    (x / beta) ** 2 / (beta / (1 - beta)) * (t + 1 - 1),
    sqrt(x**2 / beta) / (x * (beta / t)) - (beta - x),
    total(lambda i: beta ** (t - i) * (x - x + i), 1, t) * x,
    (-x) ** 2 * ((beta**2) ** (t - t)),
]


@pytest.mark.parametrize("term", TERMS, ids=range(len(TERMS)))
@pytest.mark.parametrize("way", [tidy, flat])
def test_a_tidy_term_has_the_same_value(way, term):
    with mpmath.workdps(30):
        values = {"x": mpmath.mpf("1.7"), "beta": mpmath.mpf("0.3"), "t": mpmath.mpf(4)}
        before, after = evaluate(term, values, Multiprecision), evaluate(way(term), values, Multiprecision)
    assert abs(before - after) < mpmath.mpf(10) ** -25


def test_differences_of_equal_quantities_stay():
    assert latex(x - x) == "x - x"
    assert latex(t - t + 1) == "1"


@pytest.mark.parametrize("name", ["_x", "x__y", "é", "λ", "x_"])
def test_odd_names_are_text(name):
    assert latex(Real.symbol(name)).startswith(r"\text{")
    assert "\\text{" in latex(Sequence(Real).symbol(name)(t))


def test_functions_hold_no_double_powers():
    for term in (exp(-x) ** t, dot(x, x) ** 2, Exact("call", "x'", Real, t) ** 2, total(lambda i: i, 1, t) ** 2):
        assert is_formula(
            latex(term).replace(r"\left", "").replace(r"\right", "").replace("'", "").replace(r"\mathopen{}", "")
        )


def test_a_sum_is_bracketed_before_a_factor():
    assert latex(total(lambda i: beta**i, 1, t) * x).startswith(r"\left(\sum")


@pytest.fixture(scope="module")
def theory():
    theories.load()
    return {id: c for id, c in claims.items() if c.state.__module__.startswith("theory.")}


def test_names_mean_what_was_proved(theory):
    found = {id: named(c) for id, c in theory.items()}
    for id, words in found.items():
        plain = [latex(x.left) for x in theory[id].relations(theory[id].symbols()) if hasattr(x, "left")]
        assert [latex(words.whole(exact(x.left))) for x in words.relations if hasattr(x, "left")] == plain, id
    assert sum(bool(words.meaning) for words in found.values()) > len(found) / 4


def test_names_that_would_change_a_statement_are_not_used(forget):
    seen = []

    @claim("fickle/claim", cites="own")
    def fickle(a: Real):
        """It says another thing each time."""
        seen.append(a)
        b = a + len(seen)
        return equal(b, a)

    words = named(claims["fickle/claim"])
    assert not words.meaning


def test_every_line_of_every_statement_is_printed(theory):
    for c in theory.values():
        for part in all_said(named(c).relations, c):
            assert all(str(display(x)).count(r"\tryformula") for x in part.lines)


def at(name: str, back: int = 0) -> Exact:
    """A quantity of a rule at step t, or before."""
    return Exact("call", name, Real, t - back if back else t)


def test_equations_are_the_step(theory):
    """Putting the equations into one another gives what the step returns."""
    for name, rule in theories.rules().items():
        try:
            lines = equations(rule)
        except Unreadable:
            continue
        known: dict = {}
        for e in lines:
            known[e.name] = substitute(e.value, known)
        hyper = {n: d.symbol(n) for n, d in rule.hyperparameters.items()}
        after, memory = rule.step(at("x", 1), at("g"), tuple(at(n, 1) for n in rule.memory), t, **hyper)
        assert known[at("x")] is exact(after), name
        assert [known[at(n)] for n in rule.memory] == [exact(m) for m in memory], name


def test_every_reading_shows_a_difference(theory):
    for name, rule in theories.rules().items():
        for reading in rule.readings:
            found = difference(rule, reading)
            assert found.code or found.texts or reading.narrow, (name, reading.id)


def test_every_reference_of_the_theory_is_in_the_bibliography(theory):
    chosen = families(theory.values())
    known = bibliography([f.references for f in chosen])
    assert known.text == FILE.read_text("utf-8")


def test_families_stand_in_an_order_in_which_they_can_be_read(theory):
    chosen = families(theory.values())
    years = {f.module.__name__: f.year for f in chosen}
    assert {f.module.__name__ for f in chosen} >= {c.state.__module__ for c in theory.values()}
    assert years[chosen[0].module.__name__] <= years[chosen[-1].module.__name__]


def test_figures_are_drawn_from_what_is_there(theory, tmp_path):
    drawn = figures.possible(theory, theories.rules())
    assert [f.name for f, _ in drawn] == ["rectifier", "variance", "growth", "paths"]
    assert not figures.possible({}, {})
    assert all(isinstance(f.caption(needs), Tex) for f, needs in drawn)
    figures.write(tmp_path, drawn[:1])
    assert (tmp_path / "rectifier.pdf").read_bytes().startswith(b"%PDF")


def test_long_formulas_come_in_several_shapes():
    shapes = list(line(sum((Real.symbol(f"a{i}") for i in range(40)), exact(0)), "=", x).shapes())
    assert len(shapes) >= 3
    assert shapes[-1].count(r"\\") > shapes[1].count(r"\\")


def test_a_domain_may_say_anything():
    assert "\\input" not in formula(Domain(HOSTILE).latex)
