"""Empty databases for each file of tests that makes tables and views of names that others take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keras2sql.engines import Engine, connect


@pytest.fixture(scope="module")
def duckdb_engine() -> Iterator[Engine]:
    """A DuckDB in memory."""
    with connect("duckdb:///:memory:") as engine:
        yield engine


@pytest.fixture(scope="module")
def sqlite_engine() -> Iterator[Engine]:
    """A SQLite in memory."""
    with connect("sqlite://") as engine:
        yield engine


@pytest.fixture(scope="module")
def postgres_url(postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of its own on the server of all."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    before, _, parameters = postgres_url.partition("?")
    server, _, others = before.rpartition("/")
    name = f"{others}_{request.node.path.parent.name}_{request.node.path.stem}"
    with psycopg.connect(make_conninfo(**conninfo_to_dict(postgres_url)), autocommit=True) as to:
        to.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        to.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        yield f"{server}/{name}" + (f"?{parameters}" if parameters else "")
        to.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A connection to it."""
    with connect(postgres_url) as engine:
        yield engine
