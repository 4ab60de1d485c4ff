"""The JSON interface: SQL for a model as in 2018, what is known of it, predictions, refusals."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L
from starlette.testclient import TestClient

import keras2sql
from keras2sql.dialects import DIALECTS
from serving.conftest import IRIS, MODELS, coded, of

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
LABELS = ["setosa", "versicolor", "virginica"]


def test_a_request_of_2018(client: TestClient) -> None:
    request = {
        "Name": "iris",
        "PickleData": coded(IRIS.read_bytes()),
        "SQLDialect": "postgresql",
    }
    content = client.post("/model", json=request).json()
    sql = content["model"]["SQLGenrationResult"][0]["SQL"]
    wanted = keras2sql.convert(IRIS, "postgresql", "INPUT_DATA", "KEY", name="iris")
    assert sql == wanted.sql


@pytest.mark.parametrize("dialect", ["sqlite", "mssql", "clickhouse"])
def test_the_sql_is_that_of_convert(client: TestClient, dialect: str) -> None:
    how = {"Table": "s.t", "Key": ["a", "b"], "Features": FEATURES, "Labels": LABELS}
    request = of(IRIS, SQLDialect=dialect, Outputs=["Decision"], Strategy="columns", **how)
    answer = client.post("/model", json={**request, "Highlight": True})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["model"]["SQLGenrationResult"]
    options = {"features": FEATURES, "labels": LABELS, "outputs": ["Decision"]}
    wanted = keras2sql.convert(IRIS, dialect, "s.t", ["a", "b"], strategy="columns", **options)
    assert (found["SQL"], found["Query"]) == (wanted.sql, wanted.query)
    assert found["Columns"] == ["a", "b", "Decision"]
    assert found["Explained"] == wanted.explain()
    pieces = found["Tokens"]
    assert "".join(text for _, text in pieces) == wanted.sql[:20_000]
    assert {"keyword", "comment"} <= {kind for kind, _ in pieces}


def test_scores_are_those_of_keras(client: TestClient) -> None:
    rows = np.random.default_rng(0).uniform(0, 7, (5, 4))
    answer = client.post("/scores", json=of(IRIS, Rows=rows.tolist(), Labels=LABELS))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    wanted = keras.saving.load_model(IRIS).predict(rows, verbose=0)
    places = [found["columns"].index(f"Proba_{label}") for label in LABELS]
    got = np.array([[row[place] for place in places] for row in found["rows"]])
    assert np.abs(got - wanted).max() < 1e-6
    decided = [row[found["columns"].index("Decision")] for row in found["rows"]]
    assert decided == [LABELS[i] for i in wanted.argmax(axis=1)]
    assert found["difference"] < 1e-12


def test_a_row_that_lacks_a_value_has_no_score(client: TestClient) -> None:
    found = client.post("/scores", json=of(IRIS, Rows=[[1, 2, 3, None], [1, 2, 3, 4]])).json()
    assert found["rows"][0] == [1, None, None, None]
    assert all(isinstance(value, float) for value in found["rows"][1][1:])
    assert found["difference"] is None


def test_what_is_known_of_a_model(client: TestClient) -> None:
    found = client.post("/inspection", json=of(MODELS / "digits.keras")).json()
    known = keras2sql.inspect(MODELS / "digits.keras")
    assert [one["path"] for one in found["layers"]] == [one.path for one in known.layers]
    assert found["svg"].startswith("<svg ")
    assert found["samples"]["image"] == [8, 8, 1]
    assert len(found["samples"]["columns"]) == 64


def test_what_can_not_be_converted_is_told_of(client: TestClient, tmp_path: Path) -> None:
    x = keras.Input((2,))
    keras.Model(x, L.Lambda(lambda v: v * 2, name="mine")(x)).save(tmp_path / "m.keras")
    found = client.post("/inspection", json=of(tmp_path / "m.keras"))
    assert found.status_code == 200, found.text
    assert [one[:2] for one in found.json()["problems"]] == [["mine", "Lambda"]]
    assert found.json()["samples"] is None
    refused = client.post("/model", json=of(tmp_path / "m.keras"))
    assert refused.status_code == 422
    assert refused.json()["error"] == "UnsupportedLayerError"


def test_what_a_database_can_not_take_is_drawn_all_the_same(client: TestClient) -> None:
    request = of(IRIS, SQLDialect="sqlite", Strategy="arrays")
    assert client.post("/model", json=request).json()["error"] == "UnsupportedDialectError"
    found = client.post("/inspection", json=request)
    assert found.status_code == 200, found.text
    assert len(found.json()["samples"]["columns"]) == 4
    assert client.post("/inspection", json=request | {"SQLDialect": "dbase"}).status_code == 422


def test_one_name_is_that_of_an_array(client: TestClient) -> None:
    request = of(IRIS, Features="all_of_them")
    (found,) = client.post("/model", json=request).json()["model"]["SQLGenrationResult"]
    assert found["SQL"] == keras2sql.convert(IRIS, "duckdb", "INPUT_DATA", "KEY", "all_of_them").sql
    assert client.post("/inspection", json=request).json()["samples"] is None


def test_an_open_length_is_told_by_the_features(client: TestClient, tmp_path: Path) -> None:
    keras.Sequential([keras.Input((None, 2)), L.GRU(3)], name="open").save(tmp_path / "m.keras")
    found = client.post("/inspection", json=of(tmp_path / "m.keras")).json()
    assert found["samples"] is None
    assert "is open" in found["notes"][0][0]
    names = [f"c{i}" for i in range(6)]
    request = of(tmp_path / "m.keras", Features=names)
    assert client.post("/inspection", json=request).json()["samples"]["columns"] == names
    long = of(tmp_path / "m.keras", Features=["a", "b"], OrderBy="t", SQLDialect="sqlite")
    assert client.post("/model", json=long).status_code == 200
    told = client.post("/inspection", json=long).json()
    assert told["samples"] is None
    assert "ordered by t" in str(told["notes"])
    assert client.post("/scores", json={**long, "Rows": [[1, 2]]}).status_code == 422
    scored = client.post("/scores", json=of(tmp_path / "m.keras", Features=names, Rows=[[1] * 6]))
    assert scored.json()["difference"] < 1e-12


def test_a_json_architecture_comes_with_its_weights(client: TestClient, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), L.Dense(2)], name="pair")
    (tmp_path / "pair.json").write_text(model.to_json())
    model.save_weights(tmp_path / "pair.weights.h5")
    request = of(tmp_path / "pair.json")
    assert "name the HDF5 file" in client.post("/model", json=request).json()["detail"]
    request["WeightsName"] = "pair.weights.h5"
    request["SerializedWeights"] = coded((tmp_path / "pair.weights.h5").read_bytes())
    found = client.post("/scores", json={**request, "Rows": [[1, 2, 3]]}).json()
    wanted = model.predict(np.array([[1.0, 2, 3]]), verbose=0)
    assert np.abs(np.array(found["rows"][0][1:]) - wanted).max() < 1e-6


class Trap:
    def __reduce__(self) -> Any:
        return open, ("/tmp/keras2sql-was-here", "w")


@pytest.mark.parametrize("name", ["m.keras", "m.pkl", "m.joblib", ""])
def test_no_pickle_is_opened(client: TestClient, name: str) -> None:
    request = {"Name": name, "PickleData": coded(pickle.dumps(Trap())), "SQLDialect": "sqlite"}
    answer = client.post("/model", json=request)
    assert (answer.status_code, answer.json()["error"]) == (422, "ModelFileError")
    assert "running code" in answer.json()["detail"]
    assert not Path("/tmp/keras2sql-was-here").exists()


@pytest.mark.parametrize(
    ("path", "changed", "told"),
    [
        ("/model", {"SQLDialect": "dbase"}, "no dialect 'dbase'"),
        ("/model", {"Typo": 1}, "Typo"),
        ("/model", {"SerializedModel": None}, "give the model once"),
        ("/model", {"SerializedModel": "no base64!"}, "SerializedModel"),
        ("/model", {"SerializedModel": coded(b"PK\3\4 broken")}, "damaged"),
        ("/model", {"SerializedModel": ""}, "is empty"),
        ("/model", {"Strategy": "best"}, "best"),
        ("/model", {"Table": ""}, "no table"),
        ("/model", {"Labels": ["\ud800", "b", "c"]}, "Labels"),
        ("/scores", {"Rows": [["\udfff", 2, 3, 4]]}, "Rows"),
        ("/scores", {"Rows": []}, "Rows"),
        ("/scores", {"Rows": [[1, 2]]}, "row 1 has 2 values, and the model 4"),
        ("/scores", {"Rows": [[1, 2, 3, "4"]]}, "Feature_3 is a number, not '4'"),
        ("/scores", {"Rows": [[1, 2, 3, 4]] * 1_001}, "1001 rows, more than 1000"),
        ("/inspection", {"Features": ["a"]}, "4"),
    ],
)
def test_refusals_are_one_line(
    client: TestClient, path: str, changed: dict[str, Any], told: str
) -> None:
    rows = {"Rows": [[1, 2, 3, 4]]} if path == "/scores" else {}
    # Half a letter is something that JSON can write.
    content = json.dumps({**of(IRIS), **rows, **changed})
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "detail"}
    assert told in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"Name": "\xff"}', b"9" * 10_000])
def test_what_is_no_json_is_refused(client: TestClient, content: bytes) -> None:
    answer = client.post("/model", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["error"] == "InputError"


def test_the_databases(client: TestClient) -> None:
    assert [one["name"] for one in client.get("/dialects").json()] == list(DIALECTS)
    assert client.get("/nowhere").json() == {"error": "NotFound", "detail": "Not Found"}


def test_pages_of_the_interface_that_need_a_network_are_not_there(client: TestClient) -> None:
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
