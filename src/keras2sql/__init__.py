"""A trained Keras network becomes SQL that your own database runs.

>>> import keras2sql
>>> program = keras2sql.convert("iris.keras", dialect="duckdb", table="iris", key="id")
>>> print(program.sql)

Public is what this module exports, and beside it what these export:

- `keras2sql.errors`, `keras2sql.dialects`, `keras2sql.dbt`, `keras2sql.demo`;
- for converters of one's own layers: `keras2sql.layers`, `keras2sql.graph.expr`,
  `keras2sql.graph.functions`, and `keras2sql.recipes`.

All other modules are the house's own, and may change with any version.
"""

from typing import TYPE_CHECKING

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

from keras2sql.api import convert  # isort: skip
from keras2sql.catalogue import estimators  # isort: skip
from keras2sql.deployment import Deployed, status, undeploy  # isort: skip
from keras2sql.dialects import Dialect  # isort: skip
from keras2sql.evaluation import Evaluation, evaluate  # isort: skip
from keras2sql.inspecting import inspect  # isort: skip
from keras2sql.plan import Plan  # isort: skip
from keras2sql.program import Program  # isort: skip
from keras2sql.read import Inspection  # isort: skip
from keras2sql.scoring import Scored  # isort: skip
from keras2sql.sequences import Sequence  # isort: skip
from keras2sql.verification import Report, verify  # isort: skip

if TYPE_CHECKING:  # a type checker knows of no package that can be called
    from keras2sql.catalogue import dialects, layers
else:
    from keras2sql import catalogue, dialects, layers
    from keras2sql.callable_package import make_callable

    make_callable(dialects, catalogue.dialects)
    make_callable(layers, catalogue.layers)

__all__ = [
    "ConverterError",
    "DatabaseError",
    "Deployed",
    "Dialect",
    "DialectLimitError",
    "Evaluation",
    "InputError",
    "Inspection",
    "InternalError",
    "Keras2SQLError",
    "ModelFileError",
    "Plan",
    "Program",
    "Refused",
    "Report",
    "Scored",
    "Sequence",
    "UnsupportedDialectError",
    "UnsupportedLayerError",
    "__version__",
    "convert",
    "converts",
    "dialects",
    "estimators",
    "evaluate",
    "inspect",
    "layers",
    "status",
    "undeploy",
    "verify",
]
