#!/usr/bin/env bash
# Guess: ClickHouse merges nested subqueries and computes what they share once, so a column of twelve
# levels that each read two of the level below costs the same, bare or as `CASE WHEN id >= 0 THEN y END`.
# What happens: what stands behind THEN is evaluated lazily, and a lazy argument is computed anew for
# each of its readers: time doubles with every level (here a thousand rows, and over a second instead
# of a few hundredths).  short_circuit_function_evaluation = 'disable' or an array's element mends it.
# Versions: ClickHouse 26.9.2 (chdb 4.4.0).  Source: its setting `short_circuit_function_evaluation`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet chdb==4.4.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import time

from chdb import session

database = session.Session()
database.query("CREATE DATABASE d")
database.query("USE d")
database.query("CREATE TABLE t ENGINE = Memory AS SELECT number AS id, number / 1e6 AS x FROM numbers(1000)")


def seconds(levels, column, settings=""):
    query = "SELECT id, x AS a, x AS b FROM t"
    for _ in range(levels):
        query = f"SELECT id, exp(-abs(a + 2 * b)) AS a, exp(-abs(a - b)) AS b FROM ({query})"
    began = time.perf_counter()
    database.query(f"SELECT sum(y) FROM (SELECT {column} AS y FROM ({query})) {settings}")
    return time.perf_counter() - began


PLAIN, CASE = "a + b", "CASE WHEN id >= 0 THEN a + b END"
seconds(2, CASE)
plain = seconds(12, PLAIN)
lazy = [seconds(levels, CASE) for levels in (8, 10, 12)]
eager = seconds(12, CASE, "SETTINGS short_circuit_function_evaluation = 'disable'")
print(str(database.query("SELECT version()")).strip())
print(f"12 levels: bare {plain:.2f} s, behind THEN {lazy[2]:.2f} s, not lazily {eager:.2f} s")
print("behind THEN, 8, 10 and 12 levels:", ", ".join(f"{s:.2f} s" for s in lazy))
assert lazy[2] > 3 * max(plain, eager) and lazy[2] > 4 * lazy[0], "the behaviour has changed"
PYTHON
