"""The options that several verbs share, and how their texts are read."""

from __future__ import annotations

import datetime
import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from keras2sql.cli.names import LIST, feature_lists, names
from keras2sql.errors import InputError
from keras2sql.sequences import Sequence

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Model file: .keras, .h5, or .json with --weights-file; or one of MLflow: its folder, "
        "or models:/NAME/VERSION.",
    ),
]
Dialect = Annotated[
    str, typer.Option("--dialect", "-d", help="The database's kind; see `keras2sql dialects`.")
]
GuessedDialect = Annotated[
    str, typer.Option("--dialect", "-d", help="The database's kind, where the URL does not tell.")
]
Table = Annotated[
    str, typer.Option("--table", "-t", help="Source: table, schema.table or '(select ...)'.")
]
Key = Annotated[str, typer.Option("--key", "-k", help="Key column or columns, passed through.")]
Database = Annotated[
    str,
    typer.Option(
        "--db",
        help="URL of the database: sqlite:///my.db, duckdb:///my.duckdb, "
        "postgresql://user@host/name, or any other that SQLAlchemy knows.",
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        "--features",
        metavar="LIST",
        help=f"Columns of the model's input: {LIST}; of several inputs INPUT=a,b,c, once for each.",
    ),
]
OrderBy = Annotated[
    str,
    typer.Option(
        "--order-by",
        help="The table has a row per key and time step: the column that orders the steps. "
        "--features are then the columns of one step.",
    ),
]
Labels = Annotated[
    str, typer.Option("--labels", help=f"Class labels, in the order of the outputs: {LIST}.")
]
Strategy = Annotated[str, typer.Option("--strategy", help="auto, columns, arrays or rows.")]
Weights = Annotated[str, typer.Option("--weights", help="auto, inline or tables.")]
Precision = Annotated[
    str, typer.Option("--precision", help="What the database computes in: double or single.")
]
Outputs = Annotated[str, typer.Option("--outputs", help=f"The prediction columns wanted: {LIST}.")]
Passthrough = Annotated[
    str, typer.Option("--passthrough", help=f"Source columns to return beside the key: {LIST}.")
]
WeightsFile = Annotated[
    str,
    typer.Option("--weights-file", help="Weights of a JSON architecture."),
]
Name = Annotated[str, typer.Option("--name", help="The model's name in comments.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Do not count the rows and tell how long they take."),
]
Schema = Annotated[
    str,
    typer.Option(
        "--schema",
        metavar="NAME",
        help="Put tables of weights into this schema, which has to be there.",
    ),
]
TrustPickle = Annotated[
    bool, typer.Option("--trust-pickle", help="Load a pickled estimator: this runs its code.")
]
Plugin = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="MODULE",
        help="Import this module first: it brings converters, or what a pickle needs.",
    ),
]


def _form(form: str) -> str:
    if form not in ("text", "json"):
        raise typer.BadParameter(f"{form!r}: choose text or json")
    return form


Form = Annotated[
    str,
    typer.Option("--format", callback=_form, help="text, or json: one value on stdout."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def read_labels(text: str) -> list[Any]:
    """Class labels: integers, truth values or dates where all look so, else texts."""
    found = names(text, "--labels")
    if text.lstrip().startswith('"'):
        return found
    for convert in (_integer, _truth, datetime.date.fromisoformat):
        try:
            return [convert(item) for item in found]
        except ValueError:
            continue
    return found


def _integer(text: str) -> int:
    if str(int(text)) != text:
        raise ValueError(text)
    return int(text)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


Chosen = dict[str, Any]
"""What the options of a conversion say: arguments of `keras2sql.convert`, and `order_by`."""


def converts(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of `gathered` on the command line, in place of its parameter
    `chosen`, which gets what they say."""
    own = list(inspect.signature(verb, eval_str=True).parameters.values())
    shared = list(inspect.signature(gathered, eval_str=True).parameters.values())
    common = list(inspect.signature(_every_verb, eval_str=True).parameters.values())

    @functools.wraps(verb)
    def run(**kwargs: Any) -> None:
        for parameter in common:
            kwargs.pop(parameter.name)
        chosen = gathered(**{parameter.name: kwargs.pop(parameter.name) for parameter in shared})
        verb(chosen=chosen, **kwargs)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*own, *shared, *common)
        if parameter.name != "chosen"
    ]
    # What Typer reads: both of them.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _every_verb(plugin: Plugin = None, debug: Debug = False) -> None:
    """What `guard` reads."""


def gathered(
    features: Features = None,
    order_by: OrderBy = "",
    labels: Labels = "",
    strategy: Strategy = "auto",
    weights: Weights = "auto",
    precision: Precision = "double",
    outputs: Outputs = "",
    passthrough: Passthrough = "",
    weights_file: WeightsFile = "",
    name: Name = "",
    trust_pickle: TrustPickle = False,
    schema: Schema = "",
) -> Chosen:
    """The options as `keras2sql.convert` takes them, and `order_by`; empty ones are left out."""
    found: Chosen = {
        "strategy": strategy,
        "weights": weights,
        "precision": precision,
        "trust_pickle": trust_pickle,
    }
    if labels:
        found["labels"] = read_labels(labels)
    if features:
        found["features"] = feature_lists(features)
    for option, text in (("outputs", outputs), ("passthrough", passthrough)):
        if text:
            found[option] = names(text, f"--{option}")
    texts = {"order_by": order_by, "weights_file": weights_file, "name": name, "schema": schema}
    for option, text in texts.items():
        if text:
            found[option] = text
    return found


def in_time(chosen: Chosen) -> dict[str, Any]:
    """The options with `order_by`, if any, in the features, where `keras2sql.convert` has it."""
    rest = {name: value for name, value in chosen.items() if name != "order_by"}
    if "features" in chosen:
        return rest | {"features": fed(chosen["features"], chosen.get("order_by", ""))}
    if "order_by" in chosen:
        raise InputError("--order-by needs --features: the columns of one time step")
    return rest


def fed(features: Any, order_by: str) -> Any:
    """Lists of names as `keras2sql.convert` takes them."""
    if isinstance(features, dict):
        return {name: fed(listed, order_by) for name, listed in features.items()}
    if order_by:
        return Sequence(features, order_by)
    # One name is a column, or an array that holds all.
    return features[0] if len(features) == 1 else features
