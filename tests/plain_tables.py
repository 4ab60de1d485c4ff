"""Empty tables, as each database has them made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keras2sql.dialects import get

if TYPE_CHECKING:
    from keras2sql.engines import Engine


def make(engine: Engine, name: str, types: Mapping[str, str]) -> str:
    """Make the table `name` anew, with columns of these types; its name, quoted."""
    quote = _quote
    script = ["DROP TABLE IF EXISTS {0}", "CREATE TABLE {0} ({1})"]
    if engine.dialect_name == "firebird":  # by names as its users write them
        quote = get("firebird").quote
        script = ["RECREATE TABLE {0} ({1})"]
        types = {column: kind.replace("TEXT", "VARCHAR(500)") for column, kind in types.items()}
    if engine.dialect_name == "hsqldb":
        quote = get("hsqldb").quote
        types = {column: kind.replace("TEXT", "VARCHAR(500)") for column, kind in types.items()}
    if engine.dialect_name == "hive":
        from hive_jvm import STORED

        quote = get("hive").quote
        script[1] += f" {STORED}"
        types = {column: kind.replace("TEXT", "STRING") for column, kind in types.items()}
    if engine.dialect_name in ("mariadb", "oceanbase"):
        quote = get("mariadb").quote
    columns = ", ".join(f"{quote(column)} {kind}" for column, kind in types.items())
    engine.execute_script([line.format(quote(name), columns) for line in script])
    return quote(name)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
