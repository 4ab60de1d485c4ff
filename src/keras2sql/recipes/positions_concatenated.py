"""PositionalEncoding and PositionalEmbedding with all sines before all cosines.

As in TensorFlow's transformer tutorial since 2022: ``np.concatenate([np.sin(angle_rads),
np.cos(angle_rads)], axis=-1)``.  Who names this recipe says so; a file does not tell.
"""

from keras2sql.recipes.sinusoids import concatenated
from keras2sql.recipes.transformer import positions

positions(concatenated)
