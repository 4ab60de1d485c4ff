"""Whole pipelines on tables as they come: of mixed types, with gaps, in several databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

import keras2sql
from keras2sql import dbt
from keras2sql.engines import Engine

Load = Callable[[Engine, str, pd.DataFrame], None]


def people(rows: int, seed: int = 0) -> pd.DataFrame:
    """A table with gaps, and with names as people give them."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "Age": random.normal(40, 12, rows).round(1),
            "fare paid": random.gamma(2.0, 12.0, rows),
            "Port of Entry": random.choice(["C", "Q", "S"], rows),
            "Home": random.choice([f"town {i}" for i in range(40)], rows),
            "alone": random.random(rows) < 0.4,
        }
    )
    frame.loc[random.random(rows) < 0.2, "Age"] = np.nan
    frame.loc[random.random(rows) < 0.1, "Home"] = np.nan
    return frame


def survived(frame: pd.DataFrame) -> Any:
    late = frame["Home"].isin([f"town {i}" for i in range(20)])
    return np.where(frame["fare paid"] + 15 * late > 25, "survived", "died")


def prepared() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("filled", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["Age"]),
            ("scaled", StandardScaler(), ["fare paid"]),
            ("coded", OneHotEncoder(handle_unknown="ignore"), ["Port of Entry"]),
            ("meant", TargetEncoder(cv=KFold(2)), ["Home"]),
            ("kept", "passthrough", ["alone"]),
        ]
    )


def asked(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with values that were never seen, and gaps where none were."""
    found = frame.copy()
    found.loc[1, "Port of Entry"] = "X"
    found.loc[2, "Home"] = "it's elsewhere"
    found.loc[3, "Age"] = np.nan
    found.loc[4, "fare paid"] = np.nan  # nothing fills it in: no prediction
    return found


def network() -> Any:
    import keras
    from scikeras.wrappers import KerasClassifier

    def build(meta: dict[str, Any]) -> Any:
        layers = [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(6, "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
        return keras.Sequential(layers)

    return KerasClassifier(build, loss="binary_crossentropy", epochs=2, verbose=0)


@pytest.fixture(scope="module")
def fitted() -> Pipeline:
    frame = people(300)
    model = Pipeline([("prepared", prepared()), ("network", network())])
    return model.fit(frame.drop(columns="id"), survived(frame))


@pytest.mark.jax
@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse"])
def test_a_network_behind_all_that_prepares_columns(
    fitted: Pipeline, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    load_table(engine, "people", asked(people(60, seed=1)))
    report = keras2sql.verify(fitted, engine, table="people", key="id")
    assert report.ok, report
    assert (report.rows, report.nulls) == (60, 1)
    assert report.label_agreement == 1.0
    assert "Pipeline on scikit-learn" in str(report)


@pytest.mark.jax
@pytest.mark.sweep
@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse"])
def test_a_view_of_ten_thousand_rows(
    fitted: Pipeline, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """Deployed, looked up by key, verified."""
    engine = request.getfixturevalue(f"{name}_engine")
    frame = asked(people(10_000, seed=1))
    load_table(engine, "people", frame)
    program = keras2sql.convert(fitted, engine.dialect_name, "people", "id")
    program.deploy(engine, "survival")
    decision, session = program.dialect.quote("Decision"), program.dialect.session
    for key in (2, 7, 9_999):
        query = f"SELECT {decision} FROM survival WHERE id = {key}"
        found = engine.query(query, ["decision"], session=session)
        expected = fitted.predict(frame.iloc[[key]].drop(columns="id"))[0]
        assert found["decision"].tolist() == [expected]
    report = keras2sql.verify(fitted, engine, table="people", key="id", view="survival")
    assert report.ok, report
    assert (report.rows, report.nulls, report.label_agreement) == (10_000, 1, 1.0)
    keras2sql.undeploy(engine, "survival")


@pytest.mark.jax
def test_it_stays_in_the_database(
    fitted: Pipeline, load_table: Load, duckdb_engine: Engine
) -> None:
    load_table(duckdb_engine, "people", asked(people(60, seed=1)))
    program = keras2sql.convert(fitted, "duckdb", "people", "id", passthrough=["Home"])
    program.deploy(duckdb_engine, "survival")
    found = duckdb_engine.query('SELECT "Decision" FROM survival WHERE id = 7', ["decision"])
    frame = asked(people(60, seed=1))
    expected = fitted.predict(frame.iloc[[7]].drop(columns="id"))[0]
    assert found["decision"].tolist() == [expected]
    options = {"table": "people", "key": "id", "passthrough": ["Home"]}
    assert keras2sql.verify(fitted, duckdb_engine, view="survival", **options).ok
    keras2sql.undeploy(duckdb_engine, "survival")
    files = dbt.files(program, "survival")
    assert "{{ ref('people') }}" in files["models/survival.sql"]


TYPES = pd.DataFrame(
    {
        "Whole Number": np.arange(40) % 7,
        "TRUTH": np.arange(40) % 3 == 0,
        "Kind": pd.Categorical(np.array(["b", "a", "c"])[np.arange(40) % 3]),
        "small": (np.arange(40) / 7).astype("float32"),
        "Said so": np.array(["no", "Yes", "no", "maybe"], dtype=object)[np.arange(40) % 4],
        "rank": pd.Categorical(np.arange(40) % 5, ordered=True),
    }
)


@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres"])
def test_columns_of_all_types_of_pandas(
    name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """Integers, truth values, categories, numbers of 32 bit, objects."""
    engine = request.getfixturevalue(f"{name}_engine")
    texts = make_column_selector(dtype_include=["object", "str"])
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), make_column_selector(dtype_include=["number", "bool"])),
            ("kinds", OneHotEncoder(), make_column_selector(dtype_include="category")),
            ("texts", OrdinalEncoder(), texts),
        ]
    )
    target = np.where(TYPES["small"] + TYPES["TRUTH"] > 3, 1, -1)
    model = make_pipeline(columns, LogisticRegression()).fit(TYPES, target)
    load_table(engine, "types", TYPES.assign(id=range(40), rank=TYPES["rank"].astype(int)))
    program = keras2sql.convert(model, engine.dialect_name, "types", "id")
    assert set(program.network.features or ()) == set(TYPES)
    found = program.run(engine).sort_values("id")
    assert found["Decision"].tolist() == model.predict(TYPES).tolist()
    proba = found[["Proba_-1", "Proba_1"]].to_numpy(dtype=float)
    np.testing.assert_allclose(proba, model.predict_proba(TYPES), rtol=1e-7)  # of 32 bit in part


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("duckdb", "columns"),
        ("duckdb", "rows"),
        ("sqlite", "columns"),
        ("sqlite", "rows"),
        ("postgres", "columns"),
        ("mariadb", "columns"),
        ("clickhouse", "columns"),
        ("datafusion", "columns"),
    ],
)
def test_many_categories_that_are_no_whole_numbers(
    name: str, strategy: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """So many that they are joined; a row comes once, and finds what is its own."""
    engine = request.getfixturevalue(f"{name}_engine")
    known = np.concatenate([np.arange(40) / 10, [0.1 + 0.2, 1e30, -2.5e17]])
    rows = pd.DataFrame({"size": known})
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(rows)
    asked = pd.DataFrame({"size": [*known, 0.05, 7.0, 1.0000001]})
    load_table(engine, "sizes", asked.assign(id=range(len(asked))))
    program = keras2sql.convert(encoder, engine.dialect_name, "sizes", "id", strategy=strategy)
    found = program.run(engine).sort_values("id")
    assert found["id"].tolist() == list(range(len(asked)))
    assert found["size"].tolist() == encoder.transform(asked)[:, 0].tolist()


@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres"])
def test_a_category_that_no_selected_column_tells_of_must_be_known_too(
    name: str, request: pytest.FixtureRequest, load_table: Any
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    frame = pd.DataFrame({"id": range(6), "colour": list("ababab"), "size": [1.0, 5, 2, 9, 4, 7]})
    encoded = ColumnTransformer(
        [("hot", OneHotEncoder(), ["colour"]), ("numbers", "passthrough", ["size"])]
    )
    model = make_pipeline(encoded, SelectKBest(f_regression, k=1), LinearRegression())
    model.fit(frame, frame["size"] ** 1.5)
    assert model[1].get_support().tolist() == [False, False, True]
    asked = frame.assign(colour=list("abcaba"))
    with pytest.raises(ValueError, match="unknown categories"):
        model.predict(asked[2:3])
    load_table(engine, "categories_known", asked)
    program = keras2sql.convert(model, engine.dialect_name, "categories_known", "id")
    found = program.run(engine).sort_values("id")["Estimator"]
    known = asked["colour"] != "c"
    assert found.notna().tolist() == known.tolist()
    np.testing.assert_allclose(found[known.to_numpy()], model.predict(asked[known]), rtol=1e-12)
