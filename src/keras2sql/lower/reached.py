"""Why a condition on the key does not reach the source of a statement."""

from __future__ import annotations

from collections.abc import Mapping

from keras2sql.dialects.base import Dialect
from keras2sql.sql.render import has_wide
from keras2sql.sql.steps import Barrier, Chain
from keras2sql.sql.tree import Query, selects

_WHY: Mapping[Chain, str] = {
    "columns": "no condition passes what keeps the steps apart",
    "rows": "its rows are numbered among all others",
    "loops": "its sequences are numbered among all others",
    "sequences": "its sequences are numbered among all others",
    "recursion": "it is computed from row to row, and those are numbered among all others",
}
_IN_ONE_JOIN = "its values are looked up in one join for all rows, which are numbered for it"
_WIDE = "a step is too long to be planned but by a barrier that no condition passes"
_LOOKED_UP = "for each row by itself it would go through tables of values"


def unreached(
    query: Query, chain: Chain, barrier: Barrier, dialect: Dialect, keyed: bool = False
) -> str:
    """The reason; empty where the condition reaches the source.  `keyed`: the rows of the query are
    numbered and grouped by their key."""
    if keyed:
        return ""
    if chain in barrier.passes:
        if has_wide(query, dialect):
            return _WIDE
        grouped = any(one.group for step in query.steps for one in selects(step.body))
        return _IN_ONE_JOIN if chain == "columns" and grouped else ""
    by_key = dialect.steps.by_key
    if by_key is not None and chain in by_key.passes and by_key.lateral:
        return _LOOKED_UP if chain in ("columns", "rows") else _WHY[chain]
    return _WHY[chain]
