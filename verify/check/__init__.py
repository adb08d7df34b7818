"""How we know that a claim is true: one question to a file.

algebra proves identities by a normal form, signs proves inequalities by the same form,
induction carries both over every t, series takes limits, smt asks z3, points asks Arb at
random exact points, sample searches for counterexamples, enclose covers a box; prove
brings their answers together.
"""
