"""The builder that readers of estimators write into: tensors, and tables of columns of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras2sql.errors import InputError
from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.graph.incomplete import incomplete
from keras2sql.graph.ops import Input, ShapeError
from keras2sql.graph.order import topological
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Forest
from keras2sql.layers.description import plain
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters.model import Boosted
from keras2sql.read.network import LayerInfo
from keras2sql.read.sklearn.columns import Columns, Predicted, vector
from keras2sql.read.sklearn.reasons import REASONS
from keras2sql.read.sklearn.registry import (
    ESTIMATORS,
    NUMBERED,
    READERS,
    REFUSED,
    SAME,
    TAKEN,
    TRANSFORMERS,
    Entry,
    class_name,
    entry_of,
)

_LARGEST = float(np.finfo(np.float64).max)

_INPUTS = {
    ("float", False): "numbers",
    ("float", True): "numbers_or_null",
    ("str", False): "texts",
    ("str", True): "texts_or_null",
}


@dataclass(frozen=True)
class Demands:
    """What the readers made of the columns that a model was fitted with, by their places: which
    they read at all, which as texts, and of which they take missing values."""

    read: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()
    gaps: frozenset[int] = frozenset()


@dataclass(eq=False)
class Noted:
    """What readers ask for while they write."""

    read: set[int] = field(default_factory=set)
    texts: set[int] = field(default_factory=set)
    gaps: set[int] = field(default_factory=set)

    def demands(self) -> Demands:
        return Demands(frozenset(self.read), frozenset(self.texts), frozenset(self.gaps))


class TableBuilder(Builder):
    """A builder that also knows the columns a model was fitted with, and the steps in it.

    `infos` tells of each step; those with a problem stop nothing, so that all of them are found.
    `noted` is what the readers asked for, which the inputs have to be made for.
    """

    def __init__(self, names: Sequence[str], demands: Demands) -> None:
        super().__init__()
        self.names, self.demands = tuple(names), demands
        self.infos: list[LayerInfo] = []
        self.noted = Noted()
        self.inputs: list[Tensor] = []
        self._required: list[Tensor] = []
        self.layout: dict[int, tuple[str, int]] = {}
        self._feature: dict[tuple[Tensor, int], int] = {}
        self._open: list[int] = []  # the places of the steps that are being read
        self._grown: dict[int, int] = {}

    # -- the columns that the model was fitted with

    def source(self) -> Columns:
        """The columns of the source: numbers in one vector, texts in another, and those that may
        be missing apart from those that may not."""
        wanted, cells = self.demands, dict[int, tuple[Tensor, int]]()
        for (kind, gaps), name in _INPUTS.items():
            places = [
                i
                for i in range(len(self.names))
                if i in wanted.read
                and (i in wanted.texts, i in wanted.gaps) == (kind == "str", gaps)
            ]
            if not places:
                continue
            make = incomplete if gaps else self.input
            tensor = make(name, (len(places),), kind)
            self.inputs.append(tensor)
            for element, place in enumerate(places):
                cells[place] = (tensor, element)
                self.layout[place] = (name, element)
                self._feature[tensor, element] = place
        unread = self.input("unread", ())
        for place in range(len(self.names)):
            cells.setdefault(place, (unread, place))
            self._feature.setdefault(cells[place], place)
        return Columns(self.names, tuple(cells[i] for i in range(len(self.names))), wanted.gaps)

    def _is_source(self, cell: tuple[Tensor, int]) -> bool:
        return cell in self._feature

    # -- columns as tensors

    def numbers(self, columns: Columns) -> Tensor:
        """All columns as one vector of numbers; truth values are 1 and 0."""
        if texts := columns.texts():
            raise Refused(
                f"takes numbers, and {', '.join(texts[:5])} {'is' if len(texts) == 1 else 'are'} "
                "read as text elsewhere in the model, or made by it"
            )
        self.noted.read |= {self._feature[c] for c in columns.cells if self._is_source(c)}
        parts = []
        for tensor, cells in itertools.groupby(columns.cells, key=lambda cell: cell[0]):
            places = [place for _, place in cells]
            whole = places == list(range(tensor.size))
            if tensor.kind == "bool":
                tensor = self.map(where(X, 1.0, 0.0), tensor)
            if tensor.shape == ():  # a source column that no one has read yet
                parts.append(self.zeros((len(places),)))
            else:
                parts.append(tensor if whole else self.take(tensor, places))
        if not parts:
            return self.zeros((0,))
        return parts[0] if len(parts) == 1 else self.join(parts, 0)

    def number(self, columns: Columns, place: int) -> Tensor:
        """One column as a number, of shape ()."""
        return self.reshape(self.numbers(columns.take([place])), ())

    def text(self, columns: Columns, place: int) -> Tensor:
        """One column as a text, of shape ()."""
        tensor, element = cell = columns.cells[place]
        if self._is_source(cell):
            self.noted.read.add(self._feature[cell])
            self.noted.texts.add(self._feature[cell])
        elif tensor.kind != "str":
            raise Refused(f"takes texts, and {columns.names[place]} is a number")
        if tensor.kind == "str":
            return self.reshape(self.take(tensor, [element]), ())
        return self.input("unread_text", (), "str")  # until the column is read as one

    # -- missing values

    def allow_gaps(self, columns: Columns) -> None:
        """Let missing values of these columns through to what takes them."""
        for tensor, element in columns.cells:
            if self._is_source((tensor, element)):
                self.noted.gaps.add(self._feature[tensor, element])
                continue
            read = [t for t in topological([tensor]) if isinstance(t.op, Input)]
            self.noted.gaps |= {i for (t, _), i in self._feature.items() if t in read}

    def missing(self, x: Tensor) -> Tensor:
        """Which elements are missing, as truth values."""
        return self.map(ex.call("absent" if x.kind == "str" else "isnan", X), x)

    def complete(self, columns: Columns) -> Columns:
        """The columns for one who takes no missing value: a row with one has no prediction."""
        places = sorted(columns.gaps)
        if texts := columns.take(places).texts():
            raise Refused(f"takes no missing value, which {', '.join(texts[:5])} may have here")
        if not places:
            return columns
        x = self.numbers(columns.take(places))
        missing = self.map(where(abs(X) <= _LARGEST, 0.0, 1.0), x)  # nor infinity
        whole = vector(self.where_none(x, missing), [columns.names[i] for i in places])
        cells = list(columns.cells)
        for place, cell in zip(places, whole.cells, strict=True):
            cells[place] = cell
        return Columns(columns.names, tuple(cells))

    def top(self, what: str, x: Tensor, count: int) -> Tensor:
        """See `ranking.Top`."""
        return self._make(Top(what, count), x)

    def where_none(self, x: Tensor, marks: Tensor) -> Tensor:
        """`x` of the rows that have none of these `marks`, a vector of 0 and 1; the others have no
        prediction."""
        count = self.reduce("sum", marks, 0)
        nothing = self.find(np.array([0.0]), np.array([0.0]), count)  # NaN unless it is 0
        return self.map(X + Y, x, nothing)

    def require(self, number: Tensor) -> Tensor:
        """A number of shape () without which a row has no prediction, be it one that nothing else
        reads in the end, as where a selection drops all columns that are made of it."""
        self._required.append(number)
        return number

    def required(self, output: Tensor) -> Tensor:
        """An output that is missing where a number is that is required."""
        if output.kind != "float" or not self._required:
            return output
        read = set(topological([output]))
        others = [t for t in dict.fromkeys(self._required) if t not in read]
        if not others:
            return output
        marks = [self.map(where(abs(X) <= _LARGEST, 0.0, 1.0), t) for t in others]
        return self.where_none(output, self.join([self.reshape(m, (1,)) for m in marks], 0))

    # -- steps

    def transformed(self, model: Any, name: str, columns: Columns | None) -> Columns | None:
        """What a transformer makes of the columns; None where they are not known, or it is not."""
        found = self._step(model, name, columns, TRANSFORMERS)
        return found if isinstance(found, Columns) else None

    def estimated(self, model: Any, name: str, columns: Columns | None) -> Predicted | None:
        """What a final estimator predicts from the columns."""
        found = self._step(model, name, columns, ESTIMATORS)
        return found if isinstance(found, Predicted) else None

    def _step(
        self, model: Any, name: str, columns: Columns | None, known: Mapping[str, Entry]
    ) -> Any:
        path = f"{self.layer}/{name}" if self.layer else name
        kind = model.library if isinstance(model, Boosted) else type(model).__name__
        place = len(self.infos)
        self.infos.append(LayerInfo(path, kind, None, 0))
        self._open.append(place)
        self.described[path] = plain(kind)
        result: Any = None
        problem = ""
        try:
            entry = entry_of(model, known) or self._network(model, known)
            if entry is None:
                raise Refused(_unknown(model, known))
            if entry.table or columns is not None:
                root = entry.table and not place  # whose steps are called as the user called them
                with self.at("" if root else path), np.errstate(all="ignore"):
                    result = self._read(entry, model, columns)
        except Refused as refusal:
            problem = str(refusal)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        except (AttributeError, IndexError, KeyError, ShapeError, TypeError, ValueError) as error:
            # Behind a step that is refused no column is known, and nothing can be said of this one.
            if columns is not None:
                problem = f"what it was fitted with can't be read ({type(error).__name__}: {error})"
        finally:
            self._open.pop()
        count = self._grown.get(place) or _parameters(model)
        self.infos[place] = LayerInfo(path, kind, _shape(result), count, problem)
        return None if problem else result

    def trees(self, x: Tensor, forest: Forest) -> Tensor:
        if self._open:
            self._grown[self._open[-1]] = self._grown.get(self._open[-1], 0) + forest.numbers
        branching = int((~forest.leaf[forest.roots]).sum())  # others are constants beside them
        if branching > 1 and self.layer in self.described:
            self.described[self.layer] += f", {branching} trees"
        return super().trees(x, forest)

    def _network(self, model: Any, known: Mapping[str, Entry]) -> Entry | None:
        """The entry of a wrapper around a Keras network."""
        if any(class_name(kind) in READERS for kind in type(model).__mro__):
            return known.get("keras network")
        return None

    def _read(self, entry: Entry, model: Any, columns: Columns | None) -> Any:
        if entry.table and columns is None:
            return entry.read(self, model, None)
        assert columns is not None
        told = getattr(model, "n_features_in_", len(columns))
        if len(columns) != told:
            raise Refused(f"was fitted with {told} columns, and {len(columns)} come to it")
        gaps = entry.gaps_of(model)
        if gaps == TAKEN:
            self.allow_gaps(columns)
        elif gaps == REFUSED:
            columns = self.complete(columns)
        if entry.table:
            return entry.read(self, model, columns)
        made = entry.read(self, model, self.numbers(columns))
        if not isinstance(made, Tensor):
            return made
        if entry.names == NUMBERED:
            prefix = type(model).__name__.lower()
            return vector(made, [f"{prefix}{i}" for i in range(made.size)])
        assert entry.names == SAME
        return vector(made, columns.names, columns.gaps if gaps != TAKEN else ())


def _shape(result: Any) -> tuple[int, ...] | None:
    if isinstance(result, Columns):
        return (len(result),)
    if isinstance(result, Predicted):
        known = result.estimate
        return (len(result.targets[0].classes),) if known is None else known.shape
    return None


def _parameters(model: Any) -> int:
    """How many numbers it was fitted with, so far as they are in arrays of its own."""
    known = vars(model).items()
    arrays = [v for n, v in known if (n.endswith("_") and n != "classes_") or n == "_fit_X"]
    lists = [part for v in arrays for part in (v if isinstance(v, list | tuple) else [v])]
    return sum(a.size for a in lists if isinstance(a, np.ndarray) and a.dtype.kind == "f")


def _unknown(model: Any, known: Mapping[str, Entry]) -> str:
    other = ESTIMATORS if known is TRANSFORMERS else TRANSFORMERS
    if entry_of(model, other) is not None:
        role = "transforms" if known is TRANSFORMERS else "predicts"
        return f"does not become SQL where it {role}"
    kind = type(model)
    if class_name(kind).startswith("sklearn.") and kind.__name__ in REASONS:
        return f"does not become SQL: it {REASONS[kind.__name__]}"
    return "does not become SQL"
