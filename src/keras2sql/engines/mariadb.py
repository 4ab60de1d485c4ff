"""What MariaDB's connections need beyond PEP 249."""

from __future__ import annotations

from typing import Any

_IN_TRANSACTION = 1
"""The flag of the protocol that tells of an open transaction."""


def serves(connection: Any) -> bool:
    """Whether the server at the other end of a MySQL connection is MariaDB."""
    return "mariadb" in str(getattr(connection, "server_version", "")).lower()


def in_transaction(connection: Any) -> bool:
    """What the server said with its last answer."""
    return bool(connection.server_status & _IN_TRANSACTION)
