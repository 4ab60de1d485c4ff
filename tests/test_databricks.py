"""Databricks, whose statements Spark takes without a setting of the session."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

import test_spark
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError, UnsupportedDialectError
from tiny import dense, expected, program

Load = Callable[[Engine, str, pd.DataFrame], None]


def test_texts_are_what_they_are_without_a_setting(spark_engine: Engine) -> None:
    """Spark itself would put its own name in the place of the first."""
    texts = [*test_spark.TEXTS, "$", "${", "a$b\\$", "'${user.name}'"]
    items = ", ".join(f"{get('databricks').constant(t)} AS c{i}" for i, t in enumerate(texts))
    assert spark_engine.query(f"SELECT {items}").iloc[0].tolist() == texts
    name = get("spark").constant(texts[0])
    assert spark_engine.query(f"SELECT {name} AS c").iat[0, 0] != texts[0]


def test_labels_and_names(spark_engine: Engine, load_table: Load) -> None:
    told = ["it's", "${spark.app.name}", "a\\'"]
    graph = dense([2, 3], ["softmax"])
    made = program(graph, "databricks", "it's", "the id", features=["a b", "a`b"], labels=told)
    assert (made.dialect.session, made.setup) == ((), [])
    frame = pd.DataFrame({"the id": range(20), "a b": 1.0, "a`b": range(-10, 10)})
    load_table(spark_engine, "it's", frame)
    found = spark_engine.query(made.query, made.columns).sort_values("the id", ignore_index=True)
    wanted = expected(made, {"x": frame[["a b", "a`b"]].to_numpy(float)})
    assert found["Decision"].tolist() == wanted["Decision"].tolist()
    assert len(set(found["Decision"])) > 1


def test_what_it_does_not_do_is_refused() -> None:
    with pytest.raises(UnsupportedDialectError, match="Databricks has no strategy 'arrays'"):
        program(dense([2, 2], ["relu"]), "databricks", features=["a", "b"], strategy="arrays")
    with pytest.raises(DialectLimitError, match="has 266 characters, Databricks takes 255"):
        program(dense([1, 2], ["softmax"]), "databricks", features=["a"], labels=["x", "y" * 260])
