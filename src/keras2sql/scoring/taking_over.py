"""A table of predictions that is complete takes the place of the one before."""

from __future__ import annotations

from dataclasses import replace

from keras2sql.engines import Engine
from keras2sql.scoring.destination import Destination
from keras2sql.scoring.ledger import DONE, SWAPPED


def take_over(engine: Engine, table: Destination, staging: Destination) -> None:
    """Put the rows of `staging` in the place of those of `table`, all at once.

    A table that fits is emptied and filled, and so keeps what hangs on it, where that can be
    undone.
    """
    kept, unfit = table.kept, bool(table.unfit(engine))
    if kept.swap and (unfit or kept.appended):
        _swap(engine, table, staging)
        return
    columns = table.filling.columns
    rows = f"SELECT {columns} FROM {staging.table}"
    new = [f"DELETE FROM {table.table}", f"INSERT INTO {table.table} ({columns})\n{rows}"]
    if unfit:
        new = [f"DROP TABLE {table.table}", *table.filling.creation(rows)]
    what = f"replacing {table.table}"
    with engine.transaction(table.program.dialect, what):
        staging.lock(engine)
        for statement in (
            table.ledger.forgetting(),  # waits for whoever writes the table now
            *new,
            table.ledger.adding(replace(table.entry, state=DONE)),
            *([_swapped(staging)] if kept.commits else _dropping(staging)),
        ):
            engine.change(statement, what)
    if kept.commits:  # behind it, as it would end the transaction
        engine.execute_script(_dropping(staging), what)


def _swap(engine: Engine, table: Destination, staging: Destination) -> None:
    """Give `staging` the name of `table`.

    Ended in between, the ledger says of the table that it may hold either, and of the other that
    nothing is to be added to it.
    """
    what, done = f"replacing {table.table}", replace(table.entry, state=DONE)
    ledger = table.ledger
    with engine.transaction(table.program.dialect, what):
        staging.lock(engine)
    before = ledger.entries(engine)
    there = any(entry.hash == done.hash for entry in before)
    noted = ledger.changing(table.entry) if there else ledger.adding(table.entry)
    engine.execute_script([noted, _swapped(staging)], what)
    spare = staging.staging().table
    names = {"table": table.table, "staging": staging.table, "spare": spare}
    engine.execute_script([line.format(**names) for line in table.kept.swap], what)
    others = [ledger.forgetting(entry) for entry in before if entry.hash != done.hash]
    engine.execute_script([ledger.changing(done), *others, *_dropping(staging)], what)


def _swapped(staging: Destination) -> str:
    return staging.ledger.changing(replace(staging.entry, state=SWAPPED))


def _dropping(staging: Destination) -> list[str]:
    return [f"DROP TABLE IF EXISTS {staging.table}", staging.ledger.forgetting()]
