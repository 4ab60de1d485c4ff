"""A job in a process of its own, which is ended when its time is over, and has so much memory."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from keras2sql.jsonable import plain
from keras2sql.serving.limits import Limits
from keras2sql.serving.work import answer

# A process that has this module already is copied for each job: to start Python takes longer.
_METHOD = "spawn" if sys.platform == "win32" else "forkserver"
_PRELOADED = ["__main__", "keras2sql.serving.process", "pandas", "duckdb"]
_KEPT = 80


class Late(Exception):
    """The time is over."""


class Gone(Exception):
    """The process ended without an answer: as a rule, for lack of memory."""


def run(job: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]], limits: Limits) -> Any:
    """The answer to a job; `files` have the names and contents of what the job calls by a path.

    Raises `Late` and `Gone`.  Nothing stays: no process, no file.
    """
    folder = Path(tempfile.mkdtemp(prefix="keras2sql-serve-"))
    try:
        paths: dict[str, str | None] = {}
        for kind, (name, content) in files.items():
            place = folder / kind / file_name(name)
            place.parent.mkdir()
            place.write_bytes(content)
            paths[kind] = str(place)
        return _run({**job, "weights": None, **paths}, limits)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def file_name(name: str) -> str:
    """A name that is one of a file in any folder of any system, with the same ending."""
    plain_name = re.sub(r"[^\w.-]+", "_", name.replace("\\", "/").rpartition("/")[2])
    return f"model{plain_name[-_KEPT:]}" if plain_name[:1] in ("", ".") else plain_name[-_KEPT:]


def prepare() -> None:
    """Have the process that is copied start, so that the first job does not wait for it."""
    if _METHOD == "forkserver":
        from multiprocessing import forkserver

        multiprocessing.get_context("forkserver").set_forkserver_preload(_PRELOADED)
        forkserver.ensure_running()


def _run(job: Mapping[str, Any], limits: Limits) -> Any:
    context: Any = multiprocessing.get_context(_METHOD)
    if _METHOD == "forkserver":
        context.set_forkserver_preload(_PRELOADED)
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, limits), daemon=True)
    process.start()
    there.close()
    try:
        here.send_bytes(json.dumps(job).encode())
        if not here.poll(limits.seconds):
            raise Late
        return json.loads(here.recv_bytes())
    except (EOFError, OSError) as error:
        raise Gone from error
    finally:
        process.kill()
        process.join()
        here.close()


def _work(connection: Connection, limits: Limits) -> None:
    """The process: one job, one answer."""
    _bound(limits)
    job = json.loads(connection.recv_bytes())
    found = json.dumps(plain(answer(job))).encode()
    if len(found) > limits.answer << 20:
        detail = (
            f"the answer has {len(found) >> 20} MB, more than {limits.answer}: "
            "`keras2sql convert` writes it to a file"
        )
        found = json.dumps({"error": "TooLarge", "detail": detail}).encode()
    with suppress(BrokenPipeError):
        connection.send_bytes(found)


def _bound(limits: Limits) -> None:
    """Take no more memory and time than that, and leave no core; where the system knows of it."""
    if sys.platform == "win32":
        return
    import resource

    seconds = int(limits.seconds) + 1
    for what, most in (
        (resource.RLIMIT_AS, limits.memory << 20),
        (resource.RLIMIT_CPU, 4 * seconds),  # of all its threads together
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS knows RLIMIT_AS and does not keep it
            resource.setrlimit(what, (most, most))
