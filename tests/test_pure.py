"""What is in tests/pure needs numpy, h5py and pytest, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join([str(TESTS), *sys.path])
    alone = {**os.environ, "PYTHONPATH": places, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    alone.pop("KERAS2SQL_TEST_RUN", None)  # a run of its own: it must not stop our servers
    options = ("-p", "alone", "-p", "no:cacheprovider", "-q", *arguments)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options], cwd=TESTS.parent,
        capture_output=True, text=True, check=False, env=alone,
    )  # fmt: skip


def test_they_run_with_numpy_h5py_and_pytest_alone() -> None:
    done = run("tests/pure")
    assert done.returncode == 0, done.stdout + done.stderr


def test_others_do_not() -> None:
    done = run("tests/test_list_of_layers.py")
    assert done.returncode == 2
    assert "No module named 'keras'" in done.stdout
