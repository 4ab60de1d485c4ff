"""`verify`: the database's predictions against those of the source model."""

from keras2sql.verification.report import Report
from keras2sql.verification.run import verify, verify_program

__all__ = ["Report", "verify", "verify_program"]
