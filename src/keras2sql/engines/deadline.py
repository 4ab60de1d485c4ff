"""Statements that end when their time is over, each by what its database has for that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from keras2sql.engines.base import Engine


@dataclass(frozen=True)
class Timeout:
    """The setting of a session by which a server ends its statements, also those that nobody
    waits for any more: how it is read, set to milliseconds or seconds, and set back to `value`."""

    read: str
    set: str
    back: str


TIMEOUTS: dict[str, Timeout] = {
    "postgresql": Timeout(
        "SELECT pg_catalog.current_setting('statement_timeout')",
        "SET statement_timeout = {milliseconds}",
        "SET statement_timeout = '{value}'",
    ),
    "mariadb": Timeout(
        "SELECT @@SESSION.max_statement_time",
        "SET SESSION max_statement_time = {seconds}",
        "SET SESSION max_statement_time = {value}",
    ),
    "clickhouse": Timeout(
        "SELECT value FROM system.settings WHERE name = 'max_execution_time'",
        "SET max_execution_time = {seconds}",
        "SET max_execution_time = {value}",
    ),
    "firebird": Timeout(
        "SELECT rdb$get_context('SYSTEM', 'STATEMENT_TIMEOUT') FROM rdb$database",
        "SET STATEMENT TIMEOUT {milliseconds} MILLISECOND",
        "SET STATEMENT TIMEOUT {value} MILLISECOND",
    ),
}
"""By the name of the dialect.  DataFusion has neither this nor a call that ends a statement."""

_CALLS = ("interrupt", "interruptAll")
"""Of DuckDB's and SQLite's connections, and of Spark's session: end what runs, from any thread."""


@contextmanager
def within(engine: Engine, seconds: float) -> Iterator[None]:
    """Statements inside of it are cancelled after so many seconds.

    The session's own setting is as it was behind it.
    """
    stop = None if engine.dialect_name in TIMEOUTS else _interrupting(engine)
    done, rang = threading.Event(), threading.Event()
    open_before = engine.in_transaction() if stop else True

    def ring() -> None:
        rang.set()
        # Again and again: what is planned now is run next.
        while stop is not None and not done.is_set():
            with suppress(Exception):  # what has ended meanwhile can't be interrupted
                stop()
            done.wait(0.2)

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    before = _limited(engine, seconds)
    timer.start()
    try:
        yield
    finally:
        done.set()
        timer.cancel()
        timer.join()
        if rang.is_set() and not open_before:
            # What was interrupted may have been what would have ended the transaction.
            with suppress(Exception):
                engine.abandon()
        if before:
            with suppress(Exception):  # a lost connection has no settings to keep
                engine.apply([before])


def _limited(engine: Engine, seconds: float) -> str:
    """Set the server's own timeout; the statement that sets it back."""
    timeout = TIMEOUTS.get(engine.dialect_name)
    if timeout is None:
        return ""
    value = str(engine.query(timeout.read, ["value"], what="the timeout").iat[0, 0])
    whole = max(1, round(seconds))
    engine.apply([timeout.set.format(seconds=whole, milliseconds=1000 * whole)])
    return timeout.back.format(value=value)


def _interrupting(engine: Engine) -> Callable[[], Any] | None:
    """What ends the statement that runs; None where nothing does."""
    connection = getattr(engine, "connection", None)
    for held in (connection, getattr(connection, "connection", None)):
        held = getattr(held, "driver_connection", None) or held
        for name in _CALLS:
            if callable(call := getattr(held, name, None)):
                return call  # type: ignore[no-any-return]
    return None
