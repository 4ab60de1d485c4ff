"""Weights as one value each: a step of a single row, which the steps that read it join."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.arrays import Matrices
from keras2sql.lower.layout import INDENT, listed
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Select, Step

Array = npt.NDArray[Any]
COLUMN = "w"


class Weights:
    """Steps of weights for the steps of `writer`, the same one for the same numbers; each is
    written where it is read first."""

    def __init__(self, writer: Writer, matrices: Matrices) -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.matrices = matrices
        self._known: dict[str, str] = {}
        self._to_write: dict[str, Step] = {}

    def write(self, name: str) -> None:
        """Write the step of this name, unless that is done."""
        if name in self._to_write:
            self.writer.steps.append(self._to_write.pop(name))

    def matrix(self, layer: str, weights: Array, bias: Array | None) -> str:
        """A nested list of neurons, of shape ``weights.shape[:-1]``: each has its weights and its
        bias; the name of the step."""
        neurons = weights.shape[:-1]
        biases = np.zeros(neurons) if bias is None else np.broadcast_to(bias, neurons)
        texts = []
        for own, number in zip(
            weights.reshape(-1, weights.shape[-1]), biases.reshape(-1), strict=True
        ):
            numbers = listed(self._digits(own))
            texts.append(
                self.matrices.neuron.format(weights=numbers, bias=self._digits([number])[0])
            )
        kind = self.matrices.neuron_type
        return self._step(f"{layer}_weights", _bracketed(texts, neurons), kind, neurons)

    def array(self, layer: str, values: Array) -> str:
        """A nested list of numbers, places or truth values; the name of the step."""
        flat = values.reshape(-1)
        if values.dtype.kind == "b":
            what, kind = "truths", self.matrices.truth_type
            texts = [self.dialect.constant(truth) for truth in flat.tolist()]
        elif values.dtype.kind in "iu":
            what, kind, texts = "places", self.dialect.types["int"], [str(n) for n in flat.tolist()]
        else:
            what, kind, texts = "values", "{type}", self._digits(flat)
        return self._step(f"{layer}_{what}", _bracketed(texts, values.shape), kind, values.shape)

    def _step(self, wish: str, text: str, kind: str, shape: tuple[int, ...]) -> str:
        kind = kind.format(type=self.writer.type) + "[]" * len(shape)
        content = f"{kind} {text}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        if digest not in self._known:
            base = Names.plain(wish.rsplit("/", 1)[-1], "layer")
            name = self.writer.relations.take(base)
            value = self.matrices.value.format(text, type=kind)
            self._to_write[name] = Step(name, Select((Column(COLUMN, value),)))
            self._known[digest] = name
        return self._known[digest]

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
