"""demo: the main job from end to end, on a shipped model and shipped rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from keras2sql import demo as shipped
from keras2sql.cli import as_json
from keras2sql.cli import options as opt
from keras2sql.cli.console import note, show, table, write
from keras2sql.demo import LABELS, ROWS, Outcome

_SQL_LINES = 22
_SHOWN_IDS = (1, 2, 51, 84, 101, 150)
_NEXT = (
    ("keras2sql demo --export demo", "the model and its rows, to play with"),
    ("keras2sql inspect demo/iris.keras", "layers, shapes, work per row"),
    ("keras2sql convert --help", "SQL for your own database"),
    ("keras2sql predict --help", "a table of predictions, in place"),
    ("keras2sql verify --help", "the database against Keras"),
    ("keras2sql dialects", "databases; `keras2sql layers`: layers"),
)


def demo(
    export: Annotated[
        str, typer.Option("--export", help="Only write the model, rows and databases here.")
    ] = "",
    sql: Annotated[bool, typer.Option("--sql", help="Only print the whole SQL.")] = False,
    form: opt.Form = "text",
    debug: opt.Debug = False,
) -> None:
    """Run the main job on shipped data.

    A trained network becomes SQL, an embedded DuckDB runs it on 150 real rows, and the
    predictions are compared with the model's own.

    \b
    Example:
      keras2sql demo
    """
    if export:
        for path in shipped.export(Path(export)):
            note(f"wrote {path}")
        return
    outcome = shipped.run()
    if sql:
        write(outcome.program.sql)
        return
    if form == "json":
        as_json.tell(as_json.of_demo(outcome))
        return
    show(shown(outcome), page=True)


def shown(outcome: Outcome) -> RenderableType:
    """The demo's page."""
    rows, program = len(outcome.predictions), outcome.program
    return Group(
        Text(),
        Text("A trained Keras network became SQL, and a database ran it.", style="bold"),
        Text(f"{rows} irises, {outcome.engine} inside this process; no Keras was imported."),
        *_part("The network", _network(outcome)),
        *_part(f"The SQL: the first of {len(program.sql.splitlines())} lines", _sql(program.sql)),
        *_part("The predictions, and what the flowers are", _predictions(outcome)),
        *_part("Against Keras's own output for these rows", _comparison(outcome)),
        *_part("Where to go next", _next()),
    )


def _part(title: str, body: RenderableType) -> list[RenderableType]:
    rule = Rule(Text(title, style="bold"), align="left", style="dim", characters="─")
    return [Text(), rule, Padding(body, (0, 0, 0, 2))]


def _network(outcome: Outcome) -> RenderableType:
    rows = [
        (one.path, one.class_name, " x ".join(map(str, one.shape or ())), f"{one.parameters:,}")
        for one in outcome.program.network.layers
    ]
    return table(["layer", "class", "output", "parameters"], rows, "parameters")


def _sql(text: str) -> RenderableType:
    head = "\n".join(text.splitlines()[:_SQL_LINES])
    code = Syntax("", "sql", theme="ansi_dark", background_color="default").highlight(head)
    code.rstrip()
    code.no_wrap, code.overflow = True, "ellipsis"
    return Group(code, Text("...   (the rest: keras2sql demo --sql)", style="dim"))


def _predictions(outcome: Outcome) -> RenderableType:
    lines = [line.split(",") for line in ROWS.read_text(encoding="utf-8").split()[1:]]
    species = {int(line[0]): line[-1] for line in lines}
    frame = outcome.predictions.set_index("id")
    rows = [
        (
            i,
            *(f"{frame.at[i, f'Proba_{label}']:.5f}" for label in LABELS),
            frame.at[i, "Decision"],
            species[i],
        )
        for i in _SHOWN_IDS
    ]
    names = [f"Proba_{label}" for label in LABELS]
    return table(["id", *names, "Decision", "species"], rows, " ".join(["id", *names]))


def _comparison(outcome: Outcome) -> RenderableType:
    rows = len(outcome.predictions)
    facts = [
        ("largest difference", f"{outcome.max_abs_error:.1e}", "Keras computed in float32"),
        ("same label", f"{outcome.same_labels} of {rows}", ""),
        ("right label", f"{outcome.right_labels} of {rows}", "it was trained on these rows"),
        ("time in the database", f"{1000 * outcome.seconds:.0f} ms", ""),
    ]
    lines = Text()
    for name, value, remark in facts:
        lines.append(f"{name:<22}").append(f"{value:<14}", style="bold green")
        lines.append(f"{remark}\n", style="dim")
    lines.rstrip()
    return lines


def _next() -> RenderableType:
    lines = Text()
    for command, what in _NEXT:
        lines.append(f"{command:<36}", style="cyan").append(f"{what}\n")
    lines.rstrip()
    return lines
