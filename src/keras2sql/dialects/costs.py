"""What the strategies take on a database, by measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Unit = tuple[float, float]
"""Nanoseconds once, for planning and what else does not depend on the rows; and per row."""

ROWS = 100_000
"""Rows of the table for which a strategy is chosen: a statement does not tell how many."""


@dataclass(frozen=True)
class Time:
    """Nanoseconds once, and per row of a table."""

    once: float = 0.0
    each: float = 0.0

    @staticmethod
    def of(unit: Unit | None) -> Time:
        return Time() if unit is None else Time(*unit)

    def __add__(self, other: Time) -> Time:
        return Time(self.once + other.once, self.each + other.each)

    def __mul__(self, times: float) -> Time:
        return Time(self.once * times, self.each * times)

    @property
    def whole(self) -> float:
        """For a table of `ROWS` rows."""
        return self.once + self.each * ROWS


@dataclass(frozen=True)
class Costs:
    """Figures of ``python -m benchmarks.calibrate``, in nanoseconds, once and per row.

    A statement that spells every product: `statement` is the whole of it, `value` an element that a
    layer computes, `function` an exponential or the like in it, `product` a multiply-add in a sum;
    `join` a look-up in a table of values, `joined` a column that one of the joins of a step hands
    on, `table` a number of such a table; `read` one for each join that reads it; `total` a sum over
    what all ids find, for which their rows are taken apart, and `totalled` a number that goes into
    it; `packed` an element that is put into an array, `call` a product of arrays, `array_product` a
    multiply-add in one; `choice` a node of a tree that is a CASE, `branch` a level that a row goes
    down in one, `descent` one that it goes down in tables by itself. By rows: `rows_statement` the
    whole, `rows_tensor` a tensor that is computed, `rows_step` a step of a recurrence,
    `rows_weight` a weight in the statement, `rows_value` and `rows_product` as above, `rows_paired`
    a multiply-add of two computed numbers where that takes longer than with a weight, `rows_moved`
    an element of a tensor that only gathers those of others, `rows_found` one that a look-up gives,
    `rows_level` a level that a row goes down a tree, `rows_ranked` an element of a vector of which
    the greatest are wanted, `rows_met` one that is computed only to be summed up; `round` an
    element of such a vector in columns, for each that is wanted. By matrices: `matrix_statement`
    the whole, `matrix_input` a number of the source, `matrix_tensor` a step, `matrix_stored` a
    weight in a table, `matrix_table` a number of a table for look-ups, the others as by rows.
    None: there are no such.
    """

    statement: Unit
    value: Unit
    product: Unit
    join: Unit | None = None
    joined: Unit | None = None
    table: Unit | None = None
    total: Unit | None = None
    totalled: Unit | None = None
    read: Unit | None = None
    packed: Unit | None = None
    call: Unit | None = None
    array_product: Unit | None = None
    choice: Unit | None = None
    branch: Unit | None = None
    descent: Unit | None = None
    round: Unit | None = None
    function: Unit | None = None
    rows_statement: Unit | None = None
    rows_tensor: Unit | None = None
    rows_step: Unit | None = None
    rows_weight: Unit | None = None
    rows_value: Unit | None = None
    rows_moved: Unit | None = None
    rows_product: Unit | None = None
    rows_paired: Unit | None = None
    rows_found: Unit | None = None
    rows_level: Unit | None = None
    rows_ranked: Unit | None = None
    rows_met: Unit | None = None
    matrix_statement: Unit | None = None
    matrix_input: Unit | None = None
    matrix_tensor: Unit | None = None
    matrix_weight: Unit | None = None
    matrix_stored: Unit | None = None
    matrix_table: Unit | None = None
    matrix_value: Unit | None = None
    matrix_moved: Unit | None = None
    matrix_product: Unit | None = None
    matrix_paired: Unit | None = None
    matrix_found: Unit | None = None

    def time_of(self, counts: Mapping[str, float]) -> Time:
        """The time of so many of each unit."""
        return sum((Time.of(getattr(self, unit)) * n for unit, n in counts.items()), Time())

    def packs(self, terms: int, outputs: int) -> bool:
        """Whether arrays are the faster way for a vector of `terms` with `outputs` others."""
        by_sums, by_arrays = in_sums(terms, outputs), in_arrays(terms, outputs)
        return self.time_of(by_arrays).whole < self.time_of(by_sums).whole


def in_sums(terms: int, outputs: int, vectors: int = 1) -> dict[str, float]:
    """The units of `vectors` vectors of `terms`, each multiplied with `outputs` others."""
    return {"product": vectors * terms * outputs}


def in_arrays(terms: int, outputs: int, vectors: int = 1) -> dict[str, float]:
    """The same by products of arrays."""
    calls = vectors * outputs
    return {"packed": vectors * terms, "call": calls, "array_product": calls * terms}
