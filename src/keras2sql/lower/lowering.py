"""What is to be lowered, and how: what every strategy is given."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.about import NOTHING, About
from keras2sql.graph.core import Graph, Tensor
from keras2sql.lower.packing import Packing
from keras2sql.lower.source import Source

TAIL = 64
"""Tensors of up to this many elements are computed in columns behind the last layer."""


@dataclass(frozen=True, eq=False)
class Lowering:
    """A graph whose outputs are scalars, one per result column, for the rows of a source.

    `packing` tells which products are taken with arrays, `gathered` the inputs whose columns
    become an array first.  By rows, weights are tables `beside` the statement or literal rows in
    it, and tensors of up to `tail` elements behind the last layer are columns.  `header` are
    comments above the statement; tables beside it are named after the model `name`, in
    `schema` (empty: the one in use).  `about` says what the layers are that the steps compute.
    `by_key`: a row is to be found by its key; else all rows are wanted.
    """

    graph: Graph
    source: Source
    dialect: Dialect
    precision: str = "double"
    packing: Packing = Packing.NONE
    gathered: frozenset[str] = frozenset()
    beside: bool = False
    tail: int = TAIL
    header: tuple[str, ...] = ()
    name: str = "model"
    about: About = NOTHING
    schema: str = ""
    by_key: bool = True

    @property
    def gathered_inputs(self) -> list[Tensor]:
        """The inputs whose columns become an array first."""
        return [t for t in self.graph.inputs if t.layer in self.gathered]

    @property
    def arrays(self) -> frozenset[str]:
        """The inputs that are arrays: in the source, or made of its columns first."""
        return self.source.arrays | self.gathered

    @property
    def goes_from_row_to_row(self) -> str:
        """What needs other rows: the layer of a state, or the order of a long table; or nothing."""
        if self.graph.carried:
            return f"{self.graph.carried[0][0].layer}: a state carried from row to row"
        return "a sequence of rows" if self.source.order is not None else ""


def no_recursion(what: str, lacking: str) -> UnsupportedDialectError:
    """The error for something that needs a recursion which the database or strategy lacks."""
    return UnsupportedDialectError(f"{what} needs recursion, which {lacking} does not have")
