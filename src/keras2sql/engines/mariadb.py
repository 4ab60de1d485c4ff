"""What MariaDB's connections need beyond PEP 249."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

_SET = re.compile(r"SET SESSION (\w+) = ")
_IN_TRANSACTION = 1
"""The flag of the protocol that tells of an open transaction."""


def serves(connection: Any) -> bool:
    """Whether the server at the other end of a MySQL connection is MariaDB."""
    return "mariadb" in str(getattr(connection, "server_version", "")).lower()


def in_transaction(connection: Any) -> bool:
    """What the server said with its last answer."""
    return bool(connection.server_status & _IN_TRANSACTION)


@contextmanager
def kept(run: Callable[[str], Any], session: Sequence[str]) -> Iterator[None]:
    """Settings of the session, set back in the end: a rollback does not do that here."""
    names = [found[1] for statement in session if (found := _SET.match(statement))]
    before = {name: run(f"SELECT @@SESSION.{name}")[0][0][0] for name in names}
    try:
        for statement in session:
            run(statement)
        yield
    finally:
        with suppress(Exception):  # a lost connection has no settings to keep
            for name, value in before.items():
                run(f"SET SESSION {name} = {value}")
