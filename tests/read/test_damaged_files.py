"""Damaged files of every form: read, or refused by one error of one line, within the bounds.

`python -m pytest -m sweep tests/read/test_damaged_files.py` tries ten thousand.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from damage import damaged, samples

WORKER = Path(__file__).parent / "damage_worker.py"
SEED = int(os.environ.get("KERAS2SQL_SEED", "20260101"))


def run(folder: Path, count: int, seed: int) -> Counter[str]:
    """How often each verdict was given on so many damaged files; faults by their own words."""
    sound, chance, found = samples(folder / "sound"), random.Random(seed), Counter[str]()
    worker = _started()
    for number in range(count):
        model, weights = chance.choice(sound)
        which = weights if weights is not None and chance.random() < 0.5 else model
        target = folder / f"damaged{which.suffix}"
        way = damaged(which, target, chance)
        pair = (target, weights) if which is model else (model, target)
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps([str(p) if p else None for p in pair]) + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
        if not line:
            found[f"CRASH: {way} of {which.name}, file {number} of seed {seed}"] += 1
            _stop(worker)
            worker = _started()
            continue
        for said in json.loads(line):
            fault = said.startswith(("TRACEBACK", "BOUNDS"))
            found[f"{said} ({way} of {which.name}, {number})" if fault else said] += 1
    _stop(worker)
    return found


def _stop(worker: subprocess.Popen[str]) -> None:
    for pipe in (worker.stdin, worker.stdout):
        assert pipe is not None
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
    worker.wait()


def _started() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


def check(found: Counter[str]) -> None:
    faults = [said for said in found if said.startswith(("TRACEBACK", "BOUNDS", "CRASH"))]
    assert not faults, "\n".join(faults[:20])
    assert found["fine"]
    assert found["ModelFileError"] > found["fine"] / 10


def test_a_few_hundred(tmp_path: Path) -> None:
    print("seed", SEED)
    check(run(tmp_path, 300, SEED))


@pytest.mark.sweep
def test_ten_thousand(tmp_path: Path) -> None:
    found = run(tmp_path, 10_000, SEED)
    print("seed", SEED, dict(found))
    check(found)
