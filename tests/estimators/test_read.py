"""How estimators are read: what is refused, and how that is told."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import DBSCAN
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.manifold import LocallyLinearEmbedding
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)
from xgboost import XGBClassifier

import keras2sql
from estimators.data import data
from keras2sql.errors import InputError, UnsupportedLayerError
from keras2sql.inspecting import inspect
from keras2sql.read.any import read
from keras2sql.read.sklearn import names
from keras2sql.read.sklearn.table import supported

ROWS = data("iris").rows
TARGET = data("iris").targets["text"]


class Own(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer in Python."""

    def fit(self, rows: Any, target: Any = None) -> Own:
        self.n_features_in_ = rows.shape[1]
        return self

    def transform(self, rows: Any) -> Any:
        return np.asarray(rows) * 2


class Doubled(StandardScaler):  # type: ignore[misc]
    """A scaler that does something else."""

    def transform(self, rows: Any, copy: Any = None) -> Any:
        return super().transform(rows, copy) * 2


class Renamed(StandardScaler):  # type: ignore[misc]
    """A scaler that is one."""


def fitted(model: Any, target: Any = TARGET) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(ROWS, target)


def test_all_that_is_unsupported_is_named_at_once() -> None:
    columns = ColumnTransformer(
        [
            ("own", Own(), [0]),
            ("map", LocallyLinearEmbedding(n_components=1), [1, 2]),
            ("ok", StandardScaler(), [3]),
        ]
    )
    model = fitted(make_pipeline(columns, FunctionTransformer(lambda x: x), LogisticRegression()))
    with pytest.raises(UnsupportedLayerError) as caught:
        read(model)
    assert [(path, kind) for path, kind, _ in caught.value.layers] == [
        ("columntransformer/own", "Own"),
        ("columntransformer/map", "LocallyLinearEmbedding"),
    ]
    assert "2 unsupported estimators" in str(caught.value)
    assert "`keras2sql estimators` prints" in str(caught.value)
    found = inspect(model)
    assert len(found.problems) == 2
    assert [info.class_name for info in found.layers][-1] == "LogisticRegression"


def test_what_stands_behind_an_unsupported_step_is_not_blamed() -> None:
    steps = [Own(), PolynomialFeatures(), SplineTransformer(), LogisticRegression(max_iter=5)]
    found = inspect(fitted(make_pipeline(*steps)))
    assert [kind for _, kind, _ in found.problems] == ["Own"]
    assert len(found.layers) == 5


@pytest.mark.parametrize("function", [lambda x: x, np.sinc, np.logaddexp, abs, print])
def test_a_function_is_never_executed(function: Any) -> None:
    model = FunctionTransformer(function)
    model.n_features_in_ = 2
    with pytest.raises(UnsupportedLayerError, match="function"):
        read(model)


def test_a_function_of_another_name_is_not_taken_for_that_of_numpy() -> None:
    function = np.frompyfunc(lambda x: x + 1, 1, 1)
    with pytest.raises(UnsupportedLayerError, match="never executed"):
        read(fitted(FunctionTransformer(function)))


def test_what_a_subclass_changes_is_refused() -> None:
    with pytest.raises(UnsupportedLayerError, match="overrides transform of StandardScaler"):
        read(fitted(Doubled()))
    assert read(fitted(Renamed())).task == "transformer"


@pytest.mark.parametrize(
    "model",
    [
        StandardScaler(),
        LinearRegression(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        OneHotEncoder(),
    ],
)
def test_not_fitted(model: Any) -> None:
    with pytest.raises(InputError, match="is not fitted"):
        read(model)


def test_a_part_that_is_not_fitted_is_named() -> None:
    model = fitted(make_pipeline(StandardScaler(), LogisticRegression()))
    model.steps[1] = ("logisticregression", LogisticRegression())
    with pytest.raises(InputError, match=r"logisticregression: the LogisticRegression is not fit"):
        read(model)


def test_parts_that_do_not_fit_each_other_are_refused() -> None:
    model = fitted(make_pipeline(StandardScaler(), LogisticRegression()))
    model.steps[0] = ("standardscaler", StandardScaler().fit(ROWS.iloc[:, :2]))
    with pytest.raises(UnsupportedLayerError, match="fitted with 4 columns, and 2"):
        read(model)


def test_columns_that_nothing_reads_are_no_features() -> None:
    model = ColumnTransformer([("a", StandardScaler(), ["petal length", "Sepal length"])])
    found = read(model.fit(ROWS))
    assert found.features == ("Sepal length", "petal length")
    program = keras2sql.convert(model, "duckdb", "t", "id")
    assert program.features == {"numbers_or_null": ["Sepal length", "petal length"]}
    every = keras2sql.convert(model, "duckdb", "t", "id", features=["a", "b", "c", "d"])
    assert every.features == {"numbers_or_null": ["a", "c"]}


def test_columns_without_names_keep_their_places() -> None:
    model = ColumnTransformer([("a", StandardScaler(), [2, 0])]).fit(ROWS.to_numpy())
    program = keras2sql.convert(model, "duckdb", "t", "id")
    assert program.features == {"numbers_or_null": ["Feature_0", "Feature_2"]}


def test_labels_take_the_place_of_classes() -> None:
    model = fitted(LogisticRegression(max_iter=10))
    program = keras2sql.convert(model, "duckdb", "t", "id", labels=["x", "y", "z"])
    assert "Proba_y" in program.columns
    with pytest.raises(InputError, match="3 classes, but there are 2 labels"):
        keras2sql.convert(model, "duckdb", "t", "id", labels=["x", "y"])


def test_a_sequence_is_refused() -> None:
    model = fitted(LogisticRegression(max_iter=10))
    sequence = keras2sql.Sequence(["a", "b", "c", "d"], order_by="t")
    with pytest.raises(InputError, match="order_by"):
        keras2sql.convert(model, "duckdb", "t", "id", features=sequence)


def test_what_predicts_by_its_rows_alone_is_refused() -> None:
    with pytest.raises(UnsupportedLayerError, match="DBSCAN"):
        read(fitted(DBSCAN()))


def test_a_column_of_784_numbers_stays_one_vector() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 784))
    found = read(make_pipeline(StandardScaler(), LinearRegression()).fit(rows, rows[:, 0]))
    assert len(found.graph.tensors()) < 12


def test_inspect_counts_what_trees_and_neighbours_hold() -> None:
    x, y = load_iris(return_X_y=True)
    forest = RandomForestClassifier(3, random_state=0).fit(x, y)
    trees = [one.tree_ for one in forest.estimators_]
    leaves = sum(int(tree.n_leaves) for tree in trees)
    nodes = sum(int(tree.node_count) for tree in trees)
    facts = dict(inspect(forest).facts)
    assert facts["parameters"] == str(nodes - leaves + 3 * leaves)
    assert facts["trees"] == f"3, of {nodes} nodes"
    bags = BaggingClassifier(forest, 2, random_state=0).fit(x, y)
    held = [sum(t.tree_.node_count for t in one.estimators_) for one in bags.estimators_]
    assert dict(inspect(bags).facts)["trees"] == f"6, of {sum(held)} nodes"
    assert [one.parameters > 0 for one in inspect(bags).layers] == [False, True, True]
    boosted = XGBClassifier(n_estimators=2, max_depth=2).fit(x, y)
    table = boosted.get_booster().trees_to_dataframe()
    splits = int((table["Feature"] != "Leaf").sum())
    assert dict(inspect(boosted).facts)["trees"] == f"6, of {len(table)} nodes"
    assert splits <= int(dict(inspect(boosted).facts)["parameters"])
    assert inspect(KNeighborsClassifier().fit(x, y)).layers[0].parameters == x.size


def test_inspect_tells_what_wrote_it() -> None:
    text = str(inspect(fitted(make_pipeline(StandardScaler(), LogisticRegression(max_iter=5)))))
    assert "Pipeline, written by scikit-learn 1." in text
    assert "standardscaler" in text


def test_the_list_of_estimators_is_that_of_scikit_learn() -> None:
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators

    assert [name for name, _ in names.ESTIMATORS] == sorted(name for name, _ in all_estimators())


def test_the_table_is_that_of_the_readers() -> None:
    table = {name: (known, note) for name, known, note in supported()}
    assert table["Pipeline"] == (True, "")
    assert table["scikeras.KerasClassifier"][0]
    assert table["TSNE"][0] is False
    assert list(keras2sql.estimators().columns) == ["estimator", "supported", "notes"]


def test_verify_asks_the_estimator_itself(duckdb_engine: Any) -> None:
    made = data("mixed")
    numbers = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10))
    columns = ColumnTransformer([("n", "passthrough", ["fare paid", "alone"])])
    model = make_pipeline(columns, numbers).fit(made.rows, made.targets["text"])
    frame = made.rows.assign(id=np.arange(len(made.rows)))
    duckdb_engine.connection.register("people", frame)
    report = keras2sql.verify(model, duckdb_engine, table="people", key="id")
    assert report.ok
    assert report.max_abs_error < 1e-12
    assert report.label_agreement == 1.0
    assert "Pipeline on scikit-learn" in str(report)
    duckdb_engine.connection.unregister("people")


def test_verify_knows_the_rows_that_scikit_learn_refuses(duckdb_engine: Any) -> None:
    frame = pd.DataFrame({"colour": ["red", "blue", "red", "blue"], "size": [1.0, 2.0, 3.0, 4.0]})
    encoder = ColumnTransformer([("c", OneHotEncoder(), ["colour"])], remainder="passthrough")
    model = make_pipeline(encoder, LinearRegression()).fit(frame, [1.0, 2.0, 3.0, 4.0])
    colours = ["red", "green", None, "blue"]
    rows = pd.DataFrame({"id": range(4), "colour": colours, "size": [1.0] * 4})
    duckdb_engine.connection.register("things", rows)
    report = keras2sql.verify(model, duckdb_engine, table="things", key="id")
    assert report.ok
    assert report.nulls == 2
    duckdb_engine.connection.unregister("things")


@pytest.mark.parametrize("labels", [["b", "a", "c", "a"], [3, 1, 3, 2], [True, False, True], ["x"]])
@pytest.mark.parametrize("encoder", [LabelEncoder(), LabelBinarizer(neg_label=-1, pos_label=2)])
def test_encoders_of_targets(encoder: Any, labels: list[Any], duckdb_engine: Any) -> None:
    fitted_one = encoder.fit(labels)
    frame = pd.DataFrame({"id": range(len(labels)), "Feature_0": pd.Series(labels, dtype=object)})
    duckdb_engine.connection.register("labels", frame)
    found = keras2sql.convert(fitted_one, "duckdb", "labels", "id").run(duckdb_engine)
    values = found.sort_values("id").drop(columns="id").to_numpy(dtype=float)
    expected = np.asarray(fitted_one.transform(labels)).reshape(len(labels), -1)
    np.testing.assert_array_equal(values, expected)
    duckdb_engine.connection.unregister("labels")
