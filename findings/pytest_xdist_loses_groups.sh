#!/usr/bin/env bash
# Guess: with `--dist loadgroup` all tests of an xdist_group run in one worker, or it is an error.
# What happens: pytest-xdist 3.8.0 writes the group into an attribute of pytest's that 9.2.0 has no
# more: nothing is said, and the tests of a group go to any worker. With 9.1.1 they stay together.
# Versions: pytest 9.1.1 and 9.2.0, pytest-xdist 3.8.0, Python 3.11; xdist/remote.py,
# pytest_collection_modifyitems, sets `item._nodeid`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tests"
cat >"$folder/tests/test_group.py" <<'PYTHON'
import os

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(8))
def test_of_a_group(number):
    with open(os.environ["WORKERS"], "a") as file:
        print(os.environ["PYTEST_XDIST_WORKER"], file=file)
PYTHON
for version in 9.1.1:1 9.2.0:2; do
  python3.11 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet "pytest==${version%:*}" "pytest-xdist==3.8.0"
  WORKERS="$folder/${version%:*}" "$folder/venv/bin/python" -m pytest -q -n 2 --dist loadgroup \
    -p no:cacheprovider --rootdir "$folder/tests" "$folder/tests" >/dev/null
  workers=$(sort -u "$folder/${version%:*}" | wc -l)
  echo "pytest ${version%:*}: $(wc -l <"$folder/${version%:*}") tests of a group in $workers worker(s)"
  [ "$workers" -eq "${version#*:}" ]
done
# pytest 9.1.1: 8 tests of a group in 1 worker(s)
# pytest 9.2.0: 8 tests of a group in 2 worker(s)
