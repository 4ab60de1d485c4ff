"""serve: a page and a JSON interface on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from keras2sql import serving
from keras2sql.cli import console
from keras2sql.cli import options as opt

_DEFAULT = serving.Limits()


def serve(
    host: Annotated[
        str,
        typer.Option(
            "--host", help="Address to listen on; others than this machine's own let others in."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 is any that is free.")
    ] = 8765,
    allowed: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A name that the server may be called by, beside localhost.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds that a model may take.")
    ] = _DEFAULT.seconds,
    memory: Annotated[
        int, typer.Option("--memory", min=1024, help="Megabytes that a model may take.")
    ] = _DEFAULT.memory,
    upload: Annotated[
        int, typer.Option("--upload", min=1, max=1024, help="Megabytes that a file may have.")
    ] = _DEFAULT.upload,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    debug: opt.Debug = False,
) -> None:
    """Serve a page where a model file is dropped and its SQL is shown.

    The page draws the network, shows the SQL for each database, and scores rows in an embedded
    DuckDB; the same by JSON, as /openapi.json tells. It is for this machine alone, needs no
    network, and executes nothing of a file. Interrupt it to end it.

    \b
    Example:
      keras2sql serve --port 0
    """
    limits = serving.Limits(seconds=timeout, memory=memory, upload=upload)

    def ready(url: str) -> None:
        console.note(f"serving {url} (press Ctrl+C to end)")

    serving.serve(host, port, limits, allowed or (), browser, ready)
