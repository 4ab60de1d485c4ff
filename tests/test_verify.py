"""verify: agrees where the SQL is right, and fails wherever anything was tampered with."""

from __future__ import annotations

import dataclasses
import datetime
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import keras2sql
from keras2sql import api
from keras2sql.cli.app import app
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError
from keras2sql.verification import verify, verify_program
from keras2sql.verification.compare import Comparison, compare
from keras_models import labels, model_file, rows

FEATURES = list(rows("iris").columns[1:-1])
OPTIONS: dict[str, Any] = {
    "table": "iris",
    "key": "id",
    "features": FEATURES,
    "labels": labels("iris"),
}


@pytest.fixture
def iris(duckdb_engine: Engine, load_table) -> Engine:
    load_table(duckdb_engine, "iris", rows("iris"))
    return duckdb_engine


def perturbed(weight: int, amount: float) -> Any:
    """The iris network with the first number of one of its weights changed."""
    model = keras.saving.load_model(model_file("iris"), compile=False)
    weights = [np.array(w) for w in model.get_weights()]
    weights[weight].reshape(-1)[0] += amount
    model.set_weights(weights)
    return model


def test_the_report_says_what_was_compared(iris: Engine) -> None:
    report = verify(model_file("iris"), iris, **OPTIONS)
    assert report.ok
    assert report.rows == 150
    assert 0 < report.max_abs_error < 1e-5
    assert 0 < report.max_rel_error < 1e-3
    assert report.label_agreement == 1.0
    assert list(report.worst.columns) == ["id", "column", "expected", "returned", "abs_error"]
    assert len(report.worst) > 0
    text = str(report)
    for said in (
        "iris",
        "DuckDB",
        "Keras 3",
        keras.backend.backend(),
        "float32",
        "150",
        "100 %",
        "1e-05",
        "ok",
    ):
        assert said in text


@pytest.mark.parametrize("weight", [0, 3, 4, 5, 6, 7, 8, 9, 10])
def test_another_weight_is_found(iris: Engine, weight: int) -> None:
    """The database runs one model, Keras another that differs in one number."""
    original = api.convert(model_file("iris"), "duckdb", "iris", "id", FEATURES, labels("iris"))
    assert verify_program(original, model_file("iris"), iris).ok
    # Weights 0 and 1 are read anew by no layer of a live model: see finalize_state.
    model = perturbed(weight, 0.01)
    model.layers[0].finalize_state()
    report = verify_program(original, model, iris)
    assert not report.ok
    assert report.max_abs_error > report.tolerance
    assert "DIFFERENT" in str(report)
    assert "worst differences" in str(report)


Tamper = Callable[[str], str]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda q: q.replace("'versicolor'", "'virginica'"),
        lambda q: q.replace('AS "Proba_setosa"', '+ 1e-4 AS "Proba_setosa"'),
        lambda q: q.replace('AS "LogProba_setosa"', '- 1e-3 AS "LogProba_setosa"'),
        lambda q: q.replace('AS "DecisionProba"', '* 2 AS "DecisionProba"'),
        lambda q: q.replace("CASE WHEN valid THEN", "CASE WHEN id <> 7 THEN"),
        lambda q: f"SELECT * FROM ({q}) WHERE id <> 7",
        lambda q: f"SELECT * FROM ({q}) UNION ALL (SELECT * FROM ({q}) WHERE id = 7)",
        lambda q: f"SELECT id + 1000, * EXCLUDE (id) FROM ({q})",
    ],
    ids=["label", "proba", "logproba", "best", "null", "lost row", "twice", "keys"],
)
def test_other_sql_is_found(iris: Engine, tamper: Tamper) -> None:
    program = api.convert(model_file("iris"), "duckdb", "iris", "id", FEATURES, labels("iris"))
    query = tamper(program.query)
    assert query != program.query
    changed = dataclasses.replace(program, query=query)
    report = verify_program(changed, model_file("iris"), iris)
    assert not report.ok, f"\n{report}"


def test_rows_with_nulls_must_be_null(engine: Engine, load_table) -> None:
    frame = rows("iris")
    frame.loc[3, "petal_width"] = math.nan
    frame.loc[149, FEATURES] = math.nan
    load_table(engine, "iris with nulls", frame)
    report = verify(model_file("iris"), engine, **(OPTIONS | {"table": "iris with nulls"}))
    assert report.ok, f"\n{report}"
    assert (report.rows, report.nulls) == (150, 2)


def test_a_class_for_a_null_is_found(iris: Engine) -> None:
    filled = "(SELECT * REPLACE (coalesce(petal_width, 0) AS petal_width) FROM holes)"
    iris.execute_script(
        [
            "CREATE OR REPLACE TABLE holes AS SELECT * REPLACE "
            "(CASE WHEN id <> 9 THEN petal_width END AS petal_width) FROM iris"
        ]
    )
    honest = verify(model_file("iris"), iris, **(OPTIONS | {"table": "holes"}))
    assert honest.ok
    convert = api.convert
    wrong = convert(model_file("iris"), "duckdb", filled, "id", FEATURES, labels("iris"))
    right = convert(model_file("iris"), "duckdb", "holes", "id", FEATURES, labels("iris"))
    changed = dataclasses.replace(right, query=wrong.query)
    assert not verify_program(changed, model_file("iris"), iris).ok


def test_the_first_rows_by_key(iris: Engine) -> None:
    report = verify(model_file("iris"), iris, rows=10, **OPTIONS)
    assert (report.ok, report.rows) == (True, 10)
    assert report.worst["id"].max() <= 10
    with pytest.raises(InputError, match="rows is 0"):
        verify(model_file("iris"), iris, rows=0, **OPTIONS)


def test_a_key_that_repeats_is_an_error(iris: Engine) -> None:
    with pytest.raises(InputError, match="does not tell rows apart"):
        verify(model_file("iris"), iris, **(OPTIONS | {"key": "target"}))


def test_several_keys(iris: Engine) -> None:
    report = verify(model_file("iris"), iris, **(OPTIONS | {"key": ["target", "id"]}))
    assert (report.ok, report.rows) == (True, 150)
    assert list(report.worst.columns[:2]) == ["target", "id"]


def test_some_of_the_columns(iris: Engine) -> None:
    some = OPTIONS | {"outputs": ["Decision", "Proba_setosa"], "passthrough": ["target"]}
    report = verify(model_file("iris"), iris, **some)
    assert report.ok
    assert list(report.columns["column"]) == ["Proba_setosa"]
    assert report.label_agreement == 1.0


def test_a_bare_network_decides_nothing(iris: Engine) -> None:
    report = verify(model_file("iris"), iris, **(OPTIONS | {"labels": None}))
    assert report.ok
    assert report.label_agreement is None
    assert "label agreement" not in str(report)


def test_a_tolerance_of_the_users(iris: Engine) -> None:
    assert not verify(model_file("iris"), iris, tolerance=0.0, **OPTIONS).ok
    assert verify(model_file("iris"), iris, tolerance=1e-3, **OPTIONS).ok


def test_single_precision_has_its_own_tolerance(iris: Engine) -> None:
    report = verify(model_file("iris"), iris, precision="single", **OPTIONS)
    assert report.ok, f"\n{report}"
    assert report.tolerance == 1e-4


@pytest.mark.parametrize(
    "names",
    [[True, False, True], [3, 1, 2], [datetime.date(2024, 2, d) for d in (1, 2, 3)]],
    ids=["bool", "int", "date"],
)
def test_labels_of_any_type(engine: Engine, load_table, names: list[Any]) -> None:
    load_table(engine, "iris", rows("iris"))
    if names[0] is True:  # three labels need three values; two outputs take the booleans
        inputs = keras.Input((4,), name="x")
        model: Any = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))
        names = [False, True]
    else:
        model = model_file("iris")
    report = verify(model, engine, **(OPTIONS | {"labels": names}))
    assert report.ok, f"\n{report}"
    assert report.label_agreement == 1.0


def test_logits_get_scores(engine: Engine, load_table) -> None:
    load_table(engine, "iris", rows("iris"))
    for units, names in ((1, ["no", "yes"]), (3, labels("iris"))):
        inputs = keras.Input((4,), name="x")
        model = keras.Model(inputs, keras.layers.Dense(units)(inputs))
        report = verify(model, engine, **(OPTIONS | {"labels": names}))
        assert report.ok, f"\n{report}"
        assert sum(c.startswith("Score_") for c in report.columns["column"]) == len(names)


def test_several_inputs_and_outputs(engine: Engine, load_table) -> None:
    load_table(engine, "iris", rows("iris"))
    left, right = keras.Input((3,), name="left"), keras.Input((1,), name="right")
    joined = keras.layers.Concatenate()([right, left])
    outputs = [
        keras.layers.Dense(2, activation="tanh", name="b")(joined),
        keras.layers.Dense(1, name="a")(right),
    ]
    model = keras.Model([left, right], outputs)
    features = {"right": FEATURES[:1], "left": FEATURES[1:]}
    report = verify(model, engine, **(OPTIONS | {"labels": None, "features": features}))
    assert report.ok, f"\n{report}"
    assert len(report.columns) == 3


def test_states_go_from_row_to_row_in_key_order(engine: Engine, load_table) -> None:
    frame = rows("iris").head(30).sample(frac=1, random_state=1)
    load_table(engine, "iris in disorder", frame)
    inputs = keras.Input(batch_shape=(1, 1, 4), name="x")
    memory = keras.layers.LSTM(3, stateful=True)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(memory))
    model(np.ones((1, 1, 4)))  # leaves a state behind
    options = OPTIONS | {"table": "iris in disorder", "labels": None}
    report = verify(model, engine, **options)
    assert report.ok, f"\n{report}"
    assert report.source.startswith("Keras 3")
    frame.loc[frame["id"] == 11, "petal_width"] = math.nan
    load_table(engine, "iris in disorder", frame)
    report = verify(model, engine, **options)
    assert report.ok, f"\n{report}"
    assert report.nulls == 20


def test_a_long_table(iris: Engine) -> None:
    inputs = keras.Input((None, 1), name="x")
    model = keras.Model(inputs, keras.layers.SimpleRNN(2)(inputs))
    features = keras2sql.Sequence(FEATURES[:1], "id")
    report = verify(model, iris, table="iris", key="target", features=features)
    assert (report.ok, report.rows, report.sequences) == (True, 3, (3, 150))
    assert "3, from 3 keys with 150 steps" in str(report)


@pytest.mark.jax
def test_estimators_answer_for_themselves(iris: Engine) -> None:
    from scikeras.wrappers import KerasClassifier

    frame = rows("iris")

    def network() -> Any:
        return keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(3, activation="softmax")], name="net"
        )

    estimator = KerasClassifier(
        network, loss="sparse_categorical_crossentropy", epochs=2, verbose=0
    )
    estimator.fit(frame[FEATURES].to_numpy("float32"), frame["target"].to_numpy())
    options = {k: v for k, v in OPTIONS.items() if k != "labels"}
    report = verify(estimator, iris, **options)
    assert report.ok, f"\n{report}"
    assert report.source.startswith("KerasClassifier on Keras 3")
    honest = estimator.predict
    estimator.predict = lambda x: np.where(honest(x) == "setosa", "virginica", "setosa")
    assert not verify(estimator, iris, **options).ok


def test_without_keras_it_says_so(iris: Engine, monkeypatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "keras" else find(name, *a)
    )
    report = verify(model_file("iris"), iris, **OPTIONS)
    assert report.ok
    assert "own numpy evaluation" in report.source
    assert "Keras is not installed" in report.source
    assert report.tolerance == 1e-9
    assert report.max_abs_error < 1e-12


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5", "net.keras", "net.weights.json"])
def test_an_architecture_and_its_weights_are_loaded_by_keras(
    form: str, iris: Engine, tmp_path: Path
) -> None:
    model = keras.saving.load_model(model_file("iris"), compile=False)
    (tmp_path / "net.json").write_text(model.to_json())
    if form.endswith(".weights.json"):
        model.save_weights(tmp_path / form, max_shard_size=1.0)
    else:
        (model.save_weights if "weights" in form else model.save)(tmp_path / form)
    report = verify(tmp_path / "net.json", iris, weights_file=tmp_path / form, **OPTIONS)
    assert report.ok
    assert report.source.startswith("Keras 3")


def test_a_file_that_keras_can_not_load_says_so(iris: Engine, tmp_path: Path) -> None:
    """Keras 2.2 and before wrote the layers of a Sequential as a bare list."""
    about = {"name": "d", "units": 3, "activation": "softmax", "batch_input_shape": [None, 4]}
    config = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": about}]}
    net, weights = tmp_path / "net.json", tmp_path / "net.h5"
    net.write_text(json.dumps({**config, "keras_version": "2.2.0"}))
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = [b"d"]
        file.create_group("d").attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        file["d/d/kernel:0"], file["d/d/bias:0"] = np.eye(4, 3), np.ones(3)
    report = verify(net, iris, weights_file=weights, **OPTIONS)
    assert report.ok
    assert "own numpy evaluation" in report.source
    assert "Keras can't load the file" in report.source


# -- the arithmetic of the comparison


def comparison(want: list[float], got: list[Any], column: str = "y", **more: Any):
    keys = pd.DataFrame({"id": range(len(want))})
    given: dict[str, Any] = {
        "keys": keys,
        "expected": {column: np.array(want)},
        "margin": None,
        "incomplete": np.zeros(len(want), dtype=bool),
        "returned_keys": keys,
        "returned": pd.DataFrame({column: got}),
        "tolerance": 1e-5,
        "source_type": "float32",
    }
    given |= more
    return compare(Comparison(**given), model="m", engine="e", source="s", why="w")


@pytest.mark.parametrize(
    ("expected", "returned", "ok"),
    [
        (1.0, 1.0 + 1e-6, True),
        (1.0, 1.0 + 1e-3, False),
        (1e6, 1e6 + 1, True),
        (1e6, 1e6 + 100, False),
        (1.0, None, False),
        (1.0, math.nan, False),
        (1.0, math.inf, False),
        (math.nan, None, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1e39, True),
        (math.inf, 1e30, False),
        (math.inf, -math.inf, False),
        (-math.inf, math.inf, False),
    ],
)
def test_when_numbers_agree(expected: float, returned: Any, ok: bool) -> None:
    assert comparison([0.5, expected], [0.5, returned]).ok is ok


@pytest.mark.parametrize(
    ("expected", "returned", "ok"),
    [
        (math.log(0.5), math.log(0.5) + 1e-6, True),
        (math.log(0.5), math.log(0.5) + 1e-4, False),
        (math.log(1e-6), math.log(1e-6) + 0.1, True),  # p = 1e-6 in float32 is rounded that much
        (math.log(1e-6), math.log(1e-6) + 1, False),
        (-math.inf, -120.0, True),
        (-math.inf, -1.0, False),
        (-math.inf, None, False),
        (math.log(0.5), None, False),
    ],
)
def test_logarithms_allow_for_the_rounding_of_p(expected: float, returned: Any, ok: bool) -> None:
    assert comparison([expected], [returned], "LogProba_a").ok is ok


@pytest.mark.parametrize(("margin", "ok"), [(1e-7, True), (1e-3, False)])
def test_another_label_counts_unless_it_is_a_tie(margin: float, ok: bool) -> None:
    report = comparison(
        [], [], "Decision",
        keys=pd.DataFrame({"id": [1, 2]}),
        returned_keys=pd.DataFrame({"id": [2, 1]}),
        expected={"Decision": ["a", "b"]},
        returned=pd.DataFrame({"Decision": ["b", "b"]}),
        incomplete=np.zeros(2, dtype=bool),
        margin=np.array([margin, 1.0]),
    )  # fmt: skip
    assert report.ok is ok
    assert report.label_agreement == 0.5


def test_verify_is_public() -> None:
    assert keras2sql.verify is verify


# -- nothing to compare, and what Keras must be asked


@pytest.mark.parametrize("wanted", [None, labels("iris")], ids=["bare", "classifier"])
def test_an_empty_table_is_a_report_of_no_rows(
    engine: Engine, load_table, wanted: list[str] | None
) -> None:
    load_table(engine, "iris", rows("iris").head(0))
    engine.execute_script(["DROP TABLE iris", "CREATE TABLE iris " + COLUMNS])
    report = verify(model_file("iris"), engine, **(OPTIONS | {"labels": wanted}))
    assert (report.ok, report.rows, report.max_abs_error) == (False, 0, 0.0)
    assert "NOTHING COMPARED: the table has no rows" in str(report)


COLUMNS = "(id BIGINT, " + ", ".join(f"{name} DOUBLE PRECISION" for name in FEATURES) + ")"


def test_an_empty_long_table_is_a_report_of_no_rows(iris: Engine) -> None:
    iris.execute_script(["CREATE OR REPLACE TABLE no_steps AS SELECT * FROM iris WHERE id < 0"])
    for every in (False, True):
        inputs = keras.Input((None, 1), name="x")
        model = keras.Model(inputs, keras.layers.SimpleRNN(2, return_sequences=every)(inputs))
        features = keras2sql.Sequence(FEATURES[:1], "id")
        report = verify(model, iris, table="no_steps", key="target", features=features)
        assert (report.ok, report.rows) == (False, 0)


def test_rows_that_are_all_null_are_not_ok(engine: Engine, load_table) -> None:
    frame = rows("iris").assign(petal_width=math.nan)
    load_table(engine, "iris with nulls", frame)
    report = verify(model_file("iris"), engine, **(OPTIONS | {"table": "iris with nulls"}))
    assert (report.ok, report.rows, report.nulls) == (False, 150, 150)
    assert "NOTHING COMPARED: a feature is NULL in all of the 150 rows" in str(report)


@pytest.mark.jax
@pytest.mark.parametrize("last", [True, False], ids=["all of it", "but the last layer"])
@pytest.mark.parametrize("policy", ["mixed_float16", "float16", "mixed_bfloat16", "bfloat16"])
def test_sources_of_16_bit(iris: Engine, tmp_path: Path, policy: str, last: bool) -> None:
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="float32"),
            keras.layers.Dense(5, "tanh", dtype=policy),
            keras.layers.Dense(3, "softmax", dtype=policy if last else "float32"),
        ]
    )
    model.save(tmp_path / "m.keras")
    report = verify(tmp_path / "m.keras", iris, **OPTIONS)
    assert report.ok, f"\n{report}"
    assert f"backend, {policy.removeprefix('mixed_')}" in report.source
    assert 1e-6 < report.max_abs_error < report.tolerance < 0.1
    changed = keras.saving.load_model(tmp_path / "m.keras", compile=False)
    changed.layers[-1].bias.assign([4.0, 0.0, 0.0])
    changed.save(tmp_path / "other.keras")
    other = api.convert(tmp_path / "other.keras", "duckdb", **OPTIONS)
    iris.execute_script([f"CREATE OR REPLACE VIEW scores AS {other.query}"])
    assert not verify(tmp_path / "m.keras", iris, view="scores", **OPTIONS).ok


def test_what_keras_says_is_told_whole(iris: Engine, monkeypatch) -> None:
    long = "Could not locate class 'Odd'. " + "a config of many words, " * 60 + "END"

    def load_model(*args: Any, **kwargs: Any) -> None:
        raise TypeError(long)

    monkeypatch.setattr(keras.saving, "load_model", load_model)
    report = verify(model_file("iris"), iris, **OPTIONS)
    assert report.ok
    assert long in str(report)


def test_keras_itself_can_be_required(iris: Engine, tmp_path: Path, monkeypatch) -> None:
    assert verify(model_file("iris"), iris, require_keras=True, **OPTIONS).ok
    monkeypatch.setattr(keras.saving, "load_model", None)
    with pytest.raises(InputError, match=r"Keras itself is required.*can't load the file"):
        verify(model_file("iris"), iris, require_keras=True, **OPTIONS)
    features = keras2sql.Sequence(FEATURES[:1], "id")
    inputs = keras.Input((None, 1), name="x")
    keras.Model(inputs, keras.layers.SimpleRNN(2)(inputs)).save(tmp_path / "m.keras")
    with pytest.raises(InputError, match="Keras itself is required"):
        verify(
            tmp_path / "m.keras", iris, table="iris", key="target", features=features,
            require_keras=True,
        )  # fmt: skip


def test_what_a_view_holds(engine: Engine, load_table) -> None:
    load_table(engine, "iris", rows("iris"))
    made = api.convert(model_file("iris"), engine.dialect_name, **OPTIONS)
    drop = "DROP VIEW IF EXISTS held"
    engine.execute_script([drop, f"CREATE VIEW held AS {made.query}"])
    assert verify(model_file("iris"), engine, view="held", **OPTIONS).ok
    report = verify(model_file("iris"), engine, view="held", rows=20, **OPTIONS)
    assert (report.ok, report.rows) == (True, 20)
    lost = f"SELECT * FROM ({made.query}) AS answers WHERE id <> 7"
    engine.execute_script([drop, f"CREATE VIEW held AS {lost}"])
    report = verify(model_file("iris"), engine, view="held", **OPTIONS)
    assert (report.ok, report.missing, report.unknown) == (False, 1, 0)
    few = api.convert(model_file("iris"), engine.dialect_name, **OPTIONS, outputs=["Decision"])
    engine.execute_script([drop, f"CREATE VIEW held AS {few.query}"])
    with pytest.raises(InputError, match="has no column Proba_setosa"):
        verify(model_file("iris"), engine, view="held", **OPTIONS)
    assert verify(model_file("iris"), engine, view="held", outputs=["Decision"], **OPTIONS).ok
    engine.execute_script([drop])


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_the_first_rows_by_their_number(kind: str, tmp_path: Path) -> None:
    """The number of a row is a key of the table, and no column of what stands behind FROM (...)."""
    path = tmp_path / "t.db"
    if kind == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        path.touch()
    frame = rows("iris")
    url, chosen = f"{kind}:///{path}", OPTIONS | {"table": "t", "key": "rowid"}
    with connect(url) as engine:
        engine.execute_script([f"CREATE TABLE t ({', '.join(f'{n} REAL' for n in FEATURES)})"])
        for values in frame[FEATURES].head(40).itertuples(index=False, name=None):
            engine.execute_script([f"INSERT INTO t VALUES {values}"])
        report = verify(model_file("iris"), engine, rows=10, **chosen)
        assert (report.ok, report.rows) == (True, 10)
        lacking = [*FEATURES[:3], "petal_width_2"]
        with pytest.raises(InputError, match=r"^t has no column petal_width_2 \(features\)"):
            verify(model_file("iris"), engine, rows=10, **(chosen | {"features": lacking}))
        with pytest.raises(InputError, match=r"^t has no column rowid \(features\)"):
            verify(model_file("iris"), engine, rows=10, **(chosen | {"features": ["rowid"] * 4}))
    line = ["verify", str(model_file("iris")), "--db", url, "--table", "t", "--key", "rowid"]
    done = CliRunner().invoke(app, [*line, "--rows", "7"])
    assert done.exit_code == 0, done
    assert re.search(r"^rows +7$", done.stdout, re.M)


def test_the_first_sequences_of_a_long_table_by_row_number(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((None, 1)), keras.layers.GRU(2), keras.layers.Dense(1)])
    with duckdb.connect(str(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i % 5 AS k, i / 9 AS a FROM range(30) r(i)")
    step = keras2sql.Sequence(["a"], "rowid")
    url = f"duckdb:///{tmp_path / 't.db'}"
    report = verify(model, url, table="t", key="k", features=step, rows=3)
    assert report.ok
    assert report.sequences == (3, 18)


ENGINES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]


@pytest.mark.parametrize("name", ENGINES)
def test_the_first_rows_on_every_engine(
    name: str, request: pytest.FixtureRequest, load_table: Any
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    load_table(engine, "iris", rows("iris"))
    chosen = OPTIONS | {"passthrough": ["target"], "rows": 12}
    report = verify(model_file("iris"), engine, **chosen)
    assert (report.ok, report.rows) == (True, 12)
    chosen |= {"table": "(SELECT * FROM iris WHERE id > 20)", "key": ["target", "id"]}
    report = verify(model_file("iris"), engine, **chosen)
    assert (report.ok, report.rows) == (True, 12)
    if name in ("clickhouse", "datafusion"):  # no recursion there, and the length is open
        return
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.GRU(2)])
    step = keras2sql.Sequence(FEATURES[:2], "id")
    report = verify(model, engine, table="iris", key="target", features=step, rows=2)
    assert report.ok
    assert report.sequences == (2, 100)
