"""A seekdb of the tests' own: OceanBase in its MySQL mode, as a server on a socket.

Its wheel starts the server, and a process beside this one holds it: what its library does when
Python ends is then of no matter to the tests.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(sys.prefix) / "seekdb"
"""Where `tools/test` puts it."""
_HOLDS = """
import sys

sys.path.append(sys.argv[1])
import pylibseekdb

pylibseekdb.open(db_dir=sys.argv[2])
print(pylibseekdb.connection_options()["unix_socket"], flush=True)
sys.stdin.read()
pylibseekdb.close()
"""


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The URL of its database "test", which is empty; the server ends with the block."""
    command = [sys.executable, "-c", _HOLDS, str(FOLDER), str(folder / "data")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        socket = holder.stdout.readline().strip()
        if not socket:
            raise RuntimeError("seekdb did not start")
        yield f"mysql+pymysql://root@localhost/test?unix_socket={socket}"
        holder.stdin.close()
