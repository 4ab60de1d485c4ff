"""PositionalEncoding and PositionalEmbedding whose sines and cosines alternate.

As in TensorFlow's transformer tutorial up to 2022: ``angle_rads[:, 0::2] = np.sin(...)`` and
``angle_rads[:, 1::2] = np.cos(...)``.  Who names this recipe says so; a file does not tell.
"""

from keras2sql.recipes.sinusoids import interleaved
from keras2sql.recipes.transformer import positions

positions(interleaved)
