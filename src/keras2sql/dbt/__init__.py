"""A program as a model of a dbt project."""

from keras2sql.dbt.project import files

__all__ = ["files"]
