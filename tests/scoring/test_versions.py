"""Versions of a model in one table: refused, unless asked for; stamps tell them apart."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from databases import load
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from keras2sql.scoring import filled
from scoring.tables import OTHER, contents, dropped, numbered, ordered, scorer, wanted
from scoring.test_batches import Stop, stop_at
from tiny import dense

STAMPS = ["model_hash", "scored_at"]


@pytest.fixture
def database(engine: Engine) -> Engine:
    dropped(engine, "scores", "scores_unfinished")
    return engine


def test_another_version_is_refused_and_both_are_named(database: Engine) -> None:
    numbered(database, 10)
    first, second = scorer(database, name="one"), scorer(database, graph=OTHER, name="two")
    done = first.score_into(database, "scores")
    numbered(database, 15)
    before = contents(database)
    (entry,) = filled(database, "scores")
    assert entry.hash == done.hash
    said = rf"holds predictions of one \({done.hash}\), and this is two \([0-9a-f]{{12}}\)"
    with pytest.raises(InputError, match=f"{said}; mixed adds.*replace puts"):
        second.score_into(database, "scores", incremental=True)
    assert contents(database) == before
    assert filled(database, "scores") == [entry], "nothing is noted of who was refused"
    mixed = second.score_into(database, "scores", incremental=True, mixed=True)
    assert mixed.rows == 5
    assert {e.hash for e in filled(database, "scores")} == {done.hash, mixed.hash}
    with pytest.raises(InputError, match="holds predictions of two"):
        first.score_into(database, "scores", incremental=True)
    second.score_into(database, "scores", replace=True)
    assert contents(database) == wanted(database, second)
    assert second.score_into(database, "scores", incremental=True).rows == 0


def test_a_version_that_adds_no_row_is_not_in_the_table(database: Engine) -> None:
    numbered(database, 10)
    first, second = scorer(database, name="one"), scorer(database, graph=OTHER, name="two")
    first.score_into(database, "scores")
    before = filled(database, "scores")
    assert second.score_into(database, "scores", incremental=True, mixed=True).rows == 0
    assert filled(database, "scores") == before
    numbered(database, 12)
    assert first.score_into(database, "scores", incremental=True).rows == 2


@pytest.mark.parametrize(
    "other",
    [
        {"graph": OTHER},
        {"features": ["b", "a"]},
        {"precision": "single"},
        {"labels": ["y", "n"]},
        {"graph": dense([2, 3, 2], ["relu", "softmax"])},
    ],
    ids=["weights", "features", "precision", "labels", "activation"],
)
def test_what_makes_a_version(database: Engine, other: dict[str, Any]) -> None:
    numbered(database, 10)
    scorer(database).score_into(database, "scores")
    with pytest.raises(InputError, match=r"holds predictions of|does not fit"):
        scorer(database, **other).score_into(database, "scores", incremental=True)


def test_what_makes_no_version(database: Engine) -> None:
    numbered(database, 10)
    scorer(database).score_into(database, "scores")
    numbered(database, 12)
    same = {"graph": dense([2, 3, 2], ["tanh", "softmax"], layers=["other", "names"])}
    again = scorer(database, table="(SELECT * FROM tiny)", name="other", strategy="rows", **same)
    assert again.score_into(database, "scores", incremental=True).rows == 2


def test_a_table_that_nobody_knows(database: Engine) -> None:
    """As an INSERT of the query leaves it, or a ledger that was dropped."""
    numbered(database, 10)
    made = scorer(database)
    made.score_into(database, "scores")
    database.execute_script(["DROP TABLE keras2sql_scores"])
    numbered(database, 15)
    with pytest.raises(InputError, match="has 10 of its rows from nobody knows which model, and"):
        made.score_into(database, "scores", incremental=True)
    assert made.score_into(database, "scores", incremental=True, mixed=True).rows == 5


def test_what_another_version_left_unfinished(database: Engine) -> None:
    numbered(database, 20)
    first, second = scorer(database), scorer(database, graph=OTHER)
    with pytest.raises(Stop):
        first.score_into(database, "scores", 5, progress=stop_at(2))
    for how in ({}, {"incremental": True}):
        with pytest.raises(InputError, match="holds predictions of tiny"):
            second.score_into(database, "scores", **how)
    first.score_into(database, "scores", 5)
    assert contents(database) == wanted(database, first)


# -- stamps


def test_each_row_says_by_which_version_and_when(database: Engine) -> None:
    numbered(database, 20)
    first, second = scorer(database), scorer(database, graph=OTHER)
    begun = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    with pytest.raises(Stop):
        first.score_into(database, "scores", 6, stamp=True, progress=stop_at(2))
    one = first.score_into(database, "scores", 6, stamp=True)
    numbered(database, 30)
    two = second.score_into(database, "scores", 6, incremental=True, mixed=True, stamp=True)
    ended = datetime.datetime.now(datetime.timezone.utc)
    found = database.query("SELECT * FROM scores ORDER BY id")
    assert list(found.columns) == [*first.columns, *STAMPS]
    assert found["model_hash"].tolist() == [one.hash] * 20 + [two.hash] * 10
    for value in found["scored_at"]:
        at = datetime.datetime.fromisoformat(str(value))
        at = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
        assert begun <= at <= ended
    plain = found.drop(columns=STAMPS)
    assert ordered(plain[plain["id"] < 20]) == ordered(first.run(database).query("id < 20"))
    assert ordered(plain[plain["id"] >= 20]) == ordered(second.run(database).query("id >= 20"))


def test_types_of_stamps(database: Engine) -> None:
    numbered(database, 3)
    scorer(database).score_into(database, "scores", stamp=True)
    function = "pg_typeof" if database.dialect_name == "postgresql" else "typeof"
    names = ", ".join(f"CAST({function}({name}) AS VARCHAR(40))" for name in STAMPS)
    found = database.query(f"SELECT {names} FROM scores LIMIT 1").iloc[0].tolist()
    assert (
        found
        == {
            "duckdb": ["VARCHAR", "TIMESTAMP"],
            "sqlite": ["text", "text"],
            "postgresql": ["text", "timestamp with time zone"],
        }[database.dialect_name]
    )
    if database.dialect_name == "sqlite":
        asked = "SELECT strftime('%s', 'now') - strftime('%s', scored_at) AS age FROM scores"
        assert 0 <= int(database.query(asked)["age"][0]) < 60


def test_stamped_tables_and_others(database: Engine) -> None:
    numbered(database, 10)
    made = scorer(database)
    made.score_into(database, "scores", stamp=True)
    numbered(database, 15)
    with pytest.raises(InputError, match="columns model_hash and scored_at tell which version"):
        made.score_into(database, "scores", incremental=True)
    made.score_into(database, "scores", replace=True)
    assert [name for name, _ in database.columns("scores")] == made.columns
    with pytest.raises(InputError, match="no column model_hash, scored_at, as it was filled with"):
        made.score_into(database, "scores", incremental=True, stamp=True)
    with pytest.raises(Stop):
        made.score_into(database, "scores", 4, replace=True, progress=stop_at(1))
    made.score_into(database, "scores", 4, replace=True, stamp=True)
    assert [name for name, _ in database.columns("scores")] == [*made.columns, *STAMPS]
    assert not database.exists("scores_unfinished")
    clash = scorer(database, "(SELECT *, 1 AS model_hash FROM tiny)", passthrough=["model_hash"])
    with pytest.raises(InputError, match="stamp adds a column model_hash"):
        clash.score_into(database, "other", stamp=True)
    assert not database.exists("other")


# -- what was deployed


def test_a_table_that_was_deployed_is_not_filled(database: Engine) -> None:
    import keras2sql

    numbered(database, 10)
    made = scorer(database)
    for kind in ("table", "view"):
        made.deploy(database, "scores", kind=kind)
        for how in ({}, {"incremental": True, "mixed": True}, {"replace": True}):
            with pytest.raises(InputError, match=f"scores is a {kind} that was deployed, of tiny"):
                scorer(database, graph=OTHER).score_into(database, "scores", **how)
        keras2sql.undeploy(database, "scores")
    made.score_into(database, "scores")
    with pytest.raises(InputError, match="already that keras2sql did not make"):
        made.deploy(database, "scores", kind="table", replace=True)


# -- predictions that are NULL


def test_nulls_are_counted(database: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "keras2sql")
    numbered(database, 10)
    made = scorer(database)
    database.execute_script(["UPDATE tiny SET a = NULL WHERE id < 3"])
    assert made.score_into(database, "scores").nulls == 3
    made.run(database)
    assert caplog.messages == ["3 of 10 predictions are NULL"] * 2
    caplog.clear()
    load(database, "more", database.query("SELECT id + 10 AS id, NULL AS a, b FROM tiny"))
    more = scorer(database, "(SELECT id, CAST(NULL AS DOUBLE PRECISION) AS a, b FROM more)")
    done = more.score_into(database, "scores", incremental=True)
    assert (done.rows, done.nulls) == (10, 10)
    more.run(database)
    said = "all of the 10 predictions are NULL: a is NULL, or not what the model takes, in every"
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert all(text.startswith(said) for text in caplog.messages)
    assert more.score_into(database, "scores", incremental=True).nulls == 0
    dropped(database, "more")


def test_why_all_are_null(database: Engine, caplog: pytest.LogCaptureFixture) -> None:
    numbered(database, 10)
    made = scorer(database)
    database.execute_script(
        ["UPDATE tiny SET a = NULL WHERE id < 3", "UPDATE tiny SET b = NULL WHERE id >= 3"]
    )
    made.run(database)
    assert caplog.messages[0].endswith("each row lacks a feature, of 10 rows b in 7, a in 3")
    numbered(database, 0)
    caplog.clear()
    assert len(made.run(database)) == 0
    assert not caplog.messages
