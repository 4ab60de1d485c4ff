"""A run of states through the rows: which cells are computed before, inside and behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from keras2sql.lower.cells import Cell
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import ordered

State = tuple[list[Cell], list[Cell]]
"""The cells of a state as a row finds it, and as it leaves it."""


@dataclass(frozen=True, eq=False)
class Run:
    """The cells around one run of states.

    `before` and `after` are those of the states, one by one; `inputs` what the recursive step
    reads of a row, `passed` what is read of the row behind it, and `emitted` what the recursive
    step hands on.
    """

    before: list[Cell]
    after: list[Cell]
    inputs: list[Cell]
    passed: list[Cell]
    emitted: list[Cell]


def run_of(
    scalars: Scalars,
    states: Sequence[State],
    later: Sequence[State] = (),
    known: Set[Cell] = frozenset(),
) -> Run:
    """The run of these states; `later` are those of the runs to come, `known` cells are columns
    already."""
    before = _cells_of(before for before, _ in states)
    after = _cells_of(after for _, after in states)
    before_later = _cells_of(before for before, _ in later)
    after_later = _cells_of(after for _, after in later)
    answers = [*scalars.outputs.values(), *scalars.conditions, *after_later]

    moving = _moved_by({*before, *before_later}, ordered([*answers, *after]))
    inputs = _inputs(after, moving, known)
    inside = _inside(before, after, inputs)
    behind = []
    for cell in ordered(answers, inside):
        if cell in moving and cell not in inside:
            behind.append(cell)

    read_behind = dict.fromkeys([*_arguments(behind), *answers])
    emitted, passed = [], []
    for cell in read_behind:
        if cell in moving:
            if cell in inside:
                emitted.append(cell)
        elif cell.fn != "const":
            passed.append(cell)
    return Run(before, after, inputs, passed, emitted)


def _cells_of(states: Iterable[list[Cell]]) -> list[Cell]:
    """The cells of all states, one by one."""
    return [cell for cells in states for cell in cells]


def _inside(before: list[Cell], after: list[Cell], inputs: list[Cell]) -> set[Cell]:
    """The cells that the recursive step computes, and the states as it finds them."""
    given = set(inputs)
    inside = set(before)
    for cell in ordered(after, given):
        if cell.fn != "pack" and cell not in given:
            inside.add(cell)
    return inside


def _moved_by(states: Set[Cell], cells: Iterable[Cell]) -> set[Cell]:
    """The states, and those of the cells, arguments first, that depend on them."""
    moving = set(states)
    for cell in cells:
        if any(a in moving for a in cell.args):
            moving.add(cell)
    return moving


def _inputs(after: list[Cell], moving: Set[Cell], known: Set[Cell]) -> list[Cell]:
    """What the recursive step reads of a row: values made beforehand, or the columns that they
    are made of where these are fewer."""
    repeated = [cell for cell in ordered(after) if cell in moving]
    made = [cell for cell in _arguments(repeated) if cell not in moving]
    made += [cell for cell in after if cell not in moving and cell.fn != "const"]

    of_other_rows = {cell for cell in ordered(made) if cell.fn in ("mirror", "overall")}
    leaves = known | of_other_rows
    below = ordered(made, leaves)
    if any(cell.fn == "lookup" for cell in below):
        return list(dict.fromkeys(made))
    columns = [cell for cell in below if cell.fn == "column" or cell in leaves]
    fewer = columns if len(columns) < len(made) else made
    return list(dict.fromkeys(fewer))


def _arguments(cells: Iterable[Cell]) -> list[Cell]:
    """The distinct arguments of `cells`, constants aside."""
    arguments: dict[Cell, None] = {}
    for cell in cells:
        arguments |= dict.fromkeys(arg for arg in cell.args if arg.fn != "const")
    return list(arguments)
