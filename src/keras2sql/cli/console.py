"""What goes to the terminal: notes to stderr, tables to stdout, nothing of it as markup."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from keras2sql.errors import one_line

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = 1000


class ReaderGone(Exception):
    """Whoever read what goes to stdout has had enough."""


def note(text: str) -> None:
    """One line to stderr."""
    tell(f"{one_line(text)}\n")


def tell(text: str) -> None:
    """A text to stderr; the work goes on where nobody reads it any more."""
    try:
        typer.echo(text, nl=False, err=True)
    except BrokenPipeError:
        _silence(sys.stderr)


def write(text: str) -> None:
    """A text to stdout, as it is; raises `ReaderGone`."""
    try:
        typer.echo(text, nl=False, color=True)
    except BrokenPipeError as error:
        _silence(sys.stdout)
        raise ReaderGone from error


def show(*items: RenderableType, page: bool = False) -> None:
    """Tables and texts to stdout; they keep their lines whole where nobody's screen ends, but on
    a page.  Raises `ReaderGone`."""
    console = Console(highlight=False)
    if not (page or console.is_terminal):
        console = Console(highlight=False, width=_WHOLE)
    with console.capture() as drawn:
        for item in items:
            console.print(item)
    text = drawn.get()
    if not console.is_terminal:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    write(text)


def _silence(stream: TextIO) -> None:
    """Python would complain at exit of what it could not deliver."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Notes(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note(record.getMessage())


@contextmanager
def heard() -> Iterator[None]:
    """Within it, what the library tells of its work goes to stderr too."""
    log, notes = logging.getLogger("keras2sql"), _Notes()
    before = log.level
    log.addHandler(notes)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(notes)
        log.setLevel(before)


def watched() -> bool:
    """Whether somebody sees the notes come."""
    return Console(stderr=True).is_terminal


@contextmanager
def working(text: str) -> Iterator[None]:
    """A sign of life while something takes long; on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(plain(text)):
        yield


@contextmanager
def counting(text: str) -> Iterator[Callable[[str], None]]:
    """What is told what is done next: a line that changes, on a terminal only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda told: None
        return
    with console.status(plain(text)) as status:
        yield lambda told: status.update(plain(f"{text}: {told}"))


@contextmanager
def progress(text: str) -> Iterator[Callable[[int, int], None] | None]:
    """What draws a bar, told how much is done and of how much; None but on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(escape(one_line(text)), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def frame(found: pd.DataFrame, numbers: str = "") -> None:
    """A frame as a table on stdout."""
    rows = [tuple(row) for row in found.fillna("").itertuples(index=False)]
    show(table([str(c) for c in found.columns], rows, numbers))


def plain(text: object, style: str = "") -> Text:
    """Any text in one line: no markup, no control characters."""
    return Text(one_line(text), style=style)


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    numbers: str = "",
    header: bool = True,
) -> Table:
    """A table of texts; the columns named in `numbers` stand to the right."""
    made = Table(box=None, pad_edge=False, header_style="bold", show_header=header)
    for title in headers:
        right = title in numbers.split()
        made.add_column(title, justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(plain(item) for item in row))
    return made
