"""Encodings by what a category says of the target, and encodings of targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, vector
from keras2sql.read.sklearn.encoding import coded, plain
from keras2sql.read.sklearn.registry import TAKEN, fitted, transforms

_UNSEEN = -1.0


@transforms("sklearn.TargetEncoder", table=True, gaps=TAKEN)
def target_encoder(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """What the target is on average where this is the category, smoothed; for each class, if
    there are more than two.  A category that was not seen has the mean of all."""
    fitted(model, "encodings_", "target_mean_")
    classes = list(model.classes_) if model.target_type_ == "multiclass" else [None]
    means = np.asarray(model.target_mean_, dtype=np.float64).reshape(-1)
    parts, names = [], []
    for number, encodings in enumerate(model.encodings_):
        place, of_class = divmod(number, len(classes))
        codes = [float(code) for code in encodings]
        categories = plain(model.categories_[place])
        code = coded(graph, columns, place, categories, codes, float(means[of_class]))
        parts.append(graph.reshape(code, (1,)))
        name = columns.names[place]
        names.append(name if len(classes) == 1 else f"{name}_{classes[of_class]}")
    return vector(graph.join(parts, 0), names)


@transforms("sklearn.LabelEncoder", table=True, gaps=TAKEN, width=1)
def label_encoder(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The number of the label."""
    fitted(model, "classes_")
    labels = plain(model.classes_)
    code = coded(graph, columns, 0, labels, [float(i) for i in range(len(labels))], None)
    return vector(graph.reshape(code, (1,)), ["labelencoder0"])


@transforms("sklearn.LabelBinarizer", table=True, gaps=TAKEN, width=1)
def label_binarizer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """A column for each label, or one for the second of two; a label that was not seen has none."""
    fitted(model, "classes_", "y_type_")
    if str(model.y_type_).startswith("multilabel"):
        raise Refused("fitted to several labels of a row")
    labels = plain(model.classes_)
    code = coded(graph, columns, 0, labels, [float(i) for i in range(len(labels))], _UNSEEN)
    places = [1] if len(labels) == 2 else range(len(labels))
    if len(labels) == 1:
        places = [-2]  # the one label is not told from any other
    yes, no = float(model.pos_label), float(model.neg_label)
    hot = where(ex.call("eq", X, Y), yes, no)
    y = graph.map(hot, graph.reshape(code, (1,)), np.array(list(places), dtype=np.float64))
    return vector(y, [f"labelbinarizer{i}" for i in range(y.size)])
