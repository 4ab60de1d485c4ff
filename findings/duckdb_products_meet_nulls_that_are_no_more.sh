#!/usr/bin/env bash
# Guess: where coalesce() has put a list in the place of a NULL, a product of lists meets no NULL.
# What happens: list_inner_product says that its argument contains NULL values, though each list that
# coalesce gives is shown whole. A CASE with the same list behind ELSE, or a list_transform that
# changes nothing around the coalesce, is multiplied without an error.
# Version: DuckDB 2.0.1, Python 3.11; it tells of NULLs in lists that no row has any more.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet duckdb==2.0.1

"$folder/venv/bin/python" - <<'PY'
import sys

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (0, [1e0, 2e0]), (1, [3e0, 4e0])) v(id, x)")
chosen = "CASE WHEN id = 0 THEN x END"
forms = {
    "coalesce": f"coalesce({chosen}, [0e0, 0e0])",
    "else": "CASE WHEN id = 0 THEN x ELSE [0e0, 0e0] END",
    "transformed": f"list_transform(coalesce({chosen}, [0e0, 0e0]), lambda e: e)",
}
print("DuckDB", duckdb.__version__)
found = {}
for name, text in forms.items():
    lists = f"SELECT id, {text} AS y FROM t"
    shown = [y for _, y in connection.execute(f"{lists} ORDER BY id").fetchall()]
    try:
        products = f"SELECT list_inner_product(y, [1e0, 1e0]) FROM ({lists}) ORDER BY id"
        found[name] = [p for (p,) in connection.execute(products).fetchall()]
    except duckdb.InvalidInputException:
        found[name] = "NULL values"
    print(name, shown, found[name])
sys.exit(found != {"coalesce": "NULL values", "else": [3.0, 0.0], "transformed": [3.0, 0.0]})
PY
# coalesce [[1.0, 2.0], [0.0, 0.0]] NULL values; else and transformed [3.0, 0.0]
