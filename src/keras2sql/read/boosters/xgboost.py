"""XGBoost: what `Booster.save_raw` and `save_model` write, as JSON or UBJSON.

The layout is that of https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html and
the schema behind it.  Numbers are of 32 bit, and so are the sums of XGBoost itself: a prediction
by 64 bit differs from its own in the seventh digit.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, beside, of_single
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters.model import Boosted, numbers, only, room, tree

_LOGIT = ("binary:logistic", "reg:logistic")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_AS_IT_IS = (
    "reg:squarederror",
    "reg:linear",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "reg:expectileerror",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
)
_SOFTMAX = ("multi:softprob", "multi:softmax")


def of_document(document: Mapping[str, Any], task: str = "", best: bool = False) -> Boosted:
    """The model of a document.

    `task` is "classifier" or "regressor" as the estimator around it is; without it, the objective
    tells.  With `best`, or where an estimator wrote the document, its best iteration is the last.
    """
    learner = document["learner"]
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    parameters = learner["learner_model_param"]
    width, classes = int(parameters["num_feature"]), int(parameters.get("num_class", 0))
    outputs = max(classes, int(parameters.get("num_target", 1)), 1)
    room(1, outputs)
    link, first = _link(objective, _base_scores(parameters["base_score"]))
    attributes = learner.get("attributes", {})
    told = _told(attributes)
    last = None
    if (best or told) and "best_iteration" in attributes:
        last = int(attributes["best_iteration"])
    names, kinds = learner.get("feature_names"), learner.get("feature_types") or []
    categories = frozenset(i for i, kind in enumerate(kinds) if kind == "c")
    known: dict[str, Any] = {}
    if booster["name"] == "gblinear":
        weights = numbers(booster["model"]["weights"], np.float32).astype(np.float64)
        table = weights.reshape(width + 1, outputs)
        known["weights"] = table[:-1]
        first = first + table[-1]
    else:
        known["trees"] = _trees(booster, width, outputs, last)
        known["categories"] = _categories(booster, categories)
    return Boosted(
        "XGBoost",
        _version(document),
        width,
        np.broadcast_to(first, (outputs,)).astype(np.float64),
        link,
        labels=_labels(task or told, objective, classes, outputs),
        features=tuple(map(str, names)) if names else None,
        unknown=0.0,  # XGBoost 3.2 takes an unseen category for the first
        codes=categories - frozenset(known.get("categories", ())),
        cut="floor",
        **known,
    )


def of_booster(booster: Any, task: str = "", best: bool = False) -> Boosted:
    """The model of a booster that lives; arguments as for `of_document`."""
    return of_document(json.loads(bytes(booster.save_raw("json"))), task, best)


def _version(document: Mapping[str, Any]) -> tuple[int, int]:
    told = [*document.get("version", ()), 0, 0]
    return int(told[0]), int(told[1])


def _told(attributes: Mapping[str, Any]) -> str:
    """The kind of the estimator that wrote the document; "" where none did."""
    written = json.loads(attributes.get("scikit_learn") or "{}")
    kind = written.get("_estimator_type") or ""
    return {"classifier": kind, "regressor": kind, "": ""}.get(kind, "regressor")


def _base_scores(text: Any) -> Array:
    """One for all outputs, or one for each since version 3.1."""
    value = json.loads(text) if isinstance(text, str) else text
    found = np.atleast_1d(np.asarray(value, dtype=np.float32)).astype(np.float64)
    if found.ndim != 1:
        raise ValueError("its base_score is no list of numbers")
    return found


def _link(objective: str, base: Array) -> tuple[str, Array]:
    """The name of the link, and the base score on the side of the sums."""
    if objective in _LOGIT:
        if not ((base > 0) & (base < 1)).all():
            raise ValueError(f"a base_score of {base[0]} is no probability")
        return "sigmoid", np.log(base / (1 - base))
    if objective in _LOG:
        if not (base > 0).all():
            raise ValueError(f"a base_score of {base[0]} is not above 0")
        return "exp", np.log(base)
    if objective in _SOFTMAX:
        return "softmax", base
    if objective in _AS_IT_IS:
        return "identity", base
    raise Refused(f"the objective {objective!r} of XGBoost does not become SQL")


def _labels(task: str, objective: str, classes: int, outputs: int) -> tuple[tuple[int, ...], ...]:
    by_objective = objective in _SOFTMAX or objective == "binary:logistic"
    if task == "regressor" or not (task or by_objective):
        return ()
    if objective in _SOFTMAX:
        if classes == 2 and objective == "multi:softprob" and task:
            raise Refused(
                "multi:softprob of two classes, which XGBClassifier.predict takes for two labels"
            )
        return (tuple(range(classes)),)
    if objective == "binary:logistic":
        return ((0, 1),) * outputs
    raise Refused(f"classes by the objective {objective!r} do not become SQL")


# -- trees


def _trees(booster: Mapping[str, Any], width: int, outputs: int, last: int | None) -> Forest:
    """All trees up to the iteration `last`; those of DART with their weights."""
    drops = None
    if booster["name"] == "dart":
        drops = numbers(booster["weight_drop"], np.float32).astype(np.float64)
        booster = booster["gbtree"]
    elif booster["name"] != "gbtree":
        raise Refused(f"the booster {booster['name']!r} of XGBoost does not become SQL")
    model = booster["model"]
    groups, listed = numbers(model["tree_info"], np.int64), model["trees"]
    count = len(listed) if last is None else _count(model, last, outputs)
    if len(groups) != len(listed) or not ((groups >= 0) & (groups < outputs)).all():
        raise ValueError("its trees are not of its outputs")
    if not 0 < count <= len(listed):
        raise ValueError(f"{count} of {len(listed)} trees")
    room(sum(len(one["left_children"]) for one in listed[:count]), outputs)
    weights = np.ones(len(listed)) if drops is None else drops
    made = [
        _tree(one, width, outputs, int(group), float(weight))
        for one, group, weight in zip(listed[:count], groups, weights, strict=False)
    ]
    if len(weights) < count:
        raise ValueError("a tree has no weight")
    return beside(made)


def _count(model: Mapping[str, Any], last: int, outputs: int) -> int:
    """How many trees there are up to the iteration `last`."""
    starts = model.get("iteration_indptr")
    if starts is not None and len(starts):
        return int(starts[last + 1])
    parallel = int(model["gbtree_model_param"].get("num_parallel_tree", 1))
    return (last + 1) * max(parallel, 1) * outputs


def _tree(
    document: Mapping[str, Any], width: int, outputs: int, group: int, weight: float
) -> Forest:
    left, right = (numbers(document[f"{side}_children"], np.int64) for side in ("left", "right"))
    condition = numbers(document["split_conditions"], np.float32)
    feature = numbers(document["split_indices"], np.int64)
    default_left = numbers(document["default_left"], np.bool_)
    if int(document["tree_param"].get("size_leaf_vector", 1)) > 1:
        value = _vectors(document, left, right, outputs)
    else:
        value = only(condition.astype(np.float64) * weight, group, outputs)
    # x < condition, both of 32 bit, is x <= the number before it.
    before = np.nextafter(condition, np.float32(-np.inf))
    threshold = np.where(left >= 0, of_single(np.where(left >= 0, before, 0)), 0.0)
    category, categories = _sets(document, left)
    if category is None:
        return tree(width, feature, threshold, left, right, value, default_left)
    # A category of the set goes right.
    listed = category >= 0
    sides = np.where(listed, right, left), np.where(listed, left, right)
    missing = default_left ^ listed
    return tree(width, feature, threshold, *sides, value, missing, category, categories)


def _vectors(document: Mapping[str, Any], left: Array, right: Array, outputs: int) -> Array:
    """The values of leaves that have one for each output."""
    if "leaf_weights" not in document:
        raise Refused("trees of several outputs as XGBoost before 3.2 wrote them; save them anew")
    leaves = numbers(document["leaf_weights"], np.float32).astype(np.float64).reshape(-1, outputs)
    found = np.zeros((len(left), outputs))
    leaf = left < 0
    if (right[leaf] < 0).any():
        raise ValueError("a leaf has no values")
    found[leaf] = leaves[right[leaf]]
    return found


def _sets(document: Mapping[str, Any], left: Array) -> tuple[Array | None, list[list[int]]]:
    """Of each node the place of its set of categories, -1 where it has none; and the sets."""
    kinds = numbers(document.get("split_type", ()), np.int64)
    if not kinds.any():
        return None, []
    nodes = numbers(document["categories_nodes"], np.int64)
    starts = numbers(document["categories_segments"], np.int64)
    sizes = numbers(document["categories_sizes"], np.int64)
    members = numbers(document["categories"], np.int64).tolist()
    if len({len(nodes), len(starts), len(sizes)}) > 1 or sizes.sum() != len(members):
        raise ValueError("its sets of categories are not whole")
    category = np.full(len(left), -1)
    category[nodes] = np.arange(len(nodes))
    if (category[(kinds == 1) & (left >= 0)] < 0).any():
        raise ValueError("a node has no set of categories")
    ends = zip(starts.tolist(), sizes.tolist(), strict=True)
    sets = [members[start : start + size] for start, size in ends]
    if [len(one) for one in sets] != sizes.tolist():
        raise ValueError("its sets of categories are not whole")
    return np.where(kinds == 1, category, -1), sets


# -- categories


def _categories(booster: Mapping[str, Any], listed: frozenset[int]) -> dict[int, tuple[Any, ...]]:
    """The categories of the columns that have some, in the order of their codes; XGBoost keeps
    them since version 3.1 where it was given a frame."""
    model = booster.get("gbtree", booster)["model"]
    encoders = (model.get("cats") or {}).get("enc") or []
    found: dict[int, tuple[Any, ...]] = {}
    for place, one in enumerate(encoders):
        if place not in listed or not len(one["values"]):
            continue
        values = one["values"]
        if "offsets" in one:
            text = bytes(int(v) & 255 for v in values)
            ends = numbers(one["offsets"], np.int64).tolist()
            if ends != sorted(ends):
                raise ValueError("its categories overlap")
            found[place] = tuple(text[a:b].decode() for a, b in itertools.pairwise(ends))
        else:
            found[place] = tuple(float(v) for v in values)
    return found
