"""convert, predict and verify: the verbs that make SQL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from keras2sql import api, dbt
from keras2sql.cli import as_json, console, files, foretelling
from keras2sql.cli import options as opt
from keras2sql.cli.columns import settled
from keras2sql.cli.guard import DIFFERENT
from keras2sql.cli.names import names
from keras2sql.engines import connect
from keras2sql.errors import InputError
from keras2sql.program import Program
from keras2sql.read.any import opened
from keras2sql.scoring import Scored
from keras2sql.verification import verify_program

_OUTPUT = typer.Option("--output", "-o", help="Write to this file instead of stdout.")


@opt.converts
def convert(
    model: opt.Model,
    dialect: opt.Dialect,
    table: opt.Table,
    key: opt.Key,
    output: Annotated[str, _OUTPUT] = "",
    form: Annotated[
        str, typer.Option("--format", help="sql; json; dbt: files for the dbt project in -o.")
    ] = "sql",
    view: Annotated[
        str, typer.Option("--view", help="What the dbt model is called; MODEL_scores if absent.")
    ] = "",
    *,
    chosen: opt.Chosen,
) -> None:
    """Write the SQL of a model.

    One script, ready for the database's own shell, or a model for a dbt project, where TABLE is
    another model and SOURCE.TABLE a source.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql convert demo/iris.keras --dialect duckdb --table iris --key id \\
        --features sepal_length,sepal_width,petal_length,petal_width \\
        --labels setosa,versicolor,virginica -o iris.sql
    """
    if form not in ("sql", "json", "dbt"):
        raise InputError(f"--format {form}: choose sql, json or dbt")
    if form == "dbt" and not output:
        raise InputError("--format dbt writes several files: give the project's folder with -o")
    if view and form != "dbt":
        raise InputError("--view is about --format dbt; `keras2sql deploy` makes a view")
    with console.working("converting"):
        program = api.convert(
            model,
            dialect=dialect,
            table=table,
            key=names(key, "--key"),
            **opt.in_time(chosen),
        )
    if form != "dbt":
        told = as_json.text(as_json.of_program(program)) if form == "json" else program.sql
        files.write_text(told, output)
        return
    for path in files.write_texts(dbt.files(program, view), output):
        console.note(f"wrote {path}")


@opt.converts
def predict(
    model: opt.Model,
    db: opt.Database,
    table: opt.Table,
    key: opt.Key,
    dialect: opt.GuessedDialect = "",
    into: Annotated[
        str, typer.Option("--into", help="Fill this table of the same database, batch by batch.")
    ] = "",
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Add the keys that the table of --into lacks.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put new predictions in the place of those there.")
    ] = False,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Add to what another version of the model has filled.")
    ] = False,
    stamp: Annotated[
        bool, typer.Option("--stamp", help="Add the columns model_hash and scored_at (UTC).")
    ] = False,
    batch_rows: Annotated[
        int | None,
        typer.Option("--batch-rows", min=1, help="Rows of a batch; by the model's work if absent."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Write FILE.csv or FILE.parquet, not stdout.")
    ] = "",
    form: Annotated[
        str, typer.Option("--format", help="csv, or json: one value on stdout.")
    ] = "csv",
    quiet: opt.Quiet = False,
    *,
    chosen: opt.Chosen,
) -> None:
    """Run a model in the database.

    The predictions come as CSV on stdout, as a file, or into a table beside the source. That
    is filled batch by batch; the same command goes on with what was interrupted.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql predict demo/iris.keras --db sqlite:///demo/iris.db --table iris --key id \\
        --passthrough species --labels setosa,versicolor,virginica
      keras2sql predict demo/elnino.keras --db sqlite:///demo/iris.db --table elnino_windows \\
        --key forecast --order-by month
    """
    if into and output:
        raise InputError("--into and --output are two places; give one of them")
    if not into and (incremental or replace or mixed or stamp or batch_rows is not None):
        raise InputError(
            "--incremental, --replace, --mixed, --stamp and --batch-rows are about the table of "
            "--into"
        )
    if form not in ("csv", "json"):
        raise InputError(f"--format {form}: choose csv or json")
    if form == "json" and output:
        raise InputError("--format json is about stdout; -o writes CSV or Parquet, as it ends")
    write = files.frame_writer(output)
    with connect(db) as engine:
        chosen |= settled(engine, model, dialect, table, key, chosen)
        with console.working("converting"):
            program = api.convert(model, table=table, **opt.in_time(chosen))
        if not (quiet or form == "json"):
            foretelling.tell(engine, program, "scoring them")
        if into:
            how = {"batch_rows": batch_rows, "incremental": incremental, "replace": replace}
            how |= {"mixed": mixed, "stamp": stamp}
            scored = _into(engine, program, into, how)
            if form == "json":
                as_json.tell({"table": into, **asdict(scored)})
            return
        with console.working("running in the database"):
            frame = program.checked(engine).run(engine)
    if form == "json":
        as_json.tell(as_json.records(frame))
        return
    write(frame)
    if output:
        console.note(f"{len(frame)} rows into {output}")


@opt.converts
def verify(
    model: opt.Model,
    db: opt.Database,
    table: opt.Table,
    key: opt.Key,
    dialect: opt.GuessedDialect = "",
    rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="Only the first rows by key.")
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option("--tolerance", min=0, help="Absolute + relative difference allowed."),
    ] = None,
    view: Annotated[
        str, typer.Option("--view", help="Compare what this deployed view or table holds.")
    ] = "",
    require_keras: Annotated[
        bool, typer.Option("--require-keras", help="Fail where Keras itself can't be asked.")
    ] = False,
    page: Annotated[
        str, typer.Option("--report", metavar="FILE.html", help="Write a page with plots, too.")
    ] = "",
    form: opt.Form = "text",
    quiet: opt.Quiet = False,
    *,
    chosen: opt.Chosen,
) -> None:
    """Compare the database with the model.

    Every prediction of every row is compared with what the source model itself answers.
    The exit code is 1 if they differ beyond the tolerance, or no row could be compared.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql verify demo/iris.keras --db sqlite:///demo/iris.db --table iris --key id \\
        --passthrough species --labels setosa,versicolor,virginica
    """
    if page and not page.endswith(".html"):
        raise InputError(f"--report {page}: a report is an .html file")
    with connect(db) as engine:
        chosen |= settled(engine, model, dialect, table, key, chosen)
        how = opt.in_time(chosen)
        with console.working("converting"):
            source = opened(model, how.pop("trust_pickle", False))
            program = api.convert(source, table=table, **how)
        if not (quiet or view or form == "json"):
            foretelling.tell(engine, program, "the database's side", rows)
        with console.working("running the database and the model"):
            beside = how.get("weights_file")
            report = verify_program(
                program, source, engine, rows, tolerance, view or None, beside, require_keras
            )
    try:
        if page:
            console.note(f"wrote {report.html(page)}")
        if form == "json":
            as_json.tell(as_json.of_report(report))
        else:
            console.write(f"{report}\n")
    finally:  # also where nobody reads it to the end
        if not report.ok:
            raise typer.Exit(DIFFERENT)


def _into(engine: Any, program: Program, name: str, how: dict[str, Any]) -> Scored:
    """Fill the table, and tell how many rows went into it."""
    try:
        with console.progress("scoring") as progress:
            scored = program.score_into(engine, name, progress=progress, **how)
    except KeyboardInterrupt:
        console.note("interrupted; the batches that are done are kept: the same command goes on")
        raise
    behind = f", behind {scored.before} that were there" if scored.before else ""
    console.note(f"{scored.rows} rows into {name}{behind}")
    return scored
