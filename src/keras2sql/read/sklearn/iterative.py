"""Missing values estimated from the other columns, round by round."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, maximum, minimum, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.imputing import indicated, is_nothing, simple_imputer
from keras2sql.read.sklearn.registry import TAKEN, fitted, transforms


@transforms("sklearn.IterativeImputer", table=True, gaps=TAKEN, note="missing values that are NaN")
def iterative_imputer(graph: TableBuilder, model: Any, columns: Columns) -> Columns | None:
    """What the estimator of each column, in its turn, says of the others, instead of what was
    missing; a first guess is that of a SimpleImputer."""
    fitted(model, "imputation_sequence_", "initial_imputer_")
    if model.sample_posterior:
        raise Refused("drawn at random (sample_posterior)")
    if not is_nothing(model.missing_values):
        raise Refused(f"takes {model.missing_values!r} for a missing value")
    first = model.initial_imputer_
    kept = [i for i, s in enumerate(first.statistics_) if not is_nothing(s)]
    if getattr(model, "keep_empty_features", False):
        kept = list(range(len(columns)))
    guessed = simple_imputer(graph, first, columns).take(range(len(kept)))
    missing = graph.map(where(X, 1.0, 0.0), graph.missing(graph.numbers(columns.take(kept))))
    known: Columns | None = guessed
    for turn, step in enumerate(model.imputation_sequence_):
        known = _imputed(graph, model, known, missing, turn, step)
    if known is None or model.indicator_ is None:
        return known
    return beside([known, indicated(graph, model.indicator_, columns)])


def _imputed(
    graph: TableBuilder, model: Any, known: Columns | None, missing: Tensor, turn: int, step: Any
) -> Columns | None:
    place = int(step.feat_idx)
    neighbours = None if known is None else known.take(map(int, step.neighbor_feat_idx))
    said = graph.estimated(step.estimator, f"turn_{turn}", neighbours)
    if said is None or known is None or said.estimate is None:
        return None
    low, high = (float(np.asarray(v)[place]) for v in (model._min_value, model._max_value))
    held = minimum(maximum(X, low), high)
    flag = graph.take(missing, [place])
    value = graph.map(
        where(Y > 0.0, held, Z), said.estimate, flag, graph.numbers(known.take([place]))
    )
    cells = list(known.cells)
    cells[place] = vector(value, [known.names[place]]).cells[0]
    return Columns(known.names, tuple(cells))
