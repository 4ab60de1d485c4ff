"""A Spark of the tests' own, in a Java process beside this one, with one thread."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

SETTINGS = {
    # Queries are short: the time that Java's second compiler takes is never won back.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.catalogImplementation": "in-memory",
    # So that tests name tables and columns as elsewhere; a text has single quotes everywhere.
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
}


def start(folder: Path, **settings: str) -> Any:
    """A session that keeps its files in `folder`."""
    from pyspark.sql import SparkSession

    own = {"spark.sql.warehouse.dir": str(folder), "spark.local.dir": str(folder)}
    builder = SparkSession.builder.master("local[1]").appName("keras2sql")
    for name, value in {**SETTINGS, **own, **settings}.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        # Java takes the place of the forked process at once, before any of its threads matters.
        warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
