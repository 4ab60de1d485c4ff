"""Microsoft's own parser of T-SQL, a part of its SQL Tools Service, over its language protocol.

It knows the grammar of 2020, and neither names nor types nor functions.  tools/test installs it: it
comes with the command line mssql-cli, and the OpenSSL 1.1 that it asks for with a driver.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

FOLDER = Path(sys.prefix) / "tsql"
_SECONDS = 60


class _Service:
    """A running service; `diagnostics` asks it."""

    def __init__(self) -> None:
        program = FOLDER / "mssqlcli/mssqltoolsservice/bin/MicrosoftSqlToolsServiceLayer"
        assert program.exists(), "tools/test installs Microsoft's parser"
        program.chmod(0o755)
        self.process = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
                "LD_LIBRARY_PATH": str(_openssl()),
            },
        )
        self.scripts = 0
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        started = {"processId": os.getpid(), "rootPath": str(FOLDER), "capabilities": {}}
        self._send({"id": "0", "method": "initialize", "params": started})

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self.messages.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def diagnostics(self, text: str) -> list[dict[str, Any]]:
        """What it has to say of a script."""
        self.scripts += 1
        uri = f"file:///script{self.scripts}.sql"
        document = {"uri": uri, "languageId": "SQL", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while True:
            message = self.messages.get(timeout=_SECONDS)
            if message.get("params", {}).get("uri", "").endswith(f"/script{self.scripts}.sql"):
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                return found

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(_openssl())


@cache
def _openssl() -> Path:
    """A folder with the libraries by the names that the service looks for."""
    folder = Path(tempfile.mkdtemp(prefix="keras2sql-openssl-"))
    for library in (FOLDER / "psycopg2_binary.libs").glob("lib*.so.1.1"):
        shutil.copy(library, folder)
        shutil.copy(library, folder / f"{library.name.partition('-')[0]}.so.1.1")
    return folder


@cache
def _service() -> _Service:
    """One for all tests of a process."""
    service = _Service()
    atexit.register(service.stop)
    return service


def complaints(statements: Sequence[str]) -> list[list[str]]:
    """What the parser says against each statement; each is a batch of one script."""
    found = _service().diagnostics("\nGO\n".join(statements))
    ends = list(accumulate(statement.count("\n") + 2 for statement in statements))
    told: list[list[str]] = [[] for _ in statements]
    for one in found:
        line = one["range"]["start"]["line"]
        place = next(place for place, end in enumerate(ends) if line < end or end == ends[-1])
        told[place].append(one["message"])
    return told
