"""What is asked of a source before anything runs: its columns, their types, its keys."""

from keras2sql.checks.columns import settled
from keras2sql.checks.keys import check_known, check_rows
from keras2sql.checks.nulls import tell
from keras2sql.checks.tables import checked, in_session, tell_tests

__all__ = ["check_known", "check_rows", "checked", "in_session", "settled", "tell", "tell_tests"]
