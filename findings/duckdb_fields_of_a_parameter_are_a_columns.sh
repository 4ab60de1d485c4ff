#!/usr/bin/env bash
# Guess: a parameter of a lambda hides a column of its name, wherever the lambda reads it.
# What happens: by itself it does; with a field behind it, n.a, the *column* n is read, without a
# word: each element of the list gives the column's number. Where the column is no struct, it is an
# error, though the parameter is one. Another name for the parameter gives the right numbers.
# Version: DuckDB 2.0.1, Python 3.11; seen in its answers, the documents tell of scopes alone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1

"$folder/venv/bin/python" - <<'PY'
import sys

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE t AS SELECT [{'a': 1}, {'a': 3}] AS l, {'a': 100} AS n, 7 AS k")


def asked(text):
    try:
        return connection.execute(f"SELECT {text} FROM t").fetchone()[0]
    except duckdb.BinderException:
        return "Binder Error"


found = {
    "list_transform([1, 3], lambda k: k + 1)": [2, 4],
    "list_transform(l, lambda other: other.a)": [1, 3],
    "list_transform(l, lambda n: n.a)": [100, 100],
    "list_transform(l, lambda k: k.a)": "Binder Error",
}
print("DuckDB", duckdb.__version__)
for text, wanted in found.items():
    print(f"{text}: {asked(text)}")
sys.exit(any(asked(text) != wanted for text, wanted in found.items()))
PY
# [2, 4]; [1, 3]; [100, 100]; Binder Error
