"""Comments that are forged, copied or damaged: nobody's tables go, and nothing else stops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import keras2sql
from deployment.programs import answers, called, objects, prepare, program, read
from keras2sql.engines import Engine
from keras2sql.errors import InputError

GOOD = {"model": "model 1", "hash": "0" * 12, "version": "1", "schema": "main", "tables": {}}

DAMAGED = {
    "not a number": '{"tables": {"t": 1e999}}',
    "a number too large": '{"tables": {"t": 99999999999999999999999}}',
    "less than none": '{"tables": {"t": -1}}',
    "true": '{"tables": {"t": true}}',
    "NUL": '{"tables": {"x\\u0000": 1}}',
    "no name": '{"tables": {"": 1}}',
    "a list": '{"tables": ["t"]}',
    "NaN": '{"tables": {"t": NaN}}',
    "a number as the model": '{"model": 1}',
    "nothing as the model": '{"model": null}',
    "NUL in the schema": '{"schema": "\\u0000"}',
    "a key that is a text": '{"key": "id"}',
    "work": '{"work": "much"}',
    "shown": '{"shown": -1}',
    "types": '{"types": {"a": 1}}',
    "half a character": '{"model": "\\ud800"}',
    "half a character in a label": '{"labels": ["a\\udfff"]}',
    "cut off": '{"model": "',
    "deep": '{"tables": ' + "[" * 100_000,
    "deep objects": '{"a": ' * 50_000,
    "giant": '{"model": "' + "x" * 1_200_000 + '"}',
    "another object": "{}",
}


def mark(of: str) -> str:
    """A good mark but for this."""
    try:
        return "keras2sql: " + json.dumps(GOOD | json.loads(of)) if of != "{}" else "keras2sql: {}"
    except (ValueError, RecursionError):
        return f"keras2sql: {of}"


def view(engine: Engine, name: str, said: str, kind: str = "VIEW") -> None:
    """A view of the user's, which says this of itself."""
    if engine.dialect_name == "sqlite":
        engine.execute_script([f"CREATE VIEW {name} AS\n-- {said}\nSELECT 1 AS x"])
        return
    text = said.replace("'", "''")
    engine.execute_script(
        [f"CREATE VIEW {name} AS SELECT 1 AS x", f"COMMENT ON {kind} {name} IS '{text}'"]
    )


@pytest.fixture
def base(engine: Engine) -> Iterator[Engine]:
    """The engine with the source and a table of customers; no view is there afterwards."""
    prepare(engine)
    engine.execute_script(["CREATE TABLE customers AS SELECT 1 AS x"])
    yield engine
    for _, name, _ in objects(engine):
        if name.startswith(("odd", "scores")):
            engine.execute_script([f"DROP VIEW IF EXISTS {name}"])
    engine.execute_script(["DROP TABLE customers"])
    for name in [name for _, name, _ in objects(engine) if name.startswith("model_")]:
        engine.execute_script([f"DROP TABLE IF EXISTS {name}"])


@pytest.mark.parametrize("said", DAMAGED)
def test_a_damaged_comment_stops_nothing_else(base: Engine, said: str) -> None:
    text = mark(DAMAGED[said])
    view(base, "odd", text)
    made = program(base.dialect_name, 1)
    assert made.deploy(base, "scores").change == "made"
    found = keras2sql.status(base).set_index("name")["state"]
    assert found["scores"] == "ok"
    assert "damaged" in found["odd"]
    assert len(found["odd"]) < 400
    for act in (
        lambda: keras2sql.undeploy(base, "odd"),
        lambda: made.deploy(base, "odd", replace=True),
    ):
        with pytest.raises(InputError, match=r"odd carries a damaged mark.*DROP VIEW odd"):
            act()
    assert program(base.dialect_name, 2).deploy(base, "scores", replace=True).change == "replaced"
    assert read(base) == answers(2)
    assert keras2sql.undeploy(base, "scores") == [called(2, "a"), called(2, "b")]
    assert base.query("SELECT x FROM odd")["x"].tolist() == [1]


@pytest.mark.parametrize("replace", [False, True], ids=["undeploy", "replace"])
@pytest.mark.parametrize("forged", ["customers", "source_1", called(7, "a")])
def test_a_forged_comment_drops_nothing(base: Engine, forged: str, replace: bool) -> None:
    """Not even a table whose name is that of weights of this model, but does not say so."""
    if forged.startswith("model_"):
        base.execute_script([f"CREATE TABLE {forged} AS SELECT 1 AS x"])
    schema = {"duckdb": "main", "sqlite": "main", "postgresql": "public"}[base.dialect_name]
    said = GOOD | {"schema": schema, "tables": {forged: 1}, "model": "model 7"}
    view(base, "scores", "keras2sql: " + json.dumps(said))
    there = base.count(forged)
    if replace:
        program(base.dialect_name, 1, column="x").deploy(base, "scores", replace=True)
        keras2sql.undeploy(base, "scores")
    else:
        assert keras2sql.undeploy(base, "scores") == []
    assert base.count(forged) == there


def test_weights_of_another_model_are_left_alone(base: Engine) -> None:
    """A comment may name a table of weights of a model that is not its own."""
    made = program(base.dialect_name, 1)
    made.deploy(base, "scores")
    base.execute_script(["DROP VIEW scores"])  # and so the weights are nobody's
    schema = {"duckdb": "main", "sqlite": "main", "postgresql": "public"}[base.dialect_name]
    for model, dropped in (("another", []), ("model 1", [called(1, "a")])):
        said = GOOD | {"schema": schema, "tables": {called(1, "a"): 1000}, "model": model}
        view(base, "odd", "keras2sql: " + json.dumps(said))
        assert keras2sql.undeploy(base, "odd") == dropped


def test_a_table_that_a_view_of_the_users_reads_stays(base: Engine) -> None:
    program(base.dialect_name, 1).deploy(base, "scores")
    base.execute_script([f"CREATE VIEW odd AS SELECT count(*) AS n FROM {called(1, 'a')}"])
    assert keras2sql.undeploy(base, "scores") == [called(1, "b")]
    assert base.query("SELECT n FROM odd")["n"].tolist() == [1000]


def test_a_comment_that_was_copied_keeps_the_tables(base: Engine) -> None:
    made = program(base.dialect_name, 1)
    done = made.deploy(base, "scores")
    view(base, "odd_copy", done.mark)
    found = keras2sql.status(base).set_index("name")["state"]
    assert set(found.index) == {"odd_copy", "scores"}
    assert keras2sql.undeploy(base, "odd_copy") == []
    assert read(base) == answers(1)
    assert keras2sql.undeploy(base, "scores") == [called(1, "a"), called(1, "b")]


def test_what_a_comment_names_is_never_run(base: Engine) -> None:
    """A source is a name in quotes; a query in its place is left alone."""
    tables = ["(SELECT 1); DROP TABLE customers; --", "customers; DROP TABLE customers", "x\ny"]
    for i, source in enumerate(tables):
        said: dict[str, Any] = GOOD | {"source": source, "types": {"x": "INTEGER"}, "key": ["x"]}
        view(base, f"odd{i}", "keras2sql: " + json.dumps(said))
    assert len(keras2sql.status(base)) == 3
    assert base.count("customers") == 1
