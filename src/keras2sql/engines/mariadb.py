"""What connections to MariaDB, and to others that speak MySQL's protocol, need beyond PEP 249."""

from __future__ import annotations

from contextlib import closing
from typing import Any

_OCEANBASE = "5.7.25"
_IN_TRANSACTION = 1
"""The flag of the protocol that tells of an open transaction."""


def serves(connection: Any) -> bool:
    """Whether the server at the other end of a MySQL connection is MariaDB."""
    return "mariadb" in str(getattr(connection, "server_version", "")).lower()


def is_oceanbase(connection: Any) -> bool:
    """Whether it is OceanBase, which says in full what it is when it is asked, and else that it
    is this one of MySQL."""
    if not str(getattr(connection, "server_version", "")).startswith(_OCEANBASE):
        return False
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT version() AS version")
        return "oceanbase" in str(cursor.fetchone()).lower()


def in_transaction(connection: Any) -> bool:
    """What the server said with its last answer."""
    return bool(connection.server_status & _IN_TRANSACTION)
