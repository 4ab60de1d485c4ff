"""What is asked of a source before anything runs: its columns, their types, its keys."""

from keras2sql.checks.columns import settled
from keras2sql.checks.keys import check_known, check_rows
from keras2sql.checks.nulls import tell

__all__ = ["check_known", "check_rows", "settled", "tell"]
