"""A Spark of the tests' own, in a Java process beside this one, with one thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SETTINGS = {
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
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
