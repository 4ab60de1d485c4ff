"""Write docs/dialects.md, docs/layers.md, docs/estimators.md, docs/operations.md and a page per
database in docs/databases from the registries.

``python tools/make_docs.py`` after adding a layer, an estimator, an operation or a dialect; a test
holds that they are up to date.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

import keras2sql
from keras2sql.dialects import DIALECTS as KNOWN
from keras2sql.dialects import Dialect
from keras2sql.layers.operations.table import supported

DOCS = Path(__file__).parent.parent / "docs"

DIALECTS = """\
# Databases

What `keras2sql dialects` prints. *executed*: every layer and every rule is run on the real
database in the tests. *relative executed*: it runs on one that takes its statements; which, stands
in brackets. *parsed*: the tests can't start it. A parser, which stands in brackets, reads
statements of every layer (one that takes seconds for each, in long runs); their words are those of
its manual; and translated to DuckDB they compute what they should, which says nothing of what the
database itself would do with them.

"""
LAYERS = """\
# Layers

What `keras2sql layers` prints: the layers of Keras 3, and which of them become SQL. A model
with others is refused with one error that names all of them.

"""

ESTIMATORS = """\
# Estimators

What `keras2sql estimators` prints: the estimators of scikit-learn and its kin, and which of them
become SQL ([how](sklearn.md)). A model with others is refused with one error that names all of
them.

{supported} are supported, {refused} are not, for the reason that stands there. {measured} were
fitted to whole data sets (of iris, wine, wine with gaps, breast_cancer, diabetes, digits and a
table of mixed columns as many as five seconds took), and all that they say compared on DuckDB,
SQLite and PostgreSQL: {rows} rows, {labels} labels that differ; the worst difference of a number,
relative to 1 and itself, is in the table (`tools/measure_estimators.py`). The others are
compared by the tests alone, as all are.

"""

OPERATIONS = """\
# Operations

The functions of `keras.ops`, called on the tensors of a functional model (`keras.ops.sum(x, -1)`,
also as operators: `x + y`, `x @ y`, `x[..., 0]`), and which of them become SQL.

- Every tensor has the batch as its first axis. What reaches across the batch is refused, as
  each row is computed by itself: `sum(x)`, `mean(x, 0)`, `x[0]`, `reshape(x, (-1, 3))` of a
  `(batch, 3, 4)`, `x + y` of tensors of different ranks.
- Arguments may be numbers and arrays, on either side: `2 - x`, `matmul(kernel, x)`.
- Where a function is not defined Keras gives NaN or infinity. SQL gives the same infinity,
  and NaN or NULL, and never an error: divisors, and arguments of `sqrt`, `log`, `power`,
  `arcsin`, ... are tested, except where they can be told not to leave the domain
  (constants, `1 + exp(x)`, `var(x, -1) + 1e-6`). -0 counts as 0.
- PostgreSQL and MariaDB raise an error where a number leaves the range of numbers. There, where
  a product, a quotient or a sum might, what is beyond 1e150 counts as infinite (in MariaDB as
  1e150), and in products what is below 1e-100 as 0.
- Whole numbers are numbers like all others: those of 32 and 64 bit do not wrap around, and
  `argmax` or a cast to `int32` gives them as floating point numbers. A cast of whole numbers to 8
  or 16 bit wraps as Keras's does; sums and products in such types are refused.

"""


def pages() -> dict[Path, str]:
    """The generated files and what they should hold."""
    return {
        DOCS / "dialects.md": DIALECTS + table(dialects()),
        DOCS / "layers.md": LAYERS + table(keras2sql.layers()),
        DOCS / "estimators.md": estimators(),
        DOCS / "operations.md": OPERATIONS + table(operations()),
        **{DOCS / "databases" / f"{d.name}.md": database(d) for d in KNOWN.values()},
    }


URLS = {
    "duckdb": "duckdb:///my.duckdb",
    "sqlite": "sqlite:///my.db",
    "postgresql": "postgresql://user@host/name",
    "pgvector": "postgresql://user@host/name",
    "mariadb": "mariadb+pymysql://user@host/name",
    "clickhouse": "chdb://",
    "firebird": "firebird://user@host/path.fdb",
    "monetdb": "monetdb://user@host/name",
    "hive": "hive://user@host:10000/name",
    "impala": "impala://host:21050/name",
    "oceanbase": "mysql+pymysql://user@host:2881/name",
}
EXTRAS = {"postgresql": "postgres", "pgvector": "postgres", "oceanbase": "mariadb"}
_SAME = ("mariadb", "clickhouse", "datafusion", "spark", "firebird", "monetdb")
_SAME += ("hive", "impala")
EXTRAS |= {name: name for name in _SAME}

LIMITS = {
    "select_columns": "columns of a select list",
    "steps": "steps, each reading the one before",
    "nesting": "parentheses and calls inside one another",
    "identifier_bytes": "bytes of a name",
    "statement_bytes": "bytes of a statement",
    "joins": "tables that one select joins",
    "elements": "elements of an array that a product takes",
}


def database(dialect: Dialect) -> str:
    """The page of one: what is known of it as data."""
    about = keras2sql.dialects().set_index("name").loc[dialect.name]
    facts = [
        ("in `--dialect`", ", ".join(f"`{name}`" for name in (dialect.name, *dialect.aliases))),
        ("tested", str(about["tested"])),
        ("strategies", ", ".join(dialect.strategies)),
    ]
    if dialect.name in URLS:
        facts.append(("`--db`", f"`{URLS[dialect.name]}`"))
    if dialect.name in EXTRAS:
        facts.append(("driver", f"`pip install 'keras2sql[{EXTRAS[dialect.name]}]'`"))
    facts += [
        ("numbers", ", ".join(f"`{dialect.types[one]}`" for one in ("double", "single"))),
        ("costs", "measured" if dialect.costs else "not measured: columns are chosen"),
    ]
    known = [(text, getattr(dialect.limits, name)) for name, text in LIMITS.items()]
    limits = [(text, f"{limit:,}") for text, limit in known if limit is not None]
    lines = [f"# {dialect.title}", "", table(pd.DataFrame(facts, columns=["", "what"]))]
    notes = [note.strip() for note in str(about["notes"]).split(";") if note.strip()]
    if notes:
        lines += ["## What to know", "", *(f"- {note}" for note in notes), ""]
    if limits:
        frame = pd.DataFrame(limits, columns=["limit", "as measured or told"])
        lines += ["## Limits", "", table(frame)]
    lines += [
        "## The SQL",
        "",
        "```bash",
        f"keras2sql convert demo/iris.keras --dialect {dialect.name} --table iris --key id \\",
        "  --features sepal_length,sepal_width,petal_length,petal_width -o iris.sql",
        "```",
        "",
        "`keras2sql demo --export demo` writes that model and its rows.",
        "",
    ]
    return "\n".join(lines)


def dialects() -> pd.DataFrame:
    """The databases, each with a link to its page."""
    found = keras2sql.dialects()
    found["name"] = [f"[{name}](databases/{name}.md)" for name in found["name"]]
    return found


def estimators() -> str:
    """The estimators, with what was measured of them."""
    frame = keras2sql.estimators()
    known = json.loads((DOCS / "estimators.json").read_text(encoding="utf-8"))
    rows = [known.get(name, {}).get("rows", 0) for name in frame["estimator"]]
    worst = [known.get(name, {}).get("worst") for name in frame["estimator"]]
    frame.insert(2, "rows compared", [f"{count:,}" if count else "" for count in rows])
    frame.insert(3, "worst difference", ["" if w is None else f"{w:.0e}" for w in worst])
    yes = int(frame["supported"].sum())
    return ESTIMATORS.format(
        supported=yes,
        refused=len(frame) - yes,
        measured=len(known),
        rows=f"{sum(rows):,}",
        labels=sum(one["labels"] for one in known.values()),
    ) + table(frame)


def operations() -> pd.DataFrame:
    """The functions of `keras.ops`."""
    return pd.DataFrame(supported(), columns=["function", "supported", "notes"])


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
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
