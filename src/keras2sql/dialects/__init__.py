"""Databases as data."""

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.bigquery import BIGQUERY
from keras2sql.dialects.clickhouse import CLICKHOUSE
from keras2sql.dialects.cockroachdb import COCKROACHDB
from keras2sql.dialects.databricks import DATABRICKS
from keras2sql.dialects.datafusion import DATAFUSION
from keras2sql.dialects.db2 import DB2
from keras2sql.dialects.duckdb import DUCKDB
from keras2sql.dialects.firebird import FIREBIRD
from keras2sql.dialects.googlesql import GOOGLESQL
from keras2sql.dialects.hive import HIVE
from keras2sql.dialects.hsqldb import HSQLDB
from keras2sql.dialects.impala import IMPALA
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.mariadb import MARIADB
from keras2sql.dialects.monetdb import MONETDB
from keras2sql.dialects.mssql import MSSQL
from keras2sql.dialects.mysql import MYSQL
from keras2sql.dialects.oceanbase import OCEANBASE
from keras2sql.dialects.oracle import ORACLE
from keras2sql.dialects.pgvector import PGVECTOR
from keras2sql.dialects.postgres import POSTGRES
from keras2sql.dialects.redshift import REDSHIFT
from keras2sql.dialects.snowflake import SNOWFLAKE
from keras2sql.dialects.spark import SPARK
from keras2sql.dialects.sqlite import SQLITE
from keras2sql.dialects.teradata import TERADATA
from keras2sql.dialects.trino import TRINO
from keras2sql.errors import UnsupportedDialectError

DIALECTS: dict[str, Dialect] = {
    d.name: d
    for d in (
        DUCKDB,
        SQLITE,
        POSTGRES,
        PGVECTOR,
        MARIADB,
        CLICKHOUSE,
        DATAFUSION,
        SPARK,
        DATABRICKS,
        FIREBIRD,
        GOOGLESQL,
        BIGQUERY,
        MONETDB,
        HSQLDB,
        HIVE,
        IMPALA,
        MSSQL,
        ORACLE,
        SNOWFLAKE,
        REDSHIFT,
        COCKROACHDB,
        MYSQL,
        OCEANBASE,
        TRINO,
        DB2,
        TERADATA,
    )
}


def get(name: str | Dialect) -> Dialect:
    """The dialect of this name or alias; raises `UnsupportedDialectError`."""
    if isinstance(name, Dialect):
        return name
    wanted = str(name).strip().lower()
    for dialect in DIALECTS.values():
        if wanted == dialect.name or wanted in dialect.aliases:
            return dialect
    known = ", ".join(sorted(DIALECTS))
    raise UnsupportedDialectError(f"no dialect '{name}'; there are: {known}")


__all__ = ["DIALECTS", "Dialect", "Limits", "get"]
