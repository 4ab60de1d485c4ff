"""The server, until it is interrupted."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable, Collection
from importlib import import_module

from keras2sql.errors import InputError
from keras2sql.serving import process
from keras2sql.serving.limits import Limits


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    limits: Limits | None = None,
    hosts: Collection[str] = (),
    browser: bool = False,
    ready: Callable[[str], None] = print,
) -> None:
    """Serve the page and the interface; `ready` is told where.

    `port` 0 is any that is free.  `hosts` are names by which others may call this server beside
    localhost and addresses.

    Raises `InputError` where the address is taken or none, or keras2sql[serve] is not installed.
    """
    try:
        import uvicorn

        # By its name, as it needs FastAPI, and the command line does without.
        application = import_module("keras2sql.serving.app").application
    except ModuleNotFoundError as error:
        raise InputError(f"serve needs {error.name}: pip install 'keras2sql[serve]'") from error
    app = application(limits, {host, *hosts})
    with _bound(host, port) as listening:
        process.prepare()
        name, number = listening.getsockname()[:2]
        url = f"http://{f'[{name}]' if ':' in name else name}:{number}/"
        ready(url)
        if browser:
            webbrowser.open(url)
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
            limit_concurrency=64,
        )
        uvicorn.Server(config).run(sockets=[listening])


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(128)
        except OSError:
            made.close()
            raise
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(
            f"can't serve on {host}:{port}: {said}; --port 0 takes a free one"
        ) from error
    return made
