"""A MariaDB of the tests' own: one server for all workers of a run, one database for each.

It has the settings that MariaDB comes with, in a temporary folder, and no network.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

_SECONDS = 60


def folder() -> Path:
    """Short, as a socket's path must be, and the same for all workers."""
    return Path(tempfile.gettempdir()) / f"keras2sql-maria-{os.environ['KERAS2SQL_TEST_RUN']}"


def url(database: str) -> str:
    """The URL of a new database; the first call starts the server."""
    import pymysql

    folder().mkdir(exist_ok=True)
    with open(folder() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder() / "pid").exists():
            _start()
    socket = str(folder() / "socket")
    with pymysql.connect(unix_socket=socket, user="root") as connection:
        connection.cursor().execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    return f"mariadb+pymysql://root@localhost/{database}?unix_socket={socket}"


def _start() -> None:
    data, log = folder() / "data", folder() / "log"
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "root")
    common = ["--no-defaults", f"--user={user}", f"--datadir={data}"]
    with open(log, "w") as out:
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal"],
            stdout=out,
            stderr=out,
            check=True,
        )
        quiet = [f"--socket={folder() / 'socket'}", "--skip-networking"]
        server = subprocess.Popen(  # in a session of its own: it outlives this worker
            ["mariadbd", *common, *quiet], stdout=out, stderr=out, start_new_session=True
        )
    (folder() / "pid").write_text(str(server.pid))
    deadline = time.monotonic() + _SECONDS
    while not (folder() / "socket").exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"mariadbd did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
    server.returncode = 0  # whoever ends last ends it; this worker is not to wait for it


def stop() -> None:
    """End the server, if a test has started it."""
    try:
        pid = int((folder() / "pid").read_text())
        os.kill(pid, signal.SIGKILL)  # nothing in it is to be kept
    except (OSError, ValueError):
        pass
    shutil.rmtree(folder(), ignore_errors=True)
