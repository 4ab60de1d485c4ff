"""inspect, dialects, layers and estimators: the verbs that tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keras2sql import api, catalogue, inspecting, picture
from keras2sql.cli import as_json, files
from keras2sql.cli import options as opt
from keras2sql.cli.columns import relation, settled
from keras2sql.cli.console import frame, note, plain, show, table, write
from keras2sql.cli.names import names
from keras2sql.engines import connect
from keras2sql.errors import InputError
from keras2sql.program import Program
from keras2sql.read import Inspection
from keras2sql.read.inspection import HEADERS

if TYPE_CHECKING:
    import pandas as pd


def inspect(
    model: opt.Model,
    dialect: Annotated[
        str, typer.Option("--dialect", "-d", help="Also tell how this database would run it.")
    ] = "",
    features: opt.Features = None,
    order_by: opt.OrderBy = "",
    db: Annotated[
        str, typer.Option("--db", help="Take dialect, features and rows from --table there.")
    ] = "",
    source: Annotated[str, typer.Option("--table", "-t", help="Source, as for convert.")] = "",
    key: Annotated[str, typer.Option("--key", "-k", help="Key, as for convert.")] = "",
    passthrough: opt.Passthrough = "",
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="Estimate the time for so many rows.")
    ] = None,
    drawing: Annotated[
        str, typer.Option("--svg", metavar="FILE.svg", help="Draw the network, too.")
    ] = "",
    weights_file: opt.WeightsFile = "",
    trust_pickle: opt.TrustPickle = False,
    plugin: opt.Plugin = None,
    form: opt.Form = "text",
    debug: opt.Debug = False,
) -> None:
    """Show layers, work per row and problems.

    Where the length of a sequence is open, also what tells it; with --features, and --order-by
    for a table with a row per key and step, how it converts.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql inspect demo/iris.keras --dialect postgres --rows 1000000
      keras2sql inspect demo/elnino.keras --features temperature --order-by month
    """
    if drawing and not drawing.endswith(".svg"):
        raise InputError(f"--svg {drawing}: a drawing is an .svg file")
    chosen = opt.gathered(
        features=features,
        order_by=order_by,
        passthrough=passthrough,
        weights_file=weights_file,
        trust_pickle=trust_pickle,
    )
    if not db:
        if rows and not dialect:
            raise InputError("--rows is about an estimate, which is a database's: give --dialect")
        chosen |= {"dialect": dialect, "key": names(key or "key", "--key")}
        _show(model, source or "source", chosen, rows, form, drawing)
        return
    if not (source and key):
        raise InputError("--db needs --table and --key: the columns beside the key are features")
    with connect(db) as engine:
        chosen |= settled(engine, model, dialect, source, key, chosen)
        if rows is None:
            rows = engine.count(relation(source, chosen))
    _show(model, source, chosen, rows, form, drawing)


def _show(
    model: str, source: str, chosen: opt.Chosen, rows: int | None, form: str, drawing: str
) -> None:
    """What is known of a model, and how the database would run it, if one is chosen."""
    given = opt.in_time(chosen)
    how = {name: given[name] for name in ("weights_file", "trust_pickle") if name in given}
    found = inspecting.inspect(model, **how, features=given.get("features"))
    program = None
    if chosen["dialect"] and not found.open:
        program = api.convert(model, table=source, **given)
    if drawing:
        files.write_text(_drawn(found, program), drawing)
        note(f"wrote {drawing}")
    if form == "json":
        told = as_json.of_inspection(found)
        as_json.tell(told | {"program": program and as_json.of_program(program, rows)})
        return
    show(plain(f"{found.name}, written by {found.written}", "bold"))
    show(table(HEADERS, found.rows, "parameters"), "")
    show(table(["", ""], found.facts, header=False))
    if found.notes:
        heading = [plain(found.heading)] if found.heading else []
        show("", *heading, table(["", ""], found.notes, header=False))
    if program is not None:
        write(f"\n{program.explain(rows)}")


def _drawn(found: Inspection, program: Program | None) -> str:
    network = found.network or found.example
    graph = None if network is None else network.graph
    return picture.svg(found.name, found.layers, graph, program)


def dialects(form: opt.Form = "text", debug: opt.Debug = False) -> None:
    """List the databases.

    Name, aliases, how each is tested, and the strategies it has.

    \b
    Example:
      keras2sql dialects
    """
    _list(catalogue.dialects(), form)


def layers(form: opt.Form = "text", debug: opt.Debug = False) -> None:
    """List the Keras layers.

    With notes on those that do not become SQL.

    \b
    Example:
      keras2sql layers
    """
    _list(catalogue.layers(), form)


def estimators(form: opt.Form = "text", debug: opt.Debug = False) -> None:
    """List the estimators of scikit-learn.

    With notes on those that do not become SQL.

    \b
    Example:
      keras2sql estimators
    """
    _list(catalogue.estimators(), form)


def _list(found: pd.DataFrame, form: str) -> None:
    """A catalogue, in which what becomes SQL is true, false, or in part, which is neither."""
    if form == "json":
        as_json.tell(as_json.records(found))
        return
    if "supported" in found:
        found["supported"] = found["supported"].map({True: "yes", False: "no"}).fillna("")
    frame(found)
