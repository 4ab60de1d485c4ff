"""Passwords in database URLs: in no message, report or traceback, however they are written."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
import sqlalchemy
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli.app import app
from keras2sql.engines import connect
from keras2sql.errors import DatabaseError, InputError, Keras2SQLError, ModelFileError
from keras2sql.passwords import hide, secrets

SECRET = "Secret1"
TABLE = ["--table", "t", "--key", "id"]
URLS = [
    "postgresql://bob:TopSecret1@127.0.0.1:1/x",
    "postgres://bob:TopSecret1@127.0.0.1:1/x",
    "postgresql+psycopg://bob:TopSecret1@127.0.0.1:1/x?sslmode=disable",
    # in the query
    "postgresql://127.0.0.1:1/x?user=bob&password=TopSecret1",
    "postgresql://127.0.0.1:1/x?password=Top%53ecret1&user=bob%40firm",
    "postgresql://127.0.0.1:1/x?user=bob@firm&password=TopSecret1",
    "postgresql://127.0.0.1:1/x?sslpassword=TopSecret1",
    "postgresql://127.0.0.1:1/x?passwd=TopSecret1",
    "postgresql://127.0.0.1:1/x?options=-cfoo%3DTopSecret1",
    "mysql+pymysql://127.0.0.1:1/x?user=bob&password=TopSecret1",
    "mysql+pymysql://127.0.0.1:1/x?pwd=TopSecret1",
    "mariadb+pymysql://bob:TopSecret1@127.0.0.1:1/x?nosuch=TopSecret1",
    "duckdb:///:memory:?motherduck_token=TopSecret1",
    "duckdb:///:memory:?s3_secret_access_key=TopSecret1",
    "duckdb:///md:x%3Fmotherduck_token=TopSecret1",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BUID%3Dbob%3BPWD%3DTopSecret1",
    # characters that should have been written otherwise
    "postgresql://bob:Top@Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top@Sec/Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top/Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top:Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top?Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top?p=Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top#Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top%Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top'Secret1@127.0.0.1:1/x",
    "postgresql://bob:Top\nSecret1@127.0.0.1:1/x",
    "postgresql://127.0.0.1:1/x?user=bob&password=Top&Secret1",
    "postgresql://127.0.0.1:1/x?user=bob;password=TopSecret1",
    "postgresql://127.0.0.1:1/x?user=bob&password=Top?Secret1",
    # mistyped
    "postgresql:bob:TopSecret1@h/x",
    "postgresql:/bob:TopSecret1@h/x",
    "postgresql:///bob:TopSecret1@h/x",
    "postgresql//bob:TopSecret1@h/x",
    "postgresql://bob:TopSecret1",
    "postgresql://bob:TopSecret1/x",
    "postgresql://bob:TopSecret1:5432/x",
    "postgresql://bob@h:TopSecret1/x",
    "bob:TopSecret1@h/x",
    "bob:TopSecret1",
    "://bob:TopSecret1@h/x",
    "nosuch://bob:TopSecret1@h/x",
    "postgresql+nosuch://bob:TopSecret1@h/x",
    "host=h user=bob password=TopSecret1",
    # no number
    "postgresql://bob:TopSecret1@127.0.0.1:port/x",
    "postgresql://bob:TopSecret1@127.0.0.1:/x",
    "postgresql://bob:TopSecret1@127.0.0.1:99999/x",
    "postgresql://bob:TopSecret1@127.0.0.1:-1/x",
    "postgresql://bob:TopSecret1@[::1]:1/x",
    "postgresql://bob:TopSecret1@[::1/x",
]


@pytest.mark.parametrize("url", URLS)
def test_no_error_shows_it(url: str) -> None:
    with pytest.raises((DatabaseError, InputError)) as caught:
        keras2sql.status(url)
    assert SECRET not in str(caught.value)
    assert SECRET not in "".join(_shown(caught.value))


def _shown(error: BaseException) -> list[str]:
    """What a traceback prints of an error and its causes, less the lines of source."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [*traceback.format_exception_only(error), *(_shown(cause) if cause else [])]


@pytest.mark.parametrize("verb", ["status", "undeploy", "deploy", "verify", "predict"])
@pytest.mark.parametrize("url", URLS[::4])
def test_no_verb_shows_it(url: str, verb: str) -> None:
    asked = {"status": [], "undeploy": ["view"], "deploy": ["m.keras", *TABLE, "--view", "v"]}
    done = CliRunner().invoke(
        app, [verb, *asked.get(verb, ["m.keras", *TABLE]), "--db", url, "--debug"]
    )
    assert done.exit_code in (2, 3)
    assert "error: " in done.output
    assert "m.keras" not in done.output  # it came as far as the database
    assert SECRET not in done.output


def test_not_where_a_url_does_not_belong() -> None:
    url = "postgresql://bob:Top@Secret1@h/x?password=TopSecret1"
    wrong: list[Any] = [
        lambda: keras2sql.convert("m.keras", url, "t", "id"),
        lambda: keras2sql.convert(url, "duckdb", "t", "id"),
        lambda: keras2sql.convert("m.keras", "duckdb", "t", "id", weights_file=url),
    ]
    for call in wrong:
        with pytest.raises(Keras2SQLError) as caught:
            call()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", [u for u in URLS if u.startswith(("postgresql+psycopg", "mysql"))])
def test_engines_that_the_caller_made(url: str) -> None:
    with pytest.raises(DatabaseError) as caught, connect(sqlalchemy.create_engine(url)):
        pass
    assert SECRET not in "".join(_shown(caught.value))


def test_what_a_statement_raises(postgres_url: str) -> None:
    url = sqlalchemy.make_url(postgres_url).update_query_dict({"application_name": "me"})
    url = url.update_query_dict({"options": "-c my.token=TopSecret1"})
    with connect(url.render_as_string(hide_password=False)) as engine:
        with pytest.raises(DatabaseError) as caught:
            engine.query("SELECT CAST(current_setting('my.token') AS int) AS a")
        assert SECRET not in str(caught.value)


def test_what_may_be_read_stays() -> None:
    with pytest.raises(DatabaseError) as caught:
        keras2sql.status("postgresql://bob:pw@127.0.0.1:1/x?sslmode=disable&password=TopSecret1")
    assert "postgresql+psycopg://bob:***@127.0.0.1:1/x?sslmode=disable&password=***" in str(
        caught.value
    )
    with pytest.raises(
        InputError, match=r"port .* no number.*postgresql://user:password@host:5432"
    ):
        keras2sql.status("postgresql://bob:pw@h:port/x")
    with pytest.raises(InputError, match=r"'@' too many.*%40"):
        keras2sql.status("postgresql://bob:p@w@h/x")
    for path in ("my.db", "./a b/my.db", r"C:\data\my.db"):
        with pytest.raises(InputError) as wrong:
            keras2sql.status(path)
        assert f"did you mean 'sqlite:///{path}'" in str(wrong.value)


@pytest.mark.parametrize(
    "text",
    [
        "oov_token=[UNK] is not supported",
        "see https://keras.io/api: a line; n=3",
        "features: x@y, a:b@c",
        "sqlite:///a@b/c.db?mode=ro",
        "num_tokens=1099511627776 is beyond all measure",
        "conv/kernel:0 has the shape (3, 4), not (5,)?",
    ],
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert hide(text) == text
    assert not secrets("sqlite:////home/me@firm/x.db?mode=ro")


def test_short_passwords_do_not_eat_words() -> None:
    assert hide("no such table: a in bar", secrets("postgresql://bob:a@h/x")) == (
        "no such table: *** in bar"
    )
    # What everybody may see of the URL stays, though the password be the same.
    assert hide('role "bob" is not there', secrets("postgresql://bob:bob@h/x")) == (
        'role "bob" is not there'
    )


def test_a_broken_model_named_like_a_url() -> None:
    with pytest.raises(ModelFileError, match=r"postgresql://bob:\*\*\*@h"):
        keras2sql.inspect("postgresql://bob:TopSecret1@h")


def test_the_word_of_an_example_is_not_hidden() -> None:
    with pytest.raises(InputError, match="the port in the database URL is no number"):
        keras2sql.status("postgresql://h:port/x")
