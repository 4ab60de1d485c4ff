#!/usr/bin/env bash
# Guess: a sum of nine window aggregates over whole partitions is planned as fast as one of four.
# What happens: the planner takes each such column for an order of the rows, and tries all orders
# of those that one expression reads: time grows fivefold with each, from 0.01 s for four to 7.7 s
# for nine. The same frame with an end that is a number, however great, is planned in milliseconds.
# Versions: datafusion 55.0.0, Python 3.11; github.com/apache/datafusion issue 17401 is of a kindred
# one, of the columns of partitions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/windows.py" <<'PYTHON'
import time

import datafusion

context = datafusion.SessionContext()
context.sql("CREATE TABLE t AS SELECT 1 AS k, CAST(2 AS DOUBLE) AS a").collect()


def planned(count, frame):
    sums = ", ".join(f"sum(a * {i}) OVER (PARTITION BY k {frame}) AS w{i}" for i in range(count))
    total = " + ".join(f"w{i}" for i in range(count))
    start = time.process_time()
    context.sql(f"WITH x AS (SELECT k, {sums} FROM t) SELECT k, {total} AS y FROM x").execution_plan()
    return time.process_time() - start


whole = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
ended = "ROWS BETWEEN UNBOUNDED PRECEDING AND 9223372036854775807 FOLLOWING"
print("datafusion", datafusion.__version__)
seconds = {}
for count, frame in ((4, whole), (8, whole), (9, whole), (9, ended)):
    seconds[count, frame] = planned(count, frame)
    print(f"{count} windows, {frame}: {seconds[count, frame]:.2f} s of CPU")
assert seconds[9, whole] > 3 * seconds[8, whole] > 30 * seconds[4, whole]
assert seconds[9, whole] > 50 * seconds[9, ended]
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "datafusion==55.0.0"
"$folder/venv/bin/python" "$folder/windows.py"
# 4 windows, ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING: 0.01 s of CPU
# 8 windows, ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING: 1.60 s of CPU
# 9 windows, ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING: 7.74 s of CPU
# 9 windows, ROWS BETWEEN UNBOUNDED PRECEDING AND 9223372036854775807 FOLLOWING: 0.00 s of CPU
