"""A trained Keras network becomes SQL that your own database runs.

>>> import keras2sql
>>> program = keras2sql.convert("iris.keras", dialect="duckdb", table="iris", key="id")
>>> print(program.sql)
"""

from keras2sql.errors import (
    ConverterError,
    DatabaseError,
    DialectLimitError,
    InputError,
    InternalError,
    Keras2SQLError,
    ModelFileError,
    UnsupportedDialectError,
    UnsupportedLayerError,
)
from keras2sql.layers.registry import Refused, converts
from keras2sql.version import __version__

from keras2sql.api import convert, dialects, estimators, layers  # isort: skip
from keras2sql.deployment import status, undeploy  # isort: skip
from keras2sql.inspecting import inspect  # isort: skip
from keras2sql.program import Program  # isort: skip
from keras2sql.sequences import Sequence  # isort: skip
from keras2sql.verification import Report, verify  # isort: skip

__all__ = [
    "ConverterError",
    "DatabaseError",
    "DialectLimitError",
    "InputError",
    "InternalError",
    "Keras2SQLError",
    "ModelFileError",
    "Program",
    "Refused",
    "Report",
    "Sequence",
    "UnsupportedDialectError",
    "UnsupportedLayerError",
    "__version__",
    "convert",
    "converts",
    "dialects",
    "estimators",
    "inspect",
    "layers",
    "status",
    "undeploy",
    "verify",
]
