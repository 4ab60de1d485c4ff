"""A forest between columns: its rows are told apart by the key, and by a number among those of one.

So a condition on the key reaches the source, and one row goes down the trees alone.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.trees import Trees
from keras2sql.lower import totals
from keras2sql.lower.rows import tree_lists
from keras2sql.lower.rows.body import Body
from keras2sql.lower.rows.entries import Entries
from keras2sql.lower.rows.split import Split, front_of, light_tensors
from keras2sql.lower.rows.tree_lists import Called
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Read, Select


def one_forest(graph: Graph, parts: Split, most: int, arrays: Container[str]) -> Split | None:
    """The split of a graph that is columns but for one forest: what the forest reads, and first of
    the entries, and what the tail reads beside it is in front, each of up to `most` elements; None
    for any other graph."""
    trees = [t for t in parts.body if isinstance(t.op, Trees)]
    if len(trees) != 1 or trees[0] not in parts.cuts:
        return None
    (t,) = trees
    assert isinstance(t.op, Trees)
    (x,) = t.inputs
    if not tree_lists.can_hold(t.op.forest) or x.kind != "float" or x.constant is not None:
        return None
    light = light_tensors(graph, most)
    before = [one for one in parts.body if one is not t]
    if before != [x] and any(one not in light and one not in parts.entries for one in before):
        return None
    entries = tuple(dict.fromkeys([x, *(cut for cut in parts.cuts if cut is not t)]))
    whole = [one for one in entries if isinstance(one.op, ops.Input) and one.op.name in arrays]
    if any(i.layer in arrays for i in graph.inputs) and (whole != [x] or before != [x]):
        return None
    return replace(
        parts,
        front=front_of(graph, entries, arrays),
        entries=entries,
        body={**dict.fromkeys(entries, 1), t: parts.body[t]},
        inner=frozenset(),
    )


def write(body: Body, entries: Entries, parts: Split, row: str) -> dict[tuple[str, int], str]:
    """Write a row for each row of the numbered step, whose number is in the column `row`, with what
    the tail reads: the columns of the elements of each cut."""
    writer, quote = body.writer, body.dialect.quote
    (t,) = (one for one in parts.cuts if isinstance(one.op, Trees))
    assert isinstance(t.op, Trees)
    found, carried = {}, {}
    for number, cut in enumerate(parts.cuts):
        for element in range(0 if cut is t else cut.size):
            name = writer.columns.take(Names.plain(cut.layer.rsplit("/", 1)[-1], "layer"))
            found[f"cut_{number}", element] = name
            carried[name] = entries.element(cut, element)
    kept = [*writer.keys, writer.valid, row, *carried]
    take = Names({name.casefold() for name in kept}).take
    called = Called(quote, tuple(kept), take("x"), take("s"), take("v"), take("n"))
    of_source = replace(called, own=(*writer.keys, writer.valid, row)).of("n")
    columns = [Column(name, text) for name, text in carried.items()]
    listed = (*of_source, *columns, Column(called.v, entries.array(body)))
    step = body.add(t, "elements", Select(listed, body.source))
    step = tree_lists.walk_down(body, t, t.op.forest, step, called)
    sums = _write_sums(body, t, t.op.forest.outputs, called, step, row)
    for output, name in enumerate(sums):
        found[f"cut_{parts.cuts.index(t)}", output] = name
    return found


def _write_sums(
    body: Body, t: Tensor, outputs: int, called: Called, step: str, row: str
) -> list[str]:
    """Write the sums of what all trees give each row; the columns that they are."""
    writer = body.writer
    quote, sum_ = body.dialect.quote, body.dialect.own("sum")
    grouped = [*(writer.kept[name] for name in writer.source.key), row]
    columns = [writer.plain(name) for name in grouped]
    for name in called.own:
        if name not in grouped:
            first = totals.first_of(quote(name), body.dialect)
            columns.append(Column(name, first, truth=name == writer.valid))
    base = Names.plain(t.layer.rsplit("/", 1)[-1], "trees")
    names = []
    for output, value in enumerate(tree_lists.ends(called, outputs)):
        names.append(writer.columns.take(f"{base}_{output}"))
        columns.append(Column(names[-1], f"{sum_}({quote(value)})"))
    group = tuple(range(1, len(grouped) + 1))
    body.add(t, "", Select(tuple(columns), Read(step), group=group))
    return names
