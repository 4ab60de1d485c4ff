#!/usr/bin/env bash
# A table of SQLite has a column that is called true, which its own name reads. One would guess that
# a view, a subquery or a table made of it has that column too, or that making it is an error.
# They call it column1, without a word; as does CREATE TABLE ... AS. current_date, quoted, stays.
# SQLite 3.54.1 by apsw; 3.40 does the same. Source: sqlite3ColumnsFromExprList() in
# https://sqlite.org/src/file/src/select.c, which takes true and false for no names.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "apsw==3.54.1.0"
"$folder/venv/bin/python" - <<'END'
import apsw

connection = apsw.Connection(":memory:")
connection.execute('CREATE TABLE answers ("true" INTEGER, "current_date" TEXT)')
connection.execute("INSERT INTO answers VALUES (7, 'a')")
print("SQLite", apsw.sqlite_lib_version())
print("the table:", list(connection.execute("SELECT `true` FROM answers")))


def columns(table):
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


connection.execute("CREATE VIEW seen AS SELECT * FROM answers")
connection.execute("CREATE TABLE copied AS SELECT `true`, `current_date` FROM answers")
found = {"answers": columns("answers"), "seen": columns("seen"), "copied": columns("copied")}
print("columns:", found)
try:
    print(list(connection.execute("SELECT s.`true` FROM (SELECT * FROM answers) AS s")))
    inner = "found"
except apsw.SQLError as error:
    print("of a subquery:", error)
    inner = "lost"
assert found["answers"] == ["true", "current_date"]
assert found["seen"] == found["copied"] == ["column1", "current_date"]
assert inner == "lost"
END
