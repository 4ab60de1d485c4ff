"""A run of states through the rows: which cells are computed before, inside and behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
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
    before = [cell for cells, _ in states for cell in cells]
    after = [cell for _, cells in states for cell in cells]
    answers = [*scalars.outputs.values(), *scalars.conditions]
    answers += [cell for _, cells in later for cell in cells]

    begun = {*before, *(cell for cells, _ in later for cell in cells)}
    moving = _moved_by(begun, ordered([*answers, *after]))
    inputs = _inputs(after, moving, known)

    inside = set(ordered(after, set(inputs))) | set(before)
    inside -= {c for c in inside if c.fn == "pack"} | set(inputs)
    behind = [c for c in ordered(answers, inside) if c in moving and c not in inside]
    read = dict.fromkeys([*_arguments(behind, lambda c: True), *answers])
    emitted = [c for c in read if c in inside and c in moving]
    passed = [c for c in read if c not in moving and c.fn != "const"]
    return Run(before, after, inputs, passed, emitted)


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
    repeated = [c for c in ordered(after) if c in moving]
    made = _arguments(repeated, lambda c: c not in moving)
    made += [c for c in after if c not in moving and c.fn != "const"]

    of_other_rows = {c for c in ordered(made) if c.fn in ("mirror", "overall")}
    leaves = known | of_other_rows
    under = ordered(made, leaves)
    columns = [c for c in under if c.fn == "column" or c in leaves]
    looked_up = any(c.fn == "lookup" for c in under)
    fewer = len(columns) < len(made) and not looked_up
    return list(dict.fromkeys(columns if fewer else made))


def _arguments(cells: Iterable[Cell], wanted: Callable[[Cell], bool]) -> list[Cell]:
    """The distinct arguments of `cells`, constants aside, for which `wanted` holds."""
    found = (a for c in cells for a in c.args if a.fn != "const" and wanted(a))
    return list(dict.fromkeys(found))
