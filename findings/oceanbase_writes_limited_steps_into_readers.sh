#!/usr/bin/env bash
# Guess: a step of WITH that ends in `LIMIT 18446744073709551615`, or is a UNION ALL with a branch of no
# rows, is computed once, as MariaDB, MySQL and SQLite keep such a subquery apart from what reads it.
# What happens: OceanBase drops both before it plans, and writes each step into its reader: a chain of
# steps, each reading the last one twice, has an expression twice as long with each step.  /*+ NO_MERGE */ keeps it.
# Versions: OceanBase seekdb 1.4.0 (MySQL mode), pylibseekdb 1.4.0.post1.  Source: its EXPLAIN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pylibseekdb==1.4.0.post1 pymysql==1.1.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import os
import sys

import pylibseekdb
import pymysql

pylibseekdb.open(db_dir=os.path.join(os.getcwd(), "data"))
socket = pylibseekdb.connection_options()["unix_socket"]
connection = pymysql.connect(unix_socket=socket, user="root", database="test")
cursor = connection.cursor()
cursor.execute("SELECT VERSION()")
print(cursor.fetchone()[0])
cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, x DOUBLE)")
cursor.execute("INSERT INTO t VALUES (1, 0.5), (2, 0.25)")

FORMS = {
    "bare": ("", ""),
    "LIMIT": ("", " LIMIT 18446744073709551615"),
    "UNION ALL": ("", " UNION ALL SELECT NULL, NULL FROM {before} WHERE 1 = 0"),
    "NO_MERGE": ("/*+ NO_MERGE */ ", ""),
}


def planned(steps, hint, end):
    """The characters of the plan of a chain of so many steps."""
    before, parts = "t", []
    for i in range(steps):
        select = f"SELECT {hint}id, exp(-x) + x AS x FROM {before}" + end.format(before=before)
        parts.append(f"s{i} AS ({select})")
        before = f"s{i}"
    cursor.execute(f"EXPLAIN WITH {', '.join(parts)} SELECT * FROM {before}")
    return sum(len(row[0]) for row in cursor.fetchall())


found = {}
for name, (hint, end) in FORMS.items():
    found[name] = [planned(steps, hint, end) for steps in (4, 6, 8)]
    print(f"{name}: plans of 4, 6 and 8 steps have", ", ".join(map(str, found[name])), "characters")
sys.stdout.flush()
for name, (four, six, eight) in found.items():
    doubles = eight - six > 3 * (six - four)
    assert doubles == (name != "NO_MERGE"), f"{name}: the behaviour has changed"
os._exit(0)
PYTHON
