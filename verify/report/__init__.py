"""The book: every theorem with its proof, every certificate, and figures, as LaTeX and as a PDF.

Nothing in it is typed twice: statements and proofs come from claims, algorithms from rules,
verdicts from certificates, figures from all three, and the templates hold words alone.
"""
