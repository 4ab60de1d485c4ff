"""What can be converted, and for which databases: tables to look things up in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras2sql.dialects import DIALECTS
from keras2sql.layers.table import supported
from keras2sql.read.sklearn.table import supported as supported_estimators

if TYPE_CHECKING:
    import pandas as pd


def dialects() -> pd.DataFrame:
    """The databases: name, aliases, how each is tested, strategies."""
    import pandas as pd

    rows = [
        (d.name, ", ".join(d.aliases), d.how_tested, ", ".join(d.strategies), d.notes)
        for d in DIALECTS.values()
    ]
    frame: pd.DataFrame = pd.DataFrame(
        rows, columns=["name", "aliases", "tested", "strategies", "notes"]
    )
    return frame


def layers() -> pd.DataFrame:
    """The Keras layers: class name, whether it converts, and a note where it does not."""
    import pandas as pd

    frame: pd.DataFrame = pd.DataFrame(supported(), columns=["layer", "supported", "notes"])
    return frame


def estimators() -> pd.DataFrame:
    """The estimators of scikit-learn and its kin: class, whether it converts, and a note."""
    import pandas as pd

    rows = supported_estimators()
    frame: pd.DataFrame = pd.DataFrame(rows, columns=["estimator", "supported", "notes"])
    return frame
