#!/usr/bin/env bash
# Guess: a chain of 1,000 common table expressions, each of which reads the one before, is no deep
# expression, and a new release of SQLite runs what the one before it ran.
# What happens: 3.54.0 counts a subquery inside another one as depth, and bounds it by the limit of
# expressions, 1,000: 999 steps run, 1,000 are an error, MATERIALIZED or not; 3.53.4 runs 2,000.
# Versions: SQLite 3.53.4 and 3.54.1 (apsw), Python 3.11; sqlite.org/limits.html tells of
# expressions alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/chain.py" <<'PYTHON'
import sys

import apsw

connection = apsw.Connection(":memory:")
depth = connection.limit(apsw.SQLITE_LIMIT_EXPR_DEPTH)
taken = []
for steps in (999, 1_000, 2_000):
    chain = ", ".join(f"s{i} AS (SELECT x + 1 AS x FROM s{i - 1})" for i in range(1, steps))
    try:
        ((answer,),) = connection.execute(f"WITH s0 AS (SELECT 1 AS x), {chain} SELECT x FROM s{steps - 1}")
        taken.append(answer == steps)
        print(apsw.sqlite_lib_version(), "expressions", depth, "steps", steps, "answer", answer)
    except apsw.SQLError as error:
        taken.append(False)
        print(apsw.sqlite_lib_version(), "expressions", depth, "steps", steps, error)
wanted = [True] * 3 if sys.argv[1] == "before" else [True, False, False]
assert taken == wanted, taken
PYTHON
for version in 3.53.4.0:before 3.54.1.0:after; do
  python3.11 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet "apsw==${version%:*}"
  "$folder/venv/bin/python" "$folder/chain.py" "${version#*:}"
done
# 3.53.4 expressions 1000 steps 999 answer 999
# 3.53.4 expressions 1000 steps 1000 answer 1000
# 3.53.4 expressions 1000 steps 2000 answer 2000
# 3.54.1 expressions 1000 steps 999 answer 999
# 3.54.1 expressions 1000 steps 1000 VIEWs and/or subqueries nested too deep
# 3.54.1 expressions 1000 steps 2000 VIEWs and/or subqueries nested too deep
