"""evaluate: what databases can take, by model size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keras2sql.cli import console
from keras2sql.cli import options as opt
from keras2sql.cli.names import names
from keras2sql.errors import InputError
from keras2sql.evaluation import Evaluation
from keras2sql.evaluation import evaluate as measure
from keras2sql.evaluation.evaluation import HEADERS


def evaluate(
    db: Annotated[
        list[str], typer.Option("--db", help="URL of a database, as for predict; several times.")
    ],
    budget: Annotated[
        float, typer.Option("--budget", min=1, help="Seconds for all databases together.")
    ] = 300.0,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows of the table.")] = 1_000,
    families: Annotated[
        str,
        typer.Option(
            "--families", help="Some of depth, width, convolution, sequence, trees, rows."
        ),
    ] = "",
    strategies: Annotated[
        str, typer.Option("--strategies", help="Some of columns, arrays, rows.")
    ] = "",
    record: Annotated[
        str,
        typer.Option(
            "--record", help="JSON file, written all along and gone on with; REPORT.json if absent."
        ),
    ] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="REPORT.html", help="Write a report.")
    ] = "",
    form: opt.Form = "text",
    debug: opt.Debug = False,
) -> None:
    """Find out what databases can take.

    Networks of growing size run on random rows: how large they may be, why the next one does not
    work, how long they take. All tables are temporary and all statements cancelled in time.

    \b
    Example:
      keras2sql evaluate --db duckdb:///:memory: --budget 5 --families width,rows
    """
    if output and not output.endswith(".html"):
        raise InputError(f"-o {output}: a report is an .html file; --record has the JSON")
    kept = record or (str(Path(output).with_suffix(".json")) if output else "")
    chosen = names(families, "--families") if families else None
    ways = names(strategies, "--strategies") if strategies else None
    try:
        with console.counting("evaluating") as told:
            found = measure(db, budget, chosen, ways, rows, kept or None, told)
    except KeyboardInterrupt:
        if kept:
            console.note(f"interrupted; {kept} has what is measured: the same command goes on")
        raise
    if output:
        console.note(f"wrote {found.html(output)}")
    if form == "json":
        console.write(found.json())
        return
    _show(found)


def _show(found: Evaluation) -> None:
    console.show(console.table(HEADERS, found.rows()))
