"""Which estimators are known, and how an object finds its reader.

A transformer's reader makes the columns behind it of those before it, a final estimator's
reader what it predicts::

    @transforms("sklearn.StandardScaler", gaps=PASSED)
    def standard_scaler(graph, model, x):
        return scaled(graph, x, 1 / model.scale_, -model.mean_ / model.scale_)

    @estimates("sklearn.LinearRegression")
    def linear_regression(graph, model, x):
        return regression(graph.contract(x, model.coef_.T, model.intercept_))

`graph` is the builder of `read/sklearn/builder.py`, `x` the vector of all columns; with
`table=True` the reader gets the `Columns` instead.  A wrapper around a Keras network has a reader
of its own kind, registered by `reads`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from keras2sql.errors import InputError
from keras2sql.layers.foreign import Refused

REFUSED, PASSED, TAKEN = "refused", "passed", "taken"
"""What an estimator makes of a missing value: an error, and so no prediction; a missing value in
the same column; or something of its own, so that nothing is missing behind it."""

SAME, NUMBERED = "same", "numbered"
"""What a transformer calls its columns: as they were called, or by its own name and a number."""


@dataclass(frozen=True, eq=False)
class Wrapped:
    """A Keras model and what the estimator around it knows.

    `task`, `classes` and `features` are those of `Network`.  With `probabilities`, the
    estimator passes the model's output on as probabilities whatever its activation.  With
    `several`, a row may have several labels, for each of which the model has a unit.
    """

    model: Any
    task: str
    classes: tuple[Any, ...] | None = None
    features: tuple[str, ...] | None = None
    probabilities: bool = False
    several: bool = False


@dataclass(frozen=True)
class Entry:
    """A reader: whether it takes a `table`, what it makes of `gaps`, what its columns are called;
    a note for the user on what it leaves out; and how many columns it takes (0: as the model says).
    """

    read: Callable[..., Any]
    table: bool = False
    gaps: str | Callable[[Any], str] = REFUSED
    names: str = SAME
    note: str = ""
    width: int = 0

    def gaps_of(self, model: Any) -> str:
        """What this model makes of missing values."""
        return self.gaps if isinstance(self.gaps, str) else self.gaps(model)


Reader = Callable[[Any], Wrapped]
Registered = TypeVar("Registered", bound=Callable[..., Any])
READERS: dict[str, Reader] = {}
TRANSFORMERS: dict[str, Entry] = {}
ESTIMATORS: dict[str, Entry] = {}
INVERSES: dict[str, Entry] = {}

# What a subclass may override without changing what the fitted object computes.
_HARMLESS = {"fit", "fit_transform", "fit_predict", "partial_fit", "score", "get_params"}
_HARMLESS |= {"set_params", "get_metadata_routing", "get_feature_names_out"}


def inverts(*names: str) -> Callable[[Registered], Registered]:
    """Register what takes back a transformer of these classes: (graph, model, y) -> x."""

    def register(read: Registered) -> Registered:
        INVERSES.update(dict.fromkeys(names, Entry(read)))
        return read

    return register


def reads(*names: str) -> Callable[[Reader], Reader]:
    """Register a reader for these classes, each ``<top package>.<class>``."""

    def register(reader: Reader) -> Reader:
        for name in names:
            READERS[name] = reader
        return reader

    return register


def transforms(
    *names: str,
    table: bool = False,
    gaps: str | Callable[[Any], str] = REFUSED,
    called: str = SAME,
    note: str = "",
    width: int = 0,
) -> Callable[[Registered], Registered]:
    """Register a reader of transformers of these classes, each ``<top package>.<class>``."""

    def register(read: Registered) -> Registered:
        TRANSFORMERS.update(dict.fromkeys(names, Entry(read, table, gaps, called, note, width)))
        return read

    return register


def estimates(
    *names: str,
    table: bool = False,
    gaps: str | Callable[[Any], str] = REFUSED,
    note: str = "",
    width: int = 0,
) -> Callable[[Registered], Registered]:
    """Register a reader of final estimators of these classes."""

    def register(read: Registered) -> Registered:
        ESTIMATORS.update(dict.fromkeys(names, Entry(read, table, gaps, note=note, width=width)))
        return read

    return register


def class_name(kind: type) -> str:
    """The top package and the name of a class, by which it is registered."""
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"


def is_estimator(model: Any) -> bool:
    """Whether this is an estimator of scikit-learn or of one who builds on it, or is read as one:
    a booster is."""
    kinds = {class_name(kind) for kind in type(model).__mro__}
    return "sklearn.BaseEstimator" in kinds or not kinds.isdisjoint(ESTIMATORS)


def entry_of(model: Any, known: Mapping[str, Entry]) -> Entry | None:
    """The entry of the model's class, or of the class that a user's own one extends.

    A library's class that extends another computes something else, and needs an entry itself.
    Raises `Refused` for a user's class that overrides what the fitted object computes.
    """
    packages = {name.partition(".")[0] for name in (*TRANSFORMERS, *ESTIMATORS)}
    own: list[type] = []
    for kind in type(model).__mro__:
        if class_name(kind) in known:
            _refuse_overrides(own, kind)
            return known[class_name(kind)]
        if class_name(kind).partition(".")[0] in packages:
            return None
        own.append(kind)
    return None


def _refuse_overrides(own: list[type], known: type) -> None:
    for kind in own:
        written = [
            name
            for name, value in vars(kind).items()
            if (callable(value) or isinstance(value, property))
            and not name.startswith("__")
            and name not in _HARMLESS
            and hasattr(known, name)
        ]
        if written:
            raise Refused(
                f"overrides {', '.join(sorted(written))} of {known.__name__}, and Python code does "
                "not become SQL"
            )


def unwrap(model: Any) -> Wrapped | None:
    """The network inside a fitted wrapper of one; None where `model` is none.

    Raises `InputError` for one that is not fitted or that does what SQL cannot.
    """
    for kind in type(model).__mro__:
        if class_name(kind) in READERS:
            return READERS[class_name(kind)](model)
    return None


def fitted(model: Any, *attributes: str) -> None:
    """Raise `InputError` unless the estimator has what fitting gives it."""
    missing = [a for a in attributes if not hasattr(model, a)]
    if missing:
        raise InputError(
            f"the {type(model).__name__} is not fitted (it has no {', '.join(missing)}); "
            "call fit first"
        )


def as_shipped(model: Any, methods: str) -> None:
    """Raise `InputError` where a subclass overrides one of these methods of the estimator
    that has the reader: what is written there is Python, and does not become SQL."""
    for kind in type(model).__mro__:
        if class_name(kind) in READERS:
            return
        for method in methods.split():
            if method in vars(kind):
                raise InputError(
                    f"{kind.__name__} overrides {method}, and Python code does not become SQL; "
                    "convert its model_ and give features and labels"
                )
