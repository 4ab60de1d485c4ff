"""Reads and converts files that it is told of, a line each, and says how it went.

It runs by itself, so that a crash, or more time or memory than is allowed, ends it alone.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback

import keras2sql
from keras2sql.errors import InternalError, Keras2SQLError
from keras2sql.read import inspect_model

SECONDS, MEMORY = 2.0, 500 << 20


def attempt(verb: str, path: str, weights: str | None) -> str:
    started = time.process_time()
    try:
        if verb == "inspect":
            inspect_model(path, weights)
        else:
            keras2sql.convert(path, "duckdb", "t", "id", weights_file=weights)
        said = "fine"
    except InternalError:
        said = "TRACEBACK: " + traceback.format_exc()
    except Keras2SQLError as error:
        said = type(error).__name__
        if len(str(error).splitlines()) != 1:
            said = "TRACEBACK: more than one line"
    except BaseException:
        said = "TRACEBACK: " + traceback.format_exc()
    took = time.process_time() - started
    return said if took < SECONDS else f"BOUNDS: {took:.1f} s, {said}"


def peak() -> int:
    """Kilobytes that this program has had; what getrusage tells may be the parent's."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def main() -> None:
    started = peak()
    for line in sys.stdin:
        path, weights = json.loads(line)
        found = [attempt(verb, path, weights) for verb in ("inspect", "convert")]
        memory = (peak() - started) << 10
        if memory > MEMORY:
            found.append(f"BOUNDS: {memory >> 20} MB")
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    main()
