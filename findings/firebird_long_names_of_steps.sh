#!/usr/bin/env bash
# Guess: how long the names in a WITH are matters to its reader alone, and 0.1234567890123456e0 is
# the number nearest to these digits.
# What happens: the names of steps that read one another stand one behind the other in front of a
# length of one byte, and from 256 characters on the statement is "invalid request BLR"; called s
# each, 63 steps run.  Digits are summed up in a double and scaled once: one of seven is off by a bit.
# Versions: Firebird 5.0.4 (firebird-embedded 5.0.4.4, with Debian's libtommath1), Python 3.11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet firebird-embedded==5.0.4.4 firebird-driver==1.10.11

FOLDER=$folder "$folder/venv/bin/python" - <<'PY'
import ctypes
import os
import random
import sys

from firebird.embedded.provider import FirebirdProvider

runtime = FirebirdProvider()
os.environ |= {"FIREBIRD": str(runtime.root), "FIREBIRD_LOCK": os.environ["FOLDER"]}
for library in ("libtommath.so.1", str(runtime.root / "libtomcrypt.so.1")):
    ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
from firebird.driver import DatabaseError, create_database, driver_config

driver_config.fb_client_library.value = str(runtime.client_library)
path = os.path.join(os.environ["FOLDER"], "test.fdb")
connection = create_database(path, user="SYSDBA", charset="UTF8")


def asked(sql):
    with connection.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def chain(steps, name, alias):
    none = "UNION ALL SELECT NULL FROM rdb$database WHERE 1 = 0"
    first = f"{name}0 AS (SELECT 1e0 AS x FROM rdb$database {none})"
    more = [
        f"{name}{i} AS (SELECT x + 1e0 AS x FROM {name}{i - 1}{alias} {none})"
        for i in range(1, steps)
    ]
    return f"WITH {', '.join([first, *more])} SELECT x FROM {name}{steps - 1}{alias}"


def outcome(*how):
    try:
        return asked(chain(*how))[0][0]
    except DatabaseError as error:
        return "error: " + " ".join(str(error).split())


print("Firebird", runtime.firebird_version)
long, short = outcome(24, "dense_layer_", ""), outcome(60, "dense_layer_", " AS s")
print("24 steps by their names:   ", long)
print("60 steps, each called s:   ", short)

random.seed(0)
numbers = [random.gauss(0, 1) for _ in range(300)]
read = [asked(f"SELECT {x!r}e0 FROM rdb$database")[0][0] for x in numbers]
off = sum(a != b for a, b in zip(numbers, read))
print(f"numbers of 300 that are read as their neighbour: {off}")
connection.close()
sys.exit(not ("invalid request BLR" in str(long) and short == 60.0 and 15 < off < 90))
PY
# 24 steps by their names: an error; 60 called s: 60.0; 45 of 300 numbers are read as neighbours
