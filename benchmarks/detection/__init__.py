"""Does optproof find planted faults, and leave right code alone?  `python -m benchmarks.detection [--sample N]`.

expression, styles: a rule's step as the text of a torch optimizer, in the styles in which people write them.
rewrites: equal steps that look different.  judge: is a mutant another function at all, decided on the rules
alone, without the lifter.  measure: certificates of all of them, on both cores; table: what came out.
"""
