"""A run of states through the rows: which cells are computed before, inside and behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set

from keras2sql.lower.cells import Cell
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import ordered

Pair = tuple[list[Cell], list[Cell]]  # a state as a row finds it, and as it leaves it


class Parts:
    """The cells around one run of states.

    `before` and `after` are those of the states, pair by pair; `inputs` what the recursive
    step reads of a row, `passed` what is read of the row behind it, and `emitted` what the
    recursive step hands on.  `later` are the states of the runs to come; `known` cells are
    columns already.
    """

    def __init__(
        self,
        scalars: Scalars,
        states: Sequence[Pair],
        later: Sequence[Pair] = (),
        known: Set[Cell] = frozenset(),
    ) -> None:
        self.before = [cell for cells, _ in states for cell in cells]
        self.after = [cell for _, cells in states for cell in cells]
        roots = [*scalars.outputs.values(), *scalars.conditions]
        roots += [cell for _, cells in later for cell in cells]
        moving = {*self.before, *(cell for cells, _ in later for cell in cells)}
        for cell in ordered([*roots, *self.after]):
            if any(a in moving for a in cell.args):
                moving.add(cell)
        loop = [c for c in ordered(self.after) if c in moving]
        self.inputs = _arguments(loop, lambda c: c not in moving)
        self.inputs += [c for c in self.after if c not in moving and c.fn != "const"]
        leaves = known | {c for c in ordered(self.inputs) if c.fn in ("mirror", "overall")}
        under = ordered(self.inputs, leaves)
        sources = [c for c in under if c.fn == "column" or c in leaves]
        if len(sources) < len(self.inputs) and not any(c.fn == "lookup" for c in under):
            # Fewer columns to hand over than values made of them beforehand.
            self.inputs = sources
        self.inputs = list(dict.fromkeys(self.inputs))
        inside = set(ordered(self.after, set(self.inputs))) | set(self.before)
        inside -= {c for c in inside if c.fn == "pack"} | set(self.inputs)
        behind = [c for c in ordered(roots, inside) if c in moving and c not in inside]
        read = dict.fromkeys([*_arguments(behind, lambda c: True), *roots])
        self.emitted = [c for c in read if c in inside and c in moving]
        self.passed = [c for c in read if c not in moving and c.fn != "const"]


def _arguments(cells: Iterable[Cell], wanted: Callable[[Cell], bool]) -> list[Cell]:
    """The distinct arguments of `cells`, constants aside, for which `wanted` holds."""
    found = (a for c in cells for a in c.args if a.fn != "const" and wanted(a))
    return list(dict.fromkeys(found))
