"""The steps of a schedule: one for each stage, which computes the columns of one layer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keras2sql.lower import totals, walks
from keras2sql.lower.cells import Cell, Table
from keras2sql.lower.kinds import part_of
from keras2sql.lower.steps import Schedule, Stage
from keras2sql.sql.names import Names
from keras2sql.sql.tree import LEFT, Column, Join, Read, Select, Step

if TYPE_CHECKING:
    from keras2sql.lower.writer import Writer


@dataclass(frozen=True)
class TableColumns:
    """A step of literal rows, called `step`: its column of keys, and those of the values."""

    step: str
    key: str
    values: tuple[str, ...]


def write_tables(writer: Writer) -> dict[Table, TableColumns]:
    """Write the tables that look-ups join, and the nodes of trees."""
    for grove in writer.scalars.groves:
        writer.steps += walks.steps_of(writer.dialect, grove, writer.relations, writer.columns)
    columns_of = {}
    for table in writer.scalars.tables:
        step = writer.relations.take(Names.plain(table.name, "lookup") + "_table")
        # Names of their own: a join brings them into the scope of keys and features.
        key = writer.columns.take(f"{step}_id")
        width = table.values.shape[1]
        values = tuple(writer.columns.take(f"{step}_{i}") for i in range(width))
        columns_of[table] = TableColumns(step, key, values)
        is_read_often = len(writer.scalars.cells.keys[table]) > 1
        rows = totals.rows_of(table, (key, *values), writer.speller)
        writer.steps.append(Step(step, rows, shared=is_read_often))
    return columns_of


def write(writer: Writer, plan: Schedule, number: int) -> None:
    """Write the stage of this number."""
    stage = plan.stages[number]
    carried: dict[str, None] = {}
    used: dict[str, None] = {}
    for cell, name in writer.names.items():
        last_use = plan.last_use.get(cell, -1)
        if last_use > number:
            carried[name] = None
        elif last_use == number:
            used[name] = None
    # What nothing reads any more is no column of the step before, either.
    writer.names = {c: n for c, n in writer.names.items() if plan.last_use.get(c, -1) >= number}
    step, new_names = fresh(writer, plan, number)
    if stage.cells[0].fn == "total":
        _write_totals(writer, step, new_names, list(carried), list(used))
        return
    lookups = _join_lookups(writer, stage)
    quoted = writer.quoted()
    computed = []
    for cell in stage.cells:
        is_lookup = cell.fn == "lookup"
        text = lookups.value(writer, cell) if is_lookup else _spelled(writer, cell, quoted)
        computed.append(Column(new_names[cell], text, cell.truth))
    layers = _layers_of(writer, stage)
    writer.names.update(new_names)
    _write_step(
        writer,
        step,
        layers=layers,
        carried=list(carried),
        computed=computed,
        joins=tuple(lookups.joins),
    )


def _spelled(writer: Writer, cell: Cell, quoted: dict[Cell, str]) -> str:
    """A cell; within a select of its own, columns of the last step go by the name of the step."""
    if cell.fn == "descent":
        quoted = writer.quoted(writer.dialect.quote(writer.last))
    return writer.spelled(cell, quoted)


def _layers_of(writer: Writer, stage: Stage) -> tuple[str, ...]:
    """The layers whose work is in the text of a stage, in their order: its own, and those of which
    nothing became a column."""
    groups = {stage.group}
    seen = set(writer.names)
    waiting = [cell for cell in stage.cells if cell.args]
    while waiting:
        cell = waiting.pop()
        if cell in seen:
            continue
        seen.add(cell)
        groups.add(cell.group)
        waiting += [arg for arg in cell.args if arg.args and arg not in seen]
    return tuple(writer.scalars.layers[group - 1] for group in sorted(groups) if group)


def _write_step(
    writer: Writer,
    name: str,
    layers: tuple[str, ...],
    carried: list[str],
    computed: list[Column],
    joins: tuple[Join, ...] = (),
) -> None:
    """Write a step of the last one's rows, with further columns."""
    columns = [writer.plain(name) for name in (*writer.keys, writer.valid, *carried)]
    columns += computed
    select = Select(tuple(columns), Read(writer.last), joins)
    writer.add(name, select, layers=layers, computed=len(computed))


# -- names


def fresh(writer: Writer, plan: Schedule, number: int) -> tuple[str, dict[Cell, str]]:
    """Names for the step of a stage and for its columns.

    The last step of a layer gives the layer's own columns; others say what they hold.
    """
    stage = plan.stages[number]
    layer = writer.scalars.layers[stage.group - 1]
    base = Names.plain(layer.rsplit("/", 1)[-1], "layer")
    level = plan.levels[stage.group][stage.level]
    is_last = plan.is_behind_others(stage)
    parts = Counter(part_of(cell) for other in level for cell in other.cells)
    step = base if is_last else f"{base}_{max(parts, key=lambda part: parts[part])}"
    if stage is not level[-1]:
        step = f"{step}_part_{stage.part + 1}"

    names = {}
    before = level[: stage.part]
    seen = Counter(part_of(cell) for other in before for cell in other.cells)
    for cell in stage.cells:
        part = part_of(cell)
        wish = base if is_last and len(parts) == 1 else f"{base}_{part}"
        if parts[part] > 1:
            wish = f"{wish}_{seen[part]}"
        names[cell] = writer.columns.take(wish)
        seen[part] += 1
    return step, names


# -- look-ups


@dataclass
class _Lookups:
    """The joins of a step: of each table by each of its keys, `alias` has the relation."""

    joins: list[Join] = field(default_factory=list)
    alias: dict[tuple[Table, Cell], str] = field(default_factory=dict)

    def value(self, writer: Writer, cell: Cell) -> str:
        """What a look-up gives, or what it gives where there is no row of its key."""
        table, column = cell.value
        (key,) = cell.args
        name = writer.table_columns[table].values[column]
        text = f"{self.alias[table, key]}.{writer.dialect.quote(name)}"
        if table.otherwise is not None:
            return f"coalesce({text}, {writer.speller.value(table.otherwise)})"
        missing = writer.dialect.numbers.missing
        return text if missing == "NULL" else f"coalesce({text}, {missing})"


def _join_lookups(writer: Writer, stage: Stage) -> _Lookups:
    quote = writer.dialect.quote
    lookups = _Lookups()
    for cell in stage.cells:
        if cell.fn != "lookup":
            continue
        table, _ = cell.value
        (key,) = cell.args
        if (table, key) in lookups.alias:
            continue
        alias = writer.relations.take(f"row_{len(lookups.alias) + 1}")
        lookups.alias[table, key] = alias
        columns = writer.table_columns[table]
        is_row = f"{alias}.{quote(columns.key)} = {quote(writer.names[key])}"
        lookups.joins.append(Join(LEFT, Read(columns.step, alias), (is_row,)))
    return lookups


# -- totals


def _write_totals(
    writer: Writer,
    wish: str,
    new_names: dict[Cell, str],
    carried: list[str],
    used: list[str],
) -> None:
    """Sums over what the same ids find in one table: the rows by a number, a row for each id,
    and again a row for all of them."""
    row = writer.columns.take("source_row")
    id_to_find = writer.columns.take("id_to_find")
    first = next(iter(new_names))
    _write_step(
        writer,
        f"{wish}_numbered",
        layers=(),
        carried=list(dict.fromkeys([*carried, *used])),
        computed=[Column(row, totals.number(writer.dialect))],
    )
    each_id = totals.each_of(first.args, writer.quoted(), writer.speller)
    _write_step(
        writer,
        f"{wish}_ids",
        layers=(),
        carried=[*carried, row],
        computed=[Column(id_to_find, each_id)],
    )
    select = _sums_of_rows(writer, new_names, carried, row, id_to_find)
    writer.names.update(new_names)
    layer = writer.scalars.layers[first.group - 1]
    writer.add(wish, select, layers=(layer,), computed=len(new_names))


def _sums_of_rows(
    writer: Writer,
    new_names: dict[Cell, str],
    carried: list[str],
    row: str,
    id_to_find: str,
) -> Select:
    """The rows by their number in the column `row`, each with the sums of what its ids find."""
    quote = writer.dialect.quote
    quoted = writer.quoted()
    _, table, _ = next(iter(new_names)).value
    table_columns = writer.table_columns[table]

    columns = [writer.plain(row)]
    for name in (*writer.keys, writer.valid, *carried):
        columns.append(Column(name, totals.first_of(quote(name), writer.dialect)))
    for cell, name in new_names.items():
        _, _, column = cell.value
        values = quote(table_columns.values[column])
        text = totals.summed(cell, values, writer.speller)
        columns.append(Column(name, writer.typed(cell, text, quoted)))

    is_row = f"{quote(table_columns.key)} = {quote(id_to_find)}"
    join = Join(LEFT, Read(table_columns.step), (is_row,))
    return Select(
        columns=tuple(columns),
        source=Read(writer.last),
        joins=(join,),
        group=(1,),
    )
