"""HTML for notebooks: what `_repr_html_` of the public objects is made of.

Plain tables without style, so that they look as the notebook's own do, light or dark.  All texts
are escaped: names of layers and columns come from files and databases of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

LONGEST = 20_000
"""Characters of a text that are shown; the rest would slow the notebook down."""


def heading(text: str) -> str:
    return f"<p><b>{escape(text)}</b></p>"


def table(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> str:
    """Rows of texts; the first of each names it where there is no `header`."""
    head = f"<thead>{_row(map(_name, header))}</thead>" if header else ""
    first = _value if header else _name
    body = "".join(_row([first(row[0]), *map(_value, row[1:])]) for row in rows)
    return f"<table>{head}<tbody>{body}</tbody></table>"


def folded(summary: str, text: str) -> str:
    """A text that opens by a click, as it is, up to `LONGEST` characters."""
    shown = text
    if len(text) > LONGEST:
        shown = f"{text[:LONGEST]}\n... {len(text) - LONGEST:,} characters more"
    return f"<details><summary>{escape(summary)}</summary><pre>{escape(shown)}</pre></details>"


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"


def _name(text: str) -> str:
    return f'<th style="text-align: left">{escape(text)}</th>'


def _value(text: str) -> str:
    return f'<td style="text-align: left">{escape(text)}</td>'
