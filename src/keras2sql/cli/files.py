"""Results into files, or to stdout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from keras2sql.cli import console
from keras2sql.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def write_text(text: str, path: str) -> None:
    """Into the file, or to stdout where there is none."""
    if not path:
        console.write(text)
        return
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"can't write {path}: {error.strerror}") from error


def write_texts(texts: Mapping[str, str], folder: str) -> list[Path]:
    """Each into its file below the folder, which need not be there; where they are."""
    found = [Path(folder) / name for name in texts]
    for path, text in zip(found, texts.values(), strict=True):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"can't make {path.parent}: {error.strerror}") from error
        write_text(text, str(path))
    return found


def frame_writer(path: str) -> Callable[[pd.DataFrame], None]:
    """What writes a frame as the path's ending says; raises before there is a frame."""
    ending = Path(path).suffix.lower()
    if ending not in ("", ".csv", ".parquet") or (path and not ending):
        raise InputError(f"can't write {path}: the ending should be .csv or .parquet")
    if path and not Path(path).absolute().parent.is_dir():
        raise InputError(f"can't write {path}: there is no such folder")
    if ending == ".parquet":
        return lambda frame: _write_parquet(frame, path)
    return lambda frame: write_text(frame.to_csv(index=False), path)


def _write_parquet(frame: pd.DataFrame, path: str) -> None:
    import duckdb

    quoted = path.replace("'", "''")
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        try:
            connection.execute(f"COPY (SELECT * FROM frame) TO '{quoted}' (FORMAT parquet)")
        except duckdb.IOException as error:
            raise InputError(f"can't write {path}: {error}") from error
