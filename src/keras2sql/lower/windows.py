"""What all rows of a sequence have, told in each of them: aggregates over a window."""

from __future__ import annotations

from keras2sql.dialects.base import Dialect

_CALLED = {"sum": "sum", "mean": "avg", "max": "max", "min": "min"}


def over_rows(
    dialect: Dialect,
    how: str,
    text: str,
    part: str,
    precision: str,
) -> str:
    """A spelled number of each row, or for "all" a condition, over the rows of this part."""
    own = dialect.own
    if how == "all":
        held = own(f"count(CASE WHEN {text} THEN 1 END) OVER ({part})")
        return f"{held} = {own('count(*)')} OVER ({part})"
    function = _CALLED[how]
    double = dialect.types["double"]
    single = dialect.types["single"]
    sums_single = how in ("sum", "mean") and precision == "single" and single != double
    if not sums_single:
        return own(f"{function}({text}) OVER ({part})")
    # A sum is computed in more digits than its terms have, which may leave their range.
    total = own(f"{function}(CAST({text} AS {double})) OVER ({part})")
    narrow = dialect.arithmetic.narrow or f"CAST({{0}} AS {single})"
    return narrow.format(total)
