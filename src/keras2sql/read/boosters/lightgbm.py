"""LightGBM: the text that `Booster.save_model` and `model_to_string` write.

How a node decides is told by `Tree::NumericalDecision` and `Tree::CategoricalDecision` of
https://github.com/lightgbm-org/LightGBM/blob/master/include/LightGBM/tree.h; numbers are of 64 bit.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, beside
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters.model import Boosted, numbers, only, room, tree

START = b"tree"

# Of `decision_type`.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NONE, _ZERO, _NAN = 0, 1, 2  # what is missing in a column, two bits from the third on

_SMALLEST = float(np.float32(1e-35))  # up to which a number is taken for 0
_MOST_LINES, _MOST_IN_LINE = 1 << 22, 1 << 21
_MOST_WORDS = 1 << 18  # of all sets of categories

_AS_IT_IS = "regression regression_l1 huber fair quantile mape lambdarank rank_xendcg none custom"
_LINKS = {
    **dict.fromkeys(_AS_IT_IS.split(), "identity"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    **dict.fromkeys(("binary", "multiclassova", "cross_entropy"), "sigmoid"),
    "multiclass": "softmax",
    "cross_entropy_lambda": "softplus",
}


@dataclass(frozen=True, eq=False)
class _Text:
    """The text cut up: what stands before the trees, of each tree, and behind them."""

    header: Mapping[str, str]
    trees: Sequence[Mapping[str, str]]
    parameters: Mapping[str, str]
    categories: Sequence[Sequence[Any]]


def of_text(text: str, task: str = "", classes: Sequence[Any] | None = None) -> Boosted:
    """The model of a text.

    `task` is "classifier" or "regressor" as the estimator around it is, which tells its `classes`;
    without it, the objective tells.
    """
    cut = _cut(text)
    header = cut.header
    width, outputs = int(header["max_feature_idx"]) + 1, int(header["num_tree_per_iteration"])
    name, options = _objective(header.get("objective", "custom"))
    if name not in _LINKS:
        raise Refused(f"the objective {name!r} of LightGBM does not become SQL")
    link = _LINKS[name]
    if "sqrt" in options:
        link = "square"
    if not cut.trees or len(cut.trees) % max(outputs, 1):
        raise ValueError(f"{len(cut.trees)} trees for {outputs} outputs")
    share = outputs / len(cut.trees) if "average_output" in header else 1.0
    listed = _nodes(cut.trees)
    room(sum(len(one.value) for one in listed), outputs)
    zeros, codes = _kinds(listed)
    made = [
        one.tree(width, only(one.value * share, place % outputs, outputs))
        for place, one in enumerate(listed)
    ]
    categories = _categories(cut)
    names = header["feature_names"].split()
    numbered = all(one == f"Column_{place}" for place, one in enumerate(names))
    return Boosted(
        "LightGBM",
        (int(header.get("version", "v0")[1:]), 0),
        width,
        np.zeros(outputs),
        link,
        rounds=1 / share,  # a decision function is the sum even where predictions are of the mean
        scale=float(options.get("sigmoid", 1.0)),
        trees=beside(made),
        labels=_labels(name, task, outputs, classes),
        features=None if numbered else tuple(names),
        categories=categories,
        unknown=float("nan"),
        codes=frozenset(codes - set(categories)),
        zeros=frozenset(zeros),
    )


def of_booster(booster: Any, task: str = "", classes: Sequence[Any] | None = None) -> Boosted:
    """The model of a booster that lives; arguments as for `of_text`."""
    return of_text(booster.model_to_string(), task, classes)


def _labels(
    name: str, task: str, outputs: int, classes: Sequence[Any] | None
) -> tuple[tuple[Any, ...], ...]:
    several = name in ("multiclass", "multiclassova")
    if task == "regressor" or not (task or several or name == "binary"):
        return ()
    if not (several or name == "binary"):
        raise Refused(f"classes by the objective {name!r} do not become SQL")
    count = outputs if several else 2
    listed = range(count) if classes is None else classes
    if len(listed) != count:
        raise ValueError(f"{len(listed)} classes for {count}")
    return (tuple(listed),)


def _objective(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = text.split()
    return name, {key: value for key, _, value in (one.partition(":") for one in rest)}


# -- the text


def _cut(text: str) -> _Text:
    if text.count("\n") > _MOST_LINES:
        raise ValueError("it has too many lines")
    lines = text.replace("\r", "").split("\n")
    blocks: list[dict[str, str]] = [{}]
    if "end of trees" not in lines:
        raise ValueError("it ends before its trees do")
    end = lines.index("end of trees")
    for line in lines[:end]:
        key, _, value = line.partition("=")
        if line.startswith("Tree="):
            if value != str(len(blocks) - 1):
                raise ValueError(f"tree {len(blocks) - 1} is not there")
            blocks.append({})
        else:
            blocks[-1][key] = value
    parameters: dict[str, str] = {}
    categories: Sequence[Sequence[Any]] = ()
    for line in lines[end:]:
        if line.startswith("["):
            key, _, value = line[1:].rstrip("]").partition(":")
            parameters[key] = value.strip()
        if line.startswith("pandas_categorical:"):
            categories = json.loads(line.partition(":")[2]) or ()
    header, *trees = blocks
    if len(trees) != len(header["tree_sizes"].split()):
        raise ValueError("trees are missing")
    return _Text(header, trees, parameters, categories)


def _list(block: Mapping[str, str], key: str, kind: type = np.float64) -> Array:
    text = block.get(key, "")
    if text.count(" ") > _MOST_IN_LINE:
        raise ValueError("a line is too long")
    return numbers([float(one) for one in text.split()], kind)


# -- trees


@dataclass(frozen=True, eq=False)
class _Nodes:
    """A tree: nodes that decide first, its leaves behind them."""

    feature: Array
    threshold: Array
    decision: Array
    left: Array
    right: Array
    value: Array
    sets: Sequence[Sequence[int]]

    @property
    def missing(self) -> Array:
        return self.decision >> 2

    @property
    def categorical(self) -> Array:
        return (self.decision & _CATEGORICAL) > 0

    def tree(self, width: int, value: Array) -> Forest:
        """The tree with what its leaves give, each with a number for each output."""
        low = (-_SMALLEST <= self.threshold) & (self.threshold < 0)
        near = (0 <= self.threshold) & (self.threshold < _SMALLEST)
        threshold = np.where(low, np.nextafter(-_SMALLEST, -np.inf), self.threshold)
        threshold = np.where(near, _SMALLEST, threshold)
        default_left = (self.decision & _DEFAULT_LEFT) > 0
        as_zero = self.missing == _NONE  # a missing number is 0 there
        missing_left = np.where(as_zero, self.threshold >= 0, default_left) & ~self.categorical
        category = None
        if self.sets:
            category = np.where(self.categorical, np.where(self.categorical, self.threshold, 0), -1)
            if (category >= len(self.sets)).any():
                raise ValueError("a node has no set of categories")
            category = category.astype(np.int64)
        elif self.categorical.any():
            raise ValueError("a node has no set of categories")
        return tree(
            width,
            self.feature,
            threshold,
            self.left,
            self.right,
            value,
            missing_left,
            category,
            self.sets,
        )


def _nodes(blocks: Sequence[Mapping[str, str]]) -> list[_Nodes]:
    words = sum(block.get("cat_threshold", "").count(" ") + 1 for block in blocks)
    if words - len(blocks) > _MOST_WORDS:
        raise ValueError("its sets of categories are too large")
    return [_node(block) for block in blocks]


def _node(block: Mapping[str, str]) -> _Nodes:
    if int(block.get("is_linear", 0)):
        raise Refused("linear trees of LightGBM (linear_tree=True) do not become SQL")
    leaves = int(block["num_leaves"])
    inner = leaves - 1
    value = _list(block, "leaf_value")
    keys = {"split_feature": np.int64, "threshold": np.float64, "decision_type": np.int64}
    columns = [_list(block, key, kind) for key, kind in keys.items()]
    sides = [_list(block, key, np.int64) for key in ("left_child", "right_child")]
    if len(value) != leaves or inner < 0:
        raise ValueError(f"a tree of {leaves} leaves has {len(value)}")
    if inner == 0:
        columns, sides = [column[:0] for column in columns], [side[:0] for side in sides]
    if any(len(one) != inner for one in (*columns, *sides)):
        raise ValueError(f"a tree of {leaves} leaves has nodes that are not whole")
    # A child below 0 is a leaf, -1 the first.
    sides = [np.where(side < 0, inner - 1 - side, side) for side in sides]
    end = np.zeros(leaves)
    feature, threshold, decision = (np.concatenate([one, end.astype(one.dtype)]) for one in columns)
    left, right = (np.concatenate([one, np.full(leaves, -1)]) for one in sides)
    full = np.concatenate([np.zeros(inner), value])
    return _Nodes(feature, threshold, decision, left, right, full, _sets(block))


def _sets(block: Mapping[str, str]) -> list[list[int]]:
    """The categories that go left, of each node that has such: bits in words of 32."""
    ends = _list(block, "cat_boundaries", np.int64).tolist()
    words = _list(block, "cat_threshold", np.int64).tolist()
    if ends != sorted(ends) or (ends and (ends[0] != 0 or ends[-1] != len(words))):
        raise ValueError("its sets of categories are not whole")
    return [
        [32 * n + bit for n, word in enumerate(words[a:b]) for bit in range(32) if word >> bit & 1]
        for a, b in itertools.pairwise(ends)
    ]


def _kinds(trees: Sequence[_Nodes]) -> tuple[set[int], set[int]]:
    """The columns in which a 0 is missing, and those of categories."""
    zeros: set[int] = set()
    others: set[int] = set()
    codes: set[int] = set()
    for one in trees:
        inner, listed = one.left >= 0, one.categorical
        zero = one.missing == _ZERO
        if (one.missing[inner] > _NAN).any():
            raise ValueError("a node has an unknown kind of missing values")
        zeros |= set(one.feature[inner & zero & ~listed].tolist())
        others |= set(one.feature[inner & ~zero & ~listed].tolist())
        codes |= set(one.feature[inner & listed].tolist())
    if zeros & others or codes & (zeros | others):
        raise Refused("trees that take one column in two ways do not become SQL")
    return zeros, codes


def _categories(cut: _Text) -> dict[int, tuple[Any, ...]]:
    """The categories of the columns that have some, in the order of their codes: LightGBM keeps
    those of a frame, in the order of its columns."""
    if not cut.categories:
        return {}
    told = cut.parameters.get("categorical_feature", "")
    places = sorted(int(one) for one in told.split(",") if one)
    if len(places) != len(cut.categories):
        raise Refused(
            "categories of which it is not told which columns they are of: those of ordered "
            "columns, or beside others that categorical_feature names, do not become SQL"
        )
    infos = cut.header.get("feature_infos", "").split()
    for place, listed in zip(places, cut.categories, strict=True):
        seen = infos[place].split(":") if infos[place] != "none" else []
        if infos[place].startswith("[") or any(int(code) >= len(listed) for code in seen):
            raise Refused("categories that are not those of its columns do not become SQL")
    return {place: tuple(one) for place, one in zip(places, cut.categories, strict=True)}
