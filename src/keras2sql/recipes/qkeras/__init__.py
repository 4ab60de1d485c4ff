"""The layers of QKeras 0.9.0, as its sources at https://github.com/google/qkeras have them.

A kernel is quantised once, when the model is converted; an activation is, row by row, by the
SQL.  What draws random numbers in predictions, or takes its scale from all rows of a batch, has
no meaning there and is refused.
"""

from keras2sql.recipes.qkeras import folded, layers, pooling

__all__ = ["folded", "layers", "pooling"]
