"""What was decided for a model: the strategy, and how rows that follow each other are taken."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.base import Dialect
from keras2sql.estimates import Estimate, estimates, in_descents, in_matrices
from keras2sql.graph.core import Graph
from keras2sql.graph.work import Work
from keras2sql.lower.lowering import TAIL
from keras2sql.lower.packing import Packing
from keras2sql.sql.steps import Chain


@dataclass(frozen=True)
class Form:
    """How the rows of a key in a long table are taken, and why: step by step, or all `together`
    as columns of one row."""

    together: bool
    reason: str


@dataclass(frozen=True)
class Plan:
    """The strategy of every layer of a graph, and the reason for it: `Program.plan`.

    `strategy` is "columns", "arrays" or "rows", `precision` "double" or "single", and `reason`
    why the strategy was chosen, as `Program.explain` prints it. `weights` are "inline" or in
    "tables". With arrays, `packing` tells which products are taken with them; the rest are in
    columns. With rows, tensors of up to `tail` elements behind the last layer are columns. With
    `loops`, recurrences over the columns of a row are not unrolled but run by recursion. `form`
    is how the rows of a long table are taken, None of any other. `gathered` are the inputs whose
    columns become an array first, as they are many and the database reads that faster.
    `by_key`: the statement is to be read by key, as views are; else as a whole, by what takes the
    least time for all rows.  With `matrices`, arrays are nested lists and a layer is one value.
    `whole` is the plan for all rows, where that is another.
    `estimates` are those of the strategies that could be chosen, the chosen one first; none where
    a strategy was asked for, or the database has no costs.
    """

    strategy: str
    weights: str
    precision: str
    reason: str
    tail: int = TAIL
    packing: Packing = Packing.NONE
    matrices: bool = False
    estimates: tuple[Estimate, ...] = ()
    loops: bool = False
    form: Form | None = None
    gathered: frozenset[str] = frozenset()
    by_key: bool = True
    whole: Plan | None = None

    def chain(self, graph: Graph) -> Chain:
        """What the statement is made of, for this graph."""
        if self.strategy == "rows":
            return "rows"
        if self.form is not None and self.form.together:
            return "sequences"
        if self.form is not None or graph.carried:
            return "recursion"
        return "loops" if self.loops else "columns"

    def expected(self, work: Work, dialect: Dialect) -> Estimate | None:
        """What it will take, for a network of this work; None for a database without costs."""
        if self.matrices:
            return in_matrices(work, dialect, self.weights == "tables")
        if self.strategy == "columns" and self.weights == "tables":
            return in_descents(work, dialect)
        return next(iter(estimates(work, dialect, (self.strategy,))), None)

    def __repr__(self) -> str:
        how = f"{self.strategy}, {self.precision} precision, weights {self.weights}"
        return f"<Plan: {how}: {self.reason}>"
