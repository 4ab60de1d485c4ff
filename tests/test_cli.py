"""The command line: every verb, exit codes, what goes to stdout and what to stderr."""

from __future__ import annotations

import csv
import io
import pickle
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli.app import app
from keras2sql.engines import connect
from keras_models import model_file, rows

IRIS = str(model_file("iris"))
LABELS = ["--labels", "setosa,versicolor,virginica"]
SOURCE = ["--table", "iris", "--key", "id"]
FEATURES = "sepal_length,sepal_width,petal_length,petal_width"
VERBS = ("demo", "inspect", "convert", "predict", "verify", "deploy", "status", "undeploy")
VERBS += ("dialects", "layers", "estimators")


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*args: object) -> Done:
    done = CliRunner().invoke(app, [str(a) for a in args], prog_name="keras2sql")
    return Done(done.exit_code, done.stdout, done.stderr)


def failed(done: Done, code: int) -> str:
    """The one line of an error."""
    assert done.code == code, done
    assert done.out == ""
    lines = done.err.splitlines()
    assert "Traceback" not in done.err
    assert lines[-1].startswith("error: ")
    assert all(line.startswith("features") for line in lines[:-1])
    return lines[-1].removeprefix("error: ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with what ``demo --export demo`` writes."""
    monkeypatch.chdir(tmp_path)
    assert run("demo", "--export", "demo").code == 0
    return tmp_path


@pytest.fixture(params=["sqlite:///demo/iris.db", "duckdb:///demo/iris.duckdb", "postgresql"])
def url(request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of a database with the table iris, without the species."""
    if request.param == "postgresql":
        postgres = str(request.getfixturevalue("postgres_url"))
        with connect(postgres) as engine:
            request.getfixturevalue("load_table")(engine, "iris", rows("iris"))
            engine.execute_script(
                ["ALTER TABLE iris RENAME target TO species", "DROP TABLE IF EXISTS scores"]
            )
        return postgres
    return str(request.param)


# -- the verbs


def test_demo_shows_the_whole_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run("demo")
    assert done.code == 0, done
    assert done.err == ""
    for said in (
        "normalization",
        "Dense",
        "SELECT",
        "virginica",
        "same label            150 of 150",
        "keras2sql convert --help",
    ):
        assert said in done.out
    difference = re.search(r"largest difference +(\S+)", done.out)
    assert difference is not None
    assert 0 < float(difference[1]) < 1e-6
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_sql_of_the_demo_runs(folder: Path) -> None:
    done = run("demo", "--sql")
    with duckdb.connect("demo/iris.duckdb") as connection:
        assert len(connection.execute(done.out).fetchall()) == 150


def test_the_export_replaces_nothing_but_an_export(folder: Path) -> None:
    assert run("demo", "--export", "demo").code == 0
    mine = folder / "mine" / "iris.db"
    mine.parent.mkdir()
    mine.write_text("precious")
    assert "choose another folder" in failed(run("demo", "--export", "mine"), 2)
    assert mine.read_text() == "precious"
    assert [p.name for p in mine.parent.iterdir()] == ["iris.db"]


def test_demo_needs_no_keras() -> None:
    code = (
        "import sys; sys.modules['keras'] = None; sys.argv = ['keras2sql', 'demo']\n"
        "from keras2sql.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "150 of 150" in done.stdout
    assert done.stderr == ""


def test_convert_writes_sql_and_nothing_else(folder: Path) -> None:
    done = run("convert", IRIS, "--dialect", "duckdb", *SOURCE, "--features", FEATURES, *LABELS)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(";\n")
    with duckdb.connect("demo/iris.duckdb") as connection:
        result = connection.execute(done.out)
        assert [d[0] for d in result.description][:2] == ["id", "Proba_setosa"]
        assert len(result.fetchall()) == 150
    to_file = run(
        "convert", IRIS, "--dialect", "duckdb", *SOURCE, "--features", FEATURES, *LABELS,
        "-o", "iris.sql",
    )  # fmt: skip
    assert to_file == (0, "", "")
    assert Path("iris.sql").read_text(encoding="utf-8") == done.out


def test_convert_pipes_into_a_database_shell(folder: Path) -> None:
    import sqlite3

    done = run("convert", IRIS, "-d", "sqlite", *SOURCE, "--features", FEATURES, *LABELS)
    connection = sqlite3.connect("demo/iris.db")
    assert len(connection.execute(done.out).fetchall()) == 150
    connection.close()


def test_convert_takes_every_option(folder: Path) -> None:
    Path("names.txt").write_text("\ufeffsepal, length\npetal, length\n\nc\nd\n", encoding="utf-8")
    done = run(
        "convert", IRIS, "--dialect", "postgres", "--table", "my schema.Iris", "--key", "a,b",
        "--features", "@names.txt", "--labels", "3,1,2", "--strategy", "columns",
        "--weights", "inline", "--precision", "single", "--outputs", "Decision,Proba_1",
        "--passthrough", '"x, y"', "--name", "the model",
    )  # fmt: skip
    assert done.code == 0, done
    assert '"my schema"."Iris"' in done.out
    assert '"sepal, length"' in done.out
    assert "the model" in done.out
    tail = done.out[done.out.index("SELECT") :]
    found = [tail.index(f'"{name}"') for name in ("x, y", "Decision", "Proba_1")]
    assert found == sorted(found)
    assert "Proba_2" not in tail
    assert "single precision" in done.out


def test_predict_prints_csv(url: str) -> None:
    done = run("predict", IRIS, "--db", url, *SOURCE, "--passthrough", "species", *LABELS)
    assert done.code == 0, done
    listed = list(csv.DictReader(io.StringIO(done.out)))
    assert len(listed) == 150
    assert list(listed[0])[:3] == ["id", "species", "Proba_setosa"]
    assert sum(row["Decision"] == row["species"] for row in listed) > 140
    assert done.err == (
        "features, in the order of the table: "
        "sepal_length, sepal_width, petal_length, petal_width\n"
    )


def test_predict_makes_a_table(url: str) -> None:
    command = ["predict", IRIS, "--db", url, *SOURCE, "--passthrough", "species", *LABELS]
    done = run(*command, "--into", "scores")
    assert (done.code, done.out) == (0, ""), done
    assert done.err.endswith("150 rows into scores\n")
    with connect(url) as engine:
        found = engine.query('SELECT id, "Decision" FROM scores ORDER BY id')
    assert found["Decision"][0] == "setosa"
    again = run(*command, "--into", "scores")
    assert "there is a table scores already" in failed(again, 2)


def test_predict_into_stamps_and_refuses_another_version(url: str) -> None:
    command = ["predict", IRIS, "--db", url, *SOURCE, "--passthrough", "species", "--into", "mine"]
    assert run(*command, *LABELS, "--stamp").code == 0
    other = ["--labels", "virginica,versicolor,setosa", "--outputs", "Decision", "--incremental"]
    with connect(url) as engine:
        engine.execute_script(["DELETE FROM mine WHERE id <= 5"])
        (version,) = engine.query("SELECT DISTINCT model_hash FROM mine")["model_hash"]
    message = failed(run(*command, *other, "--stamp"), 2)
    assert re.search(rf"predictions of iris \({version}\), and this is iris \(\w+\)", message)
    assert "columns model_hash and scored_at" in failed(run(*command, *other, "--mixed"), 2)
    done = run(*command, *other, "--mixed", "--stamp")
    assert done.err.endswith("5 rows into mine, behind 145 that were there\n"), done
    assert "about the table of --into" in failed(run(*command[:-2], "--stamp"), 2)


def test_predict_tells_of_nulls(url: str) -> None:
    holes = "(SELECT id, 1 + 0 * id AS a, {} AS b, 3 AS c, 4 AS d FROM iris)"
    command = ["predict", IRIS, "--db", url, "--key", "id", "--features", "a,b,c,d"]
    some = run(*command, "--table", holes.format("CASE WHEN id > 2 THEN 2 END"))
    assert "2 of 150 predictions are NULL\n" in some.err
    nothing = holes.format("CASE WHEN id < 0 THEN 2 END")
    for more in ([], ["--into", "nothing"]):
        done = run(*command, "--table", nothing, *more)
        assert done.code == 0
        assert "all of the 150 predictions are NULL: b is NULL, or not what" in done.err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_predict_writes_files(url: str, ending: str) -> None:
    path = f"scores.{ending}"
    done = run(
        "predict", IRIS, "--db", url, *SOURCE, "--passthrough", "species", *LABELS, "-o", path
    )
    assert (done.code, done.out) == (0, ""), done
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM '{path}' ORDER BY id").df()
    assert len(found) == 150
    assert found["Proba_setosa"].dtype == np.float64
    assert found["Decision"][149] == "virginica"


def test_verify_agrees(url: str) -> None:
    done = run(
        "verify", IRIS, "--db", url, *SOURCE, "--passthrough", "species", *LABELS, "--rows", 20
    )
    assert done.code == 0, done
    assert "Keras 3" in done.out
    assert re.search(r"^rows +20$", done.out, re.MULTILINE)
    assert re.search(r"^result +ok$", done.out, re.MULTILINE)


def test_verify_differs_with_code_1(folder: Path) -> None:
    done = run(
        "verify", IRIS, "--db", "duckdb:///demo/iris.duckdb", *SOURCE, "--features", FEATURES,
        "--tolerance", "1e-15",
    )  # fmt: skip
    assert done.code == 1
    assert "DIFFERENT" in done.out
    assert "worst differences" in done.out


def test_deploy_status_undeploy(url: str) -> None:
    command = ["deploy", IRIS, "--db", url, *SOURCE, "--passthrough", "species", *LABELS]
    done = run(*command, "--view", "odd view")
    assert (done.code, done.out) == (0, ""), done
    assert "view odd view: made, version " in done.err
    assert ("before you read it: SET jit = off" in done.err) is url.startswith("postgresql")
    assert "unchanged" in run(*command, "--view", "odd view").err
    with connect(url) as engine:
        quote = "`" if url.startswith("sqlite") else '"'
        found = engine.query(f"SELECT * FROM {quote}odd view{quote}")
    assert (found["Decision"] == found["species"]).sum() > 140
    listed = run("status", "--db", url)
    assert (listed.code, listed.err) == (0, "")
    assert re.search(r"^odd view +view +iris +[0-9a-f]{12} .* ok *$", listed.out, re.MULTILINE)
    more = ["--outputs", "Decision", "--view", "odd view"]
    assert "replace puts the view" in failed(run(*command, *more), 2)
    assert "replaced" in run(*command, *more, "--replace").err
    assert run("undeploy", "odd view", "--db", url) == (0, "", "removed odd view\n")
    assert run("status", "--db", url).err == "keras2sql has deployed nothing here\n"
    assert "has deployed no odd view here" in failed(run("undeploy", "odd view", "--db", url), 2)


def test_inspect_tells_about_layers() -> None:
    done = run("inspect", IRIS, "--dialect", "sqlite")
    assert (done.code, done.err) == (0, "")
    for said in ("batch_normalization", "BatchNormalization", "204", "112", "SQLite", "16"):
        assert said in done.out


def test_inspect_tells_what_is_unsupported(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((4,), name="x")
    hidden = keras.layers.Lambda(lambda v: v * 2, name="[bold]double")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="end")(hidden))
    model.save(tmp_path / "m.keras")
    done = run("inspect", tmp_path / "m.keras")
    assert (done.code, done.err) == (0, "")
    assert "[bold]double" in done.out
    assert "1 of 3 layers" in done.out
    message = failed(run("convert", tmp_path / "m.keras", "-d", "duckdb", *SOURCE), 2)
    assert "[bold]double (Lambda)" in message


def test_dialects_layers_and_estimators() -> None:
    done = run("dialects")
    assert (done.code, done.err) == (0, "")
    for name in keras2sql.dialects()["name"]:
        assert re.search(rf"^{name} ", done.out, re.MULTILINE)
    done = run("layers")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^Dense +yes", done.out, re.MULTILINE)
    assert re.search(r"^Lambda +no", done.out, re.MULTILINE)
    done = run("estimators")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^Pipeline +yes", done.out, re.MULTILINE)
    assert re.search(r"^TSNE +no", done.out, re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS)
def test_the_example_of_every_help_runs(verb: str, folder: Path) -> None:
    done = run(verb, "--help")
    assert done.code == 0
    example = done.out.split("Example:")[1].split("Options:")[0].split("Arguments:")[0]
    commands = example.replace("\\\n", " ").strip().splitlines()
    assert any(f"keras2sql {verb}" in command for command in commands)
    for command in commands:
        program, *args = shlex.split(command)
        assert program == "keras2sql"
        assert run(*args).code == 0, command


def test_help_and_version() -> None:
    done = run("--help")
    assert done.code == 0
    for verb in VERBS:
        assert re.search(rf"^  {verb} +\S.*[^.]\.$", done.out, re.MULTILINE), verb
    assert run("--version") == (0, f"keras2sql {keras2sql.__version__}\n", "")


# -- what goes wrong

BROKEN = {
    "missing.keras": None,
    "empty.keras": b"",
    "text.keras": b"not a model",
    "truncated.keras": Path(IRIS).read_bytes()[:9000],
    "text.h5": b"not a model",
    "list.json": b"[1, 2]",
    "cut.json": b'{"class_name": "Sequential", "config": ',
    "object.pkl": pickle.dumps({"a": 1}),
    "pickle.keras": pickle.dumps({"a": 1}),
}


@pytest.mark.parametrize("verb", ["inspect", "convert", "predict", "verify"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_line_and_code_2(verb: str, name: str, folder: Path) -> None:
    content = BROKEN[name]
    if content is not None:
        Path(name).write_bytes(content)
    more = {
        "inspect": [],
        "convert": ["--dialect", "duckdb", *SOURCE],
        "predict": ["--db", "sqlite:///demo/iris.db", *SOURCE],
        "verify": ["--db", "sqlite:///demo/iris.db", *SOURCE],
    }
    message = failed(run(verb, name, *more[verb]), 2)
    assert "internal error" not in message
    assert name.split(".")[0] in message
    if name == "object.pkl":
        assert "--trust-pickle" in message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dialect", "nosuch"], "no dialect 'nosuch'"),
        (["--strategy", "nosuch"], "strategy='nosuch'"),
        (["--weights", "nosuch"], "weights='nosuch'"),
        (["--precision", "half"], "precision='half'"),
        (["--features", "a,b"], "2 features for a model that takes 4"),
        (["--features", "a,,b,c"], "leaves a name empty"),
        (["--features", "@no such file"], "can't read the names in no such file"),
        (["--labels", "a,b"], "there are 2 labels"),
        (["--outputs", "nosuch"], "no output 'nosuch'"),
        (["--weights-file", "x.h5"], "weights"),
        (["--output", "no/such/folder/x.sql"], "can't write no/such/folder/x.sql"),
        (["--key", ""], "leaves a name empty"),
    ],
)
def test_a_wrong_option_is_code_2(options: list[str], said: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in failed(run("convert", IRIS, "--dialect", "duckdb", *SOURCE, *options), 2)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--db", "sqlite:///none.db"], 3, "there is no sqlite database at 'none.db'"),
        (["--db", "postgresql://x:secret@127.0.0.1:1/y"], 3, "can't reach postgresql"),
        (["--db", "sqlite:///demo/iris.db", "--table", "nosuch"], 3, "no such table"),
        (
            ["--db", "sqlite:///demo/iris.db", "--key", "nosuch", "--features", "a,b,c,d"],
            2,
            "iris has no column a, b, c, d (features); nosuch (key); it has id, sepal_length",
        ),
        (["--db", "sqlite:///demo/iris.db", "--key", "nosuch"], 2, "iris has no column nosuch"),
        (["--db", "iris.db"], 2, "did you mean 'sqlite:///iris.db'"),
        (["--db", "sqlite:///demo/iris.db"], 2, "iris has 5 columns beside key"),
        (["--db", "sqlite:///demo/iris.db", "--into", "a", "-o", "b.csv"], 2, "two places"),
        (["--db", "sqlite:///demo/iris.db", "-o", "b.xls"], 2, ".csv or .parquet"),
        (["--db", "sqlite:///demo/iris.db", "-o", "no/folder/b.csv"], 2, "no such folder"),
    ],
)
def test_what_the_database_refuses_is_code_3(args, code: int, said: str, folder: Path) -> None:
    message = failed(run("predict", IRIS, *SOURCE, *args), code)
    assert said in message
    assert "secret" not in message
    assert not Path("none.db").exists()


def test_debug_shows_the_traceback() -> None:
    done = run("inspect", "missing.keras", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("error: ")


def test_an_unexpected_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("a bug\nin two lines")

    monkeypatch.setattr("keras2sql.api.convert", broken)
    message = failed(run("convert", IRIS, "-d", "duckdb", *SOURCE), 2)
    assert message == "internal error: ZeroDivisionError: a bug in two lines; --debug shows where"


def test_terminal_codes_in_names_are_not_obeyed(folder: Path) -> None:
    evil = "\x1b[31mred\x1b]0;title\x07"
    with duckdb.connect("demo/iris.duckdb") as connection:
        connection.execute(f'ALTER TABLE iris RENAME sepal_width TO "{evil}"')
    done = run(
        "predict", IRIS, "--db", "duckdb:///demo/iris.duckdb", *SOURCE, "--passthrough", "species"
    )
    assert done.code == 0, done
    assert "\x1b" not in done.err
    assert "red" in done.err


@pytest.mark.jax
def test_a_pickle_is_loaded_on_trust(folder: Path) -> None:
    import joblib
    import keras
    from scikeras.wrappers import KerasRegressor

    frame = rows("iris")
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    estimator = KerasRegressor(network, loss="mse", epochs=1, verbose=0)
    columns = ["sepal_length", "sepal_width", "petal_length"]
    estimator.fit(frame[columns].to_numpy("float32"), frame["petal_width"].to_numpy("float32"))
    joblib.dump(estimator, "estimator.joblib")
    command = [
        "verify", "estimator.joblib", "--db", "sqlite:///demo/iris.db", *SOURCE,
        "--features", ",".join(columns),
    ]  # fmt: skip
    assert "--trust-pickle" in failed(run(*command), 2)
    done = run(*command, "--trust-pickle")
    assert done.code == 0, done
    assert "KerasRegressor on Keras" in done.out


def test_pandas_reads_what_predict_prints(folder: Path) -> None:
    """NULL rows come as empty cells."""
    with duckdb.connect("demo/iris.duckdb") as connection:
        connection.execute("UPDATE iris SET petal_width = NULL WHERE id = 2")
    done = run(
        "predict", IRIS, "--db", "duckdb:///demo/iris.duckdb", *SOURCE, "--passthrough", "species",
        *LABELS,
    )  # fmt: skip
    frame = pd.read_csv(io.StringIO(done.out)).set_index("id")
    assert frame.loc[2].drop("species").isna().all()
    assert frame.drop(index=2).notna().all(axis=None)
