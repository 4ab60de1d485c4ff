"""The exceptions of keras2sql.

Every error that a user can meet is one of these, with a message of one line that
says what is wrong, where, and what to do::

    Keras2SQLError
     ├── UnsupportedLayerError     layers without a converter, all of them at once
     ├── ConverterError            a converter of your own that failed, and at which layer
     ├── UnsupportedDialectError   no such database, or a construct that it lacks
     ├── DialectLimitError         the database's limit, how far over, what would fit
     ├── ModelFileError            not a model, truncated, weights that do not fit
     ├── InputError                wrong columns, names, counts or types
     ├── DatabaseError             what the engine itself said, and at which statement
     └── InternalError             a fault of keras2sql itself, and at which layer
"""

from __future__ import annotations

from keras2sql.passwords import hide


def one_line(text: object, limit: int = 2000) -> str:
    """Fold any text, hostile names included, into one printable line."""
    folded = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return folded if len(folded) <= limit else folded[: limit - 3] + "..."


def amount(count: int) -> str:
    """A count in a message, of which nobody reads more than ten digits."""
    return f"{count:,}" if count <= 10**9 else "more than a billion"


_LONGEST = 4_000  # of what is folded into a message


class Keras2SQLError(Exception):
    """Base class of every error that keras2sql raises on purpose.

    Passwords in URLs are hidden, wherever in the message one stands.
    """

    def __init__(self, message: object) -> None:
        super().__init__(one_line(hide(str(message)[:_LONGEST])))


class UnsupportedLayerError(Keras2SQLError):
    """The model holds layers that cannot become SQL; names all of them.

    ``layers`` lists ``(path, class name, reason)`` for each.
    """

    def __init__(self, layers: list[tuple[str, str, str]], noun: str = "layer") -> None:
        self.layers = list(layers)
        listed = "; ".join(f"{path} ({kind}): {reason}" for path, kind, reason in self.layers)
        super().__init__(
            f"{len(self.layers)} unsupported {noun}{'s' * (len(self.layers) != 1)}: {listed}. "
            f"`keras2sql {noun}s` prints what is supported"
        )


class ConverterError(Keras2SQLError):
    """A converter that was registered from outside of keras2sql raised, or gave no tensor."""


class UnsupportedDialectError(Keras2SQLError):
    """There is no such dialect, or it lacks what the model needs."""


class DialectLimitError(Keras2SQLError):
    """The statement would exceed a limit of the database."""


class ModelFileError(Keras2SQLError):
    """The file is not a model that can be read, or its weights do not fit."""


class InputError(Keras2SQLError):
    """Columns, names, labels or options that do not fit the model or the table."""


class DatabaseError(Keras2SQLError):
    """The database refused a statement or could not be reached."""


class InternalError(Keras2SQLError):
    """A fault of keras2sql itself, of which neither the file nor its user can know."""

    def __init__(self, where: str, error: BaseException) -> None:
        super().__init__(
            f"{where}: a fault of keras2sql, not of the model: "
            f"{one_line(f'{type(error).__name__}: {error}', 300)}; please report it, "
            "with this message and the configuration of the layer"
        )
