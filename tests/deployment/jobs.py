"""What is done in processes that are killed, and whether it is right after it was done again."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

import numpy as np

import keras2sql
from databases import load
from deployment.programs import called, program
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError, Keras2SQLError
from keras2sql.scoring import filled

WEIGHTS, BATCH = 20_000, 100
VERBS = ("deploy", "undeploy", "into", "replace", "incremental")


def frame(rows: int) -> Any:
    import pandas as pd

    return pd.DataFrame({"id": np.arange(rows), "x": np.arange(rows) / 8})


def act(engine: Engine, verb: str, version: int) -> None:
    """One verb by this version of the model."""
    made = program(engine.dialect_name, version, WEIGHTS, table="large")
    if verb == "deploy":
        made.deploy(engine, "seen", replace=True)
    elif verb == "undeploy":
        keras2sql.undeploy(engine, "seen")
    else:
        how = {} if verb == "into" else {verb: True}
        made.score_into(engine, "scores", BATCH, stamp=True, **how)


def job(url: str, verb: str, version: int, pipe: Connection) -> None:
    """The same in a process of its own, which tells that it begins, and how it ended."""
    with connect(url) as engine:
        pipe.send("ready")
        try:
            act(engine, verb, version)
        except Keras2SQLError as error:
            pipe.send(f"{type(error).__name__}: {error}")
        else:
            pipe.send("done")


def prepare(engine: Engine, verb: str, version: int, rows: int) -> None:
    """What is there before the verb: the source, and what the version before has made."""
    clear(engine)
    load(engine, "large", frame(rows))
    if verb == "undeploy":
        act(engine, "deploy", version)
    elif verb != "into":
        act(engine, "deploy" if verb == "deploy" else "into", version - (verb != "incremental"))
    if verb == "incremental":
        load(engine, "large", frame(2 * rows))


def clear(engine: Engine) -> None:
    for name in keras2sql.status(engine)["name"]:
        keras2sql.undeploy(engine, name)
    for name in ("scores", "scores_unfinished", "keras2sql_scores", "large"):
        engine.execute_script([f"DROP TABLE IF EXISTS {name}"])


def check_between(engine: Engine, verb: str, version: int) -> None:
    """After a kill: whole versions, and whole batches."""
    if verb in ("deploy", "undeploy"):
        assert set(keras2sql.status(engine)["state"]) <= {"ok"}
    if verb == "deploy":
        assert versions(engine, "seen") in ({version - 1}, {version})
    if verb == "replace":
        assert versions(engine, "scores") in ({version - 1}, {version})
    if verb in ("into", "incremental") and engine.exists("scores"):
        assert engine.count("scores") % BATCH == 0
        assert versions(engine, "scores") <= {version}


def finish(engine: Engine, verb: str, version: int) -> None:
    """The same command again; one that had come to its end may be refused."""
    ended = {"into": "holds predictions of", "undeploy": "has deployed no seen"}.get(verb)
    try:
        act(engine, verb, version)
    except InputError as error:
        if ended is None or ended not in str(error):
            raise


def check_after(engine: Engine, verb: str, version: int) -> None:
    """As if nothing had been killed."""
    there = {name for name in ("scores_unfinished", "seen", "scores") if engine.exists(name)}
    if verb in ("deploy", "undeploy"):
        assert there == ({"seen"} if verb == "deploy" else set())
        assert keras2sql.status(engine)["state"].tolist() == ["ok"] * len(there)
        wanted = {version} if verb == "deploy" else set()
    else:
        assert there == {"scores"}
        wanted = set()
        found = engine.query("SELECT id, count(*) AS n FROM scores GROUP BY id")
        assert found["n"].tolist() == [1] * engine.count("large")
        assert engine.query("SELECT DISTINCT model_hash FROM scores").shape == (1, 1)
        (entry,) = filled(engine, "scores")
        assert entry.state == "done"
    for name in there:
        assert versions(engine, name) == {version}
    for known in (version - 1, version):
        for part in "ab":
            kept = get(engine.dialect_name).tables is not None
            assert engine.exists(called(known, part)) == (kept and known in wanted)


def versions(engine: Engine, name: str) -> set[int]:
    """Those by which the rows of it were computed."""
    found = engine.query(f"SELECT id, y FROM {name}", ["id", "y"])
    by = (found["y"] - found["id"] / 8) / 1001
    assert (by == by.round()).all()
    return {int(v) for v in by.unique()}


def was_in_the_way(said: str) -> bool:
    """What one of several at once may be told."""
    return said.startswith((InputError.__name__, DatabaseError.__name__)) and any(
        text in said
        for text in (
            "by another process", "scores_unfinished", "holds predictions of", "deployed no seen",
        )
    )  # fmt: skip
