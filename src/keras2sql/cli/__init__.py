"""The command line: one verb for each function of the package."""

from keras2sql.cli.app import main

__all__ = ["main"]
