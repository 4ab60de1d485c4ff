"""The macros that make the tables which a dbt model reads beside its source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from keras2sql.dbt.escapes import literal, template
from keras2sql.dialects import Dialect, tables
from keras2sql.sql.stored import StoredTable

_NAMING = """{{%- macro {model}_table(model, name) -%}}
  {{{{ api.Relation.create(database=model.database, schema=model.schema, identifier=name) }}}}
{{%- endmacro -%}}
"""

_LOADING = """
{{% macro {model}_weights(model) %}}
  {{#- A hook before {model}: its tables of weights are made, or left as they are. -#}}
  {{%- if execute %}}
{loads}  {{%- endif %}}
{{%- endmacro %}}
"""

_LOAD = """
  {{%- set table = {table} %}}
{create}  {{%- if run_query('SELECT {count} FROM ' ~ table).rows[0][0] | int != {rows} %}}
{fill}  {{%- endif %}}
"""


def named(model: str, name: str, this: str = "model") -> str:
    """The Jinja expression for a table: in the schema of the dbt model `this`."""
    return f"{model}_table({this}, {literal(name)})"


def macros(model: str, stored: tuple[StoredTable, ...], dialect: Dialect, word: str) -> str:
    """The text of a macro file.  `word` is a name that occurs in none of the tables."""
    loads = "".join(_load(model, table, dialect, word) for table in stored)
    return _NAMING.format(model=model) + _LOADING.format(model=model, loads=loads)


def _load(model: str, table: StoredTable, dialect: Dialect, word: str) -> str:
    create, *fill = _statements(table, dialect, word)
    return _LOAD.format(
        table=named(model, table.name),
        create=create,
        fill="".join(fill),
        rows=table.rows,
        count=dialect.own("count(*)"),
    )


def _statements(table: StoredTable, dialect: Dialect, word: str) -> Iterator[str]:
    index = dialect.quote(tables.index_name(table, dialect))
    renamed = dataclasses.replace(table, name=word)
    for statement in tables.setup(renamed, dialect):
        text = statement.replace(tables.index_name(renamed, dialect), index)
        text = template(text).replace(word, "{{ table }}")
        yield f"  {{%- call statement() %}}\n{text}\n  {{%- endcall %}}\n"
