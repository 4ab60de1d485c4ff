"""Which numbers a tensor can hold, so far as can be told without knowing the inputs.

More than `probabilities.bounds`: also how near to 0 they come, and whether they can be 0,
infinite or NaN.  Lowering tests no more than what these leave open.
"""
