"""Whether a statement failed because another transaction was in its way, so that it may be done
again: by the codes and classes of the drivers, as the words of a message may be a user's own.

Sources: sqlite.org/rescode.html, PostgreSQL's appendix A, mariadb.com/kb "error codes".
"""

from __future__ import annotations

from typing import Any

# SQLSTATE of PostgreSQL: the transaction can't be serialized, a deadlock, a lock not to be had.
_BUSY_STATES = {"40001", "40P01", "55P03"}
# There is such a row, table, object already.
_THERE_STATES = {"23505", "42P07", "42710"}

# SQLite, without the bits that say more: SQLITE_BUSY, SQLITE_LOCKED.
_BUSY_CODES = {5, 6}
# SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE.
_THERE_CODES = {1555, 2067}

_SQLITE_TEXTS = {
    "database is locked": 5,
    "database table is locked": 6,
    "database schema is locked": 6,
    "UNIQUE constraint failed": 2067,
}

# MariaDB: a lock not to be had in time, a deadlock, a row that changed since it was read.
_BUSY_NUMBERS = {1205, 1213, 1020}
# There is such a table, row already.
_THERE_NUMBERS = {1050, 1062}

# What DuckDB calls a conflict; it raises the same in a transaction that has failed before.
_BUSY_CLASS, _THERE_CLASS = "TransactionException", "ConstraintException"
_FAILED_BEFORE = "TransactionContext Error: Current transaction is aborted"


def contended(error: BaseException, making: bool = False) -> bool:
    """Whether it came second to another transaction; with `making`, also to one that made the
    same."""
    driver = _raised_by_driver(error)
    if driver is None:
        return False
    module, name = type(driver).__module__.split(".")[0], type(driver).__name__
    if module in ("duckdb", "_duckdb"):
        busy = name == _BUSY_CLASS and not str(driver).startswith(_FAILED_BEFORE)
        return busy or (making and name == _THERE_CLASS)
    if module in ("sqlite3", "apsw"):
        code = _sqlite_code(driver)
        return code & 0xFF in _BUSY_CODES or (making and code in _THERE_CODES)
    if module in ("pymysql", "MySQLdb", "mariadb"):
        code = driver.args[0] if driver.args and isinstance(driver.args[0], int) else 0
        return code in _BUSY_NUMBERS or (making and code in _THERE_NUMBERS)
    state = getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None)
    return state in _BUSY_STATES or (making and state in _THERE_STATES)


def _raised_by_driver(error: BaseException) -> Any:
    """What the driver raised, below our own error and SQLAlchemy's."""
    cause: Any = error.__cause__
    return getattr(cause, "orig", None) or cause


def _sqlite_code(error: Any) -> int:
    for name in ("sqlite_errorcode", "extendedresult"):
        if isinstance(code := getattr(error, name, None), int):
            return code
    # Before Python 3.11 there is the text alone, which begins with SQLite's own words.
    return next((code for text, code in _SQLITE_TEXTS.items() if str(error).startswith(text)), 0)
