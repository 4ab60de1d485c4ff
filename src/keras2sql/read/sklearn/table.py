"""Which estimators are supported: what `keras2sql.estimators()` shows."""

from __future__ import annotations

from keras2sql.read.sklearn import names
from keras2sql.read.sklearn.boosters import FILE
from keras2sql.read.sklearn.reasons import REASONS
from keras2sql.read.sklearn.registry import ESTIMATORS, READERS, TRANSFORMERS


def supported() -> list[tuple[str, bool, str]]:
    """``(class, supported, note)`` for every estimator of scikit-learn, and for those of other
    libraries that are known, which stand with the name of the library.

    The note of an unsupported estimator is the reason.
    """
    listed = {f"sklearn.{name}": name for name, _ in names.ESTIMATORS}
    known = {*TRANSFORMERS, *ESTIMATORS, *READERS} - {"keras network", FILE}
    named = {**listed, **{key: key for key in known if not key.startswith("sklearn.")}}
    rows = [(named[key], *_state(key, key in known)) for key in named]
    return sorted(rows, key=lambda row: row[0].casefold())


def _state(key: str, known: bool) -> tuple[bool, str]:
    if not known:
        return False, REASONS[key.partition(".")[2]]
    entries = [table[key] for table in (ESTIMATORS, TRANSFORMERS) if key in table]
    notes = dict.fromkeys(entry.note for entry in entries if entry.note)
    return True, "; ".join(notes)
