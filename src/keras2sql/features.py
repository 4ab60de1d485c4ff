"""Which columns of the source feed which input of a model."""

from __future__ import annotations

import logging
import math
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from keras2sql.dialects import Dialect
from keras2sql.errors import InputError, ModelFileError
from keras2sql.graph.core import Tensor
from keras2sql.read.any import look
from keras2sql.read.inspection import ways
from keras2sql.read.network import Network, Shape, Steps

Read = TypeVar("Read")

_LOG = logging.getLogger("keras2sql")
_SAFE = re.compile(r"[\w.,=/:@%+-]+")
_MOST = 20
"""Names of columns that a line lists."""

_APART = "name those of each: features={input: [...]} (--features INPUT=a,b,... once per input)"


def sized(features: Any) -> Steps | None:
    """The reading for features named one by one: their number gives a length that is open.

    Reading raises `InputError` where they name other inputs than the model has, or their number
    is no multiple of that of a step.
    """
    if isinstance(features, Mapping):
        return Steps(lambda shapes: _of_named(features, shapes))
    if isinstance(features, list | tuple):
        return Steps(lambda shapes: _of_listed(features, shapes))
    if isinstance(features, str):
        return Steps(
            lambda shapes: {n: _held(n, s, features, len(shapes)) for n, s in shapes.items()}
        )
    return None


def read_for(features: Any, read: Callable[..., Read], model: Any, *how: Any) -> Read:
    """What `read` makes of a model for these features.

    Raises `InputError`, beside what `read` does, where they give an input a length that the model
    can't have, such as one shorter than a window over it.
    """
    steps = sized(features)
    if steps is None:
        return read(model, *how, None)
    try:
        return read(model, *how, steps)
    except ModelFileError as error:
        known = look(model, *how)
        if not known.open or known.example is None:
            raise
        raise InputError(
            f"the features give {' and '.join(known.open)} a length that the model can't have: "
            f"{error}"
        ) from error


def _of_named(features: Mapping[str, Any], shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    check_inputs(features, shapes)
    listed = {n: len(v) for n, v in features.items() if isinstance(v, list | tuple)}
    return {
        n: _fitted(n, s, listed[n]) if n in listed else _held(n, s, features[n], len(shapes))
        for n, s in shapes.items()
    }


def _of_listed(features: Sequence[Any], shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    unknown = [name for name, shape in shapes.items() if None in shape]
    if len(unknown) > 1 and all(shapes[name].count(None) == 1 for name in unknown):
        raise InputError(
            f"the inputs {', '.join(unknown)} have open lengths, which one list of features does "
            f"not tell; {_APART}"
        )
    others = sum(math.prod(n or 1 for n in s) for name, s in shapes.items() if name not in unknown)
    count = len(features) - others
    return {n: _fitted(n, s, count) if n in unknown else s for n, s in shapes.items()}


def check_inputs(features: Mapping[str, Any], inputs: Iterable[str]) -> None:
    """Raise `InputError` unless the features are named for exactly these inputs."""
    known = list(inputs)
    unknown = [str(n) for n in features if n not in known]
    missing = [n for n in known if n not in features]
    if unknown or missing:
        raise InputError(
            f"features: the model's inputs are {', '.join(known)}"
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            + (f"; missing: {', '.join(missing)}" if missing else "")
            + (
                " (on the command line, a column whose name holds = is in double quotes)"
                if unknown and missing
                else ""
            )
        )


def _held(name: str, shape: Shape, column: Any, inputs: int) -> Shape:
    """A shape all of whose elements are in one column."""
    if isinstance(column, str) and shape.count(None) == 1:
        raise InputError(f"{column!r} is one column, and {ways({name: shape}, inputs == 1)}")
    return shape


def _fitted(name: str, shape: Shape, count: int) -> Shape:
    """A shape with one open size, of so many elements."""
    if shape.count(None) != 1:
        return shape
    known = math.prod(n for n in shape if n is not None)
    if count < 1 or count % known:
        raise InputError(
            f"input {name} of shape {shape} takes {known} per step, and "
            f"{_features(max(count, 0))} {'is' if count == 1 else 'are'} no whole number of steps"
        )
    return tuple(count // known if n is None else n for n in shape)


def placed(
    features: Any, network: Network, database: Dialect | None = None
) -> tuple[dict[str, list[str]], frozenset[str]]:
    """The source column of every element of every input, and which inputs are an array in
    one column."""
    inputs = {t.layer: t for t in network.graph.inputs}
    arrays: frozenset[str] = frozenset()
    if features is None:
        count = len(network.layout) or sum(t.size for t in inputs.values())
        features = network.features or [f"Feature_{i}" for i in range(count)]
    if isinstance(features, str):
        features = _of_the_one(features, inputs)
    if isinstance(features, Mapping):
        check_inputs(features, inputs)
        named = {n: list(listed(features[n], "features")) for n in inputs}
        single = {n for n, t in inputs.items() if isinstance(features[n], str) and t.size != 1}
        arrays = frozenset(single)
    else:
        named = _in_order(_read(list(listed(features, "features")), network), inputs)
    _check_placed(named, arrays, inputs, database)
    if len(named) > 1 and not network.layout:  # those of an estimator are no affair of the user's
        _LOG.info("features of each input: %s", dealt(named, arrays))
    return named, arrays


def _of_the_one(column: str, inputs: Mapping[str, Tensor]) -> dict[str, str]:
    """A column for the one input that there is."""
    if len(inputs) > 1:
        raise InputError(
            f"features={column!r} names one column, and the model has the inputs "
            f"{', '.join(inputs)}; {_APART}"
        )
    return dict.fromkeys(inputs, column)


def _in_order(columns: list[str], inputs: Mapping[str, Tensor]) -> dict[str, list[str]]:
    """The columns of each input, which take them one after the other."""
    total = sum(t.size for t in inputs.values())
    if len(columns) != total:
        shapes = ", ".join(f"{n} {t.shape}" for n, t in inputs.items())
        raise InputError(
            f"{_features(len(columns))} for a model that takes {total} numbers per row ({shapes})"
            + (f"; {_APART}" if len(inputs) > 1 else "")
        )
    named, start = dict[str, list[str]](), 0
    for n, t in inputs.items():
        named[n] = columns[start : start + t.size]
        start += t.size
    return named


def _check_placed(
    named: Mapping[str, list[str]],
    arrays: frozenset[str],
    inputs: Mapping[str, Tensor],
    database: Dialect | None,
) -> None:
    """Raise `InputError` for arrays where there are none, and for columns that are too many or too
    few for an input."""
    if arrays and database is not None and database.arrays is None:
        raise InputError(
            f"features={named[min(arrays)][0]!r} is one column, and the model takes "
            f"{inputs[min(arrays)].size} numbers per row; {database.title} has no arrays: give a "
            "list of names"
        )
    for n, columns in named.items():
        if n not in arrays and len(columns) != inputs[n].size:
            raise InputError(
                f"input {n} of shape {inputs[n].shape} takes {inputs[n].size} features, "
                f"not {len(columns)}"
            )


def _read(flat: list[str], network: Network) -> list[str]:
    """The columns in the order of the inputs, of a list in the order in which an estimator was
    fitted with them: of all, or of those that it reads."""
    inputs = {t.layer: t for t in network.graph.inputs}
    layout = list(network.layout)
    if len(flat) != len(layout):
        layout = [place for place in layout if place is not None]
    if len(flat) != len(layout):
        return flat
    at = {place: name for place, name in zip(layout, flat, strict=True) if place is not None}
    return [at[name, i] for name, t in inputs.items() for i in range(t.size)]


def _features(count: int) -> str:
    return f"{count} feature{'' if count == 1 else 's'}"


def option(name: str, columns: str) -> str:
    """The option of the command line for the columns of an input, as a shell takes it."""
    if set(name) & set(',="') or name != name.strip() or name.startswith("@"):
        doubled = name.replace('"', '""')
        name = f'"{doubled}"'
    whole = f"{name}={columns}"
    # Dots and commas are no harm; whatever else may be is quoted.
    return f"--features {whole if _SAFE.fullmatch(whole) else shlex.quote(whole)}"


def told(features: Mapping[str, Sequence[str]], arrays: Collection[str] = ()) -> dict[str, str]:
    """The columns of each input in words; one, of an array, in the inputs `arrays`."""
    return {
        name: f"{'the array ' if name in arrays else ''}{some(columns)}"
        for name, columns in features.items()
    }


def dealt(features: Mapping[str, Sequence[str]], arrays: Collection[str] = ()) -> str:
    """The same in one line."""
    return "; ".join(f"{name} takes {listed}" for name, listed in told(features, arrays).items())


def some(names: Sequence[str]) -> str:
    """The names, or the first and the last of many."""
    if len(names) <= _MOST:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST - 1])} ... {names[-1]} ({len(names):,})"


def listed(names: Any, what: str) -> tuple[Any, ...]:
    """A name, or several, as a tuple."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        names = (names,)
    found = tuple(names)
    for one in found:
        if not isinstance(one, str) or not one or "\0" in one:
            raise InputError(f"{what}: {one!r} is no column name")
    return found
