"""The outcome of `verify`: what was compared, and the worst of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras2sql import notebook
from keras2sql.errors import InputError
from keras2sql.statement import Statement
from keras2sql.verification.page import Sides, page

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Report:
    """What was compared and what came out.

    `ok` is whether all agrees, and there was something to compare: no prediction is where there
    are no rows, or a feature is NULL in each of them.
    `max_abs_error` and `max_rel_error` are over all numbers; `label_agreement` is the share
    of rows with the same `Decision`, None where the model decides nothing.  `missing` and
    `unknown` count rows that only one side has; `nulls` those where a feature is NULL.
    `sequences` counts the keys of a long table, and its rows.  `worst` lists the largest
    differences, `columns` the largest of each column; `sides` has what both answered, and
    `program` what the database ran.
    """

    ok: bool
    max_abs_error: float
    max_rel_error: float
    label_agreement: float | None
    rows: int
    nulls: int
    missing: int
    unknown: int
    sequences: tuple[int, int] | None
    tolerance: float
    why: str
    model: str
    source: str
    engine: str
    columns: pd.DataFrame
    worst: pd.DataFrame
    sides: Sides
    program: Statement | None = None

    def html(self, path: str | os.PathLike[str]) -> Path:
        """Write a page with errors, calibration, confusion between both sides and the worst rows;
        needs keras2sql[report].

        Raises `InputError` where it can't be written.
        """
        made = Path(path)
        text = page(self, self.sides)
        try:
            made.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"can't write {made}: {error.strerror}") from error
        return made

    def facts(self) -> list[tuple[str, str]]:
        """The lines of the report: what, and its value."""
        lost = f"; {self.missing} missing" if self.missing else ""
        lost += f"; {self.unknown} unknown" if self.unknown else ""
        nulls = f" ({self.nulls} with a NULL feature)" if self.nulls else ""
        if self.sequences is not None:
            nulls += f", from {self.sequences[0]} keys with {self.sequences[1]} steps"
        lines = [
            ("model", self.model),
            ("database", self.engine),
            ("compared with", self.source),
            ("rows", f"{self.rows}{nulls}{lost}"),
            ("max abs error", f"{self.max_abs_error:.3g}"),
            ("max rel error", f"{self.max_rel_error:.3g}"),
        ]
        if self.label_agreement is not None:
            lines.append(("label agreement", f"{100 * self.label_agreement:.6g} %"))
        lines.append(("tolerance", f"{self.tolerance:g} absolute + relative: {self.why}"))
        lines.append(("result", self._result()))
        return lines

    def _result(self) -> str:
        if self.ok:
            return "ok"
        if self.missing or self.unknown or self.rows > self.nulls or len(self.worst):
            return "DIFFERENT"
        if self.rows:
            return f"NOTHING COMPARED: a feature is NULL in all of the {self.rows} rows"
        return "NOTHING COMPARED: the table has no rows"

    def __repr__(self) -> str:
        labels = ""
        if self.label_agreement is not None:
            labels = f", labels {100 * self.label_agreement:.6g} %"
        numbers = f"{self.rows} rows, max abs error {self.max_abs_error:.3g}{labels}"
        return f"<Report on {self.model}: {numbers}: {self._result()}>"

    def _repr_html_(self) -> str:
        found = notebook.heading(f"verification of {self.model}") + notebook.table(self.facts())
        if not self.ok and len(self.worst):
            found += notebook.heading("worst differences") + str(self.worst.to_html(index=False))
        return found

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.facts())
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts()]
        if not self.ok and len(self.worst):
            lines += ["", "worst differences", self.worst.to_string(index=False)]
        return "\n".join(lines)
