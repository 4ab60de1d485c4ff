"""Weights as one value each: a step or table of one row, which the steps that read it join."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.arrays import Matrices
from keras2sql.lower.layout import INDENT, listed
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.stored import StoredColumn, StoredTable, table_name
from keras2sql.sql.tree import Column, Read, Relation, Select, Step, Table

Array = npt.NDArray[Any]
COLUMN = "w"
FEW = 64
"""Numbers that stay in the statement, as they are read there as soon as in a table."""


class Weights:
    """Weights for the steps of `writer`, the same for the same numbers: steps, each written where
    it is read first, or with `beside` tables of the `model`, which are `stored` in the `schema`."""

    def __init__(
        self,
        writer: Writer,
        matrices: Matrices,
        model: str = "model",
        beside: bool = False,
        schema: str = "",
    ) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.matrices = matrices
        self.model = model
        self.beside = beside
        self.schema = schema
        self.stored: list[StoredTable] = []
        self._known: dict[str, str] = {}
        self._tables: dict[str, Table] = {}
        self._to_write: dict[str, Step] = {}

    def read(self, name: str) -> Relation:
        """What is read under this name; a step that is not written yet is written now."""
        if name in self._tables:
            return self._tables[name]
        if name in self._to_write:
            self.writer.steps.append(self._to_write.pop(name))
        return Read(name)

    def matrix(self, layer: str, weights: Array, bias: Array | None) -> str:
        """A nested list of neurons, of shape ``weights.shape[:-1]``: each has its weights and its
        bias; the name that it is read under."""
        neurons = weights.shape[:-1]
        biases = np.zeros(neurons) if bias is None else np.broadcast_to(bias, neurons)
        of_neurons = weights.reshape(-1, weights.shape[-1]).tolist()
        apart = self._apart(weights)
        texts = []
        for own, number in zip(of_neurons, self._digits(biases), strict=True):
            numbers = ", ".join(map(repr, own)) if apart else listed(self._digits(own))
            texts.append(self.matrices.neuron.format(weights=numbers, bias=number))
        text = _bracketed(texts, neurons)
        return self._kept(f"{layer}_weights", text, self.matrices.neuron_type, neurons, apart)

    def array(self, layer: str, values: Array) -> str:
        """A nested list of numbers, places or truth values; the name that it is read under."""
        flat = values.reshape(-1)
        if values.dtype.kind == "b":
            what, kind = "truths", self.matrices.truth_type
            texts = [self.dialect.constant(truth) for truth in flat.tolist()]
        elif values.dtype.kind in "iu":
            what, kind, texts = "places", self.dialect.types["int"], [str(n) for n in flat.tolist()]
        else:
            what, kind, texts = "values", "{type}", self._digits(flat)
        text = _bracketed(texts, values.shape)
        return self._kept(f"{layer}_{what}", text, kind, values.shape, self._apart(values))

    def _apart(self, values: Array) -> bool:
        """Whether they are kept in a table, where nobody reads their text."""
        return self.beside and values.size > FEW

    def _kept(self, wish: str, text: str, kind: str, shape: tuple[int, ...], apart: bool) -> str:
        kind = kind.format(type=self.writer.type) + "[]" * len(shape)
        content = f"{kind} {text}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        if digest not in self._known:
            base = Names.plain(wish.rsplit("/", 1)[-1], "layer")
            name = self.writer.relations.take(base)
            self._known[digest] = name
            if apart:
                self._store(name, table_name(self.model, digest, base), text, kind)
            else:
                value = self.matrices.value.format(text, type=kind)
                self._to_write[name] = Step(name, Select((Column(COLUMN, value),)))
        return self._known[digest]

    def _store(self, name: str, table: str, text: str, kind: str) -> None:
        value = StoredColumn(COLUMN, "value", np.array([text], object), kind)
        stored = StoredTable(table, (value,), self.writer.precision, schema=self.schema)
        self.stored.append(stored)
        self._tables[name] = Table(stored.parts, name)

    def _digits(self, values: Any) -> list[str]:
        precision = self.writer.precision
        numbers = np.asarray(values, np.float64).reshape(-1).tolist()
        return [self.dialect.digits(number, precision).removesuffix("e0") for number in numbers]


def _bracketed(texts: list[str], shape: tuple[int, ...]) -> str:
    """The texts, row-major, in nested brackets; neighbours on one line as far as they fit."""
    if not shape:
        return texts[0]
    if len(shape) == 1:
        has_fields = any("{" in text for text in texts)
        inside = f",{INDENT}".join(texts) if has_fields else listed(texts)
        return f"[{inside}]"
    size = len(texts) // shape[0]
    parts = [_bracketed(texts[n : n + size], shape[1:]) for n in range(0, len(texts), size)]
    return f"[{f',{INDENT}'.join(parts)}]"
