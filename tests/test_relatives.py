"""Redshift, CockroachDB, MySQL and Impala, whose statements PostgreSQL, MariaDB and Hive take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from golden.networks import golden
from keras2sql.dialects import get
from keras2sql.engines import Engine, types
from keras2sql.engines.types import TEXT, UNKNOWN
from keras2sql.errors import DialectLimitError, UnsupportedDialectError
from tiny import dense, program

Load = Callable[[Engine, str, pd.DataFrame], None]

RELATIVES = {"redshift": "postgres", "cockroachdb": "postgres", "mysql": "mariadb"}
RELATIVES["impala"] = "hive"


@pytest.fixture(params=RELATIVES)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine_of(dialect: str, request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(f"{RELATIVES[dialect]}_engine")
    return found


@pytest.mark.parametrize("name", ["iris", "signal", "turbine"])
def test_its_golden_files_run(name: str, dialect: str, engine_of: Engine, load_table: Load) -> None:
    made = golden(name, dialect)
    columns = [column for group in made.features.values() for column in group]
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(30, len(columns))) * 3, columns=columns)
    frame.iloc[:4] = np.array([[0.0], [1e300], [-1e-300], [np.nan]])
    load_table(engine_of, made.source.table, frame.assign(id=range(30)))
    found = engine_of.query(made.query, made.columns).sort_values("id", ignore_index=True)
    feeds = {
        t.layer: frame[made.features[t.layer]].to_numpy().reshape(-1, *t.shape)
        for t in made.graph.inputs
    }
    for column, values in made.graph.evaluate(feeds).items():
        assert pd.isna(found[column][3])
        rows = [0, 2, *range(4, 30)]
        if values.dtype.kind == "f":
            got = found[column].to_numpy(float)
            np.testing.assert_allclose(got[rows], values.reshape(-1)[rows], rtol=1e-9, atol=1e-12)
        else:
            assert found[column][rows].tolist() == values.reshape(-1)[rows].tolist()


def test_many_steps_are_computed_once_each(
    dialect: str, engine_of: Engine, load_table: Load
) -> None:
    """Written into one another, they would be in powers of three."""
    graph = dense([2] + [3] * 12, ["softmax"] * 12)
    made = program(graph, dialect, features=["a", "b"])
    x = np.random.default_rng(5).normal(size=(40, 2))
    load_table(engine_of, "tiny", pd.DataFrame({"id": range(40), "a": x[:, 0], "b": x[:, 1]}))
    found = engine_of.query(made.query, made.columns).sort_values("id")
    for column, values in made.graph.evaluate({"x": x}).items():
        np.testing.assert_allclose(found[column], values.reshape(-1), rtol=1e-9)


TEXTS = ["it's", "back\\slash", "\\", "a\\'b", "", "two\nlines", "é ☃", "%s", "$1", "--", "\\n"]


def test_texts_come_back(dialect: str, engine_of: Engine) -> None:
    items = ", ".join(f"{get(dialect).constant(t)} AS c{i}" for i, t in enumerate(TEXTS))
    assert engine_of.query(f"SELECT {items}").iloc[0].tolist() == TEXTS


def test_numbers_are_exact(dialect: str, engine_of: Engine) -> None:
    values = [0.1, -1 / 3, 5e-324, 1.7976931348623157e308, 1.2e-39, -0.0, 123456789.123]
    items = ", ".join(f"{get(dialect).typed(v)} AS c{i}" for i, v in enumerate(values))
    assert [float(v) for v in engine_of.query(f"SELECT {items}").iloc[0]] == values


def test_what_it_does_not_do_is_refused(dialect: str) -> None:
    title = get(dialect).title
    with pytest.raises(UnsupportedDialectError, match=f"{title} has no strategy 'rows'"):
        program(dense([2, 2], ["relu"]), dialect, features=["a", "b"], strategy="rows")
    if dialect == "cockroachdb":  # of which no page was found that tells how long a name is
        return
    with pytest.raises(DialectLimitError, match=f"characters, {title} takes"):
        program(dense([1, 2], ["softmax"]), dialect, features=["a"], labels=["x", "y" * 130])


def test_types_as_drivers_tell_them() -> None:
    told = ["NUMBER", "BINARY_DOUBLE", "VARCHAR", "DATE", "BOOLEAN", "VECTOR"]
    kinds = [types.oracle("x", f"<DbType DB_TYPE_{name}>").kind for name in told]
    assert kinds == [
        types.NUMBER,
        types.NUMBER,
        types.TEXT,
        types.OTHER,
        types.BOOLEAN,
        types.OTHER,
    ]
    assert types.oracle("x", "None").kind == UNKNOWN
    numbers = [types.snowflake("x", number).kind for number in ("0", "1", "2", "3", "13", "99")]
    assert numbers == [
        *kinds[:1],
        types.NUMBER,
        types.TEXT,
        types.OTHER,
        types.BOOLEAN,
        types.UNKNOWN,
    ]
    assert types.named("x", "varchar(10)").kind == TEXT
