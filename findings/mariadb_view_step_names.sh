#!/usr/bin/env bash
# A view that was made is read again as it was written, so a good engineer would quote a step of a
# WITH that is called by a reserved word (`add`), and be done.  MariaDB keeps the text of the view
# with the quotes of the step's name left out: CREATE VIEW succeeds, every SELECT from it fails with
# a syntax error (1064), while the same query alone runs.
# MariaDB 10.11.19 (Debian), by its own mariadbd and mariadb client; no package of Python is needed.
set -euo pipefail

folder=$(mktemp -d)
server=""
finish() {
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  [ -z "$server" ] || wait "$server" 2> /dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

user=$(id -un)
mariadb-install-db --no-defaults --user="$user" --datadir="$folder/data" \
  --auth-root-authentication-method=normal > /dev/null 2>&1
mariadbd --no-defaults --user="$user" --datadir="$folder/data" --socket="$folder/socket" \
  --skip-networking > /dev/null 2>&1 &
server=$!
sql() { mariadb --no-defaults -u root --socket="$folder/socket" -N "$@"; }
for _ in $(seq 100); do sql -e "SELECT 1" > /dev/null 2>&1 && break; sleep 0.2; done

sql -e "SELECT version(); CREATE DATABASE d"
query='WITH `add` AS (SELECT 1 + 1 AS x) SELECT x FROM `add`'
alone=$(sql d -e "$query")
sql d -e "CREATE VIEW v AS $query"
read_back=$(sql d -e "SELECT * FROM v" 2>&1 || true)
echo "alone: $alone"
echo "as a view: $read_back"
[ "$alone" = 2 ] && [[ "$read_back" == *"ERROR 1064"*"add as"* ]]
