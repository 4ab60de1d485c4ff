"""Write the tables of docs/dialects.md and docs/layers.md from the registries.

``python tools/make_docs.py`` after adding a layer or a dialect; a test holds that they are
up to date.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import keras2sql

DOCS = Path(__file__).parent.parent / "docs"

DIALECTS = """\
# Databases

What `keras2sql dialects` prints. *executed*: every layer and every rule is run on the real
database in the tests. *parsed*: the SQL is only checked by a parser of that dialect.

"""
LAYERS = """\
# Layers

What `keras2sql layers` prints: the layers of Keras 3, and which of them become SQL. A model
with others is refused with one error that names all of them.

"""


def pages() -> dict[Path, str]:
    """The generated files and what they should hold."""
    return {
        DOCS / "dialects.md": DIALECTS + table(keras2sql.dialects()),
        DOCS / "layers.md": LAYERS + table(keras2sql.layers()),
    }


def table(frame: pd.DataFrame) -> str:
    """A frame as a table of Markdown."""
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|---" * frame.shape[1] + "|"]
    for row in frame.itertuples(index=False):
        lines.append("| " + " | ".join(cell(value) for value in row) + " |")
    return "\n".join(line.replace("  |", " |") for line in lines) + "\n"


def cell(value: object) -> str:
    """One cell; truth values as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
