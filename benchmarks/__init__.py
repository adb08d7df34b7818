"""What optproof costs and what it finds, measured: `python -m benchmarks` (make bench).

suite: seconds to lift, map and prove each optimizer.  engines: claims and points per second,
and the normal form beside SymPy's simplify.  mutants: who notices a planted fault.  Nothing here
is asserted in a test; times depend on the machine.
"""
