"""CatBoost: the JSON that ``save_model(path, format="json")`` writes.

https://catboost.ai/docs/en/concepts/json-model.  Borders are of 32 bit, and so are the numbers
that they are compared with; sums are of 64 bit.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, beside, of_single
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters.model import Boosted, numbers, room, tree

_AS_IT_IS = """RMSE MAE Quantile LogLinQuantile MAPE Lq Huber Expectile MultiRMSE
MultiRMSEWithMissingValues SurvivalAft Cox QueryRMSE QuerySoftMax PairLogit PairLogitPairwise
YetiRank YetiRankPairwise StochasticRank LambdaMart GroupQuantile"""
_LINKS = {
    **dict.fromkeys(_AS_IT_IS.split(), "identity"),
    **dict.fromkeys(("Poisson", "Tweedie"), "exp"),
    **dict.fromkeys(("Logloss", "CrossEntropy", "Focal"), "sigmoid"),
    **dict.fromkeys(("MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy"), "sigmoid"),
    "MultiClass": "softmax",
}
_SEVERAL = ("MultiLogloss", "MultiCrossEntropy")
_DEEPEST = 16  # of a tree whose levels ask one question each


def of_document(document: Mapping[str, Any], task: str = "") -> Boosted:
    """The model of a document; `task` is "regressor" where the estimator around it is one."""
    info, features = document["model_info"], document["features_info"]
    loss = info["params"]["loss_function"]["type"]
    if loss not in _LINKS:
        raise Refused(f"the loss {loss!r} of CatBoost does not become SQL")
    link = _LINKS[loss]
    scale, bias = document["scale_and_bias"]
    bias = np.atleast_1d(np.asarray(bias, dtype=np.float64))
    columns = _Columns(features)
    listed = document.get("oblivious_trees")
    if listed is not None:
        made = [_level_by_level(one, columns, float(scale)) for one in listed]
    else:
        made = [_node_by_node(one, columns, float(scale)) for one in document["trees"]]
    if not made:
        raise ValueError("it has no trees")
    outputs = made[0].outputs
    if len({one.outputs for one in made}) > 1 or bias.shape not in ((1,), (outputs,)):
        raise ValueError("its trees are not of its outputs")
    room(sum(one.nodes for one in made), outputs)
    threshold = info.get("binclass_probability_threshold")
    told = task != "regressor" and link in ("sigmoid", "softmax")
    return Boosted(
        "CatBoost",
        _version(info),
        columns.width,
        np.broadcast_to(bias, (outputs,)).copy(),
        link,
        trees=beside(made),
        labels=_labels(info, loss, outputs) if told else (),
        threshold=None if threshold is None else float(threshold),
        features=columns.names,
    )


def of_model(model: Any, task: str = "") -> Boosted:
    """The model of an estimator that lives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        document = json.loads(path.read_bytes())
    return of_document(document, task)


def _version(info: Mapping[str, Any]) -> tuple[int, int]:
    found = re.search(r"release (\d+)\.(\d+)", str(info.get("catboost_version_info", "")))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _labels(info: Mapping[str, Any], loss: str, outputs: int) -> tuple[tuple[Any, ...], ...]:
    if loss in _SEVERAL:
        return ((0, 1),) * outputs
    told = (info.get("class_params") or {}).get("class_names") or []
    count = 2 if outputs == 1 else outputs
    labels = tuple(told) if len(told) else tuple(range(count))
    if len(labels) != count or not all(isinstance(one, str | int | float) for one in labels):
        raise ValueError(f"{len(labels)} classes for {count}")
    return (labels,)


class _Columns:
    """The columns by the number that the trees know them by."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        for kind in ("text", "embedding"):
            if features.get(f"{kind}_features"):
                raise Refused(f"{kind} features of CatBoost do not become SQL")
        numeric = features.get("float_features") or []
        listed = [*numeric, *(features.get("categorical_features") or [])]
        self.width = 1 + max(int(one["flat_feature_index"]) for one in listed)
        room(1, self.width)
        self.place = {int(one["feature_index"]): int(one["flat_feature_index"]) for one in numeric}
        self.right = {
            int(one["feature_index"])
            for one in numeric
            if one.get("nan_value_treatment") == "AsTrue"
        }
        names = [""] * self.width
        for one in listed:
            names[int(one["flat_feature_index"])] = str(one.get("feature_id") or "")
        self.names = tuple(names) if all(names) else None

    def split(self, node: Mapping[str, Any]) -> tuple[int, float, bool]:
        """What a node tests: the column, the border, whether a missing value goes left."""
        kind = node["split_type"]
        if kind != "FloatFeature":
            raise Refused(
                f"{kind}: categorical features of CatBoost are compared by a hash that SQL lacks; "
                "encode them before, as by TargetEncoder or OrdinalEncoder in a pipeline"
            )
        feature = int(node["float_feature_index"])
        return self.place[feature], float(np.float32(node["border"])), feature not in self.right


def _level_by_level(document: Mapping[str, Any], columns: _Columns, scale: float) -> Forest:
    """A tree whose levels ask one question each: bit i of a leaf's number answers the i-th."""
    splits = [columns.split(one) for one in document.get("splits") or []]
    depth, values = len(splits), numbers(document["leaf_values"]) * scale
    leaves = 1 << min(depth, _DEEPEST + 1)
    if depth > _DEEPEST or not len(values) or len(values) % leaves:
        raise ValueError(f"a tree of {depth} levels has {len(values)} leaves")
    values = values.reshape(leaves, -1)
    order = np.zeros(leaves, dtype=np.int64)  # the first question is that of the root
    for level in range(depth):
        order |= (np.arange(leaves) >> (depth - 1 - level) & 1) << level
    level_of = np.repeat(np.arange(depth), 1 << np.arange(depth))
    inner = leaves - 1
    feature, border, left = (np.array([split[i] for split in splits]) for i in range(3))
    end = np.zeros(leaves)
    first = 2 * np.arange(inner) + 1
    ends = np.full(leaves, -1)

    def each(values: Array) -> Array:
        return np.concatenate([values[level_of], end]) if depth else end

    return tree(
        columns.width,
        each(feature).astype(np.int64),
        of_single(each(border)),
        np.concatenate([first, ends]),
        np.concatenate([first + 1, ends]),
        np.concatenate([np.zeros((inner, values.shape[1])), values[order]]),
        each(left).astype(bool),
    )


def _node_by_node(document: Mapping[str, Any], columns: _Columns, scale: float) -> Forest:
    nodes: list[Mapping[str, Any]] = [document]
    left: list[int] = []
    splits: list[tuple[int, float, bool]] = []
    values: list[Sequence[float]] = []
    width = 0
    for node in nodes:
        if "split" in node:
            splits.append(columns.split(node["split"]))
            left.append(len(nodes))
            nodes += [node["left"], node["right"]]
            values.append(())
            continue
        splits.append((0, 0.0, False))
        left.append(-1)
        values.append(numbers(np.atleast_1d(node["value"])).tolist())
        width = width or len(values[-1])
    table = np.zeros((len(nodes), max(width, 1)))
    for place, value in enumerate(values):
        if left[place] < 0:
            if len(value) != width:
                raise ValueError("its leaves are not of its outputs")
            table[place] = value
    feature, border, missing = (np.array([split[i] for split in splits]) for i in range(3))
    first = np.array(left)
    right = np.where(first < 0, -1, first + 1)
    return tree(columns.width, feature, of_single(border), first, right, table * scale, missing)
