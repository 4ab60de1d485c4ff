"""What databases are called, and how they tell their version."""

from __future__ import annotations

TITLES = {
    "duckdb": "DuckDB",
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "clickhouse": "ClickHouse",
    "datafusion": "DataFusion",
    "mariadb": "MariaDB",
    "spark": "Spark",
    "firebird": "Firebird",
    "monetdb": "MonetDB",
    "hsqldb": "HSQLDB",
    "hive": "Hive",
    "impala": "Impala",
    "mssql": "SQL Server",
    "oracle": "Oracle",
    "snowflake": "Snowflake",
    "redshift": "Redshift",
    "mysql": "MySQL",
    "oceanbase": "OceanBase",
    "trino": "Trino",
    "db2": "Db2",
    "teradata": "Teradata",
}
VERSIONS = {
    "sqlite": "sqlite_version()",
    "firebird": "rdb$get_context('SYSTEM', 'ENGINE_VERSION') FROM rdb$database",
    "hsqldb": "database_version() FROM (VALUES (0)) AS nothing",
    "monetdb": "value FROM sys.environment WHERE name = 'monet_version'",
    "mssql": "CAST(serverproperty('ProductVersion') AS nvarchar(40))",
    "oracle": "version FROM product_component_version",
    "snowflake": "current_version()",
}
"""What is selected where it is not version()."""
