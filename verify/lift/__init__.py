"""Shipped code as programs: run the code itself on numbers that carry terms.

Read in this order: record (what one lift remembers), elements (one operation on one
number), trace (Python numbers with terms), tensor (torch tensors with terms), operations,
reduce, shapes, foreach (what torch's functions do to terms), torch (how its calls arrive),
patch (how `math` and NumPy are kept from losing terms), slots and machine (one optimizer
under a lift), guard (is every term still the value's), equations (a lifted step, printed).
"""
