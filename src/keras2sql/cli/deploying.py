"""deploy, status and undeploy: models that stay in a database."""

from __future__ import annotations

from typing import Annotated

import typer

from keras2sql import api, deployment
from keras2sql.cli import as_json, console, foretelling
from keras2sql.cli import options as opt
from keras2sql.cli.columns import settled
from keras2sql.engines import connect
from keras2sql.explain import cost_of_one_row

_VIEW = typer.Argument(metavar="VIEW", help="The deployed view, table or macro.")


@opt.converts
def deploy(
    model: opt.Model,
    db: opt.Database,
    table: opt.Table,
    key: opt.Key,
    view: Annotated[str, typer.Option("--view", help="What to call it: NAME or SCHEMA.NAME.")],
    dialect: opt.GuessedDialect = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of another version.")
    ] = False,
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            help="view; table: the predictions of now; macro (DuckDB); function (DuckDB, "
            "PostgreSQL).",
        ),
    ] = "view",
    form: opt.Form = "text",
    quiet: opt.Quiet = False,
    *,
    chosen: opt.Chosen,
) -> None:
    """Make a view that predicts.

    The view answers for the rows that the source has whenever it is read. With its tables of
    weights it is made in one transaction; the same command can be run again.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql deploy demo/iris.keras --db sqlite:///demo/iris.db --table iris --key id \\
        --passthrough species --labels setosa,versicolor,virginica --view iris_scores
    """
    with connect(db) as engine:
        chosen |= settled(engine, model, dialect, table, key, chosen)
        with console.working("converting"):
            program = api.convert(model, table=table, **opt.in_time(chosen))
        if not (quiet or form == "json" or kind == "function"):
            what = "scoring them" if kind == "table" else f"reading them all by the {kind}"
            foretelling.tell(engine, program, what)
        with console.working("deploying"):
            found = program.deploy(engine, view, replace, kind)
    if form == "json":
        as_json.tell(as_json.of_deployed(found))
    tables = f" with {len(found.tables)} tables of weights" if found.tables else ""
    console.note(f"{kind} {found.place}: {found.change}, version {found.content}{tables}")
    if kind not in ("table", "function"):
        console.note(cost_of_one_row(program))
    if program.dialect.script and kind not in ("table", "function"):
        console.note(f"before you read it: {'; '.join(program.dialect.script)}")


def status(
    db: opt.Database,
    dialect: opt.GuessedDialect = "",
    form: opt.Form = "text",
    debug: opt.Debug = False,
) -> None:
    """List what is deployed.

    Each view with its model, version, tables of weights, and whether they are complete.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql status --db sqlite:///demo/iris.db
    """
    found = deployment.status(db, dialect or None)
    if form == "json":
        as_json.tell(as_json.records(found))
        return
    console.frame(found, "rows")
    if found.empty:
        console.note("keras2sql has deployed nothing here")


def undeploy(
    view: Annotated[str, _VIEW],
    db: opt.Database,
    dialect: opt.GuessedDialect = "",
    form: opt.Form = "text",
    debug: opt.Debug = False,
) -> None:
    """Remove what was deployed.

    The view, and those of its tables of weights that no other one uses.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql deploy demo/iris.keras --db duckdb:///demo/iris.duckdb --table iris --key id \\
        --passthrough species --view iris_scores
      keras2sql undeploy iris_scores --db duckdb:///demo/iris.duckdb
    """
    tables = deployment.undeploy(db, view, dialect or None)
    if form == "json":
        as_json.tell({"removed": view, "tables": tables})
    console.note(f"removed {view}" + (f" and {len(tables)} tables of weights" if tables else ""))
