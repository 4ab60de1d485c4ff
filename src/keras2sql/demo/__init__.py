"""A trained network and the real rows it was trained on, shipped with the package.

`iris.keras` is what ``examples/train_iris.py`` saved: normalisation, a hidden layer, batch
normalisation and a softmax over three species of iris (Fisher 1936, by way of
scikit-learn).  `iris.csv` are the 150 flowers, `iris_keras.csv` what Keras itself answered
for each of them.

`elnino.keras`, by ``examples/train_forecaster.py``, is an LSTM over 24 months of sea surface
temperatures that foretells the next one; `elnino.csv` are the months (NOAA, by way of
statsmodels).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras2sql.api import convert
from keras2sql.engines import connect
from keras2sql.errors import InputError
from keras2sql.program import Program

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent
MODEL = FOLDER / "iris.keras"
ROWS = FOLDER / "iris.csv"
KERAS_OUTPUTS = FOLDER / "iris_keras.csv"
FORECASTER = FOLDER / "elnino.keras"
MONTHS = FOLDER / "elnino.csv"

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
LABELS = ("setosa", "versicolor", "virginica")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the demo did and how it compares with the model's own output."""

    program: Program
    predictions: pd.DataFrame
    engine: str
    seconds: float
    max_abs_error: float
    same_labels: int
    right_labels: int


def run() -> Outcome:
    """Convert the model, run it on the rows in an embedded DuckDB, and compare."""
    import pandas as pd

    rows = pd.read_csv(ROWS)
    outputs = pd.read_csv(KERAS_OUTPUTS).set_index("id")
    program = _program()
    with connect("duckdb:///:memory:") as engine:
        _make_table(engine)
        version = engine.version()
        start = time.perf_counter()
        predictions = program.run(engine)
        seconds = time.perf_counter() - start
    predictions = predictions.sort_values("id", ignore_index=True)
    proba = predictions[[f"Proba_{label}" for label in LABELS]].to_numpy()
    keras = outputs.loc[predictions["id"]].to_numpy()
    decided = predictions["Decision"].astype(str).to_numpy()
    same = decided == pd.Series(LABELS).to_numpy()[keras.argmax(axis=1)]
    species = rows.set_index("id").loc[predictions["id"], "species"].astype(str).to_numpy()
    return Outcome(
        program=program,
        predictions=predictions,
        engine=version,
        seconds=seconds,
        max_abs_error=float(abs(proba - keras).max()),
        same_labels=int(same.sum()),
        right_labels=int((decided == species).sum()),
    )


def export(folder: Path) -> list[Path]:
    """Write the models and the rows, as CSV and as databases.

    These have the tables `iris` and `elnino`, and the view `elnino_windows` with 24 rows for
    each month from the 25th on: the months before it.

    An earlier export is replaced.  Raises `InputError` where the folder can't be written, or
    holds other files of these names.
    """
    made = [folder / name for name in ("iris.keras", "iris.csv", "iris.db", "iris.duckdb")]
    try:
        exported = made[0].exists() and made[0].read_bytes() == MODEL.read_bytes()
        if not exported and any(path.exists() for path in made):
            raise InputError(f"{folder} has files of these names already; choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        made[0].write_bytes(MODEL.read_bytes())
        made[1].write_bytes(ROWS.read_bytes())
        for shipped in (FORECASTER, MONTHS):
            made.append(folder / shipped.name)
            made[-1].write_bytes(shipped.read_bytes())
        for path in made[2:4]:
            path.unlink(missing_ok=True)
        made[2].touch()
    except OSError as error:
        raise InputError(f"can't write into {folder}: {error.strerror}") from error
    with connect(f"sqlite:///{made[2]}") as engine:
        _make_table(engine)
        make_windows(engine)
    import duckdb

    duckdb.connect(made[3]).close()
    with connect(f"duckdb:///{made[3]}") as engine:
        _make_table(engine)
        make_windows(engine)
    return made


def _program() -> Program:
    return convert(MODEL, "duckdb", "iris", "id", list(FEATURES), list(LABELS))


def _make_table(engine: Any) -> None:
    """The rows as the table `iris`."""
    header, *lines = ROWS.read_text(encoding="utf-8").split()
    columns = [f"{name} DOUBLE PRECISION" for name in header.split(",")]
    columns[0], columns[-1] = "id INTEGER PRIMARY KEY", "species VARCHAR(20)"
    values = [line.split(",") for line in lines]
    rows = ", ".join(f"({', '.join(row[:-1])}, '{row[-1]}')" for row in values)
    engine.execute_script(
        [f"CREATE TABLE iris ({', '.join(columns)})", f"INSERT INTO iris VALUES {rows}"],
        "making the table iris",
    )


def make_windows(engine: Any) -> None:
    """The months as the table `elnino`, and the view `elnino_windows` over it."""
    _, *lines = MONTHS.read_text(encoding="utf-8").split()
    values = [line.split(",") for line in lines]
    rows = ", ".join(f"({n}, '{month}', {degrees})" for n, month, degrees in values)
    engine.execute_script(
        [
            "CREATE TABLE elnino (number INTEGER PRIMARY KEY, month VARCHAR(10), "
            "temperature DOUBLE PRECISION)",
            f"INSERT INTO elnino VALUES {rows}",
            "CREATE VIEW elnino_windows AS "
            "SELECT told.month AS forecast, seen.month, seen.temperature "
            "FROM elnino AS told JOIN elnino AS seen "
            "ON seen.number BETWEEN told.number - 24 AND told.number - 1 "
            "WHERE told.number > 24",
        ],
        "making the table elnino",
    )
