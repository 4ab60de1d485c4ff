"""Predictions into a table beside their source, in batches that survive what ends them."""

from keras2sql.scoring.into import Scored, score_into
from keras2sql.scoring.ledger import Entry, filled

__all__ = ["Entry", "Scored", "filled", "score_into"]
