"""The table between two transformers: columns with names, in one vector as long as that goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from keras2sql.errors import InputError
from keras2sql.graph.core import Tensor
from keras2sql.graph.targets import Target

Cell = tuple[Tensor, int]


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns as scikit-learn names them.

    Each is an element of a vector, the cell: numbers are together in few vectors, texts have the
    kind "str".  `gaps` are the places of the columns that may miss a value: NaN there, None in a
    text.
    """

    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    gaps: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.cells)

    def take(self, places: Iterable[int]) -> Columns:
        """The columns at these places, in this order."""
        chosen = list(places)
        gaps = frozenset(new for new, old in enumerate(chosen) if old in self.gaps)
        names = tuple(self.names[i] for i in chosen)
        return Columns(names, tuple(self.cells[i] for i in chosen), gaps)

    def named(self, names: Sequence[str]) -> Columns:
        """The same columns under other names."""
        return replace(self, names=tuple(names))

    def without_gaps(self) -> Columns:
        """The same, known to miss nothing."""
        return replace(self, gaps=frozenset())

    def texts(self) -> list[str]:
        """The names of those that hold texts."""
        return [n for n, (t, _) in zip(self.names, self.cells, strict=True) if t.kind == "str"]


def vector(x: Tensor, names: Sequence[str], gaps: Iterable[int] = ()) -> Columns:
    """The columns that the elements of a vector are."""
    assert x.shape == (len(names),), f"{x.shape} for {len(names)} names"
    return Columns(tuple(names), tuple((x, i) for i in range(x.size)), frozenset(gaps))


def beside(tables: Sequence[Columns]) -> Columns:
    """All columns, those of one table behind those of the one before."""
    gaps: set[int] = set()
    start = 0
    for table in tables:
        gaps |= {start + i for i in table.gaps}
        start += len(table)
    names = tuple(name for table in tables for name in table.names)
    return Columns(names, tuple(c for table in tables for c in table.cells), frozenset(gaps))


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a final estimator predicts: the targets of a classifier, or the numbers of a
    regressor, of shape (targets,)."""

    targets: tuple[Target, ...] = ()
    estimate: Tensor | None = None


def regression(estimate: Tensor) -> Predicted:
    """The predictions of a regressor, of shape (targets,)."""
    return Predicted(estimate=estimate)


def classification(*targets: Target) -> Predicted:
    """The predictions of a classifier of one target or more."""
    return Predicted(targets)


def the_only(columns: Sequence[object], what: str) -> None:
    """Raise `InputError` unless there is just one."""
    if len(columns) != 1:
        raise InputError(f"{what} takes one column, not {len(columns)}")
