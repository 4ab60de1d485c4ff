"""The kills of test_kills on a ClickHouse in a folder, of which one process has one at a time."""

from __future__ import annotations

import sys

from deployment.test_kills import killed

if __name__ == "__main__":
    killed(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
