"""`Evaluation`: what was measured, as a frame, as JSON and as a page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras2sql import notebook
from keras2sql.errors import InputError
from keras2sql.evaluation import record
from keras2sql.evaluation.networks import FAMILIES
from keras2sql.evaluation.page import page
from keras2sql.evaluation.verdicts import Verdict, verdicts

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What databases can take, by model size: what `evaluate` returns.

    `record` is all of it, as the JSON file has it.
    """

    record: dict[str, Any]

    @property
    def frame(self) -> pd.DataFrame:
        """A row per case: target, family, strategy, size, status, why, and what was measured."""
        import pandas as pd

        found: pd.DataFrame = pd.DataFrame(self.record["cases"])
        return found

    @property
    def verdicts(self) -> list[Verdict]:
        """One for each target and family."""
        return list(verdicts(self.record))

    def json(self) -> str:
        """The record as JSON."""
        return record.text(self.record)

    def html(self, path: str | os.PathLike[str]) -> Path:
        """Write a report that needs no network; needs keras2sql[report].

        Raises `InputError` where it can't be written.
        """
        made, text = Path(path), page(self.record)
        try:
            made.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"can't write {made}: {error.strerror}") from error
        return made

    def rows(self) -> list[tuple[str, ...]]:
        """The verdicts as texts."""
        return [
            (
                one.target,
                one.family,
                one.verdict,
                "" if one.largest is None else f"{one.largest:,} {FAMILIES[one.family].axis}",
                one.strategy,
                one.next,
            )
            for one in self.verdicts
        ]

    def __repr__(self) -> str:
        count = len(self.record["cases"])
        targets = ", ".join(target["name"] for target in self.record["targets"])
        return f"<Evaluation of {targets}: {count} cases>"

    def __str__(self) -> str:
        rows = [HEADERS, *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADERS) - 1)]
        lines = []
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
            lines.append("  ".join([*cells, row[-1]]).rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return notebook.heading("What the databases take") + notebook.table(self.rows(), HEADERS)


HEADERS = ("database", "networks", "verdict", "largest that works", "strategy", "why not larger")
