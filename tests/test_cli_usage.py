"""The command line used wrongly, and readers of its output that go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keras2sql.cli.app import app
from keras_models import model_file

IRIS = str(model_file("iris"))
SOURCE = ["--table", "iris", "--key", "id"]
DB = ["--db", "duckdb:///demo/iris.duckdb"]
FEATURES = ["--features", "sepal_length,sepal_width,petal_length,petal_width"]
HELP = "; see `keras2sql {} --help`"


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(args), prog_name="keras2sql")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nosuch"], "no such command 'nosuch'; see `keras2sql --help`"),
        (["--zzz"], "no such option: --zzz; see `keras2sql --help`"),
        (["convert"], "convert needs MODEL, --dialect, --table and --key" + HELP),
        (["convert", "-t", "t", "m", "-d", "x"], "convert needs --key" + HELP),
        (["undeploy"], "undeploy needs VIEW and --db" + HELP),
        (["convert", "m", "--zzz"], "no such option: --zzz" + HELP),
        (
            ["convert", "m", "--featurs", "a"],
            "no such option: --featurs, did you mean --features?" + HELP,
        ),
        (["inspect", "a", "b"], "got unexpected extra argument(s) (b)" + HELP),
        (["layers", "--debug=3"], "option '--debug' does not take a value" + HELP),
        (["predict", "m", "--db"], "option '--db' requires an argument" + HELP),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(args: list[str], said: str) -> None:
    assert run(*args) == (2, "", f"error: {said.format(args[0])}\n")


@pytest.mark.parametrize(
    "args",
    [
        ["verify", "m", *DB, *SOURCE, "--rows", "x"],
        ["verify", "m", *DB, *SOURCE, "--rows", "0"],
        ["predict", "m", *DB, *SOURCE, "--batch-rows", "-1"],
        ["verify", "m", *DB, *SOURCE, "--tolerance", "a\nb"],
    ],
)
def test_a_value_that_does_not_fit_is_one_line(args: list[str]) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: invalid value for '{args[-2]}': ")
    assert err.count("\n") == 1
    assert err.endswith(HELP.format(args[0]) + "\n")


def test_a_password_in_the_wrong_place_is_not_shown() -> None:
    url = "postgresql://bob:TopSecret1@h/x"
    for args in (["inspect", IRIS, url], [url], [f"--{url}"]):
        code, out, err = run(*args)
        assert (code, out) == (2, "")
        assert "TopSecret1" not in err
        assert err.count("\n") == 1


def test_no_verb_shows_them_all() -> None:
    code, out, err = run()
    assert code == 2
    assert "  predict " in out + err


# -- readers that go away


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run("demo", "--export", "demo")[0] == 0
    return tmp_path


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["convert", "--help"],
        ["demo"],
        ["demo", "--sql"],
        ["inspect", IRIS, "--dialect", "duckdb"],
        ["convert", IRIS, "-d", "duckdb", *SOURCE, *FEATURES],
        ["predict", IRIS, *DB, *SOURCE, *FEATURES],
        ["status", *DB],
        ["dialects"],
        ["layers"],
    ],
)
def test_a_reader_that_stops_is_no_error(args: list[str], buffered: bool, folder: Path) -> None:
    assert unread(args, buffered) == (0, b"")


def test_verify_tells_of_a_difference_that_nobody_reads(folder: Path) -> None:
    command = ["verify", IRIS, *DB, *SOURCE, *FEATURES, "--tolerance"]
    assert unread([*command, "1e-15"], True) == (1, b"")
    assert unread([*command, "1e-5"], True) == (0, b"")


def test_work_goes_on_where_nobody_reads_its_notes(folder: Path) -> None:
    command = ["predict", IRIS, *DB, *SOURCE, "--passthrough", "species", "--into", "scores"]
    with subprocess.Popen(
        [sys.executable, "-m", "keras2sql", *command], stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait() == 0
    assert (
        run("predict", IRIS, *DB, "--table", "scores", "--key", "id", "--features", "id,id,id,id")[
            1
        ].count("\n")
        == 151
    )


def test_a_connection_that_breaks_is_no_reader_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("keras2sql.api.convert", broken)
    code, _, err = run("convert", IRIS, "-d", "duckdb", *SOURCE)
    assert code == 2
    assert "BrokenPipeError" in err


def unread(args: list[str], buffered: bool) -> tuple[int, bytes]:
    """The exit code of a call whose output nobody reads, and what it says of that."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    environment |= {} if buffered else {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "keras2sql", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        return process.wait(), said
