"""The code as it runs: the real optimizer on real tensors, with no lifter anywhere.

pieces       what is fed to an optimizer
live         one optimizer, stepped by hand
execute      builds and drives one target, and says how far two of its runs may differ
shared       where instances could share memory
clause       the eleven clauses of the contract of a torch optimizer, and what is found about one
alone        clauses 1 and 2: what happens to one tensor is no matter of the others
apart        clauses 3 and 8: groups and instances stay apart
changes      clauses 4, 5 and 7: hyperparameters, direction and state are what they are said to be
gradients    clauses 6 and 10: gradients are read when they are there, and left alone
zeros        clause 11: a zero gradient is a gradient
narrow       clause 9: values in narrower types, within their own rounding
precision    clause 9: what a parameter is, and how precisely it is updated
contract     all of them, in an order in which the cause comes before what follows from it
demonstrations  short programs that fail where a clause is broken
refusals     what a target refuses, and whether it decided so
notes        remarks about the constructor
enclosed     arrays of numbers that know their rounding
scenarios    long and odd lives of a parameter
plans        what the real optimizer is run on beside its rule
unwatched    the real optimizer against its rule on these
"""
