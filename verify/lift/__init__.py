"""Shipped code as programs: run the code itself on numbers that carry terms.

Read in this order: record (what one lift remembers), elements (one operation on one
number), integers, storage (numbers in narrow types), trace (Python numbers with terms), curves,
functions and patch (how `math` and NumPy are kept from losing terms), tensor (torch tensors
with terms), call, operations, reduce, matrices, shapes, places, foreach (what torch's
functions do to terms), torch (how its calls arrive), slots, guard and machine (one optimizer under a lift: its memory, whether
every term is still its value's, and the whole), equations (a lifted step, printed).
"""
