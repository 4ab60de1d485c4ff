"""Models as MLflow keeps them: its folders, without MLflow, and the URIs of its registry."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression

import keras2sql
from keras2sql.cli import description
from keras2sql.errors import ModelFileError
from keras2sql.read import mlflow_models

# As MLflow 3.17 writes it; what keras2sql does not look at is left out in part.
DESCRIPTION = """\
artifact_path: /somewhere/else/artifacts
flavors:
  {flavour}:
{settings}
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.{flavour}
    python_version: 3.11.7
mlflow_version: 3.17.2
model_id: m-3630407697564c48aebd986e73536619
signature:
  inputs: '[{{"type": "double", "name": "a", "required": true}}]'
utc_time_created: '2026-11-30 23:57:58.181944'
"""


def described(folder: Path, flavour: str, **settings: str) -> Path:
    """The description of a model in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = "\n".join(f"    {name}: {value}" for name, value in settings.items())
    text = DESCRIPTION.format(flavour=flavour, settings=listed)
    (folder / "MLmodel").write_text(text, encoding="utf-8")
    return folder


def linear() -> LinearRegression:
    x = np.random.default_rng(0).normal(size=(30, 3))
    return LinearRegression().fit(x, x @ [1.0, -2.0, 3.0])


def network(folder: Path, name: str = "model.keras") -> Path:
    """A folder of the flavour of Keras, with a model of random weights."""
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="tanh")])
    described(folder, "keras", data="data", keras_version="3.15.1")
    (folder / "data").mkdir()
    model.save(folder / "data" / name)
    return folder


def query(model: Any, **options: Any) -> str:
    return str(keras2sql.convert(model, "duckdb", "t", "id", **options).query)


@pytest.mark.jax
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_file_of_keras_in_a_folder(name: str, tmp_path: Path) -> None:
    folder = network(tmp_path / "churn", name)
    assert query(folder) == query(folder / "data" / name, name="churn")
    assert query(str(folder)) == query(folder)
    assert len(keras2sql.inspect(folder).layers) == 2


def test_pickles_of_a_folder_need_trust_and_files_of_skops_do_not(tmp_path: Path) -> None:
    model = linear()
    pickled = described(tmp_path / "lin", "sklearn", pickled_model="model.pkl")
    (pickled / "model.pkl").write_bytes(pickle.dumps(model))
    safe = described(tmp_path / "safe", "sklearn", pickled_model="model.skops")
    skops.io.dump(model, safe / "model.skops")
    expected = query(model, name="lin")
    with pytest.raises(ModelFileError, match="trust-pickle"):
        query(pickled)
    assert query(pickled, trust_pickle=True) == expected
    assert query(safe, name="lin") == expected


def test_a_uri_is_fetched_by_mlflow_and_named_as_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow's client stands in here; the real one has the same function."""
    registry = described(tmp_path / "registry", "sklearn", pickled_model="model.skops")
    skops.io.dump(linear(), registry / "model.skops")
    asked = []

    def download_artifacts(artifact_uri: str, dst_path: str) -> str:
        asked.append(artifact_uri)
        if "nothing" in artifact_uri:
            raise RuntimeError("Registered Model with name=nothing not found\nand more")
        return str(registry)

    artifacts: Any = ModuleType("mlflow.artifacts")
    artifacts.download_artifacts = download_artifacts
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    monkeypatch.setitem(sys.modules, "mlflow.artifacts", artifacts)
    monkeypatch.setattr(mlflow_models, "find_spec", lambda name: name)
    mlflow_models._kept.cache_clear()
    named = {
        "models:/churn/3": "churn",
        "models:/churn@champion": "churn",
        "models:/m-36304076": "m-36304076",
        "runs:/386264/deep/net": "net",
    }
    for uri, name in named.items():
        assert query(uri).startswith(f"-- {name}: 1 layer")
    assert asked == list(named)
    for uri in named:  # what an alias or a run stands for may be another model now
        query(uri)
    assert asked == [*named, "models:/churn@champion", "runs:/386264/deep/net"]
    with pytest.raises(ModelFileError, match="fetch models:/nothing/1: Registered Model with name"):
        query("models:/nothing/1")


def test_without_mlflow_a_uri_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_models, "find_spec", lambda name: None)
    mlflow_models._kept.cache_clear()
    with pytest.raises(ModelFileError, match=r"not installed: pip install 'keras2sql\[mlflow\]'"):
        query("models:/churn/3")


def test_a_description_names_files_of_its_own_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "secret.pkl").write_bytes(pickle.dumps(linear()))
    for number, given in enumerate(("../secret.pkl", str(tmp_path / "secret.pkl"))):
        folder = described(tmp_path / f"f{number}", "sklearn", pickled_model=given)
        with pytest.raises(ModelFileError, match="outside of its folder"):
            query(folder, trust_pickle=True)
    linked = described(tmp_path / "linked", "keras", data="data")
    (linked / "data").mkdir()
    (linked / "data" / "model.keras").symlink_to(tmp_path / "secret.pkl")
    with pytest.raises(ModelFileError, match="outside of its folder"):
        query(linked, trust_pickle=True)


BOMB = "a: &a {k: v}\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} {{<<: [{', '.join([f'*{chr(97 + i)}'] * 9)}]}}\n"
    for i in range(20)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "describes no model"),
        ("- a\n- b\n", "describes no model"),
        ("flavors: 3\n", "names no flavours"),
        ("flavors: {pytorch: {}, python_function: {}}\n", "flavours python_function, pytorch"),
        ("flavors: {keras: {data: data}}\n", "without data, its keras file"),
        ("flavors: {keras: {data: [a, b]}}\n", "data names no file"),
        ("flavors: {sklearn: {pickled_model: gone.pkl}}\n", "without gone.pkl"),
        ("flavors: {sklearn: {pickled_model: 'a\\0b'}}\n", "model of MLflow without|names no file"),
        ("flavors: [\n", "damaged"),
        ("[" * 100_000, "damaged"),
        ("flavors: !!python/object/apply:os.getcwd []\n", "names no flavours"),
        (BOMB, "names no flavours"),
        ("a" * (1 << 20) + ": b", "too long"),
        ("\xff", "can't read"),
    ],
)
def test_damaged_and_hostile_descriptions(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelFileError, match=said):
        query(tmp_path)


def test_a_description_of_all_verbs_may_name_a_registered_model(tmp_path: Path) -> None:
    file = tmp_path / "churn.toml"
    file.write_text('model = "models:/churn/3"\n', encoding="utf-8")
    assert description.read(str(file))["model"] == "models:/churn/3"
