"""Database URLs: read, and shown without their passwords."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keras2sql.errors import InputError
from keras2sql.passwords import HIDDEN, hide, is_secret

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_FILES = ("sqlite", "duckdb", "chdb")
_FORM = "a database URL is sqlite:///my.db or postgresql://user:password@host:5432/database"
_ESCAPES = "in a user's name or a password '@' is written %40, '/' %2F and ':' %3A"
_PATH = re.compile(r"([A-Za-z]:[\\/])?[\w .~\\/-]+")


def parsed(url: str) -> URL:
    """The parts of a URL.

    Raises `InputError`, which repeats nothing of what may be a password.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    try:
        return checked(make_url(url))
    except ArgumentError:
        if _PATH.fullmatch(url):
            raise InputError(
                f"'{url}' is no database URL; did you mean 'sqlite:///{url}' or 'duckdb:///{url}'?"
            ) from None
        raise InputError(f"that is no database URL: {_FORM}") from None
    except ValueError:
        raise InputError(
            f"the port in the database URL is no number: {_FORM}; {_ESCAPES}"
        ) from None


def checked(url: URL) -> URL:
    """The URL; `InputError` where an "@" in its password has cut it at the wrong place."""
    server = url.get_backend_name() not in _FILES
    if "@" in (url.host or "") or (server and "@" in (url.database or "")):
        raise InputError(f"the database URL has an '@' too many: {_FORM}; {_ESCAPES}")
    return url


def shown(url: URL) -> str:
    """The URL without what may be a secret."""
    options = [
        f"{key}={HIDDEN if is_secret(key) else value}"
        for key, values in url.query.items()
        for value in ((values,) if isinstance(values, str) else values)
    ]
    plain = url.set(query={}).render_as_string(hide_password=True)
    return hide(plain + (f"?{'&'.join(options)}" if options else ""))
