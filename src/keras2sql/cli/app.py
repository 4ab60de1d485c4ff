"""The verbs, put together, and the way in."""

from __future__ import annotations

from typing import Annotated

import typer

from keras2sql.cli import demonstrate, deploying, evaluating, scoring, serving, showing
from keras2sql.cli.description import describable
from keras2sql.cli.guard import guarded
from keras2sql.cli.usage import Verbs
from keras2sql.version import __version__

app = typer.Typer(
    name="keras2sql",
    cls=Verbs,
    help="A trained Keras network becomes SQL that your own database runs.",
    epilog="Start with: keras2sql demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"keras2sql {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A trained Keras network becomes SQL that your own database runs."""


for verb in (
    demonstrate.demo,
    showing.inspect,
    scoring.convert,
    scoring.predict,
    scoring.verify,
    deploying.deploy,
    evaluating.evaluate,
    serving.serve,
    deploying.status,
    deploying.undeploy,
    showing.dialects,
    showing.layers,
    showing.estimators,
):
    app.command()(describable(guarded(verb)))


def main() -> None:
    """What the ``keras2sql`` command calls; exits with 0, 1, 2 or 3."""
    app()
