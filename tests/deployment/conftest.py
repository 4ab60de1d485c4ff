"""Each file of tests has databases of its own."""

from own_databases import duckdb_engine, postgres_engine, postgres_url, sqlite_engine

__all__ = ["duckdb_engine", "postgres_engine", "postgres_url", "sqlite_engine"]
