"""How steps of a query are written so that an engine computes each of them once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PLAIN = "{name} AS (\n{select}\n)"
MATERIALIZED = "{name} AS MATERIALIZED (\n{select}\n)"
WITH_NO_ROWS = "{name} AS (\n{select}\n  UNION ALL\n  SELECT\n{nulls}\n  WHERE 0\n)"
"""A barrier where subqueries of several selects are computed by themselves, row by row."""
VALUES_MATERIALIZED = "{name}({columns}) AS MATERIALIZED (VALUES\n  {rows}\n)"

Chain = Literal["columns", "rows", "loops", "sequences", "recursion"]
"""What a query is: columns or rows made of one row of the source each, loops over the columns of
such a row, sequences of rows side by side, or a recursion from row to row."""


@dataclass(frozen=True)
class Wide:
    """`template` is how a step of more than so many `characters` is written, which no condition
    passes; ``{source}`` is something with a row if and only if the step has one."""

    template: str
    characters: int


@dataclass(frozen=True)
class Barrier:
    """What keeps a step from being written into its readers, as measured.

    `plain` is how a step is written: ``{nulls}`` is a NULL for each column; `hint` stands behind
    its SELECT, `ending` ends it, and `wide` is for a step that is long, if it is not written the
    same way.  With
    `lateral` the steps stand in a subquery that is computed for each row of the source by itself.
    Conditions on the key reach the table in the chains that it `passes`.
    """

    plain: str = PLAIN
    hint: str = ""
    ending: str = ""
    wide: Wide | None = None
    lateral: bool = False
    passes: frozenset[Chain] = frozenset()


@dataclass(frozen=True)
class Steps:
    """`barrier` is what keeps steps apart in any chain.  In the chains that conditions on the key
    pass, `by_key` does so instead where a query is read by key, and `whole` where all rows are.

    `shared` is how a step is written that several read, `shared_values` a table of values that
    several joins read, empty where there are none.  With more than `long_chain` steps all are
    written like `shared` ones.  `anew`: whether a step that several read is computed for each of
    them.
    """

    shared: str
    shared_values: str
    barrier: Barrier = Barrier()
    by_key: Barrier | None = None
    whole: Barrier | None = None
    long_chain: int | None = None
    anew: bool = False

    @property
    def values_anew(self) -> bool:
        """Whether a table of values is planned for each of the joins that read it."""
        return self.shared_values != VALUES_MATERIALIZED

    def barrier_for(self, chain: Chain, by_key: bool) -> Barrier:
        """The one for a chain that is read by key, or as a whole."""
        other = self.by_key if by_key else self.whole
        return self.barrier if other is None or chain not in other.passes else other


@dataclass(frozen=True)
class Recursing:
    """`by` tells how a recursive step is built: with "join" selects nest, with "arrays" they do
    and rows are found by their place in arrays, with "phases" nothing nests.  `before` is what a
    statement with one begins with.  After more than so many `rounds` it ends with an error: one for
    each row that it goes through, or with phases several.
    """

    by: Literal["join", "arrays", "phases"]
    before: str = ""
    rounds: int | None = None
