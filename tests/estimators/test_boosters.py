"""XGBoost, LightGBM and CatBoost: thresholds to the last bit, categories, files, damage."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostClassifier, CatBoostRanker, CatBoostRegressor, Pool
from lightgbm import LGBMClassifier, LGBMRegressor
from xgboost import XGBClassifier, XGBRanker, XGBRegressor

import keras2sql
from estimators.build import check
from estimators.cases_boosters import CATS, LIGHT, SINGLE, SMALL
from estimators.data import data
from keras2sql.engines import Engine
from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.read.any import opened, read
from keras2sql.read.boosters.model import Boosted

Load = Callable[[Engine, str, pd.DataFrame], None]
HOLES, CANCER, DIABETES = data("holes"), data("cancer"), data("diabetes")
ENGINES = ["duckdb", "sqlite", "postgres"]


def frame_of(rows: Any) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    if not isinstance(rows, pd.DataFrame):
        frame.columns = [f"Feature_{i}" for i in range(frame.shape[1])]
    return frame.assign(id=np.arange(len(frame)))


def scored(model: Any, engine: Engine, load: Load, rows: Any, **options: Any) -> pd.DataFrame:
    load(engine, "boosted_rows", frame_of(rows))
    program = keras2sql.convert(model, engine.dialect_name, "boosted_rows", "id", **options)
    return program.run(engine).sort_values("id")


# -- thresholds


def around(rows: Any, tests: list[tuple[int, float]], single: bool) -> Any:
    """Rows with a value at a threshold, beside it, halfway to it, and none."""
    found = []
    for place, (feature, threshold) in enumerate(tests):
        near = np.float32(threshold) if single else np.float64(threshold)
        ends = [np.nextafter(near, near.dtype.type(to)) for to in (-np.inf, np.inf)]
        halves = [(float(near) + float(end)) / 2 for end in ends]
        close = [float(near), *map(float, ends), *halves, 0.0, 1e-35, -1e-35, 1e30, np.nan]
        close += [float(np.nextafter(half, to)) for half in halves for to in (-np.inf, np.inf)]
        for value in close:
            row = np.array(rows[place % len(rows)], dtype=np.float64)
            row[feature] = value
            found.append(row)
    return np.array(found)


def nodes_of_xgboost(model: Any) -> list[tuple[int, float]]:
    document = json.loads(model.get_booster().save_raw("json"))
    trees = document["learner"]["gradient_booster"]["model"]["trees"]
    columns = ("left_children", "split_indices", "split_conditions")
    nodes = [node for tree in trees for node in zip(*(tree[c] for c in columns), strict=True)]
    return [(feature, condition) for left, feature, condition in nodes if left >= 0]


def nodes_of_catboost(model: Any) -> list[tuple[int, float]]:
    return [(i, b) for i, borders in model.get_borders().items() for b in borders]


def nodes_of_lightgbm(model: Any) -> list[tuple[int, float]]:
    lines = model.booster_.model_to_string().splitlines()
    found: list[list[float]] = []
    for key in ("split_feature=", "threshold="):
        listed = [line[len(key) :].split() for line in lines if line.startswith(key)]
        found.append([float(one) for line in listed for one in line])
    return [(int(feature), threshold) for feature, threshold in zip(*found, strict=True)]


@functools.cache
def at_thresholds(name: str) -> tuple[Any, Any, list[tuple[int, float]], float]:
    """A model, rows, what its nodes test, and how near a database comes."""
    rows = DIABETES.rows.copy()
    rows[::3, 1] = 0.0
    target = DIABETES.targets["number"]
    if name == "xgboost":
        model: Any = XGBRegressor(**SMALL).fit(rows, target)
        return model, rows, nodes_of_xgboost(model), SINGLE
    if name == "catboost":
        model = CatBoostRegressor(**CATS).fit(rows, target)
        return model, rows, nodes_of_catboost(model), 1e-12
    model = LGBMRegressor(zero_as_missing=name == "zeros", **LIGHT).fit(rows, target)
    return model, rows, nodes_of_lightgbm(model), 1e-12


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "zeros", "catboost"])
def test_numbers_at_thresholds_go_where_the_library_sends_them(
    name: str, engine_name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    model, rows, tests, tolerance = at_thresholds(name)
    probes = around(rows, tests, single=name in ("xgboost", "catboost"))
    engine = request.getfixturevalue(f"{engine_name}_engine")
    found = scored(model, engine, load_table, probes)
    check(found["Estimator"], model.predict(probes), tolerance, "Estimator")


# -- categories


@functools.cache
def people() -> tuple[pd.DataFrame, Any]:
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "age": random.normal(size=200),
            "port": pd.Categorical(np.array(["C", "it's", "S", "Q"])[random.integers(0, 4, 200)]),
            "class": pd.Categorical(random.integers(3, 8, 200)),
        }
    )
    frame.loc[::11, "port"] = np.nan
    target = random.normal(size=200) / 9 + (frame["port"] == "S") * 2 + (frame["class"] == 4)
    return frame, target.to_numpy()


def as_stored(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as a database has them: texts and numbers."""
    return frame.astype({"port": object, "class": float})


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize(
    ("model", "tolerance"),
    [
        (XGBRegressor(enable_categorical=True, max_cat_to_onehot=1, **SMALL), SINGLE),
        (LGBMRegressor(min_data_per_group=2, cat_smooth=1, **LIGHT), 1e-12),
    ],
    ids=["xgboost", "lightgbm"],
)
def test_categories_of_a_frame_are_those_of_the_table(
    model: Any,
    tolerance: float,
    engine_name: str,
    load_table: Load,
    request: pytest.FixtureRequest,
) -> None:
    frame, target = people()
    model.fit(frame, target)
    probes = frame.iloc[:40].copy()
    probes["port"] = probes["port"].cat.add_categories(["X"])
    probes.loc[5, "port"] = "X"
    probes.loc[6, "class"] = np.nan
    engine = request.getfixturevalue(f"{engine_name}_engine")
    found = scored(model, engine, load_table, as_stored(probes))
    check(found["Estimator"], model.predict(probes), tolerance, "Estimator")


def test_verify_asks_with_categories(load_table: Load, duckdb_engine: Engine) -> None:
    frame, target = people()
    model = XGBRegressor(enable_categorical=True, **SMALL).fit(frame, target)
    load_table(duckdb_engine, "boosted_rows", frame_of(as_stored(frame)))
    report = keras2sql.verify(model, duckdb_engine, table="boosted_rows", key="id")
    assert report.ok
    assert report.nulls == 0
    assert "XGBRegressor on XGBoost 3." in str(report)


# -- iterations, classes, ranks


def test_the_best_iteration_is_the_last(load_table: Load, duckdb_engine: Engine) -> None:
    rows, target = CANCER.rows, CANCER.targets["code"]
    model = XGBClassifier(n_estimators=40, early_stopping_rounds=2, max_depth=2, n_jobs=1)
    model.fit(rows[:90], target[:90], eval_set=[(rows[90:], target[90:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    found = scored(model, duckdb_engine, load_table, rows)
    check(found["Proba_1"], model.predict_proba(rows)[:, 1], SINGLE, "Proba_1")
    whole = scored(model.get_booster(), duckdb_engine, load_table, rows)
    every = model.get_booster().predict(xgboost.DMatrix(rows))
    check(whole["Proba_1"], every, SINGLE, "Proba_1")
    sets = [lightgbm.Dataset(rows[:90], target[:90]), lightgbm.Dataset(rows[90:], target[90:])]
    stop = lightgbm.early_stopping(2, verbose=False)
    options = {"objective": "binary", "verbose": -1, "num_leaves": 6, "num_threads": 1}
    early = lightgbm.train(options, sets[0], 200, valid_sets=[sets[1]], callbacks=[stop])
    assert 0 < early.best_iteration < 200
    found = scored(early, duckdb_engine, load_table, rows)
    check(found["Proba_1"], early.predict(rows), 1e-12, "Proba_1")


def test_rankers(load_table: Load, duckdb_engine: Engine) -> None:
    rows, target = CANCER.rows, CANCER.targets["code"]
    groups = [100, len(rows) - 100]
    for model, tolerance in ((XGBRanker(**SMALL), SINGLE), (lightgbm.LGBMRanker(**LIGHT), 1e-12)):
        model.fit(rows, target, group=groups)
        found = scored(model, duckdb_engine, load_table, CANCER.probes)
        check(found["Estimator"], model.predict(CANCER.probes), tolerance, "Estimator")
    ranks = CatBoostRanker(**CATS).fit(Pool(rows, target, group_id=np.arange(len(rows)) // 10))
    found = scored(ranks, duckdb_engine, load_table, CANCER.probes)
    check(found["Estimator"], ranks.predict(CANCER.probes), 1e-12, "Estimator")


def test_a_threshold_of_its_own_decides(load_table: Load, duckdb_engine: Engine) -> None:
    model = CatBoostClassifier(**CATS).fit(CANCER.rows, CANCER.targets["code"])
    usual = model.predict(CANCER.rows)
    model.set_probability_threshold(0.8)
    found = scored(model, duckdb_engine, load_table, CANCER.rows)
    check(found["Decision"], model.predict(CANCER.rows), 0.0, "Decision")
    assert (model.predict(CANCER.rows) != usual).any()
    proba = model.predict_proba(CANCER.rows)
    chosen = proba[np.arange(len(proba)), model.predict(CANCER.rows).astype(int)]
    check(found["DecisionProba"], chosen, 1e-12, "DecisionProba")


# -- files


def saved(name: str, folder: Path) -> tuple[Path, Any, list[str]]:
    """The file of a model, what the library predicts of the cancer data, and the columns."""
    rows, target = CANCER.rows, CANCER.targets["code"]
    path = folder / name
    if name.startswith("booster"):
        made = xgboost.train({"max_depth": 3}, xgboost.DMatrix(rows, target), 3)
        made.save_model(path)
        return path, made.inplace_predict(CANCER.probes), ["Estimator"]
    if name.endswith(".txt"):
        light = LGBMClassifier(**LIGHT).fit(rows, target)
        light.booster_.save_model(path)
        return path, light.predict_proba(CANCER.probes)[:, 1], ["Proba_1"]
    if name.startswith("cat"):
        cats = CatBoostClassifier(**CATS).fit(rows, target)
        cats.save_model(str(path), format="json")
        return path, cats.predict_proba(CANCER.probes)[:, 1], ["Proba_1"]
    model = XGBClassifier(**SMALL).fit(rows, target)
    model.save_model(path)
    return path, model.predict_proba(CANCER.probes)[:, 1], ["Proba_1"]


FILES = ["model.json", "model.ubj", "booster.json", "booster.ubj", "model.txt", "cat.json"]


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_without_their_library(
    name: str, tmp_path: Path, load_table: Load, duckdb_engine: Engine
) -> None:
    path, expected, (column,) = saved(name, tmp_path)
    found = scored(path, duckdb_engine, load_table, CANCER.probes)
    check(found[column], expected, SINGLE, column)
    report = keras2sql.verify(path, duckdb_engine, table="boosted_rows", key="id")
    assert report.ok
    library = {"model.txt": "LightGBM 4.", "cat.json": "CatBoost 1."}.get(name, "XGBoost 3.")
    assert library in str(report)


def test_a_booster_is_read_like_its_file(tmp_path: Path) -> None:
    path, _, _ = saved("booster.ubj", tmp_path)
    assert isinstance(opened(path), Boosted)
    alive = keras2sql.convert(xgboost.Booster(model_file=str(path)), "duckdb", "t", "id", name="m")
    assert alive.query == keras2sql.convert(path, "duckdb", "t", "id", name="m").query
    text, _, _ = saved("model.txt", tmp_path)
    light = keras2sql.convert(lightgbm.Booster(model_file=str(text)), "duckdb", "t", "id", name="m")
    assert light.query == keras2sql.convert(text, "duckdb", "t", "id", name="m").query


def test_a_model_without_an_estimator_is_read_by_its_loss(
    tmp_path: Path, load_table: Load, duckdb_engine: Engine
) -> None:
    path, expected, (column,) = saved("cat.json", tmp_path)
    model = catboost.CatBoost().load_model(str(path), format="json")
    found = scored(model, duckdb_engine, load_table, CANCER.probes)
    check(found[column], expected, 1e-9, column)
    report = keras2sql.verify(model, duckdb_engine, table="boosted_rows", key="id")
    assert report.ok


def test_a_file_shows_what_it_holds(tmp_path: Path) -> None:
    path, _, _ = saved("model.json", tmp_path)
    told = str(keras2sql.inspect(path))
    assert "model, written by XGBoost 3." in told
    assert "classes" in told
    labelled = keras2sql.convert(path, "duckdb", "t", "id", labels=["no", "yes"])
    assert labelled.columns[-2:] == ["Decision", "DecisionProba"]
    assert "Proba_yes" in labelled.columns


def damages(content: bytes) -> list[bytes]:
    """Cut off, bytes of it changed, and parts of it gone."""
    random = np.random.default_rng(0)
    found = [content[: int(len(content) * share)] for share in (0.02, 0.3, 0.7, 0.98)]
    for _ in range(40):
        changed = bytearray(content)
        for place in random.integers(0, len(content), 3):
            changed[place] = random.integers(32, 127)
        found.append(bytes(changed))
    for _ in range(20):
        place, length = random.integers(0, len(content)), random.integers(1, 200)
        found.append(content[:place] + content[place + length :])
    return found


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_told_or_read(name: str, tmp_path: Path) -> None:
    path, _, _ = saved(name, tmp_path)
    content = path.read_bytes()
    refused = 0
    for broken in damages(content):
        path.write_bytes(broken)
        try:
            network = read(path)
            assert network.graph.outputs
        except (ModelFileError, UnsupportedLayerError):
            refused += 1
    assert refused > 10


def document(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(saved("model.json", tmp_path)[0].read_bytes())
    return found


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("learner_model_param/num_feature", "1000000000", "columns"),
        ("learner_model_param/num_class", "1000000000", "too many"),
        ("learner_model_param/base_score", "[1.5E0]", "no probability"),
        ("gradient_booster/model/trees/0/left_children/0", 0, "not there"),
        ("gradient_booster/model/trees/0/right_children/0", 1, "below two others"),
        ("gradient_booster/model/trees/0/split_indices/0", 99, "none of the 6"),
        ("gradient_booster/model/trees/0/split_conditions/0", "nan", "something else"),
        ("gradient_booster/model/tree_info/0", 7, "not of its outputs"),
        ("gradient_booster/model/trees", [], "0 of 0 trees|not of its"),
        ("gradient_booster/name", "gbforest", "'gbforest' of XGBoost"),
        ("objective/name", "binary:hinge", "binary:hinge"),
    ],
)
def test_what_cannot_be_is_told(place: str, value: Any, told: str, tmp_path: Path) -> None:
    found = document(tmp_path)
    *way, last = place.split("/")
    inner: Any = found["learner"]
    for step in way:
        inner = inner[int(step) if isinstance(inner, list) else step]
    inner[int(last) if isinstance(inner, list) else last] = value
    path = tmp_path / "other.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises((ModelFileError, UnsupportedLayerError), match=told):
        read(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"CBM1\0\0\0", "save it by model.save_model"),
        (b"binf\0\0\0", "ending .json"),
        (b'{"learner": ' + b"[" * 100_000, "nested too deeply|not JSON"),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner" + b"{i\x01a" * 200, "damaged"),
        (
            b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff",
            "early",
        ),
        (b"tree\nnum_class=1\nend of trees\n", "no model of LightGBM"),
    ],
)
def test_what_is_no_model_is_told(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=told):
        read(path)


# -- what is refused


def own(y_true: Any, y_pred: Any) -> Any:
    return y_pred - y_true, np.ones_like(y_pred)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (XGBClassifier(objective="binary:hinge", **SMALL), "binary:hinge"),
        (XGBClassifier(objective="binary:logitraw", **SMALL), "binary:logitraw"),
        (XGBClassifier(objective=own, **SMALL), "an objective of one's own"),
        (LGBMClassifier(objective=own, **LIGHT), "an objective of one's own"),
        (LGBMRegressor(linear_tree=True, **LIGHT), "linear_tree"),
        (CatBoostRegressor(loss_function="RMSEWithUncertainty", **CATS), "RMSEWithUncertainty"),
    ],
)
def test_what_is_refused_says_why(model: Any, reason: str) -> None:
    model.fit(CANCER.rows, CANCER.targets["code"])
    with pytest.raises(UnsupportedLayerError, match=reason):
        read(model)


def test_hashed_categories_are_refused() -> None:
    frame, target = people()
    frame = frame.assign(port=frame["port"].astype(object).fillna("none"))
    for most in (0, 99):  # by statistics of the target, and one-hot
        model = CatBoostRegressor(cat_features=["port"], one_hot_max_size=max(most, 2), **CATS)
        with pytest.raises(UnsupportedLayerError, match="compared by a hash"):
            read(model.fit(frame[["age", "port"]], target))
