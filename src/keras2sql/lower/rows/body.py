"""The steps between the features and the predictions: what is known of each tensor in rows.

A step of elements has the columns `r`, the number of the source's row, `i`, the row-major index
of the element, and `v`.  One of arrays has `r`, `p`, which array of the tensor it is, and `v`, the
array: neighbouring elements of a tensor in row-major order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.rows import Lists
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cells
from keras2sql.lower.comments import layers_within
from keras2sql.lower.rows import positions
from keras2sql.lower.rows.constants import Constants
from keras2sql.lower.rows.split import Split
from keras2sql.lower.values import Values
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Join, Product, Read, Relation, Select, Table, Union, Unnested

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Vector:
    """A step that holds a tensor in `count` arrays of one length."""

    step: str
    count: int


@dataclass(frozen=True)
class Forms:
    """How a database's rows are made: `make` writes the steps of a tensor, `product` those of a
    product without its bias, `from_array` those of a tensor that a column of the source holds as an
    array, and `beside` one with a row for each row of the source.

    With `shared`, a step that is read more than once is told to be computed once.
    """

    make: Callable[[Body, Tensor], None]
    product: Callable[[Body, Tensor], str]
    from_array: Callable[[Body, Tensor, str], None]
    beside: Callable[[Body, Tensor, dict[str, int]], tuple[str, list[str]]]
    shared: bool = True


class Body:
    """The steps of the body of a graph, behind those of `writer`.

    `numbered` is the step with the source's rows, `r` their number in it.  `steps` hold elements,
    `vectors` arrays; `resplit` are these arrays in other numbers, `matrices` tables of weights
    as arrays; `ranked` are steps of elements with their rank.  `paired` maps are computed where
    they are summed up.  `conditions` are steps with the `r` of the rows that have a prediction as
    far as a lookup can tell.  `value` gives that of a tensor that reads no input.  `nans` are the
    tensors of which elements may be NULL.
    """

    def __init__(
        self,
        writer: Writer,
        split: Split,
        constants: Constants,
        numbered: str,
        r: str,
        forms: Forms,
    ) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.forms = forms
        self.uses = split.body
        self.inner = split.inner
        self.nans = split.nans
        self.table = constants.table
        self.exact = constants.exact
        self.r = self.dialect.quote(r)
        self.source = Read(numbered, "n")
        self.valid = writer.holds(writer.valid, "n")
        self.cells = Cells(self.dialect)
        self.conditions: list[str] = []
        self.paired: frozenset[Tensor] = frozenset()
        self.steps: dict[Tensor, str] = {}
        self.vectors: dict[Tensor, Vector] = {}
        self.ranked: dict[Tensor, str] = {}
        self.resplit: dict[tuple[Tensor, int], Vector] = {}
        self.matrices: dict[tuple[Read | Table, str], str] = {}
        self.value = Values().of

    @property
    def lists(self) -> Lists:
        """How the database computes on arrays."""
        rows = self.dialect.need(self.dialect.rows, "rows")
        return self.dialect.need(rows.lists, "lists")

    @property
    def has_lists(self) -> bool:
        """Whether it does, so that tensors are held in arrays."""
        return self.dialect.need(self.dialect.rows, "rows").lists is not None

    # -- tensors

    def made(self, t: Tensor) -> bool:
        return t in self.steps or t in self.vectors

    def make(self, t: Tensor) -> None:
        """Write the steps of `t`, once what it reads is there."""
        self.forms.make(self, t)

    def step_of(self, t: Tensor) -> str:
        """The step that holds the elements of `t`."""
        if not self.made(t):
            self.make(t)
        if t not in self.steps:
            self.steps[t] = self.unnested(t, self.vectors[t])
        return self.steps[t]

    def unnested(self, t: Tensor, known: Vector) -> str:
        """A step of the elements of arrays."""
        index = "e.n - 1"
        if known.count > 1:
            size = t.size // known.count
            index = f"x.p * {size} + {index}"
        source = Product(Read(known.step, "x"), Unnested("x.v"))
        return self.add(t, "elements", self.rows(source, r="x.r", i=index, v="e.v"))

    def product(self, t: Tensor) -> str:
        """A step of the product of a contraction, without its bias."""
        return self.forms.product(self, t)

    # -- steps and tables

    def add(
        self,
        t: Tensor,
        part: str,
        select: Select | Union,
        shared: bool = False,
    ) -> str:
        """A step of the layer of `t`; its name."""
        name = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
        if part:
            name = f"{name}_{part}"
        is_read_often = shared or self.uses.get(t, 1) > 1
        self.writer.add(
            name,
            select,
            layers=layers_within(t, lambda x: x in self.uses and not self.made(x)),
            computed=1,
            shared=self.forms.shared and is_read_often,
        )
        return self.writer.last

    def vector(self, t: Tensor, values: Array) -> Read | Table:
        """A table of the elements of an array, by their place."""
        return self.table(t.layer, ("i",), i=np.arange(values.size), v=values.reshape(-1))

    def rows(
        self,
        source: Relation,
        *,
        r: str,
        i: str,
        v: str,
        joins: Sequence[Join] = (),
        where: str = "",
        group: tuple[int, ...] = (),
        truth: bool = False,
    ) -> Select:
        """A select of elements: the source's row, the place and the value of each."""
        return Select(
            columns=(Column("r", r), Column("i", i), Column("v", v, truth)),
            source=source,
            joins=tuple(joins),
            where=where,
            group=group,
        )

    def select_arrays(
        self,
        source: Relation,
        *,
        r: str,
        p: str,
        v: str,
        joins: Sequence[Join] = (),
        where: str = "",
    ) -> Select:
        """A select of arrays: the source's row, which array of the tensor, and the array."""
        return Select(
            columns=(Column("r", r), Column("p", p), Column("v", v)),
            source=source,
            joins=tuple(joins),
            where=where,
        )

    # -- spelling

    def holds(self, column: str) -> str:
        """A spelled column of truth values as a condition."""
        return self.dialect.grammar.test.format(column)

    def index(self, position: str, shape: positions.Shape, factors: list[int]) -> str:
        """Where the element at a position goes: see `positions.index`."""
        return positions.index(position, shape, factors, self.dialect)

    def listed(self, values: list[str]) -> str:
        """An array of spelled values."""
        arrays = self.dialect.need(self.dialect.arrays, "arrays")
        return arrays.listed.format(", ".join(values))

    def joined_by(self, rows: tuple[str, str], places: tuple[str, str], size: int) -> list[str]:
        """The conditions of a join of two steps by the source's row, which each of them has, and
        the place in it, one of `size`."""
        (r, other_r), (i, other_i) = rows, places
        if size == 1:
            return [f"{r} = {other_r}"]
        if self.dialect.need(self.dialect.rows, "rows").by_one_number:
            return [f"{r} * {size} + {i} = {other_r} * {size} + {other_i}"]
        return [f"{r} = {other_r}", f"{i} = {other_i}"]

    def number(self, value: float) -> str:
        return self.dialect.typed(float(value), self.writer.precision)

    def aggregate(self, function: str, value: str, *read: Tensor, by: str = "") -> str:
        """What is computed of many rows, divided by a number; NULL where one is, if that can be."""
        own = self.dialect.own
        text = own(f"{function}({value})")
        if by:
            text = f"{text} / {by}"
        if self.nans.isdisjoint(read):
            return text
        numbers = own(f"count({value})")
        rows = own("count(*)")
        return f"CASE WHEN {numbers} = {rows} THEN {text} END"
