"""The columns between the features and the predictions, each of them a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from keras2sql.dialects.rows import Lists
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cells
from keras2sql.lower.comments import layers_within
from keras2sql.lower.matrices.bias import has_own_bias
from keras2sql.lower.matrices.nested import Loops, Nested
from keras2sql.lower.matrices.weights import Weights
from keras2sql.lower.rows.split import Split
from keras2sql.lower.values import Values
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Product, Read, Relation, Select

Array = npt.NDArray[Any]


@dataclass
class Definition:
    """A column `name` of a step of its own: its `text`, the columns and the relations of weights
    that it `reads`; with a `test`, rows for which it does not hold have no prediction."""

    name: str
    text: str
    layers: tuple[str, ...]
    reads: set[str] = field(default_factory=set)
    weights: dict[str, None] = field(default_factory=dict)
    test: str = ""


class Body:
    """Defines columns, one tensor after the other, and writes them as steps behind those of
    `writer`.

    `inner` are the tensors that are computed where the one that reads them is, `entries` the
    columns that are there before, each the flat list of a tensor.  `value` gives that of a tensor
    that reads no input.
    """

    def __init__(self, writer: Writer, parts: Split, weights: Weights, lists: Lists) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.cells = Cells(self.dialect)
        self.lists = lists
        self.matrices = weights.matrices
        self.weights = weights
        self.loops = Loops(lists, self.matrices, writer.columns)
        self.inner = parts.inner | _products_of_maps(parts)
        self.columns: dict[Tensor, str] = {}
        self.entries: dict[Tensor, str] = {}
        self._vectors: dict[tuple[Tensor, tuple[int, ...], int], str] = {}
        self.value = Values().of
        self._definitions: list[Definition] = []
        self._reads: set[str] = set()
        self._weights: dict[str, None] = {}

    # -- tensors

    def enter(self, t: Tensor, name: str) -> None:
        """Let a column of the last step, a list, be all elements of an entry."""
        if len(t.shape) < 2:
            self.columns[t] = name
        else:
            self._vectors[t, tuple(range(len(t.shape))), 0] = name
        self.entries[t] = name

    def read(self, t: Tensor) -> str:
        """The column of a tensor, spelled."""
        if t not in self.columns:
            before = self._reads, self._weights
            self._reads, self._weights = set(), {}
            text = self.loops.parted(self.quoted(self.entries[t]), t.shape)
            self.columns[t] = self.define(t, text)
            self._reads, self._weights = before
        return self.quoted(self.columns[t])

    def quoted(self, name: str) -> str:
        """A column that the next definition reads, spelled."""
        self._reads.add(name)
        return self.dialect.quote(name)

    def vectors(self, t: Tensor, order: tuple[int, ...], kept: int) -> str:
        """The column of a tensor with its axes in this order, and all behind the first `kept` as
        one.

        It is a column of its own, as a lambda would make it anew for each of its elements.
        """
        as_it_is = order == tuple(range(len(order)))
        if as_it_is and len(order) - kept <= 1:
            return self.read(t)
        if (t, order, kept) not in self._vectors:
            before = self._reads, self._weights
            self._reads, self._weights = set(), {}
            text = self.read(t)
            if not as_it_is:
                text = self.loops.transposed(text, t.shape, order)
            turned = Nested(text, tuple(t.shape[axis] for axis in order[:kept]))
            rank = len(order) - kept
            if rank > 1:
                text = self.loops.over([turned], lambda texts: self.loops.flat(texts[0], rank))
            self._vectors[t, order, kept] = self.define(t, text, "turned" if rank < 2 else "flat")
            self._reads, self._weights = before
        return self.quoted(self._vectors[t, order, kept])

    def matrix(self, t: Tensor, weights: Array, bias: Array | None) -> str:
        """Weights of shape (..., terms), nested but for the last axis, each vector with its bias,
        spelled."""
        return self._of(self.weights.matrix(t.layer, weights, bias))

    def array(self, t: Tensor, values: Array) -> str:
        """Numbers, or places from 1, as a nested list, spelled."""
        return self._of(self.weights.array(t.layer, values))

    def _of(self, step: str) -> str:
        self._weights[step] = None
        return f"{self.dialect.quote(step)}.w"

    # -- definitions

    def define(self, t: Tensor, text: str, part: str = "", test: str = "") -> str:
        """A column of the layer of `t`, of all that was read and spelled since the last; its
        name."""
        name = self.writer.columns.take(_wish(t, part))
        layers = layers_within(t, lambda x: x in self.inner)
        made = Definition(name, text, layers, self._reads, self._weights, test)
        self._definitions.append(made)
        self._reads, self._weights = set(), {}
        return name

    def write(self, wanted: list[Tensor]) -> None:
        """Write the definitions as steps, each of which hands on what is read behind it: at last
        the columns of the tensors that are `wanted`."""
        for t in wanted:
            self.read(t)
        there = list(self.entries.values())
        asked = {self.columns[t] for t in wanted}
        after: list[set[str]] = [set()] * len(self._definitions)
        for n in reversed(range(len(self._definitions))):
            after[n] = set(asked)
            asked = (asked - {self._definitions[n].name}) | self._definitions[n].reads
        for made, needed in zip(self._definitions, after, strict=True):
            there = [name for name in there if name in needed]
            self._write(made, there)
            there.append(made.name)

    def _write(self, made: Definition, handed: list[str]) -> None:
        writer = self.writer
        columns = [writer.plain(name) for name in writer.keys]
        valid = writer.plain(writer.valid)
        if made.test:
            valid = Column(
                writer.valid, f"{writer.holds(writer.valid)} AND {made.test}", truth=True
            )
        columns.append(valid)
        columns += [writer.plain(name) for name in handed]
        columns.append(Column(made.name, made.text))
        source: Relation = Read(writer.last)
        for step in made.weights:
            source = Product(source, self.weights.read(step))
        writer.add(
            made.name,
            Select(tuple(columns), source),
            layers=made.layers,
            computed=1,
        )


def _wish(t: Tensor, part: str) -> str:
    name = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
    return f"{name}_{part}" if part else name


def _products_of_maps(parts: Split) -> frozenset[Tensor]:
    """Products that nothing but a function of the same shape reads, so that it is computed with
    each of their elements."""
    readers: Mapping[Tensor, list[Tensor]] = {t: [] for t in parts.body}
    for t in parts.body:
        for operand in t.inputs:
            if operand in readers:
                readers[operand].append(t)
    found = set()
    for t, users in readers.items():
        if isinstance(t.op, ops.Contract) and parts.body[t] == 1 and len(users) == 1:
            (user,) = users
            is_whole = has_own_bias(t)
            if is_whole and isinstance(user.op, ops.Map) and user.shape == t.shape:
                found.add(t)
    return frozenset(found)
