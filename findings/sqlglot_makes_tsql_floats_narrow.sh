#!/usr/bin/env bash
# FLOAT of T-SQL has 64 bits (FLOAT(53) unless told less), and ROUND(x, 0, 1) cuts x off: so a good
# engineer who has T-SQL translated for DuckDB or PostgreSQL would expect the same numbers, or a
# warning.  sqlglot makes FLOAT one of 32 bits in both, and drops the 1 of ROUND for PostgreSQL, which
# then rounds: both without a word, with unsupported_level=RAISE, too.
# sqlglot 30.30.0; learn.microsoft.com/sql/t-sql/data-types/float-and-real-transact-sql and
# .../functions/round-transact-sql.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  "sqlglot==30.30.0" "duckdb==2.0.1"

"$folder/venv/bin/python" - <<'PYTHON'
import duckdb
import sqlglot

query = "SELECT CAST(0.1e0 AS FLOAT) AS x, ROUND(2.7e0, 0, 1) AS cut"
print("sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__)
level = sqlglot.ErrorLevel.RAISE
for target in ("duckdb", "postgres"):
    (said,) = sqlglot.transpile(query, read="tsql", write=target, unsupported_level=level)
    print(f"{target}: {said}")
    assert "CAST(0.1e0 AS REAL)" in said
assert ", 0, 1)" not in said  # PostgreSQL's: 2.7 is rounded to 3, where T-SQL has 2
[(x,)] = duckdb.sql("SELECT CAST(0.1e0 AS REAL)::DOUBLE").fetchall()
print("what DuckDB makes of it:", x)
assert x != 0.1
PYTHON
