"""The Hive that comes with Spark, in a Java beside this process, as an engine over files."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jvm
from keras2sql.engines import catalogs
from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.engines.types import ColumnType

# Of Spark's jars, what Hive does without.
LEFT_OUT = ("spark-", "scala-", "kubernetes", "spire", "breeze", "jersey", "json4s")
LEFT_OUT += ("hive-jdbc", "hive-beeline")

# Two classes that it asks for and that are in none of them; nothing is done with them.
STUBS = (
    "package org.apache.hadoop.hive.llap.io.api; "
    "public class LlapProxy { public static boolean isDaemon() { return false; } }",
    "package org.apache.hadoop.hive.llap.security; "
    "public interface LlapSigner { interface Signable {} class SignedMessage {} }",
)

OPENED = "java.lang java.net java.util java.nio java.lang.reflect java.util.concurrent java.io "
OPENED += "java.util.concurrent.atomic java.util.regex sun.nio.ch java.text java.time "
OPENED += "java.lang.invoke"
OPTIONS = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED.split()]
OPTIONS += ["-Xmx2g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]

STORED = """ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
WITH SERDEPROPERTIES (
  'field.delim' = '\\001', 'escape.delim' = '\\\\', 'serialization.escape.crlf' = 'true'
)"""
"""A table whose texts may hold anything."""

SETTINGS = {
    "javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
    "datanucleus.schema.autoCreateAll": "true",
    "hive.metastore.schema.verification": "false",
    "hive.cbo.enable": "false",  # by Calcite, which is not there
    "hive.auto.convert.join": "false",  # by a program of Hadoop's
    "hive.stats.autogather": "false",
    "hive.support.concurrency": "false",
    "mapreduce.framework.name": "local",
    "hive.exec.mode.local.auto": "true",
    "hive.fetch.task.conversion": "more",
    "fs.defaultFS": "file:///",
    "hive.exec.submitviachild": "false",
    "hive.exec.submit.local.task.via.child": "false",
    "hive.metastore.event.db.notification.api.auth": "false",
    "hive.session.silent": "true",
    "hive.mapred.mode": "nonstrict",
    "hive.stats.fetch.column.stats": "false",
    "hive.compute.query.using.stats": "false",
    "hive.exec.counters.pull.interval": "20",  # by which it looks whether a job has ended
    # Values in place of lines of text.
    "list.sink.output.formatter": "org.apache.hadoop.hive.serde2.thrift.ThriftFormatter",
}
FOLDERS = {
    "mapreduce.jobtracker.staging.root.dir": "staging",
    "hadoop.tmp.dir": "hadoop",
    "hive.metastore.warehouse.dir": "warehouse",
    "hive.exec.scratchdir": "scratch",
    "hive.exec.local.scratchdir": "local",
    "hive.downloaded.resources.dir": "resources",
    "hive.querylog.location": "log",
}


class Hive(Engine):
    """A session of Hive, whose statements are each by themselves."""

    dialect_name = "hive"

    def __init__(self, java: Any, conf: Any) -> None:
        self.connection = self
        self.java = java
        self.conf = conf

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Hive]:
        jars = [jar for jar in jvm.spark_jars().glob("*.jar") if not jar.name.startswith(LEFT_OUT)]
        (folder / "stubs").mkdir()
        options = [*OPTIONS, f"-Dderby.stream.error.file={folder}/derby.log"]
        # A session is one of a thread, as is a connection to Java.
        with jvm.started([*sorted(jars), folder / "stubs"], options, one_thread=True) as gateway:
            _compile(gateway, folder / "stubs")
            hive = gateway.jvm.org.apache.hadoop.hive
            loader = _loader(gateway)
            conf = hive.conf.HiveConf()
            conf.setClassLoader(loader)
            for name, value in SETTINGS.items():
                conf.set(name, value)
            for name, inside in FOLDERS.items():
                (folder / inside).mkdir()
                (folder / inside).chmod(0o777)
                conf.set(name, str(folder / inside))
            hive.ql.session.SessionState.start(hive.ql.session.SessionState(conf))
            yield cls(gateway.jvm, conf)

    def _run(self, sql: str) -> tuple[Rows, Described]:
        if sql.startswith("SET "):  # which is a server's, not the driver's
            name, *value = sql.removeprefix("SET ").split("=")
            if not value:
                return [(f"{name}={self.conf.get(name)}",)], [("set", "string")]
            self.conf.set(name, *value)
            return [], []
        driver = self.java.org.apache.hadoop.hive.ql.Driver(self.conf)
        try:
            answer = driver.run(sql)
            if answer.getResponseCode() != 0:
                raise RuntimeError(answer.getErrorMessage())
            schema = driver.getSchema()
            fields = [] if schema is None else schema.getFieldSchemas() or []
            described = [(field.getName(), field.getType()) for field in fields]
            rows: Rows = []
            while True:
                part = self.java.java.util.ArrayList()
                if not driver.getResults(part):
                    return rows, described
                rows += [tuple(map(_value, row)) for row in part]
        finally:
            driver.close()

    def _change(self, sql: str) -> int:
        self._run(sql)
        return 0

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows into an empty table that `make` has made, by its file: a statement is a job."""
        folder = Path(self.conf.get("hive.metastore.warehouse.dir")) / table.strip("`").lower()
        lines = ["\1".join(map(_written, row)) + "\n" for row in rows]
        (folder / "rows").write_text("".join(lines), encoding="utf-8", newline="")

    def literals(self, rows: Sequence[str]) -> list[tuple[Any, ...]]:
        """The values of rows that are SQL."""
        return [self._run(f"SELECT {row}")[0][0] for row in rows]

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        yield

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)


def _compile(gateway: Any, folder: Path) -> None:
    """Put the classes into a folder, by the compiler that Spark has."""
    for source in STUBS:
        compiler = gateway.jvm.org.codehaus.janino.SimpleCompiler()
        compiler.cook(source)
        for name, code in compiler.getBytecodes().items():
            path = folder.joinpath(*name.split(".")).with_suffix(".class")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(code)


def _loader(gateway: Any) -> Any:
    """Of the one kind that Hive takes; also for all that this thread loads."""
    java = gateway.jvm.java
    thread = java.lang.Thread.currentThread()
    none = gateway.new_array(java.net.URL, 0)
    loader = java.net.URLClassLoader(none, java.lang.ClassLoader.getSystemClassLoader())
    thread.setContextClassLoader(loader)
    return loader


def _value(value: Any) -> Any:
    """A date is a text there, and of a number the double is exact."""
    kind = type(value).__name__
    if kind != "JavaObject":
        return value
    name = value.getClass().getSimpleName()
    if name == "Date":
        return datetime.date.fromisoformat(value.toString())
    return float(value.toString()) if name == "HiveDecimal" else value.toString()


def _written(value: Any) -> str:
    """A value in a line of a file."""
    if value is None:
        return "\\N"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    text = repr(value) if isinstance(value, float) else str(value)
    return "".join(_ESCAPES.get(character, character) for character in text)


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\1": "\\\1"}
