"""Whether a table holds whole keys, and each once, where no transaction sees to that."""

from __future__ import annotations

from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError
from keras2sql.scoring.destination import Destination


def check_before(engine: Engine, found: Destination) -> None:
    """Raise where a key has some of its rows only: a run ended while these were written."""
    if not found.kept.appended or not _has_steps(found):
        return
    source, dialect = found.program.source, found.program.dialect
    keys = [dialect.quote(name) for name in source.key]
    listed = ", ".join(keys)
    counted = f"SELECT {listed}, count(*) AS rows_held FROM {{0}} GROUP BY {listed}"
    same = " AND ".join(f"held.{key} = wanted.{key}" for key in keys)
    relation = source.relation(dialect, "source_rows")
    joined = (
        f"({counted.format(found.table)}) AS held JOIN ({counted.format(relation)}) AS wanted "
        f"ON {same}"
    )
    _refuse(
        found,
        engine.count(joined, "held.rows_held <> wanted.rows_held"),
        "with some of their rows only, as a run has ended while it wrote them, or the source has "
        "others now",
    )


def check_after(engine: Engine, found: Destination) -> None:
    """Raise where a row is there twice: another process wrote at the same time."""
    if not found.kept.appended:
        return
    source, dialect = found.program.source, found.program.dialect
    names = list(source.key)
    if source.order is not None and source.order.every:
        names.append(source.order.column)
    keys = [dialect.quote(name) for name in names]
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    repeated = (
        f"(SELECT {', '.join(keys)} FROM {found.table} WHERE {known} "
        f"GROUP BY {', '.join(keys)} HAVING count(*) > 1) AS repeated"
    )
    twice = "more than once, as another process wrote them at the same time"
    _refuse(found, engine.count(repeated), twice)


def _has_steps(found: Destination) -> bool:
    order = found.program.source.order
    return order is not None and order.every


def _refuse(found: Destination, keys: int, how: str) -> None:
    if keys:
        raise DatabaseError(f"{found.name} holds {keys:,} keys {how}; replace puts all anew")
