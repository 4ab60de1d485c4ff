"""Which estimators are known, and how an object finds its reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras2sql.errors import InputError, UnsupportedLayerError


@dataclass(frozen=True, eq=False)
class Wrapped:
    """A Keras model and what the estimator around it knows.

    `task`, `classes` and `features` are those of `Network`.  With `probabilities`, the
    estimator passes the model's output on as probabilities whatever its activation.
    """

    model: Any
    task: str
    classes: tuple[Any, ...] | None = None
    features: tuple[str, ...] | None = None
    probabilities: bool = False


Reader = Callable[[Any], Wrapped]
READERS: dict[str, Reader] = {}


def reads(*names: str) -> Callable[[Reader], Reader]:
    """Register a reader for these classes, each ``<top package>.<class>``."""

    def register(reader: Reader) -> Reader:
        for name in names:
            READERS[name] = reader
        return reader

    return register


def _name(kind: type) -> str:
    return f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"


def unwrap(model: Any) -> Wrapped | None:
    """The network inside a fitted estimator; None where `model` is no estimator.

    Raises `UnsupportedLayerError` for an estimator without a reader, and `InputError` for
    one that is not fitted or that does what SQL cannot.
    """
    kinds = type(model).__mro__
    for kind in kinds:
        if _name(kind) in READERS:
            return READERS[_name(kind)](model)
    if "sklearn.BaseEstimator" in map(_name, kinds):
        reason = (
            "pipelines and other scikit-learn estimators come later; convert the Keras network "
            "or the SciKeras or keras.wrappers estimator inside it"
        )
        raise UnsupportedLayerError([("model", type(model).__name__, reason)])
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
        if _name(kind) in READERS:
            return
        for method in methods.split():
            if method in vars(kind):
                raise InputError(
                    f"{kind.__name__} overrides {method}, and Python code does not become SQL; "
                    "convert its model_ and give features and labels"
                )
