"""Errors become one line on stderr and an exit code."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Any

import typer

from keras2sql.cli import console, plugins
from keras2sql.cli.usage import INTERRUPTED, WRONG
from keras2sql.errors import DatabaseError, Keras2SQLError, one_line
from keras2sql.passwords import hide, secrets

DIFFERENT = 1
REFUSED = 3


def guarded(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb, its plugins imported before and every error caught.

    A traceback is shown with ``--debug`` only.
    """

    @functools.wraps(verb)
    def run(*args: Any, **kwargs: Any) -> None:
        debug = bool(kwargs.get("debug"))
        try:
            plugins.load(kwargs.get("plugin") or ())
            with console.heard():
                verb(*args, **kwargs)
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort):
            raise
        except console.ReaderGone:
            return
        except Exception as error:
            given = kwargs.get("db") or ""
            urls = [given] if isinstance(given, str) else given
            hidden = set[str]().union(*(secrets(url) for url in urls))
            if debug:
                console.tell(hide(traceback.format_exc(), hidden))
            known = isinstance(error, Keras2SQLError)
            said = str(error) if known else _unexpected(error, debug)
            console.note(f"error: {hide(said, hidden)}")
            code = REFUSED if isinstance(error, DatabaseError) else WRONG
            raise typer.Exit(code) from None

    return run


def _unexpected(error: Exception, debug: bool) -> str:
    what = one_line(f"{type(error).__name__}: {error}", 300)
    return f"internal error: {what}" + ("" if debug else "; --debug shows where")
